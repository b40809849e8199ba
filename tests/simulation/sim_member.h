// A member of a simulation: the SDK's own vault, follower, fold, checks and reports, on a disk in
// memory and without threads.
#ifndef VERVET_TESTS_SIMULATION_SIM_MEMBER_H_
#define VERVET_TESTS_SIMULATION_SIM_MEMBER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "member-sdk/src/engine/checker.h"
#include "member-sdk/src/engine/outbox/request_builder.h"
#include "member-sdk/src/engine/sync/sync_worker.h"
#include "tests/simulation/ground.h"
#include "tests/simulation/sim_hub.h"

namespace vervet::simulation {

// What the world does to a member's calls; the world is the network.
class Network {
 public:
  virtual ~Network() = default;
  virtual absl::StatusOr<v1::EvaluateResponse> Evaluate(const std::string& party,
                                                        const v1::EvaluateRequest& request) = 0;
  virtual std::unique_ptr<engine::SyncSession> OpenSync(const std::string& party,
                                                        const v1::SyncHello& hello) = 0;
};

// One thread. Composed as engine::Engine is.
class SimMember final : public engine::Transport {
 public:
  SimMember(Disks* disks, Network* network, std::string name, std::string folder, uint64_t seed,
            absl::Time now);
  ~SimMember() override { Drop(); }

  const std::string& name() const { return name_; }
  const std::string& party() const { return party_; }
  ManualEnvironment& env() { return env_; }
  test_support::FaultDisk& disk() { return *disk_; }
  Disks::Disk disk_ptr() const { return disk_; }

  absl::Status Start();
  void Crash(uint64_t power_seed);
  bool running() const { return process_ != nullptr; }

  // One stream from its opening to its end, then the reports.
  absl::Status Sync();
  bool syncing() const { return syncing_; }

  // The caller mounts nothing: each of these does.
  absl::Status CheckPerson(const Person& person);
  absl::Status Publish(const Person& person, const std::string& decision,
                       const std::vector<std::string>& groups, absl::Duration lifetime);
  absl::Status Retract(const std::string& record_id, const std::string& reason);

  // As the outbox's workers: builds what can be built, sends all that is built, stores each answer.
  using Send = std::function<Answer(const vault::OutboxEntry& entry)>;
  absl::Status DeliverOutbox(const Send& send);
  uint64_t pending();

  // For the invariants, with the disk mounted by the caller.
  struct Process {
    std::unique_ptr<vault::Vault> vault;
    std::unique_ptr<engine::LiveState> state;
    std::unique_ptr<engine::Evaluator> evaluator;
    std::unique_ptr<engine::Checker> checker;
    std::unique_ptr<engine::MatchReporter> reporter;
    std::unique_ptr<engine::SyncWorker> sync;
  };
  Process& process() { return *process_; }
  std::unique_ptr<Disks::Mounted> Mount() {
    return std::make_unique<Disks::Mounted>(*disks_, disk_);
  }
  Secret<32> StoreKey() const;
  std::string vault_path() const { return folder_ + "/vault-" + name_ + ".db"; }

  // What the platform believes by the reports so far, by record: which of its references match. It
  // outlives crashes, as the platform does.
  const std::map<std::string, std::set<std::string>>& told() const { return told_; }

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration) override {
    return network_->Evaluate(party_, request);
  }
  // The simulation delivers the outbox itself.
  void Publish(const v1::PublishRequest&, absl::Duration, Done<v1::PublishResponse> done) override {
    done(NotThisWay());
  }
  void Retract(const v1::RetractRequest&, absl::Duration, Done<v1::RetractResponse> done) override {
    done(NotThisWay());
  }
  void Opine(const v1::OpineRequest&, absl::Duration, Done<v1::OpineResponse> done) override {
    done(NotThisWay());
  }
  void AnswerDisputes(const v1::AnswerDisputesRequest&, absl::Duration,
                      Done<v1::AnswerDisputesResponse> done) override {
    done(NotThisWay());
  }
  void ReportSighting(const v1::ReportSightingRequest&, absl::Duration,
                      Done<v1::ReportSightingResponse> done) override {
    done(NotThisWay());
  }
  void ReportQuarantine(const v1::ReportQuarantineRequest&, absl::Duration,
                        Done<v1::ReportQuarantineResponse> done) override {
    done(NotThisWay());
  }
  void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest&, absl::Duration,
                         Done<v1::AcknowledgeRemedyResponse> done) override {
    done(NotThisWay());
  }
  void Contribute(const v1::ContributeRequest&, absl::Duration,
                  Done<v1::ContributeResponse> done) override {
    done(NotThisWay());
  }
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(const v1::GetDefinitionsRequest&,
                                                            absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const v1::GetReductionRequest&,
                                                        absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest&,
                                                  absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest&,
                                                      absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest&, absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(const v1::ListPanelsRequest&,
                                                    absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const v1::ListReleasesRequest&,
                                                        absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(const v1::GetDisplacementRequest&,
                                                              absl::Duration) override {
    return NotThisWay();
  }
  absl::StatusOr<v1::PlanResponse> Plan(const v1::PlanRequest&, absl::Duration) override {
    return NotThisWay();
  }
  void Erase(const v1::EraseRequest&, absl::Duration, Done<v1::EraseResponse> done) override {
    done(NotThisWay());
  }
  absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest&,
                                              absl::Duration) override {
    return NotThisWay();
  }
  void Shutdown() override {}
  std::unique_ptr<engine::SyncSession> OpenSync(const v1::SyncHello& hello) override {
    return network_->OpenSync(party_, hello);
  }

 private:
  static absl::Status NotThisWay() {
    return absl::UnimplementedError("the simulation delivers the outbox itself");
  }
  void Drop();
  absl::Status KnowPeople();
  absl::Status Build();

  Disks* const disks_;
  Network* const network_;
  const std::string name_, party_, folder_;
  const bool asks_hub_;  // evaluates by asking the hub; most members know everybody from the start
  ManualEnvironment env_;
  Disks::Disk disk_ = std::make_shared<test_support::FaultDisk>();
  std::unique_ptr<Process> process_;
  bool syncing_ = false;
  std::map<std::string, std::set<std::string>> told_;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_SIM_MEMBER_H_
