// The wires between members and the fake hub.
#include <algorithm>
#include <utility>

#include "core/log/event.h"
#include "tests/member-sdk/fake_hub.h"

namespace vervet::testing {

class FakeSession final : public engine::SyncSession {
 public:
  FakeSession(FakeHub* hub, std::string party, const v1::SyncHello& hello)
      : hub_(hub), party_(std::move(party)), hello_(hello), next_(hello.position() + 1) {
    MutexLock lock(hub_->mutex_);
    generation_ = hub_->generation_;
    hub_->hellos_.push_back(hello);
  }

  bool Read(engine::SyncFrame* frame) override {
    v1::SyncResponse message;
    if (!Next(&message)) return false;
    frame->Set(message);
    return true;
  }

  bool SendApplied(uint64_t position) override {
    MutexLock lock(hub_->mutex_);
    hub_->applied_[party_] = position;
    return true;
  }

  absl::Status Finish() override {
    MutexLock lock(hub_->mutex_);
    return cancelled_ ? absl::CancelledError("cancelled") : status_;
  }

  void Cancel() override {
    MutexLock lock(hub_->mutex_);
    cancelled_ = true;
    hub_->changed_.NotifyAll();
  }

 private:
  bool Next(v1::SyncResponse* message) {
    MutexLock lock(hub_->mutex_);
    while (true) {
      if (!CheckStream()) {
        // As the hub does: its own signed head first, then the refusal.
        if (!absl::IsDataLoss(status_) || hub_->silent_refusal_ || std::exchange(refused_, true))
          return false;
        *message->mutable_head() =
            hub_->HeadAt(std::min<uint64_t>(hello_.position(), hub_->log_.size()));
        if (hub_->tamper_) hub_->tamper_(*message);
        return true;
      }
      const bool opening = std::exchange(opening_, false) && hub_->opening_head_;
      const uint64_t size = hub_->log_.size();
      if (!opening && next_ <= size) {
        FillEntries(message->mutable_entries());
      } else if (opening || head_sent_ != static_cast<int64_t>(size)) {
        *message->mutable_head() = hub_->Head();
        head_sent_ = static_cast<int64_t>(size);
      } else {
        hub_->changed_.Wait(hub_->mutex_);
        continue;
      }
      if (hub_->tamper_) hub_->tamper_(*message);
      return true;
    }
  }

  bool CheckStream() ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    if (cancelled_ || refused_) return false;
    if (!hub_->reachable_ || generation_ != hub_->generation_) {
      status_ = absl::UnavailableError("connection refused");
      return false;
    }
    status_ = hub_->MayCall(party_);
    if (!status_.ok()) return false;
    if (!std::exchange(hello_checked_, true) && hello_.position() != 0 && hub_->checks_hello_) {
      if (hello_.position() > hub_->log_.size()) {
        status_ = absl::DataLossError("you have applied more than this log holds");
        return false;
      }
      if (hello_.root() != log::AsBytes(hub_->FrontierAt(hello_.position()).Root())) {
        status_ = absl::DataLossError("your root differs");
        return false;
      }
    }
    return true;
  }

  void FillEntries(v1::SyncEntries* entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    for (int i = 0; i < hub_->entries_per_message_ && next_ <= hub_->log_.size(); ++i, ++next_) {
      const v1::Event& event = hub_->log_[next_ - 1];
      const auto parsed = log::ParseEvent(event);
      v1::SyncEntry* const entry = entries->add_entries();
      const bool erased = hub_->erased_.count(next_) != 0;
      if (!erased && hub_->state_.roster.MaySee(party_, v1::MEMBER, parsed->header.audience())) {
        *entry->mutable_event() = event;
      } else {
        entry->set_leaf_hash(std::string(log::AsBytes(log::LeafHash(event))));
      }
    }
  }

  FakeHub* const hub_;
  const std::string party_;
  const v1::SyncHello hello_;
  uint64_t next_;
  uint64_t generation_ = 0;
  int64_t head_sent_ = -1;
  bool opening_ = true;
  bool hello_checked_ = false;
  bool refused_ = false;  // status_ says why, and the head that shows it was sent
  bool cancelled_ = false;
  absl::Status status_;
};

class FakeTransport final : public engine::Transport {
 public:
  FakeTransport(FakeHub* hub, std::string party) : hub_(hub), party_(std::move(party)) {}

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration deadline) override {
    return hub_->Evaluate(party_, request);
  }
  void Publish(const v1::PublishRequest& request, absl::Duration deadline,
               Done<v1::PublishResponse> done) override {
    auto answer = hub_->Publish(party_, request);
    hub_->BeforeAnswer();
    done(std::move(answer));
  }
  void Retract(const v1::RetractRequest& request, absl::Duration deadline,
               Done<v1::RetractResponse> done) override {
    done(hub_->Retract(party_, request));
  }
  void Opine(const v1::OpineRequest& request, absl::Duration deadline,
             Done<v1::OpineResponse> done) override {
    done(hub_->Opine(party_, request));
  }
  void AnswerDisputes(const v1::AnswerDisputesRequest& request, absl::Duration deadline,
                      Done<v1::AnswerDisputesResponse> done) override {
    done(hub_->AnswerDisputes(party_, request));
  }
  void ReportSighting(const v1::ReportSightingRequest& request, absl::Duration deadline,
                      Done<v1::ReportSightingResponse> done) override {
    done(hub_->ReportSighting(party_, request));
  }
  void ReportQuarantine(const v1::ReportQuarantineRequest& request, absl::Duration deadline,
                        Done<v1::ReportQuarantineResponse> done) override {
    done(hub_->ReportQuarantine(party_, request));
  }
  void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest& request, absl::Duration deadline,
                         Done<v1::AcknowledgeRemedyResponse> done) override {
    done(hub_->AcknowledgeRemedy(party_, request));
  }
  void Erase(const v1::EraseRequest& request, absl::Duration deadline,
             Done<v1::EraseResponse> done) override {
    done(hub_->Erase(party_, request));
  }
  absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest& request,
                                              absl::Duration deadline) override {
    return hub_->ShowRecord(party_, request);
  }
  void Contribute(const v1::ContributeRequest& request, absl::Duration deadline,
                  Done<v1::ContributeResponse> done) override {
    done(hub_->Contribute(party_, request));
  }
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const v1::GetDefinitionsRequest& request, absl::Duration deadline) override {
    return hub_->GetDefinitions(party_, request);
  }
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const v1::GetReductionRequest& request,
                                                        absl::Duration deadline) override {
    return hub_->GetReduction(party_, request);
  }
  absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest& request,
                                                  absl::Duration deadline) override {
    return absl::UnimplementedError("no series here");
  }
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest& request,
                                                      absl::Duration deadline) override {
    return hub_->GetCoverage(party_);
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request, absl::Duration deadline) override {
    return hub_->ListContributions(party_, request);
  }
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(const v1::ListPanelsRequest& request,
                                                    absl::Duration deadline) override {
    return hub_->ListPanels(party_);
  }
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const v1::ListReleasesRequest& request,
                                                        absl::Duration deadline) override {
    return hub_->ListReleases(party_, request);
  }
  absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(
      const v1::GetDisplacementRequest& request, absl::Duration deadline) override {
    return hub_->GetDisplacement(party_);
  }
  absl::StatusOr<v1::PlanResponse> Plan(const v1::PlanRequest& request,
                                        absl::Duration deadline) override {
    return hub_->Plan(party_, request);
  }
  void Shutdown() override {}  // every call here has its answer when it returns
  std::unique_ptr<engine::SyncSession> OpenSync(const v1::SyncHello& hello) override {
    return std::make_unique<FakeSession>(hub_, party_, hello);
  }

 private:
  FakeHub* const hub_;
  const std::string party_;
};

std::unique_ptr<engine::Transport> FakeHub::Connect(std::string party) {
  return std::make_unique<FakeTransport>(this, std::move(party));
}

}  // namespace vervet::testing
