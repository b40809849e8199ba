// What Publish and Retract refuse at once, before anything is stored or sent.
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::HasSubstr;

struct Mistake {
  const char* name;
  std::function<void(OffenderRecord&)> make;
  const char* message;
};

class RecordRulesTest : public MemberTest {
 protected:
  RecordRulesTest() { FoundCoalition(); }
};

class RecordRules : public RecordRulesTest, public ::testing::WithParamInterface<Mistake> {};

TEST_P(RecordRules, RefusesAtOnceAndStoresNothing) {
  auto market = Open("market");
  CatchUp(*market);
  OffenderRecord record = RecordOf({Phone("+442079460018")});
  GetParam().make(record);
  const auto ticket = market->Publish(record);
  EXPECT_EQ(ticket.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ticket.status().message()), HasSubstr(GetParam().message));
  EXPECT_EQ(market->GetSyncState().outbox_pending, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RecordRules,
    ::testing::Values(
        Mistake{"Certainty", [](auto& r) { r.facts.certainty = Certainty::kMachine; },
                "facts.certainty"},
        Mistake{"NoTaxon", [](auto& r) { r.facts.taxa.clear(); }, "facts.taxa"},
        Mistake{"ManyTaxa", [](auto& r) { r.facts.taxa.assign(33, "Manis javanica"); },
                "facts.taxa"},
        Mistake{"LongTaxon", [](auto& r) { r.facts.taxa = {std::string(129, 'x')}; },
                "facts.taxa[0]"},
        Mistake{"NotUtf8", [](auto& r) { r.facts.purpose = "\xff"; }, "facts.purpose"},
        Mistake{"LongPurpose", [](auto& r) { r.facts.purpose = std::string(257, 'p'); },
                "facts.purpose"},
        Mistake{"NoDecision", [](auto& r) { r.facts.decision_reference.clear(); },
                "facts.decision_reference"},
        Mistake{"DecisionWithSpace", [](auto& r) { r.facts.decision_reference = "case 17"; },
                "facts.decision_reference"},
        Mistake{"ForeignGroup",
                [](auto& r) {
                  r.facts.groups = {"all", "elsewhere"};
                },
                "facts.groups[1]"},
        Mistake{"GroupTwice",
                [](auto& r) {
                  r.facts.groups = {"all", "all"};
                },
                "twice"},
        Mistake{"NoIdentifier", [](auto& r) { r.identifiers.clear(); }, "identifiers"},
        Mistake{"ManyIdentifiers",
                [](auto& r) { r.identifiers.assign(33, Phone("+442079460018")); }, "identifiers"},
        // Well-formed and not valid: fine for a check, not for an accusation.
        Mistake{"InvalidPhone",
                [](auto& r) {
                  r.identifiers = {Phone("+442079460018"), Phone("+44123456")};
                },
                "identifiers[1]"},
        Mistake{"LongLife", [](auto& r) { r.lifetime = std::chrono::hours(181 * 24); }, "lifetime"},
        Mistake{"NoLife", [](auto& r) { r.lifetime = std::chrono::seconds(0); }, "lifetime"},
        Mistake{"LongReference", [](auto& r) { r.subject_reference = std::string(257, 'r'); },
                "subject_reference"}),
    [](const auto& info) { return info.param.name; });

TEST_F(RecordRulesTest, TakesWhatIsAtTheLimits) {
  auto market = Open("market");
  CatchUp(*market);
  OffenderRecord record = RecordOf({Phone("+442079460018")});
  record.facts.taxa.assign(32, std::string(128, 't'));
  record.facts.purpose = std::string(256, 'p');
  record.facts.decision_reference = std::string(128, 'd');
  record.lifetime = std::chrono::hours(180 * 24);
  record.subject_reference = std::string(256, 'r');
  EXPECT_EQ(market->Publish(record).status(), absl::OkStatus());
}

TEST_F(RecordRulesTest, RefusesARetractionWithoutAReason) {
  auto market = Open("market");
  EXPECT_EQ(market->Retract(std::string(32, 'a'), "").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(market->Retract("nonsense", "mistaken").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(market->Retract(std::string(32, 'a'), std::string(513, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vervet::testing
