// progress submit-activity, submit-survey and submit-team: one contribution from flags.
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/progress_revisions.h"

namespace vervet::member_cli {
namespace {

constexpr int64_t kMostCount = 1'000'000'000'000;
constexpr char kPurposeEnd[] =
    "Words (actions, surfaces, ...) are those of `progress definitions`. What is in the outbox "
    "survives a crash and an unreachable hub.\n\n--revise replaces what stands in the same cell: "
    "the hub is asked which revision comes next, and the earlier one stays in the history. "
    "--withdraw takes the cell's figures away.\n\n--json: one document, "
    "{\"request_id\":...,\"state\":...,\"sequence\":...}.";

// What the three have in common.
class SubmitCommand : public cli::Command {
 public:
  explicit SubmitCommand(Invocation& invocation) : invocation_(invocation) {}

  void DeclareFlags(cli::FlagSet& flags) override {
    DeclareFigures(flags);
    flags.String("signed-off-by", "NAME",
                 "who answers for the figures: a person or function, 1-128 bytes; coordinators see "
                 "it",
                 &signed_off_by_);
    flags.Require("signed-off-by");
    flags.Int("definitions", "VERSION",
              "the definitions that it was counted under (default: the newest)", 1, UINT32_MAX,
              &definitions_);
    flags.Int("revision", "N", "one more than the revision that stands (default 1)", 1, UINT32_MAX,
              &revision_);
    flags.Switch("revise", "replace what stands, whichever revision that is", &revise_);
    flags.Switch("withdraw", "take the cell's figures away; with --revise or --revision",
                 &withdraw_);
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    Contribution contribution;
    if (!Read(streams, &contribution)) return cli::kExitUsage;
    std::visit(
        [this](auto& one) {
          one.revision = static_cast<uint32_t>(revision_);
          one.withdrawn = withdraw_;
        },
        contribution);
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !wait_.no_wait || revise_, &exit_code);
    if (session == nullptr) return exit_code;
    Contributions call;
    call.signed_off_by = signed_off_by_;
    call.definition_version = VersionFor(session->client());
    call.contributions = {std::move(contribution)};
    if (revise_) {
      const absl::StatusOr<Revised> revised =
          Revise(session->client(), {{{}, call.contributions[0]}});
      if (!revised.ok()) {
        streams.PrintError(revised.status());
        return cli::ExitCodeFor(revised.status());
      }
      if (revised->rows.empty()) {
        if (!invocation_.json) *streams.out << "unchanged  it says what stands already\n";
        return cli::kExitOk;
      }
      call.contributions[0] = revised->rows[0].contribution;
    }
    const absl::StatusOr<Ticket> ticket = session->client().Contribute(call);
    if (!ticket.ok()) {
      Explain(ticket.status(), streams);
      return cli::ExitCodeFor(ticket.status());
    }
    return ReportDelivery("stored", *ticket, wait_, invocation_, streams, *session, {});
  }

 protected:
  virtual void DeclareFigures(cli::FlagSet& flags) = 0;
  // False: it is on stderr what is wrong.
  virtual bool Read(const cli::Streams& streams, Contribution* contribution) = 0;

  static void DeclarePeriod(cli::FlagSet& flags, std::string* period) {
    flags.String("period", "DAYS",
                 "2026-03, 2026-Q1, 2026-03-02..2026-03-08 (the last included), UTC", period);
    flags.Require("period");
  }
  static bool ReadPeriod(const std::string& text, const cli::Streams& streams, DayRange* days) {
    const auto parsed = ParseDayRange(text);
    if (parsed) {
      *days = *parsed;
      return true;
    }
    streams.PrintError(
        "--period must be a month (2026-03), a quarter (2026-Q1), a year, a day, or "
        "2026-03-02..2026-03-08");
    return false;
  }

 private:
  uint32_t VersionFor(Client& client) const {
    if (definitions_ != 0 || wait_.no_wait) return static_cast<uint32_t>(definitions_);
    const auto newest = client.GetDefinitions(0);
    return newest.ok() ? newest->version : 0;
  }

  // A line for each mistake.
  static void Explain(const absl::Status& status, const cli::Streams& streams) {
    std::string rest;
    const auto problems = ContributionProblems(status.message(), &rest);
    if (problems.empty()) streams.PrintError(status);
    for (const ContributionProblem& one : problems) {
      const std::string band = one.band < 0 ? "" : absl::StrCat(" of band ", one.band + 1);
      streams.PrintError(absl::StrCat(one.problem.column, band, ": ", one.problem.reason));
    }
    streams.PrintNote("nothing was stored");
  }

  Invocation& invocation_;
  std::string signed_off_by_;
  int64_t definitions_ = 0;
  int64_t revision_ = 1;
  bool revise_ = false;
  bool withdraw_ = false;
  DeliveryWait wait_;
};

class SubmitActivityCommand final : public SubmitCommand {
 public:
  using SubmitCommand::SubmitCommand;

  cli::CommandPage Page() const override {
    return {.name = "progress submit-activity",
            .arguments = "--period DAYS --action ACTION --count N --signed-off-by NAME",
            .summary = "contribute what was done: one count of one action",
            .purpose = absl::StrCat(
                "Activity shows effort, each action in its own unit; it is not what the reduction "
                "is computed from. ",
                kPurposeEnd),
            .examples = {{"progress submit-activity --period 2026-03 --action listing_removed "
                          "--count 1412 --detected-by automated --signed-off-by 'T&S lead'",
                          "listings that automation found and that were removed in March"}},
            .exit_codes = DeliveryExitCodes("stored")};
  }

 protected:
  void DeclareFigures(cli::FlagSet& flags) override {
    DeclarePeriod(flags, &period_);
    flags.String("action", "ACTION", "an action of the definitions", &activity_.action);
    flags.Require("action");
    flags.Int("count", "N", "in the action's unit", 0, kMostCount, &count_);
    flags.Require("count");
    flags.String("unit", "UNIT", "the action's; may be left out", &activity_.unit);
    flags.String("detected-by", "SOURCE", "how it was found; of enforcement alone",
                 &activity_.detected_by);
    flags.String("surface", "SURFACE", "where; left out: not told apart", &activity_.surface);
    flags.String("taxon-group", "GROUP", "of what; left out: not told apart",
                 &activity_.taxon_group);
    flags.Int("views-before-removal", "N", "views that --views-known-of of the items had", 0,
              1'000'000'000'000'000, &views_);
    flags.Int("views-known-of", "N", "of how many of --count the views are known", 0, kMostCount,
              &views_known_of_);
  }
  bool Read(const cli::Streams& streams, Contribution* contribution) override {
    if (!ReadPeriod(period_, streams, &activity_.days)) return false;
    activity_.count = static_cast<uint64_t>(count_);
    activity_.views_known_of = static_cast<uint64_t>(views_known_of_);
    if (views_ >= 0) activity_.views_before_removal = static_cast<uint64_t>(views_);
    *contribution = activity_;
    return true;
  }

 private:
  Activity activity_;
  std::string period_;
  int64_t count_ = 0;
  int64_t views_ = -1;
  int64_t views_known_of_ = 0;
};

class SubmitSurveyCommand final : public SubmitCommand {
 public:
  using SubmitCommand::SubmitCommand;

  cli::CommandPage Page() const override {
    return {
        .name = "progress submit-survey",
        .arguments =
            "--period DAYS --surface S --taxon-group G --language L --exposure V "
            "--unit U --band N,X,M,K[,P] --team T --signed-off-by NAME",
        .summary = "contribute one sample of one stratum",
        .purpose = absl::StrCat(
            "A survey is a random sample of what users could see, reviewed by people: the only "
            "thing that prevalence, and so the reduction, is computed from. Several --band make "
            "it score-stratified. ",
            kPurposeEnd),
        .examples = {{"progress submit-survey --period 2026-03 --surface listings "
                      "--taxon-group elephants --language en --exposure 4.2e7 --unit view "
                      "--band 60000,41,41,35 --team dublin --signed-off-by 'T&S lead'",
                      "60,000 sampled, 41 called positive, all reviewed again, 35 confirmed"}},
        .exit_codes = DeliveryExitCodes("stored")};
  }

 protected:
  void DeclareFigures(cli::FlagSet& flags) override {
    DeclarePeriod(flags, &period_);
    flags.String("surface", "SURFACE", "of the definitions", &survey_.surface);
    flags.String("taxon-group", "GROUP", "of the definitions", &survey_.taxon_group);
    flags.String("language", "LANGUAGE", "of the definitions", &survey_.language);
    flags.String("exposure", "V", "views or active listings of the stratum over the period",
                 &exposure_);
    flags.String("unit", "UNIT", "of the exposure, as the panel has it", &survey_.unit);
    flags.StringList("band", "N,X,M,K[,P]",
                     "sampled, positives, reviewed again, confirmed, inclusion probability; once "
                     "for each band of the score",
                     &bands_);
    flags.String("team", "TEAM", "who reviewed, a word of your own", &survey_.team);
    for (const char* required :
         {"surface", "taxon-group", "language", "exposure", "unit", "band", "team"}) {
      flags.Require(required);
    }
    flags.String("frame-listings", "N", "how many listings the frame has, where known", &frame_);
    flags.String("design-effect", "D", "above 1 where listings were drawn in clusters", &effect_);
  }

  bool Read(const cli::Streams& streams, Contribution* contribution) override {
    if (!ReadPeriod(period_, streams, &survey_.days)) return false;
    if (!Number("exposure", exposure_, streams, &survey_.exposure) ||
        !Number("frame-listings", frame_, streams, &survey_.frame_listings) ||
        !Number("design-effect", effect_, streams, &survey_.design_effect)) {
      return false;
    }
    for (const std::string& band : bands_) {
      SurveySample sample;
      if (!ReadBand(band, &sample)) {
        streams.PrintError(
            "--band must be four whole numbers and, where it is known, a probability: "
            "60000,41,41,35 or 500,60,60,55,0.25");
        return false;
      }
      survey_.samples.push_back(sample);
    }
    if (survey_.samples.size() > 1) survey_.design = SurveyDesign::kScoreStratified;
    *contribution = survey_;
    return true;
  }

 private:
  static bool Number(const char* flag, const std::string& text, const cli::Streams& streams,
                     double* number) {
    if (text.empty() || absl::SimpleAtod(text, number)) return true;
    streams.PrintError(absl::StrCat("--", flag, " must be a number, such as 42000000 or 4.2e7"));
    return false;
  }

  static bool ReadBand(const std::string& text, SurveySample* sample) {
    const std::vector<std::string> parts = absl::StrSplit(text, ',');
    return (parts.size() == 4 || parts.size() == 5) &&
           absl::SimpleAtoi(parts[0], &sample->sampled) &&
           absl::SimpleAtoi(parts[1], &sample->positives) &&
           absl::SimpleAtoi(parts[2], &sample->reviewed_again) &&
           absl::SimpleAtoi(parts[3], &sample->confirmed) &&
           (parts.size() == 4 || absl::SimpleAtod(parts[4], &sample->inclusion_probability));
  }

  Survey survey_;
  std::string period_, exposure_, frame_, effect_;
  std::vector<std::string> bands_;
};

class SubmitTeamCommand final : public SubmitCommand {
 public:
  using SubmitCommand::SubmitCommand;

  cli::CommandPage Page() const override {
    return {
        .name = "progress submit-team",
        .arguments = "--team TEAM --found N --missed N --signed-off-by NAME",
        .summary = "contribute how much a team of reviewers overlooks",
        .purpose = absl::StrCat(
            "Of items known to be positive, mixed into the team's work or brought up by a "
            "second review of negatives, how many it found and how many it missed. A team whose "
            "work has changed gets a new name. ",
            kPurposeEnd),
        .examples = {{"progress submit-team --team dublin --found 184 --missed 16 "
                      "--signed-off-by 'T&S lead'",
                      "a gold set of 200, of which 184 were found"}},
        .exit_codes = DeliveryExitCodes("stored")};
  }

 protected:
  void DeclareFigures(cli::FlagSet& flags) override {
    constexpr int64_t kMost = 1'000'000'000;
    flags.String("team", "TEAM", "as the surveys name it", &team_.team);
    flags.Require("team");
    flags.Int("found", "N", "known positives that the team called positive", 0, kMost,
              &team_.found);
    flags.Require("found");
    flags.Int("missed", "N", "known positives that it did not", 0, kMost, &team_.missed);
    flags.Require("missed");
    flags.String("missed-weight", "W", "one missed item stands for so many (default 1: a gold set)",
                 &weight_);
  }
  bool Read(const cli::Streams& streams, Contribution* contribution) override {
    if (!weight_.empty() && !absl::SimpleAtod(weight_, &team_.missed_weight)) {
      streams.PrintError("--missed-weight must be a number, such as 1 or 0.2");
      return false;
    }
    *contribution = team_;
    return true;
  }

 private:
  ReviewTeam team_;
  std::string weight_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeSubmitActivityCommand(Invocation& invocation) {
  return std::make_unique<SubmitActivityCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeSubmitSurveyCommand(Invocation& invocation) {
  return std::make_unique<SubmitSurveyCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeSubmitTeamCommand(Invocation& invocation) {
  return std::make_unique<SubmitTeamCommand>(invocation);
}

}  // namespace vervet::member_cli
