// A market that publishes, and members that receive: for what becomes of records.
#ifndef VERVET_TESTS_MEMBER_SDK_AFTERMATH_FIXTURE_H_
#define VERVET_TESTS_MEMBER_SDK_AFTERMATH_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {

class AftermathTest : public MemberTest {
 protected:
  AftermathTest() {
    FoundCoalition();
    hub_.Admit("member/forum");
    hub_.Join("member/forum", "all");
  }

  std::unique_ptr<engine::Engine> OpenTold(const std::string& name, Told* told) {
    ClientOptions options = OptionsOf(name);
    told->AddTo(&options);
    auto engine = Open(name, std::move(options));
    CatchUp(*engine);
    return engine;
  }

  engine::Engine& market() {
    if (market_ == nullptr) {
      market_ = OpenTold("market", &market_told_);
    }
    return *market_;
  }

  // Publishes at the market; the record's id.
  std::string Publish(Identifier identifier) {
    CatchUp(market());
    OffenderRecord record = RecordOf({std::move(identifier)});
    record.facts.decision_reference = "CASE-SECRET-17";
    const auto ticket = market().Publish(record);
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(market());
    return market().GetDelivery(ticket->request_id)->record_id;
  }

  void Retract(const std::string& record_id) {
    ASSERT_EQ(market().Retract(record_id, "overturned on appeal").status(), absl::OkStatus());
    Deliver(market());
  }
  void Erase(const std::string& record_id) {
    ASSERT_EQ(market().Erase(record_id, ErasureGround::kSubjectRight).status(), absl::OkStatus());
    Deliver(market());
  }

  static Subject User(const std::string& reference, Identifier identifier) {
    return {reference, {std::move(identifier)}};
  }

  // Checks a user who matches.
  static void Match(Client& client, const std::string& reference, Identifier identifier) {
    const auto answer = client.Check(User(reference, std::move(identifier)));
    ASSERT_EQ(answer.status(), absl::OkStatus());
    ASSERT_TRUE(answer->matched());
  }

  // The vault as a crash at this moment would leave it, under another name of the same member.
  void CrashCopy(const std::string& name, const std::string& copy) {
    for (const std::string suffix : {"", "-wal"}) {
      std::error_code ignored;
      std::filesystem::copy_file(vault_path(name) + suffix, vault_path(copy) + suffix,
                                 std::filesystem::copy_options::overwrite_existing, ignored);
    }
  }
  // Opens what CrashCopy left.
  std::unique_ptr<engine::Engine> OpenCopy(const std::string& name, const std::string& copy,
                                           Told* told) {
    ClientOptions options = OptionsOf(name);
    options.vault_path = vault_path(copy);
    told->AddTo(&options);
    auto engine = Open(name, std::move(options));
    CatchUp(*engine);
    return engine;
  }

  static std::string Bytes(const std::string& hex) { return absl::HexStringToBytes(hex); }

  Told market_told_;
  std::unique_ptr<engine::Engine> market_;
};

inline const Identifier kPhoneOfTrader = {IdentifierType::kPhone, "+442079460018", ""};
inline const Identifier kEmailOfJane = {IdentifierType::kEmail, "jane@example.com", ""};

}  // namespace vervet::testing

#endif  // VERVET_TESTS_MEMBER_SDK_AFTERMATH_FIXTURE_H_
