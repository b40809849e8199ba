// A hub without a network and without a disk: the door, the engine and the fold are the real ones.
#ifndef VERVET_TESTS_FUZZ_FUZZ_HUB_H_
#define VERVET_TESTS_FUZZ_FUZZ_HUB_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "hub/access/budgets.h"
#include "hub/engine/dispute_share.h"
#include "hub/engine/progress_figures.h"
#include "hub/engine/remedy_policy.h"
#include "hub/keyring/keyring.h"
#include "hub/log/appender.h"
#include "hub/log/head_signer.h"
#include "hub/views/sync_positions.h"
#include "tests/fuzz/memory_log.h"

namespace vervet::fuzz {

inline constexpr char kCoalition[] = "coalition.example";
inline constexpr char kHubRegion[] = "IE";

// What every hub here starts from, made once: keys, and elements N of ten identifiers.
class Ground {
 public:
  static const Ground& Get();
  const hub::Keyring& keyring() const { return *keyring_; }
  // Each is right for every type.
  const std::vector<std::string>& elements() const { return elements_; }

 private:
  Ground();
  std::unique_ptr<const hub::Keyring> keyring_;
  std::vector<std::string> elements_;
};

// A method of the protocol, by its place in the services' descriptors.
struct Method {
  std::string path;  // "/vervet.v1.Exchange/Publish"
  const google::protobuf::Descriptor* request;
};
const std::vector<Method>& UnaryMethods();

// One thread.
class FuzzHub {
 public:
  FuzzHub();

  struct Answer {
    absl::Status status;
    std::unique_ptr<google::protobuf::Message> response;  // null for what was refused
  };
  // As the wire does it: the door first, then the message, then the handler.
  Answer Call(const std::string& caller, const Method& method,
              const google::protobuf::Message& request);
  // What the hub does every second.
  void Tick();
  void RunHubsOwn(hub::Command command);

  ManualEnvironment& env() { return env_; }
  MemoryLog& log() { return log_; }
  hub::SharedState& state() { return state_; }
  hub::HeadSigner& heads() { return heads_; }
  const hub::BudgetPolicy& budget_policy() const { return budgets_.policy(); }

 private:
  friend class Handlers;
  void RunQueued();

  ManualEnvironment env_;
  MemoryLog log_{&env_};
  hub::SharedState state_;
  hub::HeadSigner heads_;
  hub::Appender appender_;
  hub::SyncPositions positions_;
  hub::AlertQueue alerts_;
  hub::Budgets budgets_;
  hub::ProgressFigures figures_{&state_};
  const hub::RemedyPolicy remedy_ = {40};
  hub::PauseReview pauses_{remedy_};
};

// Everything that the state's events decide, as text.
std::string DescribeState(const hub::HubState& state, const std::vector<std::string>& record_ids);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_FUZZ_HUB_H_
