// A client that answers as a test tells it, and a harness that runs vervet-member on it.
#ifndef VERVET_TESTS_MEMBER_SDK_CLI_FAKE_CLIENT_H_
#define VERVET_TESTS_MEMBER_SDK_CLI_FAKE_CLIENT_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "core/base/mutex.h"
#include "core/cli/stop_signal.h"
#include "member-sdk/cli/member_cli.h"
#include "tests/core/cli/testing_streams.h"
#include "vervet/client.h"

namespace vervet::member_cli {

// What happened and what shall happen; outlives the client, which the command owns.
struct FakeWorld {
  ManualEnvironment environment;
  ClientOptions options;  // of the last Open
  bool opened = false;
  absl::Status open_status;

  std::map<std::string, Match> records;  // by identifier value
  std::set<std::string> without_form;    // values that have no canonical form
  std::set<std::string> unknown;         // values that would need the hub, which fails
  absl::Status not_answered =
      absl::UnavailableError("never seen before, and the hub is out of reach");
  // How many more identifiers are evaluated, and what the refusal of others says.
  size_t evaluations_left = SIZE_MAX;
  std::chrono::milliseconds retry_after{0};
  std::set<std::string> evaluated;  // they cost nothing again
  std::string refusal = "has no canonical form; write it with a country code";
  absl::Status check_status;
  std::vector<Subject> checked;
  CheckOptions check_options;
  // What the command waited for, and what happens meanwhile; no time passes but the environment's.
  std::vector<absl::Duration> waits;
  std::function<void()> on_wait;

  std::map<std::string, Match> pictures;  // by the hash's hexadecimal digits
  std::vector<ImageToCheck> checked_images;
  ImageCheckOptions image_options;
  std::vector<ImageQuarantine> quarantines;

  bool hub_reachable = true;
  absl::Duration catch_up_takes;  // a wait that is shorter comes to nothing
  absl::Status flush_status;      // of every Flush with something pending, where not OK
  std::vector<OffenderRecord> published;
  absl::Status publish_status;        // of every Publish, where not OK
  std::set<std::string> hub_refuses;  // decision references
  absl::Status hub_refusal =
      absl::PermissionDeniedError("groups[0]: this member is not in the group");
  std::vector<std::string> retracted;
  std::vector<std::string> said;  // what else was asked for: "opine <record> dispute <reason>", ...
  absl::Status say_status;        // of every one of them, where not OK
  std::vector<OpenRemedy> remedies;
  std::map<std::string, RecordStatus> statuses;  // by record id
  SubjectHoldings holdings;
  SubjectErasure erasure;
  std::vector<Subject> asked_about;
  // Progress. A contribution that `contribution_rules` finds something wrong with is refused at
  // once; the hub refuses all with
  // `hub_refuses_contributions`, where not OK.
  std::vector<Contributions> contributed;
  std::function<std::string(const Contribution&)> contribution_rules;
  absl::Status hub_refuses_contributions;
  std::vector<QueuedContributions> queued_contributions;
  Definitions definitions;
  absl::StatusOr<Reduction> reduction = Reduction();
  ReductionQuery reduction_asked;
  SeriesAnswer series;
  SeriesQuery series_asked;
  absl::StatusOr<Coverage> coverage = absl::NotFoundError("no period is over");
  std::vector<StoredContribution> stored_contributions;
  std::map<std::string, Delivery> deliveries;
  SyncState state;
  std::function<void(FakeWorld&)> on_catch_up;  // called in WaitUntilCaughtUp
  absl::Status catch_up_status;
  std::string metrics;

  uint64_t Pending() const;
};

class FakeClient final : public Client {
 public:
  explicit FakeClient(FakeWorld& world) : world_(world) {}

  absl::StatusOr<SubjectResult> Check(const Subject& subject, const CheckOptions& options) override;
  absl::StatusOr<std::vector<SubjectResult>> CheckBatch(const std::vector<Subject>& subjects,
                                                        const CheckOptions& options) override;
  absl::StatusOr<std::vector<ImageCheckResult>> CheckImages(
      const std::vector<ImageToCheck>& images, const ImageCheckOptions& options) override;
  absl::StatusOr<std::vector<ImageQuarantine>> Quarantines() override { return world_.quarantines; }
  absl::Status ReleaseQuarantine(const std::string& record_id, const ImageHash& hash) override;
  absl::StatusOr<Ticket> Publish(const OffenderRecord& record) override;
  absl::StatusOr<std::vector<absl::StatusOr<Ticket>>> PublishBatch(
      const std::vector<OffenderRecord>& records) override;
  absl::StatusOr<Ticket> Retract(const std::string& record_id, const std::string& reason) override;
  absl::StatusOr<Ticket> Opine(const std::string& record_id, Stance stance,
                               const std::string& reason) override;
  absl::StatusOr<Ticket> ObjectForSubject(const std::string& record_id,
                                          const std::string& subject_reference,
                                          const std::string& reason) override;
  absl::StatusOr<Ticket> AnswerDisputes(const std::string& record_id,
                                        const std::string& answer) override;
  absl::StatusOr<Ticket> Erase(const std::string& record_id, ErasureGround ground) override;
  absl::Status NoteAction(const std::string& record_id, const std::string& subject_reference,
                          const std::string& action) override;
  absl::StatusOr<std::vector<OpenRemedy>> OpenRemedies() override;
  absl::StatusOr<Ticket> AcknowledgeRemedy(const std::string& record_id,
                                           RemedyOutcome outcome) override;
  absl::StatusOr<RecordStatus> ShowRecord(const std::string& record_id) override;
  absl::StatusOr<SubjectHoldings> ShowSubject(const Subject& subject) override;
  absl::StatusOr<SubjectErasure> EraseSubject(const Subject& subject) override;
  absl::StatusOr<Ticket> Contribute(const Contributions& contributions) override;
  absl::Status CheckContributions(const Contributions& contributions) override;
  absl::StatusOr<std::vector<QueuedContributions>> ContributionOutbox() override {
    return world_.queued_contributions;
  }
  absl::StatusOr<Definitions> GetDefinitions(uint32_t version) override;
  absl::StatusOr<Reduction> GetReduction(const ReductionQuery& query) override;
  absl::StatusOr<SeriesAnswer> GetSeries(const SeriesQuery& query) override;
  absl::StatusOr<Coverage> GetCoverage(const std::string& panel,
                                       std::optional<DayRange> period) override;
  absl::StatusOr<std::vector<StoredContribution>> ListContributions(
      const ContributionQuery& query) override;
  absl::StatusOr<std::vector<PanelSummary>> ListPanels() override {
    return absl::UnimplementedError("no panels here");
  }
  absl::StatusOr<std::vector<ReleaseSummary>> ListReleases(const std::string& panel) override {
    return absl::UnimplementedError("no releases here");
  }
  absl::StatusOr<Displacement> GetDisplacement() override {
    return absl::UnimplementedError("no displacement here");
  }
  absl::StatusOr<SamplePlan> PlanSamples(const PlanQuery& query) override {
    return absl::UnimplementedError("no plans here");
  }
  absl::StatusOr<Delivery> GetDelivery(const std::string& request_id) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  absl::Status WaitUntilCaughtUp(std::chrono::milliseconds timeout) override;
  SyncState GetSyncState() override;
  std::string MetricsText() override { return world_.metrics; }
  void Close(std::chrono::milliseconds timeout) override {}

 private:
  Ticket Enqueue(const std::string& decision_reference);
  absl::StatusOr<Ticket> Say(std::string words, const std::string& record_id);
  FakeWorld& world_;
  Mutex batch_mutex_;  // a backfill has several batches in work
};

// A record of member/market, as a match of an identifier.
Match ExampleMatch(absl::Time now);

class MemberCliTest : public ::testing::Test {
 protected:
  MemberCliTest();
  ~MemberCliTest() override;

  // Runs with --config of a right configuration unless `args` name another.
  int Run(std::vector<std::string> args, const std::string& input = "");
  std::string WriteFile(const std::string& name, const std::string& text);
  std::string ConfigText() const;
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  // Both streams together: what must not hold a raw identifier.
  std::string Everything() const { return out_ + err_; }

  FakeWorld world_;
  std::string folder_;
  std::string out_;
  std::string err_;
  // Null: the world's clock.
  Environment* environment_ = nullptr;
  std::unique_ptr<cli::StopSignal> stop_;
};

}  // namespace vervet::member_cli

#endif  // VERVET_TESTS_MEMBER_SDK_CLI_FAKE_CLIENT_H_
