#include "tests/integration/coalition_fixture.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::MemberSpec;
using coalition::TlsPaths;
using test_support::LeafSpec;

template <typename T>
T Require(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "the test's coalition: %s\n", result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

void Require(const absl::Status& status) {
  Require(absl::StatusOr<int>(status.ok() ? absl::StatusOr<int>(0) : status));
}

LeafSpec LeafOf(const std::string& role, const std::string& name) {
  return role == "hub" ? test_support::HubLeaf(name)
                       : test_support::ClientLeaf(absl::StrCat(role, "/", name));
}

}  // namespace

TestCoalition::TestCoalition(const CoalitionChoice& choice)
    : dir_(Require(coalition::TempDir::Create())),
      revoked_dir_(Require(coalition::TempDir::Create())) {
  const std::string revocations = Revoke(choice.revoked);
  coalition::CoalitionOptions options;
  options.dir = dir_.path();
  options.name = test_support::kTestCoalition;
  options.extra_hub_config = choice.extra_hub_config;
  options.groups = {{kEverybody, "Everybody", {}, "none"},
                    {kSubCoalition, "A sub-coalition", {"IE"}, "none"}};
  for (const std::string& name : choice.members) {
    std::vector<std::string> groups = {kEverybody};
    if (name == choice.members.front()) groups.push_back(kSubCoalition);
    options.members.push_back(
        {name, absl::StrCat("Test ", name), "IE", "Test Ltd", "GDPR Art. 6(1)(f)", groups});
  }
  options.issue = [this, revocations](const std::string& role, const std::string& name,
                                      const std::string& dir) -> absl::StatusOr<TlsPaths> {
    const net::TlsFiles files = authority_.Issue(LeafOf(role, name), dir, name);
    return TlsPaths{files.certificate_path, files.private_key_path, files.ca_path,
                    role == "hub" ? revocations : ""};
  };
  coalition_ = Require(coalition::Coalition::Create(std::move(options)));
  Require(coalition_->StartHub());
  Require(coalition_->AdmitAll());
}

std::string TestCoalition::Revoke(const std::vector<std::string>& parties) {
  if (parties.empty()) return "";
  const std::string list = absl::StrCat(revoked_dir_.path(), "/list");
  std::filesystem::create_directories(list);
  std::vector<std::string> certificates;
  for (const std::string& party : parties) {
    const net::TlsFiles files =
        authority_.Issue(test_support::ClientLeaf(party), revoked_dir_.path(),
                         absl::StrCat("leaf-", revoked_.size()));
    revoked_[party] = {files.certificate_path, files.private_key_path, files.ca_path, ""};
    certificates.push_back(files.certificate_path);
  }
  authority_.WriteRevocations(certificates, list);
  return list;
}

RawClient TestCoalition::As(const std::string& name) {
  return RawClient(hub().address(), coalition_->tls_of(name));
}

TlsPaths TestCoalition::Issue(const LeafSpec& spec, test_support::CertificateAuthority& authority) {
  const net::TlsFiles files = authority.Issue(spec, dir_.path(), absl::StrCat("odd-", ++issued_));
  // The hub's certificate is checked against the coalition's authority in any case.
  return {files.certificate_path, files.private_key_path, coalition_->tls_of("coordinator").ca, ""};
}

RawClient TestCoalition::With(const LeafSpec& spec) {
  return RawClient(hub().address(), Issue(spec, authority_));
}

uint64_t TestCoalition::LogSize() { return Require(As("coordinator").List()).head().size(); }

uint64_t TestCoalition::LiveRecords() { return Require(As("coordinator").List()).live_records(); }

CommandResult Member(TestCoalition& coalition, const std::string& member,
                     std::vector<std::string> arguments) {
  const absl::StatusOr<CommandResult> result = coalition->RunMember(member, std::move(arguments));
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : CommandResult();
}

std::string OutcomeOf(TestCoalition& coalition, const std::string& member, const std::string& email,
                      std::vector<std::string> more) {
  std::vector<std::string> arguments = {"check", "--json", "--email", email};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CommandResult result = Member(coalition, member, arguments);
  const auto json = result.ReadJson();
  EXPECT_TRUE(json.ok()) << json.status();
  if (!json.ok() || (*json)["results"].elements().empty()) return "";
  return (*json)["results"].elements()[0]["outcome"].text();
}

}  // namespace vervet::integration
