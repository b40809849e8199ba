// progress plan: how much each member must sample.
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/progress_arguments.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Progress::StubInterface;
using Align = cli::Table::Align;

absl::Status ShareFlag(absl::string_view flag, const std::string& text, double* value) {
  if (text.empty()) return absl::OkStatus();
  std::string digits = text;
  const bool percent = !digits.empty() && digits.back() == '%';
  if (percent) digits.pop_back();
  if (!absl::SimpleAtod(digits, value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": must be a share, such as 85% or 0.85"));
  }
  if (percent) *value /= 100;
  if (*value > 0 && *value <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": must be above 0 and at most 100%"));
}

std::string PlanText(const v1::PlanResponse& plan, const cli::Streams& streams) {
  std::string text = absl::StrCat(
      "to show ", PercentText(plan.target()), " with a chance of ", PercentText(plan.power()),
      " where the truth is ", PercentText(plan.truth()), ":\n",
      cli::WithThousands(static_cast<uint64_t>(plan.listings())),
      " listings in each period, which will bring about ",
      cli::WithThousands(static_cast<uint64_t>(plan.baseline_positives() + 0.5)),
      " confirmed positives in the baseline and ",
      cli::WithThousands(static_cast<uint64_t>(plan.follow_up_positives() + 0.5)),
      " after it;\nthe interval will be about ", IntervalText(plan.likely_interval()), "\n\n");
  cli::Table table(
      {{"MEMBER"}, {"LISTINGS", Align::kRight}, {"POSITIVES IN THE BASELINE", Align::kRight}});
  for (const v1::PlanLine& line : plan.lines()) {
    table.AddRow({line.name(), cli::WithThousands(static_cast<uint64_t>(line.listings())),
                  cli::WithThousands(static_cast<uint64_t>(line.baseline_positives() + 0.5))});
  }
  return absl::StrCat(text, table.Render(streams));
}

class PlanCommand final : public cli::Command {
 public:
  explicit PlanCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress plan",
        .summary = "how much each member must sample",
        .purpose =
            "How many listings must be reviewed in each period so that the verdict is \"met\" "
            "with the wished chance, if the truth is so much. Exposure and prevalence are those "
            "of the panel's baseline; with --exposure and --prevalence those that you expect, "
            "for the coalition as a whole.",
        .examples = {{"progress plan --truth 85%", "from the newest panel's baseline"},
                     {"progress plan --prevalence 0.0001 --exposure 1e9 --truth 90%",
                      "before there is a panel"}},
        .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("panel", "NAME", "which panel (default: the newest)", &panel_);
    flags.String("truth", "SHARE", "the reduction that you believe in (default 85%)", &truth_);
    flags.String("target", "SHARE", "what is to be shown (default 80%)", &target_);
    flags.String("power", "SHARE", "the chance of showing it (default 80%)", &power_);
    flags.String("prevalence", "SHARE", "expected in the baseline; instead of a panel",
                 &prevalence_);
    flags.String("exposure", "NUMBER", "views, or active listings; with --prevalence", &exposure_);
    flags.String("sensitivity", "SHARE", "share of positives that reviewers find (default 100%)",
                 &sensitivity_);
    flags.String("reviewed-again", "SHARE",
                 "share of positives that get a second review (default 100%)", &reviewed_again_);
    flags.Choice("allocation", "HOW", "by_exposure (default), neyman or equal",
                 {"by_exposure", "neyman", "equal"}, &allocation_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    v1::PlanRequest request;
    const absl::Status built = Build(&request);
    if (!built.ok()) return RefuseArguments("progress plan", built, streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    if (request.strata().empty()) {
      const absl::StatusOr<v1::PanelLine> panel = FindPanel(*session, panel_, v1::AsOf());
      if (!panel.ok()) return session->Explain(panel.status());
      request.set_panel(panel->panel().panel());
    }
    v1::PlanResponse answer;
    const absl::Status status = session->Call(&Stub::Plan, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : PlanText(answer, streams));
    return cli::kExitOk;
  }

 private:
  absl::Status Build(v1::PlanRequest* request) const {
    double truth = 0, target = 0, power = 0, prevalence = 0, sensitivity = 0, reviewed = 0;
    VERVET_RETURN_IF_ERROR(ShareFlag("truth", truth_, &truth));
    VERVET_RETURN_IF_ERROR(ShareFlag("target", target_, &target));
    VERVET_RETURN_IF_ERROR(ShareFlag("power", power_, &power));
    VERVET_RETURN_IF_ERROR(ShareFlag("prevalence", prevalence_, &prevalence));
    VERVET_RETURN_IF_ERROR(ShareFlag("sensitivity", sensitivity_, &sensitivity));
    VERVET_RETURN_IF_ERROR(ShareFlag("reviewed-again", reviewed_again_, &reviewed));
    request->set_truth(truth);
    request->set_target(target);
    request->set_power(power);
    request->set_sensitivity(sensitivity);
    request->set_reviewed_again(reviewed);
    request->set_allocation(allocation_ == "neyman"  ? v1::PLAN_NEYMAN
                            : allocation_ == "equal" ? v1::PLAN_EQUAL
                                                     : v1::PLAN_BY_EXPOSURE);
    if (prevalence_.empty() && exposure_.empty()) return absl::OkStatus();
    double exposure = 1;
    if (prevalence_.empty() || !panel_.empty() ||
        (!exposure_.empty() && !absl::SimpleAtod(exposure_, &exposure))) {
      return absl::InvalidArgumentError(
          "--exposure: must be a number, beside --prevalence and without --panel");
    }
    v1::PlanStratum& stratum = *request->add_strata();
    stratum.set_name("the coalition");
    stratum.set_exposure(exposure);
    stratum.set_prevalence(prevalence);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string panel_, truth_, target_, power_, prevalence_, exposure_, sensitivity_,
      reviewed_again_, allocation_;
};

}  // namespace

void AddProgressPlanCommand(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<PlanCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
