// Members of a coalition around a FakeHub, each with a vault in a folder that goes when the test
// does.
#ifndef VERVET_TESTS_MEMBER_SDK_MEMBER_FIXTURE_H_
#define VERVET_TESTS_MEMBER_SDK_MEMBER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "core/base/mutex.h"
#include "member-sdk/src/engine/engine.h"
#include "tests/member-sdk/fake_hub.h"
#include "vervet/client.h"

namespace vervet::testing {

// What a platform was told, from its callbacks. Thread-safe.
class Told {
 public:
  void AddTo(ClientOptions* options);
  std::vector<MatchEvent> matches();
  std::vector<MatchEndedEvent> ended();
  std::vector<std::string> notices();
  std::vector<OpinionEvent> opinions();
  std::vector<Objection> objections();
  std::vector<ImageQuarantine> quarantines();

 private:
  Mutex mutex_;
  std::vector<MatchEvent> matches_ ABSL_GUARDED_BY(mutex_);
  std::vector<MatchEndedEvent> ended_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> notices_ ABSL_GUARDED_BY(mutex_);
  std::vector<OpinionEvent> opinions_ ABSL_GUARDED_BY(mutex_);
  std::vector<Objection> objections_ ABSL_GUARDED_BY(mutex_);
  std::vector<ImageQuarantine> quarantines_ ABSL_GUARDED_BY(mutex_);
};

// True as soon as `condition` holds; false when it did not within ten seconds.
bool Eventually(const std::function<bool()>& condition);

class MemberTest : public ::testing::Test {
 protected:
  MemberTest();
  ~MemberTest() override;

  // "market" and "social" are in the group "all"; every type is announced with rules version 1.
  void FoundCoalition();

  // Of the member "member/<name>"; the same name opens the same vault again.
  ClientOptions OptionsOf(const std::string& name);
  std::unique_ptr<engine::Engine> Open(const std::string& name);
  std::unique_ptr<engine::Engine> Open(const std::string& name, ClientOptions options);
  std::string vault_path(const std::string& name) const { return folder_ + "/" + name + ".vault"; }
  std::string key_path() const { return folder_ + "/key"; }

  // Everything in the member's vault as SQL rows in plain text, the client being closed.
  std::string DumpVault(const std::string& name);

  // Transactions in the member's write-ahead log, each of which waited for the disk: what comes to
  // it between two calls was stored in so many, the log not having been emptied meanwhile.
  int CommitsOf(const std::string& name);

  ManualEnvironment env_;
  FakeHub hub_{&env_};
  std::string folder_;
};

Identifier Phone(std::string value, std::string region = "");
Identifier Email(std::string value);
// A record that passes every rule.
OffenderRecord RecordOf(std::vector<Identifier> identifiers);

void CatchUp(Client& client);
void Deliver(Client& client);

}  // namespace vervet::testing

#endif  // VERVET_TESTS_MEMBER_SDK_MEMBER_FIXTURE_H_
