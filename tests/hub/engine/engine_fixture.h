// A hub's engine without its shell: keyring, log, state and appender, with a small coalition in it.
#ifndef VERVET_TESTS_HUB_ENGINE_ENGINE_FIXTURE_H_
#define VERVET_TESTS_HUB_ENGINE_ENGINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/engine/publish.h"
#include "hub/engine/registry.h"
#include "hub/keyring/keyring.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {

inline constexpr absl::Duration kPhoneLife = absl::Hours(24 * 180);

// On the roster: coordinator/anna; member/market and member/social in the group "coalition", market
// alone in "ivory"; member/search in no group. PHONE and EMAIL are announced, URL is not.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override { appender_.reset(); }

  // Submits and waits.
  absl::StatusOr<RequestOutcome> Run(absl::StatusOr<Command> command);
  // Submits without waiting; the answer comes under the returned key.
  int Begin(absl::StatusOr<Command> command);

  // Publishes as `party`, with a request id of its own.
  absl::StatusOr<RequestOutcome> Publish(const std::string& party, v1::PublishRequest request);
  absl::StatusOr<RequestOutcome> Retract(const std::string& party, const std::string& record_id);
  void Admit(const std::string& party, const std::string& region = "IE");
  void Suspend(const std::string& party);
  void Join(const std::string& party, const std::string& group);
  void CreateGroup(const std::string& group, const std::vector<std::string>& regions = {});

  // N of an identifier, through the whole of the oblivious function.
  std::string ElementOf(v1::SignatureType type, const std::string& canonical_form) const;
  oprf::Token TokenOf(v1::SignatureType type, const std::string& canonical_form) const;
  // A request that is right in every way: one phone for the group "coalition".
  v1::PublishRequest GoodRequest();
  v1::NewSignature SignatureOf(v1::SignatureType type, const std::string& canonical_form) const;

  std::string NewRequestId() { return TimeOrderedId(env_); }
  uint64_t LogSize() { return log_->Position().size; }
  // The event with this sequence number.
  StoredEventPtr EventAt(uint64_t sequence) {
    return log_->Read(sequence, 1, 1 << 20).value().at(0);
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  std::optional<Keyring> keyring_;
  std::unique_ptr<SqlcipherEventLog> log_;
  SharedState state_;
  Answers answers_;
  int next_key_ = 0;
  std::unique_ptr<Appender> appender_;
};

// The roles, groups and party of an event's audience as one line, "roles=MEMBER,… groups=…
// party=…".
std::string AudienceOf(const StoredEvent& event);
inline constexpr char kEverybody[] =
    "roles=MEMBER,COORDINATOR,EXPERT,AGENCY,AUDITOR groups= party=";

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_ENGINE_ENGINE_FIXTURE_H_
