// An in-process hub for tests of the SDK: real VOPRF keys, real log, real signed heads, and faults
// on demand.
#ifndef VERVET_TESTS_MEMBER_SDK_FAKE_HUB_H_
#define VERVET_TESTS_MEMBER_SDK_FAKE_HUB_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/log/event.h"
#include "core/log/merkle.h"
#include "core/log/tree_head.h"
#include "core/oprf/voprf.h"
#include "core/views/coalition_state.h"
#include "member-sdk/src/engine/transport.h"

namespace vervet::testing {

inline constexpr char kCoalition[] = "coalition.example";

// Thread-safe. Outlives its transports. Starts with an empty log and every type's key.
class FakeHub {
 public:
  explicit FakeHub(Environment* env, uint64_t key_seed = 1);

  // A connection of this member.
  std::unique_ptr<engine::Transport> Connect(std::string party);
  std::string log_public_key_hex() const;

  // --- the log
  uint64_t Append(v1::EventBody body, v1::Audience audience);
  uint64_t Admit(const std::string& party);
  uint64_t CreateGroup(const std::string& group);
  uint64_t Join(const std::string& party, const std::string& group);
  uint64_t Leave(const std::string& party, const std::string& group);
  uint64_t Suspend(const std::string& party);
  uint64_t Reinstate(const std::string& party);
  uint64_t Expire(const std::string& record_id);  // 16 bytes
  uint64_t CountSightings(const std::string& record_id, uint32_t members, uint64_t subjects);
  // As a coordinator does on a court's order.
  uint64_t EraseByOrder(const std::string& record_id);
  // As a coordinator does; `definitions` without a version. Returns it.
  uint32_t Define(v1::Definitions definitions);
  // An event that no member may see.
  uint64_t AppendHidden();
  // Of a kind that nobody here knows, for everyone; and what its body says.
  uint64_t AppendOfNewerKind(const std::string& saying);
  std::vector<v1::Event> events();  // all of them
  void Announce(v1::SignatureType type, std::vector<uint32_t> rules_versions,
                absl::Duration maximum_life = absl::Hours(180 * 24));
  void AnnounceAll();
  // Pictures, which have no key.
  void AnnounceImages(absl::Duration maximum_life = absl::Hours(730 * 24));
  // `hash`: 32 bytes. The expert is admitted by the test.
  uint64_t MarkHarmless(const std::string& expert, const std::string& hash, uint32_t radius);
  uint64_t ClearHarmless(const std::string& expert, const std::string& hash);
  // A new key for the type, announced with the next epoch.
  void ChangeKey(v1::SignatureType type);
  // Announces another key for the epoch in force: what an honest hub never does.
  void AnnounceStrangeKey(v1::SignatureType type);
  // Forgets everything behind `size`, as a restored backup does.
  void RollBackTo(uint64_t size);
  // Replaces the events by others, of the same number.
  void RewriteHistory();
  uint64_t size();

  // --- faults
  void SetReachable(bool reachable);
  // Applies the next `calls` Publish or Retract requests and loses the answers.
  void LoseAnswers(int calls);
  // The next `calls` Publish or Retract requests are refused with `status`.
  void RefuseCalls(int calls, absl::Status status);
  // Of this type, no more elements than these are evaluated; a request beyond is refused until
  // `wait` is over.
  void SetBudget(v1::SignatureType type, int elements, absl::Duration wait) {
    MutexLock lock(mutex_);
    budgets_[type] = {elements, wait};
  }
  // A record pauses while more than this share of its holders dispute it. Default 100: never.
  void set_dispute_share_percent(int percent) {
    MutexLock lock(mutex_);
    dispute_share_percent_ = percent;
  }
  // Called before the answer of each Publish leaves; nothing is locked.
  void set_before_answer(std::function<void()> before_answer) {
    MutexLock lock(mutex_);
    before_answer_ = std::move(before_answer);
  }
  void set_wrong_proof(bool wrong) {
    MutexLock lock(mutex_);
    wrong_proof_ = wrong;
  }
  // Sees and changes the answer of every Evaluate.
  void set_tamper_evaluated(std::function<void(v1::EvaluateResponse&)> tamper) {
    MutexLock lock(mutex_);
    tamper_evaluated_ = std::move(tamper);
  }
  // Sends a head of the current size before the backlog.
  void set_opening_head(bool opening) {
    MutexLock lock(mutex_);
    opening_head_ = opening;
  }
  // False: goes on with whatever a hello says, as a hub does that hopes not to be noticed.
  void set_checks_hello(bool checks) {
    MutexLock lock(mutex_);
    checks_hello_ = checks;
  }
  // Refuses a hello without showing its own head.
  void set_silent_refusal(bool silent) {
    MutexLock lock(mutex_);
    silent_refusal_ = silent;
  }
  void set_entries_per_message(int entries) {
    MutexLock lock(mutex_);
    entries_per_message_ = entries;
  }
  // Sees and changes every message of every Sync stream.
  void set_tamper(std::function<void(v1::SyncResponse&)> tamper) {
    MutexLock lock(mutex_);
    tamper_ = std::move(tamper);
  }

  // --- what it received
  int evaluate_calls();
  int evaluated_elements();
  // Of them, those that were said to be of the member's own users.
  int own_users();
  std::vector<std::string> publish_requests();  // serialised, in order, with repetitions
  std::vector<v1::SyncHello> hellos();
  // What became of a record, as the hub folds it.
  views::OffenderRecords::Aftermath AftermathOf(const std::string& record_id);
  std::vector<v1::ReportSightingRequest> sightings();
  std::vector<v1::ReportQuarantineRequest> quarantines();
  std::vector<v1::AcknowledgeRemedyRequest> acknowledgements();
  std::vector<v1::OpineRequest> opinions();
  // Contributions that were stored, by the order of their events.
  std::vector<v1::Contribution> contributions();
  // What GetReduction, GetSeries and GetCoverage answer, and what they were asked last.
  void SetReduction(v1::GetReductionResponse response) {
    MutexLock lock(mutex_);
    reduction_ = std::move(response);
  }
  void SetCoverage(v1::GetCoverageResponse response) {
    MutexLock lock(mutex_);
    coverage_ = std::move(response);
  }
  void SetPanels(v1::ListPanelsResponse response) {
    MutexLock lock(mutex_);
    panels_ = std::move(response);
  }
  void SetReleases(v1::ListReleasesResponse response) {
    MutexLock lock(mutex_);
    releases_ = std::move(response);
  }
  void SetDisplacement(v1::GetDisplacementResponse response) {
    MutexLock lock(mutex_);
    displacement_ = std::move(response);
  }
  void SetPlan(v1::PlanResponse response) {
    MutexLock lock(mutex_);
    plan_ = std::move(response);
  }
  v1::PlanRequest plan_asked() {
    MutexLock lock(mutex_);
    return plan_asked_;
  }
  v1::GetReductionRequest reduction_asked() {
    MutexLock lock(mutex_);
    return reduction_asked_;
  }
  uint64_t applied(const std::string& party);
  // Every byte of every request, one after the other.
  std::string received();

 private:
  friend class FakeTransport;
  friend class FakeSession;

  struct Key {
    uint32_t epoch = 1;
    oprf::KeyPair pair;
    std::vector<uint32_t> rules_versions = {1};
  };

  static oprf::KeyPair KeyFor(v1::SignatureType type, uint32_t epoch, uint64_t seed);
  uint64_t AppendLocked(v1::EventBody body, v1::Audience audience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t Store(const v1::Event& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MayCall(const std::string& party) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeforeAnswer();
  absl::Status TakeFault() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::EvaluateResponse> Evaluate(const std::string& party,
                                                const v1::EvaluateRequest& request);
  absl::StatusOr<v1::PublishResponse> Publish(const std::string& party,
                                              const v1::PublishRequest& request);
  absl::StatusOr<v1::RetractResponse> Retract(const std::string& party,
                                              const v1::RetractRequest& request);
  absl::StatusOr<v1::OpineResponse> Opine(const std::string& party,
                                          const v1::OpineRequest& request);
  absl::StatusOr<v1::AnswerDisputesResponse> AnswerDisputes(
      const std::string& party, const v1::AnswerDisputesRequest& request);
  absl::StatusOr<v1::ReportSightingResponse> ReportSighting(
      const std::string& party, const v1::ReportSightingRequest& request);
  absl::StatusOr<v1::ReportQuarantineResponse> ReportQuarantine(
      const std::string& party, const v1::ReportQuarantineRequest& request);
  absl::StatusOr<v1::AcknowledgeRemedyResponse> AcknowledgeRemedy(
      const std::string& party, const v1::AcknowledgeRemedyRequest& request);
  absl::StatusOr<v1::EraseResponse> Erase(const std::string& party,
                                          const v1::EraseRequest& request);
  absl::StatusOr<v1::RecordStatus> ShowRecord(const std::string& party,
                                              const v1::ShowRecordRequest& request);
  absl::StatusOr<v1::ContributeResponse> Contribute(const std::string& party,
                                                    const v1::ContributeRequest& request);
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const std::string& party, const v1::GetDefinitionsRequest& request);
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const std::string& party,
                                                        const v1::GetReductionRequest& request);
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const std::string& party);
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const std::string& party, const v1::ListContributionsRequest& request);
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(const std::string& party);
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const std::string& party,
                                                        const v1::ListReleasesRequest& request);
  absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(const std::string& party);
  absl::StatusOr<v1::PlanResponse> Plan(const std::string& party, const v1::PlanRequest& request);
  // What every call about a record begins with; `*answered`: the sequence number that the request
  // was answered with before, or 0.
  absl::Status Begin(const std::string& party, const std::string& request_id,
                     const std::string& bytes, uint64_t* answered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<views::RecordPtr> FindVisible(const std::string& party,
                                               const std::string& record_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Notes the answer, and loses it where a test asked for that.
  absl::StatusOr<uint64_t> Conclude(const std::string& request_id, uint64_t sequence)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t EraseLocked(const views::OffenderRecords::Record& record, const std::string& party,
                       v1::ErasureGround ground) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::SignedTreeHead Head() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::SignedTreeHead HeadAt(uint64_t size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  log::MerkleFrontier FrontierAt(uint64_t size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Environment* const env_;
  log::LogSigningKey log_key_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<v1::Event> log_ ABSL_GUARDED_BY(mutex_);
  log::MerkleFrontier frontier_ ABSL_GUARDED_BY(mutex_);
  views::CoalitionState state_ ABSL_GUARDED_BY(mutex_);
  std::map<v1::SignatureType, Key> keys_ ABSL_GUARDED_BY(mutex_);
  // By request id: the request's bytes, and the first answer.
  std::map<std::string, std::pair<std::string, v1::PublishResponse>> answers_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> answered_sequences_ ABSL_GUARDED_BY(mutex_);  // by request id
  std::set<uint64_t> erased_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::ReportSightingRequest> sightings_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::ReportQuarantineRequest> quarantines_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::AcknowledgeRemedyRequest> acknowledgements_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::OpineRequest> opinions_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<uint64_t, v1::Contribution>> contributions_ ABSL_GUARDED_BY(mutex_);
  v1::GetReductionResponse reduction_ ABSL_GUARDED_BY(mutex_);
  v1::GetReductionRequest reduction_asked_ ABSL_GUARDED_BY(mutex_);
  v1::GetCoverageResponse coverage_ ABSL_GUARDED_BY(mutex_);
  v1::ListPanelsResponse panels_ ABSL_GUARDED_BY(mutex_);
  v1::ListReleasesResponse releases_ ABSL_GUARDED_BY(mutex_);
  v1::GetDisplacementResponse displacement_ ABSL_GUARDED_BY(mutex_);
  v1::PlanResponse plan_ ABSL_GUARDED_BY(mutex_);
  v1::PlanRequest plan_asked_ ABSL_GUARDED_BY(mutex_);
  int dispute_share_percent_ ABSL_GUARDED_BY(mutex_) = 100;
  std::map<std::string, uint64_t> applied_ ABSL_GUARDED_BY(mutex_);
  bool reachable_ ABSL_GUARDED_BY(mutex_) = true;
  bool wrong_proof_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void(v1::EvaluateResponse&)> tamper_evaluated_ ABSL_GUARDED_BY(mutex_);
  bool opening_head_ ABSL_GUARDED_BY(mutex_) = true;
  bool checks_hello_ ABSL_GUARDED_BY(mutex_) = true;
  bool silent_refusal_ ABSL_GUARDED_BY(mutex_) = false;
  int entries_per_message_ ABSL_GUARDED_BY(mutex_) = 100;
  int lose_answers_ ABSL_GUARDED_BY(mutex_) = 0;
  int refuse_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  std::function<void(v1::SyncResponse&)> tamper_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> before_answer_ ABSL_GUARDED_BY(mutex_);
  int evaluate_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int evaluated_elements_ ABSL_GUARDED_BY(mutex_) = 0;
  int own_users_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<v1::SignatureType, std::pair<int, absl::Duration>> budgets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> publish_requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::SyncHello> hellos_ ABSL_GUARDED_BY(mutex_);
  std::string received_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;  // streams of an earlier one are broken
};

}  // namespace vervet::testing

#endif  // VERVET_TESTS_MEMBER_SDK_FAKE_HUB_H_
