// A small coalition for one test suite: two members of everybody's group, one of them also in a
// sub-coalition, and certificates from an authority that signs whatever a test asks for.
#ifndef VERVET_TESTS_INTEGRATION_COALITION_FIXTURE_H_
#define VERVET_TESTS_INTEGRATION_COALITION_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "examples/coalition/coalition.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/raw_client.h"
#include "tests/support/test_certificates.h"

namespace vervet::integration {

inline constexpr char kEverybody[] = "coalition";
inline constexpr char kSubCoalition[] = "desk";

struct CoalitionChoice {
  std::vector<std::string> members = {
      "market", "social"};  // the first is in both groups, the others in the first
  std::string extra_hub_config;
  // Parties of which a certificate stands in the hub's revocation list; with none, it has no list.
  std::vector<std::string> revoked = {};
};

// Two members, and more lines in the hub's configuration.
inline CoalitionChoice WithHubConfig(std::string lines) {
  CoalitionChoice choice;
  choice.extra_hub_config = std::move(lines);
  return choice;
}

class TestCoalition {
 public:
  // Hub running, groups made, members admitted. A failure here ends the test program: nothing could
  // be tested.
  explicit TestCoalition(const CoalitionChoice& choice = {});

  coalition::Coalition& operator*() { return *coalition_; }
  coalition::Coalition* operator->() { return coalition_.get(); }
  coalition::HubProcess& hub() { return coalition_->hub(); }
  test_support::CertificateAuthority& authority() { return authority_; }
  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }

  // A caller with the certificate of that member or of "coordinator".
  RawClient As(const std::string& name);
  // A caller with a certificate of the coalition's authority that says what `spec` says.
  RawClient With(const test_support::LeafSpec& spec);
  coalition::TlsPaths Issue(const test_support::LeafSpec& spec,
                            test_support::CertificateAuthority& authority);

  // The revoked certificate of one of CoalitionChoice::revoked.
  const coalition::TlsPaths& revoked(const std::string& party) const { return revoked_.at(party); }

  // The log's size, as the coordinator is told it. It also grows by what the hub appends by itself,
  // such as blocks of evaluations.
  uint64_t LogSize();
  // Records in force.
  uint64_t LiveRecords();

 private:
  // Writes the list; where it lies, or nothing where nobody is revoked.
  std::string Revoke(const std::vector<std::string>& parties);

  coalition::TempDir dir_;
  coalition::TempDir revoked_dir_;
  test_support::CertificateAuthority authority_;
  std::map<std::string, coalition::TlsPaths> revoked_;
  std::unique_ptr<coalition::Coalition> coalition_;
  int issued_ = 0;
};

// `vervet-member` of `member`; the test fails where it could not be run at all.
coalition::CommandResult Member(TestCoalition& coalition, const std::string& member,
                                std::vector<std::string> arguments);

// The outcome ("match", "no_match", "not_known", "refused") of one e-mail address.
std::string OutcomeOf(TestCoalition& coalition, const std::string& member, const std::string& email,
                      std::vector<std::string> more = {});

MATCHER_P2(FailsWith, code, text, "") {
  const absl::Status& status = arg;
  *result_listener << status;
  return status.code() == code && std::string(status.message()).find(text) != std::string::npos;
}

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_COALITION_FIXTURE_H_
