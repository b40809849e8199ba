// vervet::Client over any Transport: what the public library and the tests with an in-process hub
// share.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_ENGINE_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_ENGINE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/environment.h"
#include "member-sdk/src/engine/checker.h"
#include "member-sdk/src/engine/evaluator.h"
#include "member-sdk/src/engine/images/flood_watch.h"
#include "member-sdk/src/engine/images/image_checker.h"
#include "member-sdk/src/engine/images/kept_images.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/engine/outbox/outbox_worker.h"
#include "member-sdk/src/engine/sdk_metrics.h"
#include "member-sdk/src/engine/subjects/subject_desk.h"
#include "member-sdk/src/engine/sync/match_reporter.h"
#include "member-sdk/src/engine/sync/sync_worker.h"
#include "member-sdk/src/engine/transport.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/client.h"

namespace vervet::engine {

class Engine final : public Client {
 public:
  // `party`: whose certificate the transport uses, "member/market". `env` outlives the engine.
  // Errors as Client::Open.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(ClientOptions options, std::string party,
                                                      std::unique_ptr<Transport> transport,
                                                      Environment* env);
  ~Engine() override { Close(std::chrono::milliseconds(2000)); }

  absl::StatusOr<SubjectResult> Check(const Subject& subject, const CheckOptions& options) override;
  absl::StatusOr<std::vector<SubjectResult>> CheckBatch(const std::vector<Subject>& subjects,
                                                        const CheckOptions& options) override;
  absl::StatusOr<std::vector<ImageCheckResult>> CheckImages(
      const std::vector<ImageToCheck>& images, const ImageCheckOptions& options) override;
  absl::StatusOr<std::vector<ImageQuarantine>> Quarantines() override;
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
  absl::StatusOr<std::vector<QueuedContributions>> ContributionOutbox() override;
  absl::StatusOr<Definitions> GetDefinitions(uint32_t version) override;
  absl::StatusOr<Reduction> GetReduction(const ReductionQuery& query) override;
  absl::StatusOr<SeriesAnswer> GetSeries(const SeriesQuery& query) override;
  absl::StatusOr<Coverage> GetCoverage(const std::string& panel,
                                       std::optional<DayRange> period) override;
  absl::StatusOr<std::vector<StoredContribution>> ListContributions(
      const ContributionQuery& query) override;
  absl::StatusOr<std::vector<PanelSummary>> ListPanels() override;
  absl::StatusOr<std::vector<ReleaseSummary>> ListReleases(const std::string& panel) override;
  absl::StatusOr<Displacement> GetDisplacement() override;
  absl::StatusOr<SamplePlan> PlanSamples(const PlanQuery& query) override;
  absl::StatusOr<Delivery> GetDelivery(const std::string& request_id) override;
  absl::Status Flush(std::chrono::milliseconds timeout) override;
  absl::Status WaitUntilCaughtUp(std::chrono::milliseconds timeout) override;
  SyncState GetSyncState() override;
  std::string MetricsText() override;
  void Close(std::chrono::milliseconds timeout) override;

 private:
  Engine(ClientOptions options, std::string party, std::unique_ptr<Transport> transport,
         std::unique_ptr<vault::Vault> vault, LogFollower follower, Environment* env);

  absl::Status Start();
  absl::StatusOr<Ticket> Enqueue(const vault::OutboxEntry& entry);
  // The platform's callback, counted; null where there is none.
  std::function<void(const MatchEvent&)> CountedOnMatch();
  // FAILED_PRECONDITION with the remedy where the record is known here and this member's own, or,
  // with `own`, somebody else's. What is not known here is the hub's to judge.
  absl::Status CheckWhose(const std::string& record_id, bool own, absl::string_view remedy) const;
  // Of that version, 0 the newest: as synced, else as the hub says. Null: not known here.
  // NOT_FOUND: the hub has no such version, or none.
  absl::StatusOr<views::DefinitionsPtr> DefinitionsFor(uint32_t version);
  absl::StatusOr<v1::Definitions> AskForDefinitions(uint32_t version);
  absl::StatusOr<vault::OutboxEntry> Draft(Contributions contributions);
  // Of a delivered dispute, as far as the hub has said it.
  std::optional<TimePoint> AnswerDueOf(const vault::OutboxEntry& entry) const;
  ImageQuarantine ToQuarantine(const vault::QuarantineRow& row) const;
  // ImageQuarantine::waiting.
  absl::StatusOr<uint64_t> WaitingFor(const vault::QuarantineRow& row);
  // Keeps the pictures of published records with their references.
  void KeepPublished(const std::vector<const OffenderRecord*>& records);
  // Looks at records again whose matches have changed, where somebody does the looking.
  void TouchMatched(std::vector<std::string> records);

  const ClientOptions options_;
  Environment* const env_;
  // Built in this order, and torn down in the reverse: workers before what they use.
  SdkMetrics metrics_;
  const std::unique_ptr<Transport> transport_;
  const std::unique_ptr<vault::Vault> vault_;
  LiveState state_;
  Evaluator evaluator_;
  Checker checker_;
  KeptImages kept_images_;
  FloodWatch floods_;
  ImageChecker image_checker_;
  SubjectDesk subjects_;
  MatchReporter reporter_;
  SyncWorker sync_;
  OutboxWorker outbox_;

  Mutex definitions_mutex_;
  // As the hub gave them, which the log may not have brought yet; a version never changes.
  std::map<uint32_t, views::DefinitionsPtr> asked_definitions_ ABSL_GUARDED_BY(definitions_mutex_);

  Mutex close_mutex_;
  bool closed_ ABSL_GUARDED_BY(close_mutex_) = false;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_ENGINE_H_
