// One coalition for one seed: hub, members, network and clocks, moved step by step by the dice.
#ifndef VERVET_TESTS_SIMULATION_WORLD_H_
#define VERVET_TESTS_SIMULATION_WORLD_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/random.h"
#include "tests/simulation/sim_hub.h"
#include "tests/simulation/sim_member.h"

namespace vervet::simulation {

// Something that a caller wants and asks for again and again, with one request id, until it is
// answered. A publication and a retraction live in the member's outbox instead.
struct Wish {
  std::string caller;
  std::string request_id;
  std::string marker;             // what only this request's event carries
  std::set<v1::EventKind> kinds;  // what the answer may name
  std::string what;               // for the trace
  Request request;
};

class World final : public Network {
 public:
  explicit World(uint64_t seed);
  ~World() override;

  // Everything, up to the first violation. False where there was one.
  bool Run();

  // What happened, a line a step.
  const std::deque<std::string>& trace() const { return trace_; }
  const std::vector<std::string>& violations() const { return ledger_.violations(); }
  const std::map<std::string, uint64_t>& counts() const { return ledger_.counts; }
  void PrintSteps() { print_ = true; }

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const std::string& party,
                                                const v1::EvaluateRequest& request) override;
  std::unique_ptr<engine::SyncSession> OpenSync(const std::string& party,
                                                const v1::SyncHello& hello) override;

 private:
  friend class SimSession;

  struct Member {
    std::unique_ptr<SimMember> sim;
    bool partitioned = false;
    bool refused_history = false;  // DATA_LOSS: it syncs no more until it starts again
    uint64_t applied = 0;          // as it last told the hub
  };

  // --- world.cc: the frame
  bool Fine() const { return ledger_.violations().empty(); }
  void Note(std::string line);
  void Step();
  void Nested();
  void Settle();      // at the end: everything is repaired, delivered and caught up
  Member* Running();  // any that runs and is not in the middle of a stream
  Member* Find(const std::string& party);
  std::string NewId() { return TimeOrderedId(hub_env_); }
  std::string Number() { return absl::StrCat(++numbers_); }

  // --- network.cc
  bool Reaches(const Member& member) const { return !member.partitioned && hub_.running(); }
  Answer Send(const Wish& wish);
  std::vector<Answer> CallHub(const std::vector<Request>& requests);
  void EndFailedHub();
  void SettleWish(Wish wish);
  void GiveUp(const Wish& wish);
  void RetrySome();
  Answer SendEntry(Member& member, const vault::OutboxEntry& entry);

  // --- steps.cc, troubles.cc
  void Publish(Member& member);
  void RetractOwn(Member& member);
  void Deliver(Member& member);
  void Sync(Member& member);
  void CheckSomebody(Member& member);
  void Opine(Member& member);
  void AnswerDisputes(Member& member);
  void ReportSighting(Member& member);
  void AcknowledgeRemedy(Member& member);
  void Erase(Member& member);
  void CourtErase();
  void MarkCanary();
  void ChangeRoster();
  void ChangeMembership();
  void Partition(Member& member);
  void RotateCertificate(Member& member);
  void CrashMember(Member& member);
  void CrashHub();
  void SpoilDisk();
  void Spoil(test_support::FaultDisk& disk, const std::string& whose);
  void SetClockRight();
  void MoveClocks();
  void RestoreBackup();
  const Ledger::Record* AnyRecord();
  // What this member knows of, by its own fold.
  const Ledger::Record* KnownRecord(Member& member, bool own);
  // Asks for the first time.
  void Want(const std::string& caller, const std::string& request_id, std::string marker,
            std::set<v1::EventKind> kinds, std::string what,
            std::function<absl::StatusOr<hub::Command>(Environment&)> command);

  // --- hub_invariants.cc, member_invariants.cc
  void StartHub();
  void StartMember(Member& member);
  void CheckHub(bool deep);
  void CheckLogAgainstLedger();
  void CheckMember(Member& member, bool deep);
  void CheckMatches(Member& member, const vault::LogPosition& position, bool level);
  void CheckStored(Member& member);
  void CheckFold(Member& member);
  void CheckReports(Member& member);
  void CheckErasedAtHub();
  void CheckErasedAt(Member& member);
  void CheckPairs();
  bool IsLevel(Member& member);
  std::string DescribeHub();

  Random random_;
  const uint64_t seed_;
  const Folder folder_;
  Disks disks_;
  ManualEnvironment hub_env_;
  Ledger ledger_;
  SimHub hub_;
  std::vector<Member> members_;
  std::vector<Wish> wishes_;
  std::vector<Request> delayed_;
  std::vector<std::string> groups_;
  uint64_t numbers_ = 0;
  absl::Time latest_clock_ = absl::InfinitePast();  // of a hub that failed
  int depth_ = 0;
  bool quiet_ = false;          // the network is perfect: for the end, and the backup's restoration
  bool fork_ = false;           // another store than the ledger's is mounted
  bool append_unsure_ = false;  // the hub failed: its last commit may be on the disk
  std::string hub_before_;
  std::map<std::string, uint64_t> erasures_left_;  // the log's size when there still was one
  std::set<std::string> erasures_gone_;            // records of which the hub's files hold no trace
  std::deque<std::string> trace_;
  bool print_ = false;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_WORLD_H_
