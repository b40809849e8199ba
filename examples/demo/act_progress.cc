#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/progress_truth.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::MemberSpec;
using coalition::Process;

constexpr char kPanel[] = "founders";
constexpr char kSignedOff[] = "Head of Trust and Safety";
constexpr uint64_t kSeed = 20'180'307;  // the coalition's founding day
constexpr absl::Duration kImportDeadline = absl::Minutes(2);
// The corrected month of the restatement: the last of the first period.
constexpr size_t kRestatedMonth = 5;

// The twelve whole months before this one, UTC.
std::vector<DayRange> LastTwelveMonths() {
  constexpr int kMonths = kQuarters * kMonthsAQuarter;
  const absl::CivilMonth now =
      absl::ToCivilMonth(Environment::System()->Now(), absl::UTCTimeZone());
  const absl::CivilDay epoch(1970, 1, 1);
  std::vector<DayRange> months;
  for (absl::CivilMonth month = now - kMonths; month < now; ++month) {
    months.push_back({static_cast<int32_t>(absl::CivilDay(month) - epoch),
                      static_cast<int32_t>(absl::CivilDay(month + 1) - epoch)});
  }
  return months;
}

DayRange Quarter(const std::vector<DayRange>& months, int quarter) {
  const size_t first = static_cast<size_t>(quarter) * kMonthsAQuarter;
  return {months[first].begin, months[first + kMonthsAQuarter - 1].end};
}

std::string PercentText(double share) { return absl::StrFormat("%.1f%%", 100 * share); }

// ---- what coordinators do

std::string Word(const char* field, const char* id, const char* name, const char* chinese) {
  return absl::StrFormat("%s { id: \"%s\" name: \"%s\" name_zh: \"%s\" }\n", field, id, name,
                         chinese);
}

std::string DefinitionsText() {
  std::string text;
  const auto action = [&text](const char* id, const char* name, const char* chinese,
                              const char* unit, const char* meaning) {
    absl::StrAppend(&text, "actions {\n  ", Word("word", id, name, chinese), "  unit: \"", unit,
                    "\" meaning: ", meaning, "\n}\n");
  };
  action("listing_removed", "Listing removed", "下架商品", "listing", "ENFORCEMENT");
  action("blocked_at_upload", "Blocked at upload", "上传拦截", "attempt", "ENFORCEMENT");
  action("account_suspended", "Account suspended", "暂停账号", "account", "ENFORCEMENT");
  action("search_term_blocked", "Search term blocked", "屏蔽搜索词", "term", "PREVENTION");
  action("search_warning_shown", "Search warning shown", "搜索警示", "impression", "PREVENTION");
  action("user_educated", "User educated", "用户教育", "message", "PREVENTION");
  action("appeal_received", "Appeal received", "收到申诉", "appeal", "APPEAL_RECEIVED");
  action("restored_on_appeal", "Restored on appeal", "申诉后恢复", "listing", "RESTORED_ON_APPEAL");
  action("referred", "Referred to an agency", "移交执法机关", "case", "REFERRED_TO_AGENCY");
  const auto source = [&text](const char* id, const char* name, const char* chinese,
                              bool proactive) {
    absl::StrAppend(&text, "detection_sources {\n  ", Word("word", id, name, chinese),
                    "  proactive: ", proactive ? "true" : "false", "\n}\n");
  };
  source("automated", "Automated detection", "自动识别", true);
  source("coalition_signature", "A signature of the coalition", "联盟特征", true);
  source("user_report", "A user's report", "用户举报", false);
  for (const auto& [id, name, chinese] :
       std::vector<std::array<const char*, 3>>{{"elephants", "Elephants", "象"},
                                               {"pangolins", "Pangolins", "穿山甲"},
                                               {"parrots", "Parrots", "鹦鹉"},
                                               {"reptiles", "Reptiles", "爬行动物"}}) {
    text += Word("taxon_groups", id, name, chinese);
  }
  for (const auto& [id, name, chinese] :
       std::vector<std::array<const char*, 3>>{{"listings", "Listings", "商品页"},
                                               {"posts", "Posts", "帖子"},
                                               {"groups", "Groups", "群组"},
                                               {"live", "Live streams", "直播"},
                                               {"search_results", "Search results", "搜索结果"}}) {
    text += Word("surfaces", id, name, chinese);
  }
  for (const auto& [id, name, chinese] :
       std::vector<std::array<const char*, 3>>{{"marketplace", "Marketplaces", "电商"},
                                               {"social", "Social networks", "社交"},
                                               {"classifieds", "Classifieds", "分类信息"},
                                               {"search", "Search engines", "搜索"}}) {
    text += Word("platform_classes", id, name, chinese);
  }
  text += Word("languages", "en", "English", "英文");
  text += Word("languages", "zh", "Chinese", "中文");
  absl::StrAppend(
      &text, "exposure_units: \"view\"\n",
      "positive: \"A listing, post or stream that offers a live animal, a part or a product of a "
      "protected taxon for sale without a document that makes it lawful. Invented for the "
      "demo.\"\n",
      "change: \"The first version, for the demo.\"\n");
  return text;
}

std::string PanelText(const std::vector<DayRange>& months) {
  const DayRange baseline = Quarter(months, 0);
  std::string text = absl::StrFormat(
      "panel: \"%s\"\ntitle: \"Founding members (invented data)\"\n"
      "baseline { begin: %d end: %d }\nunit: \"view\"\nfirst_period_begin: %d\n"
      "period_months: %d\ndue_days: 45\ndefinition_version: 1\n",
      kPanel, baseline.begin, baseline.end, baseline.end, kMonthsAQuarter);
  for (const TruePlatform& platform : TheTruth()) {
    absl::StrAppend(&text, "members {\n  party: \"member/", platform.name, "\" platform_class: \"",
                    platform.platform_class, "\"\n");
    for (const TrueStratum& stratum : platform.strata) {
      absl::StrAppendFormat(&text,
                            "  strata { surface: \"%s\" taxon_group: \"%s\" language: \"%s\" }\n",
                            stratum.surface, stratum.taxon_group, stratum.language);
    }
    text += "}\n";
  }
  return text;
}

absl::Status RunVervet(Stage& stage, const std::vector<std::string>& arguments) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result, stage.coalition->RunCoordinator(arguments));
  return result.Require();
}

absl::Status Define(Stage& stage, const std::vector<DayRange>& months) {
  const std::string dir = stage.coalition->dir_of("coordinator");
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(dir + "/definitions.textproto", DefinitionsText()));
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(dir + "/panel.textproto", PanelText(months)));
  VERVET_RETURN_IF_ERROR(RunVervet(stage, {"progress", "define", dir + "/definitions.textproto"}));
  VERVET_RETURN_IF_ERROR(RunVervet(stage, {"progress", "panel", dir + "/panel.textproto"}));
  stage.timeline.Done(
      absl::StrCat("coordinators define what is counted, and fix a panel: ", TheTruth().size(),
                   " platforms against the baseline ", DayRangeText(Quarter(months, 0))));
  return absl::OkStatus();
}

// ---- what members do

// Those of the panel that the coalition does not have yet. They join for figures alone: in no
// sharing group, they receive nobody's records.
absl::Status AdmitTheOthers(Stage& stage) {
  std::vector<std::string> joined;
  for (const TruePlatform& platform : TheTruth()) {
    const auto& members = stage.coalition->options().members;
    if (std::any_of(members.begin(), members.end(),
                    [&](const MemberSpec& member) { return member.name == platform.name; })) {
      continue;
    }
    VERVET_RETURN_IF_ERROR(
        stage.coalition->AddMember({platform.name,
                                    platform.display_name,
                                    "IE",
                                    absl::StrCat(platform.display_name, " Ltd, Dublin"),
                                    "legitimate interest",
                                    {}}));
    joined.emplace_back(platform.display_name);
  }
  stage.timeline.Done(
      absl::StrCat(joined.size(), " more platforms join: ", absl::StrJoin(joined, ", ")));
  return absl::OkStatus();
}

std::vector<std::string> ImportArguments(const std::string& path) {
  return {"progress", "import", path, "--signed-off-by", kSignedOff, "--json"};
}

// The member's three files, one after the other: a vault belongs to one process at a time.
struct Import {
  const TruePlatform* platform = nullptr;
  std::vector<std::string> paths;
  size_t next = 0;
  std::unique_ptr<Process> running;
};

absl::Status FinishOne(Import& import, absl::Duration timeout) {
  VERVET_ASSIGN_OR_RETURN(const int exit_code, import.running->Wait(timeout));
  const CommandResult result = coalition::ResultOf(
      *import.running, absl::StrCat("vervet-member progress import of ", import.platform->name),
      exit_code, absl::ZeroDuration());
  import.running.reset();
  return result.Require();
}

absl::Status ContributeAll(Stage& stage, const std::vector<DayRange>& months) {
  std::vector<Import> imports;
  uint64_t lines = 0;
  for (const TruePlatform& platform : TheTruth()) {
    const MemberFiles files = Contribute(platform, months, kSeed + imports.size());
    lines += files.lines;
    const std::string dir = stage.coalition->dir_of(platform.name);
    Import import;
    import.platform = &platform;
    for (const auto& [name, text] :
         {std::pair("teams", &files.teams), std::pair("surveys", &files.surveys),
          std::pair("activity", &files.activity)}) {
      import.paths.push_back(absl::StrCat(dir, "/", name, ".csv"));
      VERVET_RETURN_IF_ERROR(coalition::WriteFile(import.paths.back(), *text));
    }
    imports.push_back(std::move(import));
  }
  for (size_t file = 0; file < 3; ++file) {
    for (Import& import : imports) {
      VERVET_ASSIGN_OR_RETURN(
          import.running,
          stage.coalition->StartMember(import.platform->name, ImportArguments(import.paths[file])));
    }
    for (Import& import : imports) VERVET_RETURN_IF_ERROR(FinishOne(import, kImportDeadline));
  }
  stage.timeline.Done(
      absl::StrCat("each contributes twelve months, signed off: ", WithCommas(lines),
                   " lines of activity and of random samples, from CSV files"));
  return absl::OkStatus();
}

// A file with a slip of the pen: refused by line and column, and nothing of it is stored.
absl::Status RefuseASlip(Stage& stage, const std::vector<DayRange>& months) {
  const std::string path = stage.coalition->dir_of(kMarket) + "/slip.csv";
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(
      path,
      absl::StrCat("period,surface,taxon_group,language,exposure,unit,sampled,positives,team\n",
                   DayRangeText(months.back()),
                   ",listings,pangolins,en,1000000,view,500,5000,market-reviewers\n")));
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(kMarket, {"progress", "import", path,
                                                               "--signed-off-by", kSignedOff}));
  VERVET_RETURN_IF_ERROR(
      Expect(result.exit_code != 0 && absl::StrContains(result.error, "slip.csv:2: positives"),
             absl::StrCat("a survey with more positives than listings was taken: ", result.output,
                          result.error)));
  stage.timeline.Done(
      "a slip of the pen, more positives than listings: refused by line and column, nothing "
      "stored");
  return absl::OkStatus();
}

// A platform counts a month anew after it was released.
absl::Status Restate(Stage& stage, const std::vector<DayRange>& months) {
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult result,
      stage.coalition->RunMember(
          "handmade",
          {"progress", "submit-activity", "--period", DayRangeText(months[kRestatedMonth]),
           "--action", "referred", "--count", "5", "--signed-off-by", kSignedOff, "--revise"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  stage.timeline.Done(
      "a platform counts a month anew: a revision; the first count stays on record");
  return absl::OkStatus();
}

// ---- what comes of it

// The reporting period that this month is in.
absl::StatusOr<Json> Whole(Stage& stage, const std::string& month) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunCoordinator({"progress", "status", "--panel", kPanel,
                                                           "--period", month, "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json answer, result.ReadJson());
  const std::vector<Json> figures = answer["figures"].elements();
  // The whole comes first.
  VERVET_RETURN_IF_ERROR(
      Expect(!figures.empty() && figures[0].has("reduction"),
             absl::StrCat("vervet progress status shows no figure: ", answer.Print())));
  return figures[0];
}

std::string VerdictText(const std::string& verdict) {
  if (verdict == "VERDICT_MET") return "met";
  return verdict == "VERDICT_NOT_MET" ? "not met" : "cannot tell";
}

// One period: released, shown, and held against the truth, which the hub does not know.
absl::Status ReleaseAndCompare(Stage& stage, const std::vector<DayRange>& months, int quarter) {
  const std::string month = DayRangeText(
      {Quarter(months, quarter).begin, months[static_cast<size_t>(quarter) * kMonthsAQuarter].end});
  VERVET_RETURN_IF_ERROR(RunVervet(
      stage, {"progress", "release", month, "--panel", kPanel, "--note", "invented data"}));
  VERVET_ASSIGN_OR_RETURN(const Json figure, Whole(stage, month));
  const Json interval = figure["reduction"];
  const double low = interval["low"].real(), high = interval["high"].real();
  const double truth = TrueReduction(quarter);
  stage.timeline.Done(absl::StrCat(DayRangeText(Quarter(months, quarter)), ": reduction ",
                                   PercentText(interval["point"].real()), " (", PercentText(low),
                                   " to ", PercentText(high),
                                   "), target 80%: ", VerdictText(figure["verdict"].text()),
                                   "; the truth behind it: ", PercentText(truth)));
  return Expect(low <= truth && truth <= high,
                absl::StrCat("the interval misses the truth, ", PercentText(truth)));
}

absl::Status ShowWhatAMemberSees(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(kSocial, {"progress", "status", "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json answer, result.ReadJson());
  size_t shown = 0, withheld = 0;
  for (const Json& figure : answer["figures"].elements()) {
    ++(figure.has("withheld") && !figure["withheld"]["code"].text().empty() ? withheld : shown);
  }
  VERVET_RETURN_IF_ERROR(Expect(shown > 0, "a member sees no released figure"));
  stage.timeline.Done(absl::StrCat("a member sees ", shown, " released figures of the coalition; ",
                                   withheld, " are withheld, so that nobody's can be worked out"));
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureProgress(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(10, "How far the coalition has come");
  timeline.Detail(
      "invented data: a stated truth on eight platforms, sampled at random and reviewed by people "
      "who err (examples/demo/progress_truth.cc)");
  const std::vector<DayRange> months = LastTwelveMonths();
  VERVET_RETURN_IF_ERROR(AdmitTheOthers(stage));
  VERVET_RETURN_IF_ERROR(Define(stage, months));
  VERVET_RETURN_IF_ERROR(ContributeAll(stage, months));
  VERVET_RETURN_IF_ERROR(RefuseASlip(stage, months));
  for (int quarter = 1; quarter < kQuarters; ++quarter) {
    VERVET_RETURN_IF_ERROR(ReleaseAndCompare(stage, months, quarter));
  }
  VERVET_RETURN_IF_ERROR(ShowWhatAMemberSees(stage));
  return Restate(stage, months);
}

absl::StatusOr<std::unique_ptr<Process>> StartDashboard(Stage& stage, std::string* url) {
  VERVET_ASSIGN_OR_RETURN(const std::string program, coalition::BuiltProgram("vervet-dashboard"));
  VERVET_ASSIGN_OR_RETURN(
      auto dashboard,
      Process::Start({{program, "--config", stage.coalition->coordinator_config()}}));
  constexpr absl::string_view kLine = "dashboard: ";
  VERVET_ASSIGN_OR_RETURN(const Process::Line line,
                          dashboard->WaitForLine(
                              Process::Stream::kOutput,
                              [&](absl::string_view text) { return absl::StartsWith(text, kLine); },
                              absl::Seconds(20)));
  *url = line.text.substr(kLine.size());
  return dashboard;
}

}  // namespace vervet::demo
