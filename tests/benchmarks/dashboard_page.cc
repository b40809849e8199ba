// The coordinators' page before a hub with ten years of sixty members, in a real browser: from its
// address to the last chart. A contribution comes in before each time.
#include <grpcpp/client_context.h>

#include <array>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/net/status.h"
#include "core/storage/key_source.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/json.h"
#include "hub/cli/connection.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/full_size_panel.h"
#include "tests/dashboard/script.h"
#include "tests/support/test_certificates.h"
#include "vervet/v1/progress.grpc.pb.h"

namespace vervet::bench {
namespace {

constexpr size_t kAtATime = 512;
constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr absl::Duration kWarmUpPatience = absl::Minutes(20);
constexpr char kPrefix[] = "dashboard: ";  // before the address that is printed

struct Size {
  int members, months;
};

// What a coalition has contributed up to last month: of each member forty surveys and ten actions a
// month, and forty surveys of the baseline.
class History {
 public:
  explicit History(const Size& size)
      : size_(size),
        first_(absl::ToCivilMonth(absl::Now(), absl::UTCTimeZone()) - size.months),
        panel_(FullSizePanel(size.members, first_)) {
    panel_.mutable_members(0)->set_party(absl::StrCat("member/", kPublisher));
  }

  // Appended to the store of a hub that does not run, as Contribute would have.
  absl::Status WriteTo(const coalition::HubProcess& hub) {
    VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKey({hub.store_key_path(), {}}));
    VERVET_ASSIGN_OR_RETURN(
        log_, hub::SqlcipherEventLog::Open(hub.store_path(), key, hub.settings().coalition,
                                           Environment::System(), [](const auto&) {}));
    Define();
    v1::EventBody body;
    *body.mutable_panel_created()->mutable_panel() = panel_;
    AppendForAll(std::move(body));
    VERVET_RETURN_IF_ERROR(ForEachStratum(Between(first_ - 3, first_), 20));
    for (int month = 0; month < size_.months; ++month) {
      const v1::Days days = Between(first_ + month, first_ + month + 1);
      VERVET_RETURN_IF_ERROR(ForEachStratum(days, 4));
      for (const v1::PanelMember& member : panel_.members()) {
        VERVET_RETURN_IF_ERROR(Act(member.party(), days));
      }
    }
    VERVET_RETURN_IF_ERROR(Flush());
    log_.reset();
    return absl::OkStatus();
  }

  // The next revision of a survey of kPublisher, of the newest month.
  v1::SurveyContribution Revision() {
    v1::SurveyContribution survey = Survey(
        panel_.members(0), 0, Between(first_ + (size_.months - 1), first_ + size_.months), 4);
    survey.set_revision(++revision_);
    return survey;
  }

 private:
  void Define() {
    v1::EventBody body;
    v1::Definitions& made = *body.mutable_progress_defined()->mutable_definitions();
    made.set_version(1);
    for (const auto& [id, unit, meaning] : Actions()) {
      v1::ActionDefinition& action = *made.add_actions();
      action.mutable_word()->set_id(id);
      action.mutable_word()->set_name(id);
      action.set_unit(unit);
      action.set_meaning(meaning);
    }
    const auto name = [](v1::DefinedWord* word, const std::string& id) {
      word->set_id(id);
      word->set_name(id);
    };
    for (const char* source : kSources) {
      v1::DetectionSourceDefinition& detection = *made.add_detection_sources();
      name(detection.mutable_word(), source);
      detection.set_proactive(source == kSources[0]);
    }
    for (int i = 0; i < kPanelTaxa; ++i) name(made.add_taxon_groups(), absl::StrCat("taxa-", i));
    for (int i = 0; i < kPanelSurfaces; ++i) name(made.add_surfaces(), absl::StrCat("surface-", i));
    for (int i = 0; i < kPanelClasses; ++i)
      name(made.add_platform_classes(), absl::StrCat("class-", i));
    for (int i = 0; i < kPanelLanguages; ++i)
      name(made.add_languages(), absl::StrCat("language-", i));
    made.add_exposure_units("view");
    made.set_positive("What a benchmark makes up.");
    made.set_change("The first definitions.");
    AppendForAll(std::move(body));
  }

  v1::SurveyContribution Survey(const v1::PanelMember& member, int stratum, const v1::Days& days,
                                uint32_t most) {
    return MadeUpSurvey(member, stratum, days, most, &chance_);
  }
  // `most`: positives of a sample.
  absl::Status ForEachStratum(const v1::Days& days, uint32_t most) {
    for (const v1::PanelMember& member : panel_.members()) {
      for (int stratum = 0; stratum < kPanelStrata; ++stratum) {
        v1::EventBody body;
        *body.mutable_survey_contributed()->mutable_survey() = Survey(member, stratum, days, most);
        body.mutable_survey_contributed()->set_contributed_by(member.party());
        VERVET_RETURN_IF_ERROR(Append(std::move(body), member.party()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Act(const std::string& member, const v1::Days& days) {
    for (const auto& [id, unit, meaning] : Actions()) {
      const bool found = meaning == v1::ENFORCEMENT;
      for (size_t i = 0; i < (found ? kSources.size() : 1); ++i) {
        v1::EventBody body;
        v1::ActivityContribution& activity =
            *body.mutable_activity_contributed()->mutable_activity();
        activity.set_member(member);
        *activity.mutable_days() = days;
        activity.set_action(id);
        activity.set_unit(unit);
        if (found) activity.set_detected_by(kSources[i]);
        activity.set_count(1 + chance_() % 1'000);
        activity.set_definition_version(1);
        activity.set_revision(1);
        activity.set_signed_off_by("somebody");
        body.mutable_activity_contributed()->set_contributed_by(member);
        VERVET_RETURN_IF_ERROR(Append(std::move(body), member));
      }
    }
    return absl::OkStatus();
  }

  void AppendForAll(v1::EventBody body) {
    hub::AppendEntry& entry = batch_.emplace_back();
    entry.draft.audience.add_roles(v1::MEMBER);
    entry.draft.audience.add_roles(v1::COORDINATOR);
    entry.draft.body = std::move(body);
  }
  absl::Status Append(v1::EventBody body, const std::string& member) {
    hub::AppendEntry& entry = batch_.emplace_back();
    entry.draft.audience.add_roles(v1::COORDINATOR);
    entry.draft.audience.set_party(member);
    entry.draft.body = std::move(body);
    return batch_.size() < kAtATime ? absl::OkStatus() : Flush();
  }
  absl::Status Flush() {
    VERVET_RETURN_IF_ERROR(log_->Append(batch_).status());
    batch_.clear();
    return absl::OkStatus();
  }

  struct Action {
    const char* id;
    const char* unit;
    v1::ActionMeaning meaning;
  };
  static const std::vector<Action>& Actions() {
    static const auto* const kActions =
        new std::vector<Action>{{"listing_removed", "listing", v1::ENFORCEMENT},
                                {"account_suspended", "account", v1::ENFORCEMENT},
                                {"search_warning_shown", "impression", v1::PREVENTION},
                                {"appeal_received", "appeal", v1::APPEAL_RECEIVED},
                                {"restored_on_appeal", "listing", v1::RESTORED_ON_APPEAL},
                                {"referred", "case", v1::REFERRED_TO_AGENCY}};
    return *kActions;
  }
  static constexpr std::array<const char*, 3> kSources = {"automated", "user_report", "ngo"};

  const Size size_;
  const absl::CivilMonth first_;
  v1::Panel panel_;
  std::unique_ptr<hub::SqlcipherEventLog> log_;
  std::vector<hub::AppendEntry> batch_;
  std::mt19937 chance_{1};
  uint32_t revision_ = 1;
};

absl::StatusOr<std::unique_ptr<v1::Progress::Stub>> StubOf(coalition::Coalition& coalition,
                                                           const std::string& party) {
  const coalition::TlsPaths& tls = coalition.tls_of(party);
  coordinator_cli::ConnectionSettings settings;
  settings.hub_target = coalition.hub().address();
  settings.coalition = coalition.options().name;
  settings.tls.certificate_path = tls.certificate;
  settings.tls.private_key_path = tls.private_key;
  settings.tls.ca_path = tls.ca;
  VERVET_ASSIGN_OR_RETURN(auto channel, coordinator_cli::Connect(settings));
  return v1::Progress::NewStub(channel);
}

absl::Status Contribute(v1::Progress::Stub& stub, v1::SurveyContribution survey) {
  v1::ContributeRequest request;
  request.set_request_id(TimeOrderedId(*Environment::System()));
  *request.add_contributions()->mutable_survey() = std::move(survey);
  v1::ContributeResponse response;
  grpc::ClientContext context;
  return net::FromGrpc(stub.Contribute(&context, request, &response), context);
}

// A hub that has just started computes for a while: what the page shows, and its parts.
absl::Status UntilQuiet(const coalition::Process& hub) {
  constexpr absl::Duration kWhile = absl::Seconds(2);
  constexpr double kQuietSeconds = 0.1;  // of a processor, meanwhile
  const absl::Time until = absl::Now() + kWarmUpPatience;
  while (absl::Now() < until) {
    const double before = ChildCpuSeconds(hub.pid());
    absl::SleepFor(kWhile);
    if (ChildCpuSeconds(hub.pid()) - before < kQuietSeconds) return absl::OkStatus();
  }
  return absl::DeadlineExceededError("the hub goes on computing");
}

struct Page {
  std::unique_ptr<coalition::Process> process;
  std::string address;
};

absl::StatusOr<Page> Serve(coalition::Coalition& coalition) {
  VERVET_ASSIGN_OR_RETURN(const std::string program, coalition::BuiltProgram("vervet-dashboard"));
  coalition::ProcessOptions options;
  options.argv = {program, "--config", coalition.coordinator_config()};
  Page page;
  VERVET_ASSIGN_OR_RETURN(page.process, coalition::Process::Start(options));
  VERVET_ASSIGN_OR_RETURN(
      const auto line,
      page.process->WaitForLine(
          coalition::Process::Stream::kOutput,
          [](absl::string_view text) { return absl::StartsWith(text, kPrefix); }, kPatience));
  page.address = std::string(absl::StripPrefix(line.text, kPrefix));
  return page;
}

Samples Milliseconds(const coalition::Json& list) {
  Samples samples;
  for (const coalition::Json& one : list.elements()) samples.Add(one.real());
  return samples;
}

absl::Status Run(const Options& options, Report* report) {
  const Size size = options.quick ? Size{6, 12} : Size{60, 120};
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(options.dir + "/coalition"));
  coalition::HubProcess& hub = coalition->hub();
  VERVET_RETURN_IF_ERROR(hub.Stop().status());
  report->Progress(absl::StrCat("a log of ", (size.months + 1) * size.members * kPanelStrata,
                                " surveys and ", size.months * size.members * 10, " actions"));
  History history(size);
  VERVET_RETURN_IF_ERROR(history.WriteTo(hub));
  coalition::HubProcess::StartOptions start;
  start.timeout = absl::Minutes(10);
  VERVET_RETURN_IF_ERROR(hub.Start(start));
  VERVET_ASSIGN_OR_RETURN(const auto member, StubOf(*coalition, kPublisher));
  VERVET_ASSIGN_OR_RETURN(const Page page, Serve(*coalition));
  report->Progress("the hub makes its estimates");
  VERVET_RETURN_IF_ERROR(UntilQuiet(hub.process()));
  report->Progress("the page, again and again");
  absl::Status contributed;
  double begun = 0;
  Samples hub_ms, server_ms;
  double server_begun = 0;
  const std::string result_path = options.dir + "/result.json";
  const dashboard::Outcomes outcomes = dashboard::RunScript(
      "page_speed.mjs", "first_page", page.address,
      {{"VERVET_ROUNDS", absl::StrCat(options.rounds)}, {"VERVET_RESULT", result_path}},
      {{"contribute",
        [&] {
          contributed.Update(Contribute(*member, history.Revision()));
          begun = ChildCpuSeconds(hub.process().pid());
          server_begun = ChildCpuSeconds(page.process->pid());
          return std::string("{}");
        }},
       {"opened", [&] {
          hub_ms.Add(1e3 * (ChildCpuSeconds(hub.process().pid()) - begun));
          server_ms.Add(1e3 * (ChildCpuSeconds(page.process->pid()) - server_begun));
          return std::string("{}");
        }}});
  VERVET_RETURN_IF_ERROR(contributed);
  for (const auto& [scenario, reason] : outcomes) {
    if (!reason.empty()) return absl::InternalError(absl::StrCat(scenario, ": ", reason));
  }
  VERVET_ASSIGN_OR_RETURN(const coalition::Json result,
                          coalition::Json::Parse(test_support::ReadFile(result_path)));
  Line line;
  line.what = "dashboard: the first page complete, after a contribution";
  line.unit = "ms";
  line.measured = Milliseconds(result["page"]);
  line.floor = Milliseconds(result["floor"]);
  line.floor_is = "the same page with answers that were kept, from memory";
  line.target = Target::AtMost(1'000);
  line.note = absl::StrCat(size.members, " members x ", size.months, " months x ", kPanelStrata,
                           " strata, a browser that has not seen the page; ",
                           result["requests"].number(), " requests, ", result["kilobytes"].number(),
                           " kB; the slowest answer: ", result["slowest"].text());
  report->Add(std::move(line));
  const auto add = [report](const char* what, Samples samples) {
    Line cost;
    cost.what = what;
    cost.unit = "ms";
    cost.measured = std::move(samples);
    report->Add(std::move(cost));
  };
  add("processor time of the hub for it", std::move(hub_ms));
  add("processor time of vervet-dashboard for it", std::move(server_ms));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"dashboard-page", "the coordinators' page at full size, in a browser", Run});

}  // namespace
}  // namespace vervet::bench
