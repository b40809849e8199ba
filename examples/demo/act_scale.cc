#include <algorithm>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/stage.h"
#include "examples/phones/example_phones.h"

namespace vervet::demo {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;

constexpr int kMostRounds = 5;
constexpr absl::Duration kBulkDeadline = absl::Minutes(5);
constexpr absl::Duration kLookEvery = absl::Milliseconds(100);
// One generated offender in so many is checked by another platform.
constexpr uint64_t kSampleEvery = 40;

std::string PhoneDecision(size_t i) { return absl::StrFormat("PHONE-%04d", i); }
std::string OffenderDecision(uint64_t i) { return absl::StrFormat("CASE-2025-%05d", i); }

// The newest "read: 30% (...)" that the import wrote to its error output.
void ShowProgress(Timeline& timeline, const Process& import, uint64_t total) {
  const std::vector<Process::Line> lines = import.Lines(Process::Stream::kError);
  if (lines.empty()) return;
  const std::string& line = lines.back().text;
  const size_t colon = line.find(": "), percent = line.find('%');
  uint64_t share = 0;
  if (colon == std::string::npos || percent == std::string::npos || percent < colon ||
      !absl::SimpleAtoi(line.substr(colon + 2, percent - colon - 2), &share)) {
    return;
  }
  timeline.Progress(line.substr(0, colon), total * share / 100, total);
}

// `import`, with a bar while it runs. Every line must have been delivered.
absl::StatusOr<absl::Duration> Import(Stage& stage, const std::string& member,
                                      const std::string& csv, uint64_t records) {
  const std::string path = stage.coalition->dir_of(member) + "/import.csv";
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(path, csv, 0600));
  const absl::Duration start = Environment::System()->Monotonic();
  VERVET_ASSIGN_OR_RETURN(const auto import,
                          stage.coalition->StartMember(member, {"import", path, "--json"}));
  absl::StatusOr<int> exit_code = import->Wait(kLookEvery);
  while (absl::IsDeadlineExceeded(exit_code.status()) &&
         Environment::System()->Monotonic() - start < kBulkDeadline) {
    ShowProgress(stage.timeline, *import, records);
    exit_code = import->Wait(kLookEvery);
  }
  VERVET_RETURN_IF_ERROR(exit_code.status());
  const absl::Duration took = Environment::System()->Monotonic() - start;
  const CommandResult result =
      coalition::ResultOf(*import, "vervet-member import", *exit_code, took);
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const std::vector<Json> lines, result.ReadJsonLines());
  VERVET_RETURN_IF_ERROR(Expect(!lines.empty() && lines.back()["delivered"].number() == records,
                                absl::StrCat("of ", records, " records not all were delivered: ",
                                             lines.empty() ? "" : lines.back().Print())));
  return took;
}

// A file for `check --csv`, and which decision each of its lines must lead to.
struct Checks {
  std::string csv = CsvLine({"reference", "type", "value", "region"});
  std::vector<std::string> decisions;  // by line, the first below the header
  std::vector<std::string> kinds;      // of notation, by line

  void Add(const RawIdentifier& identifier, const std::string& decision, const std::string& kind) {
    csv += CsvLine({absl::StrCat("user-", decisions.size()), identifier.type, identifier.value,
                    identifier.region});
    decisions.push_back(decision);
    kinds.push_back(kind);
  }
};

bool LeadsTo(const Json& result, const std::string& decision) {
  const std::vector<Json> matches = result["matches"].elements();
  return std::any_of(matches.begin(), matches.end(), [&](const Json& match) {
    return match["decision_reference"].text() == decision;
  });
}

// "national: 3 of 977 (refused: …)" for each kind of notation with an exception.
std::string Exceptions(const std::map<std::string, std::map<std::string, uint64_t>>& by_kind) {
  std::vector<std::string> parts;
  for (const auto& [kind, outcomes] : by_kind) {
    for (const auto& [outcome, count] : outcomes)
      parts.push_back(absl::StrCat(count, " in notation ", kind, ": ", outcome));
  }
  return absl::StrJoin(parts, "; ");
}

// Every line must match the record that it belongs to.
absl::Status CheckAll(Stage& stage, const std::string& member, const Checks& checks) {
  const std::string path = stage.coalition->dir_of(member) + "/check.csv";
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(path, checks.csv, 0600));
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult result,
      stage.coalition->RunMember(member, {"check", "--csv", path, "--json"}, kBulkDeadline));
  if (result.exit_code != cli::kExitMatch) VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const std::vector<Json> lines, result.ReadJsonLines());
  std::map<std::string, std::map<std::string, uint64_t>> exceptions;
  uint64_t answered = 0;
  for (const Json& line : lines) {
    if (line["event"].text() != "result") continue;
    const size_t index = line["line"].number() - 2;  // the header is line 1
    VERVET_RETURN_IF_ERROR(Expect(index < checks.decisions.size(),
                                  "an answer for a line that the file does not have"));
    ++answered;
    if (!LeadsTo(line, checks.decisions[index])) {
      ++exceptions[checks.kinds[index]]
                  [absl::StrCat(line["outcome"].text(), " ", line["reason"].text())];
    }
  }
  VERVET_RETURN_IF_ERROR(
      Expect(answered == checks.decisions.size(),
             absl::StrCat(answered, " answers for ", checks.decisions.size(), " lines")));
  VERVET_RETURN_IF_ERROR(
      Expect(exceptions.empty(), absl::StrCat("not recognised: ", Exceptions(exceptions))));
  stage.measured.bulk_checks += answered;
  stage.measured.bulk_checks_took += result.took;
  return absl::OkStatus();
}

std::string PerSecond(uint64_t count, absl::Duration took) {
  return absl::StrCat(
      WithCommas(static_cast<uint64_t>(static_cast<double>(count) / absl::ToDoubleSeconds(took))),
      "/s");
}

// The same identifier as somebody else may hold it.
RawIdentifier Otherwise(const RawIdentifier& identifier) {
  RawIdentifier other = identifier;
  if (identifier.type == "phone") {
    other.value = absl::StrCat(identifier.value.substr(3, 3), " ", identifier.value.substr(6, 4),
                               "-", identifier.value.substr(10));
    other.region = "CN";
  } else if (identifier.type == "platform_account") {
    other.value = absl::StrCat("www.", identifier.value);
    std::replace(other.value.begin(), other.value.end(), ':', '/');
  } else {
    std::transform(other.value.begin(), other.value.end(), other.value.begin(),
                   [](unsigned char c) { return std::toupper(c); });
  }
  return other;
}

// What a member does on a sync (acknowledge, report a sighting) is news to the others, so one round
// may not be enough.
absl::StatusOr<Json> SyncUntilLevel(Stage& stage) {
  for (int round = 0; round < kMostRounds; ++round) {
    for (const auto& member : stage.coalition->options().members) {
      VERVET_ASSIGN_OR_RETURN(
          const CommandResult sync,
          stage.coalition->RunMember(member.name, {"sync", "--json", "--timeout", "240"},
                                     kBulkDeadline));
      VERVET_RETURN_IF_ERROR(sync.Require());
    }
    VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                            stage.coalition->RunCoordinator({"status", "--json"}));
    VERVET_RETURN_IF_ERROR(result.Require());
    VERVET_ASSIGN_OR_RETURN(const Json hub, result.ReadJson());
    bool level = true;
    for (const auto& member : stage.coalition->options().members) {
      VERVET_ASSIGN_OR_RETURN(const Json status, MemberStatus(stage, member.name));
      level &= status["position"].number() == hub["head"]["size"].number();
    }
    if (level) return hub;
  }
  return absl::DeadlineExceededError("the members never came level with the hub's log");
}

}  // namespace

absl::Status CompareLogs(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(const Json hub, SyncUntilLevel(stage));
  Measurements& measured = stage.measured;
  measured.log_events = hub["head"]["size"].number();
  measured.log_root = hub["head"]["root"].text();
  measured.live_records = hub["live_records"].number();
  measured.live_signatures = hub["live_signatures"].number();
  VERVET_RETURN_IF_ERROR(Expect(hub["head"]["verified"].truth() && measured.log_root.size() == 64 &&
                                    measured.live_records > stage.settings.offenders,
                                "the hub's status is not complete: " + hub.Print()));
  for (const auto& member : stage.coalition->options().members) {
    VERVET_ASSIGN_OR_RETURN(const Json status, MemberStatus(stage, member.name));
    VERVET_RETURN_IF_ERROR(
        Expect(status["position"].number() == measured.log_events &&
                   status["root"].text() == measured.log_root,
               absl::StrCat(member.name, " and the hub do not have the same log: ", status.Print(),
                            " against ", hub.Print())));
    // One record is for the sub-coalition alone.
    const uint64_t hidden = member.groups.size() == 1 ? 1 : 0;
    VERVET_RETURN_IF_ERROR(
        Expect(status["live_records"].number() + hidden == measured.live_records,
               absl::StrCat(member.name, " has ", status["live_records"].number(),
                            " live records, the hub ", measured.live_records)));
    VERVET_RETURN_IF_ERROR(
        Expect(status["outbox_pending"].number() == 0 && status["outbox_refused"].number() == 0,
               absl::StrCat(member.name, "'s outbox is not empty: ", status.Print())));
  }
  return absl::OkStatus();
}

absl::Status RecogniseEveryPhone(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(4, "Real input, real size");
  const std::vector<examples::ExamplePhone> phones = examples::ExamplePhones();
  std::string csv = CsvLine({"decision_reference", "phone", "offence", "taxa"});
  Checks checks;
  std::map<std::string, uint64_t> notations;
  for (size_t i = 0; i < phones.size(); ++i) {
    csv += CsvLine({PhoneDecision(i), phones[i].e164, "offer_for_sale", "Manis javanica"});
    stage.identifiers.push_back({"phone", phones[i].e164, phones[i].region});
    for (const examples::PhoneNotation& notation :
         examples::Notations(phones[i].e164, phones[i].region)) {
      if (notation.text == phones[i].e164) continue;
      checks.Add({"phone", notation.text, notation.region}, PhoneDecision(i), notation.name);
      ++notations[notation.name];
    }
  }
  VERVET_ASSIGN_OR_RETURN(const absl::Duration took, Import(stage, kMarket, csv, phones.size()));
  timeline.Done(absl::StrCat(
      "market publishes every example number that libphonenumber has: ", WithCommas(phones.size()),
      ", in E.164 (", PerSecond(phones.size(), took), ")"));
  const absl::Duration before = stage.measured.bulk_checks_took;
  VERVET_RETURN_IF_ERROR(CheckAll(stage, kSearch, checks));
  timeline.Done(absl::StrCat(
      "search recognises each in each other notation that it has: ",
      WithCommas(checks.decisions.size()), " of ", WithCommas(checks.decisions.size()),
      ", no exception (",
      PerSecond(checks.decisions.size(), stage.measured.bulk_checks_took - before), ")"));
  std::vector<std::string> parts;
  for (const auto& [name, count] : notations)
    parts.push_back(absl::StrCat(name, " ", WithCommas(count)));
  for (size_t i = 0; i < parts.size(); i += 5) {
    timeline.Detail(absl::StrJoin(
        parts.begin() + static_cast<std::ptrdiff_t>(i),
        parts.begin() + static_cast<std::ptrdiff_t>(std::min(parts.size(), i + 5)), "; "));
  }
  return absl::OkStatus();
}

absl::Status ShareManyOffenders(Stage& stage) {
  Timeline& timeline = stage.timeline;
  const uint64_t total = stage.settings.offenders;
  std::string csv = CsvLine({"decision_reference", "phone", "email", "payment_account",
                             "platform_account", "offence", "taxa"});
  Checks sample;
  for (uint64_t i = 0; i < total; ++i) {
    std::map<std::string, std::string> cell;
    for (const RawIdentifier& identifier : GeneratedOffender(i)) {
      cell[identifier.type] = identifier.value;
      stage.identifiers.push_back(identifier);
      if (i % kSampleEvery < 4 && i / kSampleEvery % 4 == i % 4)
        sample.Add(Otherwise(identifier), OffenderDecision(i), identifier.type);
    }
    csv += CsvLine({OffenderDecision(i), cell["phone"], cell["email"], cell["payment_account"],
                    cell["platform_account"], "offer_for_sale", "Loxodonta africana"});
  }
  timeline.StartStep();
  VERVET_ASSIGN_OR_RETURN(const absl::Duration took, Import(stage, kMarket, csv, total));
  timeline.Done(absl::StrCat("market publishes ", WithCommas(total), " generated offenders (",
                             PerSecond(total, took), ")"));
  for (const auto& member : stage.coalition->options().members) {
    VERVET_ASSIGN_OR_RETURN(
        const CommandResult sync,
        stage.coalition->RunMember(member.name, {"sync", "--json", "--timeout", "240"},
                                   kBulkDeadline));
    VERVET_RETURN_IF_ERROR(sync.Require());
    timeline.Done(absl::StrCat(member.name, " is in step with the log"));
  }
  VERVET_RETURN_IF_ERROR(CompareLogs(stage));
  timeline.Done(absl::StrCat("hub and three members: ", WithCommas(stage.measured.log_events),
                             " events, the same root, ", WithCommas(stage.measured.live_records),
                             " live records"));
  if (sample.decisions.empty()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(CheckAll(stage, kSocial, sample));
  timeline.Done(absl::StrCat("social recognises a sample of ", WithCommas(sample.decisions.size()),
                             " of their identifiers in other notations, no exception"));
  return absl::OkStatus();
}

}  // namespace vervet::demo
