#include "tests/dashboard/progress_world.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/net/status.h"

namespace vervet::dashboard {
namespace {

constexpr int64_t kSampled = 100'000;
constexpr int64_t kBefore = 400;
constexpr int64_t kAfter = 40;
constexpr double kViews = 5e6;
const char* const kTaxa[] = {"elephants", "pangolins"};

template <typename Request, typename Response>
absl::Status Call(v1::Progress::Stub& stub,
                  grpc::Status (v1::Progress::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                  Request request) {
  request.set_request_id(TimeOrderedId(*Environment::System()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  Response response;
  return net::FromGrpc((stub.*method)(&context, request, &response), context);
}

int32_t DayOf(absl::CivilDay day) { return static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1)); }

v1::Days Between(absl::CivilMonth first, absl::CivilMonth end) {
  v1::Days days;
  days.set_begin(DayOf(absl::CivilDay(first)));
  days.set_end(DayOf(absl::CivilDay(end)));
  return days;
}

void Name(v1::DefinedWord* word, const char* id, const char* name, const char* name_zh) {
  word->set_id(id);
  word->set_name(name);
  word->set_name_zh(name_zh);
}

}  // namespace

ProgressWorld::ProgressWorld(std::vector<std::string> members, absl::CivilDay today,
                             StubFor stub_for)
    : members_(std::move(members)),
      first_period_(absl::CivilMonth(today) - kWorldPeriods),
      stub_for_(std::move(stub_for)) {}

v1::Days ProgressWorld::baseline() const { return Between(first_period_ - 12, first_period_); }
v1::Days ProgressWorld::period(int number) const {
  return Between(first_period_ + number, first_period_ + number + 1);
}

absl::Status ProgressWorld::Contribute() {
  VERVET_RETURN_IF_ERROR(Define());
  VERVET_RETURN_IF_ERROR(MakePanel());
  for (const std::string& member : members_) VERVET_RETURN_IF_ERROR(ContributeAs(member));
  return absl::OkStatus();
}

absl::Status ProgressWorld::Define() {
  v1::DefineRequest request;
  v1::Definitions& definitions = *request.mutable_definitions();
  v1::ActionDefinition& removed = *definitions.add_actions();
  Name(removed.mutable_word(), "listing_removed", "Listing removed", "信息删除");
  removed.set_unit("listing");
  removed.set_meaning(v1::ENFORCEMENT);
  v1::DetectionSourceDefinition& automated = *definitions.add_detection_sources();
  Name(automated.mutable_word(), "automated", "Automated", "自动检测");
  automated.set_proactive(true);
  v1::DetectionSourceDefinition& report = *definitions.add_detection_sources();
  Name(report.mutable_word(), "user_report", "User's report", "用户举报");
  Name(definitions.add_taxon_groups(), "elephants", "Elephants", "象");
  Name(definitions.add_taxon_groups(), "pangolins", "Pangolins", "穿山甲");
  Name(definitions.add_surfaces(), "listings", "Listings", "商品信息");
  Name(definitions.add_platform_classes(), "marketplace", "Marketplace", "电商平台");
  Name(definitions.add_platform_classes(), "social", "Social network", "社交网络");
  Name(definitions.add_languages(), "en", "English", "英文");
  definitions.add_exposure_units("view");
  definitions.set_positive("An offer to sell a listed animal, plant or part of one.");
  definitions.set_change("The first definitions.");
  return Call(*stub_for_("coordinator"), &v1::Progress::Stub::Define, std::move(request));
}

absl::Status ProgressWorld::MakePanel() {
  v1::CreatePanelRequest request;
  v1::Panel& panel = *request.mutable_panel();
  panel.set_panel(kWorldPanel);
  panel.set_title("Founders' panel");
  *panel.mutable_baseline() = baseline();
  panel.set_unit("view");
  panel.set_first_period_begin(period(0).begin());
  panel.set_period_months(1);
  panel.set_due_days(20);
  panel.set_definition_version(1);
  for (size_t i = 0; i < members_.size(); ++i) {
    v1::PanelMember& member = *panel.add_members();
    member.set_party("member/" + members_[i]);
    member.set_platform_class(i % 2 == 0 ? "marketplace" : "social");
    for (const char* taxa : kTaxa) {
      v1::SurveyStratum& stratum = *member.add_strata();
      stratum.set_surface("listings");
      stratum.set_taxon_group(taxa);
      stratum.set_language("en");
    }
  }
  return Call(*stub_for_("coordinator"), &v1::Progress::Stub::CreatePanel, std::move(request));
}

v1::SurveyContribution ProgressWorld::SurveyOf(const std::string& member, const std::string& taxa,
                                               const v1::Days& days, int64_t positives) const {
  v1::SurveyContribution survey;
  survey.set_member("member/" + member);
  *survey.mutable_days() = days;
  survey.mutable_stratum()->set_surface("listings");
  survey.mutable_stratum()->set_taxon_group(taxa);
  survey.mutable_stratum()->set_language("en");
  survey.set_exposure(kViews * (days.end() - days.begin()));
  survey.set_unit("view");
  survey.set_design(v1::SIMPLE_RANDOM);
  v1::SurveySample& sample = *survey.add_samples();
  sample.set_sampled(kSampled);
  sample.set_positives(positives);
  sample.set_reviewed_again(positives);
  sample.set_confirmed(positives * 9 / 10);
  survey.set_team("reviewers");
  survey.set_definition_version(1);
  survey.set_revision(1);
  survey.set_signed_off_by("head of trust and safety");
  return survey;
}

absl::Status ProgressWorld::ContributeAs(const std::string& member) {
  v1::ContributeRequest request;
  for (const char* taxa : kTaxa) {
    *request.add_contributions()->mutable_survey() = SurveyOf(member, taxa, baseline(), kBefore);
    for (int i = 0; i < kWorldPeriods; ++i) {
      *request.add_contributions()->mutable_survey() =
          SurveyOf(member, taxa, period(i), kAfter + 30 * (kWorldPeriods - 1 - i));
    }
  }
  for (int i = 0; i < kWorldPeriods; ++i) {
    for (const char* source : {"automated", "user_report"}) {
      v1::ActivityContribution& activity = *request.add_contributions()->mutable_activity();
      activity.set_member("member/" + member);
      *activity.mutable_days() = period(i);
      activity.set_action("listing_removed");
      activity.set_unit("listing");
      activity.set_detected_by(source);
      activity.set_count(1'000 + 100 * static_cast<uint64_t>(i));
      activity.set_definition_version(1);
      activity.set_revision(1);
      activity.set_signed_off_by("head of trust and safety");
    }
  }
  return Send(member, std::move(request));
}

absl::Status ProgressWorld::Revise(int64_t positives) {
  v1::ContributeRequest request;
  v1::SurveyContribution& survey = *request.add_contributions()->mutable_survey();
  survey = SurveyOf(members_.front(), kTaxa[0], period(kWorldPeriods - 1), positives);
  survey.set_revision(++revision_);
  return Send(members_.front(), std::move(request));
}

absl::Status ProgressWorld::Send(const std::string& member, v1::ContributeRequest request) {
  return Call(*stub_for_(member), &v1::Progress::Stub::Contribute, std::move(request));
}

}  // namespace vervet::dashboard
