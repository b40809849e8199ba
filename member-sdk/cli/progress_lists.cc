// progress list, outbox and definitions: what was contributed, what is on its way, in which words.
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/progress_text.h"

namespace vervet::member_cli {
namespace {

using Layout = cli::JsonWriter::Layout;

std::vector<std::pair<int, std::string>> ExitCodes(bool asks_the_hub) {
  std::vector<std::pair<int, std::string>> codes = {
      {cli::kExitOk, "shown"},
      {cli::kExitFailed, "failed, or refused by the hub"},
      {cli::kExitUsage, "the command line or the configuration is wrong"}};
  if (asks_the_hub) codes.emplace_back(cli::kExitUnavailable, "the hub is out of reach; retry");
  return codes;
}

// Opens a session, asks, prints.
template <typename Ask, typename Print>
int Show(const Invocation& invocation, const cli::Streams& streams, bool background, Ask ask,
         Print print) {
  int exit_code = cli::kExitOk;
  std::unique_ptr<Session> session = Session::Open(invocation, streams, background, &exit_code);
  if (session == nullptr) return exit_code;
  const auto answer = ask(session->client());
  if (!answer.ok()) {
    streams.PrintError(answer.status());
    return cli::ExitCodeFor(answer.status());
  }
  print(*answer);
  return cli::kExitOk;
}

class OutboxCommand final : public cli::Command {
 public:
  explicit OutboxCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress outbox",
        .arguments = "",
        .summary = "contributions that wait for the hub, or that it has refused",
        .purpose =
            "What waits goes out with `flush`, `watch`, or any command that reaches the hub, in "
            "the order in which it was contributed. Refusals are kept for 30 days; nothing of a "
            "refused request was stored.\n\n--json: one document, {\"requests\":[...]}.",
        .exit_codes = ExitCodes(false)};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    return Show(
        invocation_, streams, false, [](Client& client) { return client.ContributionOutbox(); },
        [&](const std::vector<QueuedContributions>& queued) {
          invocation_.json ? PrintJson(queued, streams) : PrintText(queued, streams);
        });
  }

 private:
  static void PrintText(const std::vector<QueuedContributions>& queued,
                        const cli::Streams& streams) {
    cli::Table table({{"REQUEST"},
                      {"STATE"},
                      {"DAYS"},
                      {"ACTIVITY", cli::Table::Align::kRight},
                      {"SURVEYS", cli::Table::Align::kRight},
                      {"TEAMS", cli::Table::Align::kRight},
                      {"REASON"}});
    for (const QueuedContributions& one : queued) {
      const bool refused = one.delivery.state == DeliveryState::kRefused;
      table.AddRow(
          {one.request_id,
           {DeliveryStateName(one.delivery.state), refused ? cli::Paint::kRed : cli::Paint::kPlain},
           one.days.empty() ? "" : DayRangeText(one.days),
           refused ? "" : absl::StrCat(one.activities),
           refused ? "" : absl::StrCat(one.surveys),
           refused ? "" : absl::StrCat(one.teams),
           std::string(one.delivery.status.message())});
    }
    *streams.out << (table.empty() ? "nothing waits, and nothing was refused\n"
                                   : table.Render(streams));
  }

  static void PrintJson(const std::vector<QueuedContributions>& queued,
                        const cli::Streams& streams) {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject().Key("requests").BeginArray();
    for (const QueuedContributions& one : queued) {
      json.BeginObject()
          .Field("request_id", one.request_id)
          .Field("state", DeliveryStateName(one.delivery.state))
          .Field("attempts", one.delivery.attempts)
          .Field("activities", one.activities)
          .Field("surveys", one.surveys)
          .Field("teams", one.teams);
      AppendDays("days", one.days, json);
      json.Field("reason", one.delivery.status.message()).EndObject();
    }
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
};

// One contribution on a line.
struct Described {
  std::string kind, days, cell, figures;
  uint32_t revision = 0;
  bool withdrawn = false;
};

struct Describe {
  Described operator()(const Activity& a) const {
    std::string cell = a.action;
    for (const std::string& part : {a.detected_by, a.surface, a.taxon_group}) {
      if (!part.empty()) absl::StrAppend(&cell, " / ", part);
    }
    return {"activity",      DayRangeText(a.days),
            std::move(cell), absl::StrCat(cli::WithThousands(a.count), " ", a.unit),
            a.revision,      a.withdrawn};
  }
  Described operator()(const Survey& s) const {
    uint64_t sampled = 0, positives = 0;
    for (const SurveySample& sample : s.samples) {
      sampled += static_cast<uint64_t>(sample.sampled);
      positives += static_cast<uint64_t>(sample.positives);
    }
    return {"survey",
            DayRangeText(s.days),
            absl::StrCat(s.surface, " / ", s.taxon_group, " / ", s.language),
            absl::StrCat(cli::WithThousands(positives), " of ", cli::WithThousands(sampled),
                         " sampled, ", s.team),
            s.revision,
            s.withdrawn};
  }
  Described operator()(const ReviewTeam& t) const {
    return {"team",
            "",
            t.team,
            absl::StrCat(cli::WithThousands(static_cast<uint64_t>(t.found)), " found, ",
                         cli::WithThousands(static_cast<uint64_t>(t.missed)), " missed"),
            t.revision,
            t.withdrawn};
  }
};

class ListContributionsCommand final : public cli::Command {
 public:
  explicit ListContributionsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress list",
            .arguments = "",
            .summary = "what this platform has contributed, as the hub has it",
            .purpose =
                "By event. --history shows revisions that were replaced, and figures that were "
                "withdrawn. Surveys of independent surveyors on this platform are among them.\n\n"
                "--json: JSON lines, one a contribution.",
            .examples = {{"progress list --period 2026-03 --history", "how March came about"}},
            .exit_codes = ExitCodes(true)};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("period", "DAYS", "2026-Q1, 2026-03, ... that they touch (default: any)",
                 &period_);
    flags.Switch("history", "replaced and withdrawn ones too", &query_.history);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    if (!period_.empty()) {
      query_.days = ParseDayRange(period_);
      if (!query_.days) {
        streams.PrintError(
            "--period must be a month (2026-03), a quarter (2026-Q1), a year, a day, or "
            "2026-03-02..2026-03-08");
        return cli::kExitUsage;
      }
    }
    return Show(
        invocation_, streams, true,
        [this](Client& client) { return client.ListContributions(query_); },
        [&](const std::vector<StoredContribution>& stored) {
          invocation_.json ? PrintJson(stored, streams) : PrintText(stored, streams);
        });
  }

 private:
  static void PrintText(const std::vector<StoredContribution>& stored,
                        const cli::Streams& streams) {
    cli::Table table({{"EVENT", cli::Table::Align::kRight},
                      {"STORED"},
                      {"DAYS"},
                      {"OF"},
                      {"FIGURES"},
                      {"REVISION", cli::Table::Align::kRight},
                      {"SIGNED OFF BY"},
                      {"REMARK"}});
    for (const StoredContribution& one : stored) {
      Described line = std::visit(Describe(), one.contribution);
      std::string remark = line.withdrawn ? "withdrawn" : one.replaced ? "replaced" : "";
      if (!one.independent_surveyor.empty()) {
        absl::StrAppend(&remark, remark.empty() ? "" : ", ", "by ", one.independent_surveyor);
      }
      table.AddRow({cli::WithThousands(one.sequence),
                    cli::TimeForPeople(absl::FromChrono(one.stored)), line.days, line.cell,
                    line.figures, absl::StrCat(line.revision), one.signed_off_by, remark});
    }
    *streams.out << (table.empty() ? "nothing\n" : table.Render(streams));
  }

  static void PrintJson(const std::vector<StoredContribution>& stored,
                        const cli::Streams& streams) {
    for (const StoredContribution& one : stored) {
      const Described line = std::visit(Describe(), one.contribution);
      cli::JsonWriter json(Layout::kLine);
      json.BeginObject()
          .Field("kind", line.kind)
          .Field("sequence", one.sequence)
          .Field("stored", cli::TimeForPrograms(absl::FromChrono(one.stored)))
          .Field("days", line.days)
          .Field("cell", line.cell);
      if (const auto* const activity = std::get_if<Activity>(&one.contribution)) {
        json.Field("count", activity->count).Field("unit", activity->unit);
      }
      if (const auto* const survey = std::get_if<Survey>(&one.contribution)) {
        json.Field("exposure", survey->exposure).Key("samples").BeginArray();
        for (const SurveySample& sample : survey->samples) {
          json.BeginObject()
              .Field("sampled", sample.sampled)
              .Field("positives", sample.positives)
              .Field("reviewed_again", sample.reviewed_again)
              .Field("confirmed", sample.confirmed)
              .Field("inclusion_probability", sample.inclusion_probability)
              .EndObject();
        }
        json.EndArray();
      }
      if (const auto* const team = std::get_if<ReviewTeam>(&one.contribution)) {
        json.Field("found", team->found).Field("missed", team->missed);
      }
      json.Field("revision", line.revision)
          .Field("withdrawn", line.withdrawn)
          .Field("replaced", one.replaced)
          .Field("signed_off_by", one.signed_off_by)
          .Field("independent_surveyor", one.independent_surveyor)
          .Field("definition_version", one.definition_version)
          .EndObject();
      *streams.out << json.Finish();
    }
  }

  Invocation& invocation_;
  std::string period_;
  ContributionQuery query_;
};

class DefinitionsCommand final : public cli::Command {
 public:
  explicit DefinitionsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress definitions",
            .arguments = "",
            .summary = "the words that contributions are counted in",
            .purpose =
                "Actions with their units, detection sources, surfaces, taxon groups, languages, "
                "units of exposure, and what counts as a positive.\n\n--json: one document.",
            .examples = {{"progress definitions --version 2", "those before the newest"}},
            .exit_codes = ExitCodes(true)};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Int("version", "N", "the version (default: the newest)", 1, UINT32_MAX, &version_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    return Show(
        invocation_, streams, true,
        [this](Client& client) { return client.GetDefinitions(static_cast<uint32_t>(version_)); },
        [&](const Definitions& definitions) {
          invocation_.json ? PrintJson(definitions, streams) : PrintText(definitions, streams);
        });
  }

 private:
  using Words = std::vector<Definitions::Word>;

  static void PrintText(const Definitions& definitions, const cli::Streams& streams) {
    *streams.out << "definitions " << definitions.version << ": "
                 << cli::Printable(definitions.change) << "\n"
                 << "a positive is: " << cli::Printable(definitions.positive) << "\n\n";
    cli::Table table({{"WORD"}, {"ID"}, {"MEANING"}, {"UNIT"}});
    for (const Definitions::Action& action : definitions.actions) {
      table.AddRow({action.needs_detection_source ? "action, with detected_by" : "action",
                    action.word.id, action.word.name, action.unit});
    }
    const auto add = [&table](const char* kind, const Words& words) {
      for (const Definitions::Word& word : words) table.AddRow({kind, word.id, word.name, ""});
    };
    add("detected_by", definitions.detection_sources);
    add("surface", definitions.surfaces);
    add("taxon_group", definitions.taxon_groups);
    add("language", definitions.languages);
    add("platform class", definitions.platform_classes);
    for (const std::string& unit : definitions.exposure_units) {
      table.AddRow({"unit of exposure", unit, "", ""});
    }
    *streams.out << table.Render(streams);
  }

  static void PrintJson(const Definitions& definitions, const cli::Streams& streams) {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject()
        .Field("version", definitions.version)
        .Field("positive", definitions.positive)
        .Field("change", definitions.change)
        .Key("actions")
        .BeginArray();
    for (const Definitions::Action& action : definitions.actions) {
      json.BeginObject()
          .Field("id", action.word.id)
          .Field("name", action.word.name)
          .Field("unit", action.unit)
          .Field("needs_detection_source", action.needs_detection_source)
          .EndObject();
    }
    json.EndArray();
    const auto add = [&json](const char* key, const Words& words) {
      json.Key(key).BeginArray();
      for (const Definitions::Word& word : words) {
        json.BeginObject().Field("id", word.id).Field("name", word.name).EndObject();
      }
      json.EndArray();
    };
    add("detection_sources", definitions.detection_sources);
    add("surfaces", definitions.surfaces);
    add("taxon_groups", definitions.taxon_groups);
    add("languages", definitions.languages);
    add("platform_classes", definitions.platform_classes);
    json.StringArray("exposure_units", definitions.exposure_units).EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  int64_t version_ = 0;
};

}  // namespace

std::unique_ptr<cli::Command> MakeProgressOutboxCommand(Invocation& invocation) {
  return std::make_unique<OutboxCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeProgressListCommand(Invocation& invocation) {
  return std::make_unique<ListContributionsCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeProgressDefinitionsCommand(Invocation& invocation) {
  return std::make_unique<DefinitionsCommand>(invocation);
}

}  // namespace vervet::member_cli
