// What becomes of a record after it was published, as hub and members fold it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/views/coalition_state.h"
#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = OffenderRecords::State;

const absl::Time kExpires = kStart + absl::Hours(24);

// member/market's record 1 with token 10, in the group "g" to which social, search and a suspended
// member belong.
class AftermathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* party : {"member/market", "member/social", "member/search", "member/gone"}) {
      Apply(make_.Admit(party));
    }
    Apply(make_.CreateGroup("g"));
    for (const char* party : {"member/market", "member/social", "member/search", "member/gone"}) {
      Apply(make_.Join(party, "g"));
    }
    Apply(make_.Suspend("member/gone"));
    Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}));
  }

  uint64_t Apply(const log::ParsedEvent& event) {
    state_.Apply(event);
    return event.header.sequence();
  }
  uint64_t Opine(const std::string& party, v1::Stance stance, const std::string& reason = "why") {
    v1::EventBody body;
    auto& given = *body.mutable_opinion_given();
    given.set_record_id(RecordId(1));
    given.set_party(party);
    given.set_stance(stance);
    given.set_reason(reason);
    return Apply(make_.Make(body));
  }
  uint64_t Answer() {
    v1::EventBody body;
    body.mutable_dispute_answered()->set_record_id(RecordId(1));
    body.mutable_dispute_answered()->set_answer("checked again");
    return Apply(make_.Make(body));
  }
  uint64_t Pause() {
    v1::EventBody body;
    body.mutable_record_paused()->set_record_id(RecordId(1));
    return Apply(make_.Make(body));
  }
  uint64_t Resume() {
    v1::EventBody body;
    body.mutable_record_resumed()->set_record_id(RecordId(1));
    return Apply(make_.Make(body));
  }
  uint64_t Acknowledge(const std::string& party, v1::RemedyOutcome outcome) {
    v1::EventBody body;
    auto& acknowledged = *body.mutable_remedy_acknowledged();
    acknowledged.set_record_id(RecordId(1));
    acknowledged.set_party(party);
    acknowledged.set_outcome(outcome);
    return Apply(make_.Make(body));
  }
  log::ParsedEvent Erasure(const std::vector<uint64_t>& sequences) {
    v1::EventBody body;
    auto& erased = *body.mutable_record_erased();
    erased.set_record_id(RecordId(1));
    for (const uint64_t sequence : sequences) erased.add_sequences(sequence);
    erased.set_remedy_due_us(absl::ToUnixMicros(kExpires));
    log::ParsedEvent event = make_.Make(body);
    event.header.mutable_audience()->add_groups("g");
    event.header.mutable_audience()->set_party("member/market");
    return event;
  }

  bool Matches() const { return !state_.Match(TokenOf(10), kStart).empty(); }
  OffenderRecords::Record Record() const { return *state_.records.Find(RecordId(1)); }
  const OffenderRecords::Aftermath& Aftermath() const {
    return state_.records.AftermathOf(Record());
  }

  EventMaker make_;
  CoalitionState state_;
};

TEST_F(AftermathTest, IsEmptyForARecordOfWhichNothingWasSaid) {
  EXPECT_TRUE(Aftermath().opinions.empty());
  EXPECT_FALSE(Aftermath().paused);
  EXPECT_THAT(state_.records.SequencesAbout(Record()), ElementsAre(Record().sequence));
}

TEST_F(AftermathTest, KeepsTheNewestOpinionOfEachMember) {
  Opine("member/social", v1::DISPUTE);
  Opine("member/search", v1::AGREE);
  Opine("member/social", v1::DISAGREE);
  EXPECT_EQ(Aftermath().CountStance(v1::DISPUTE), 0u);
  EXPECT_EQ(Aftermath().CountStance(v1::DISAGREE), 1u);
  EXPECT_EQ(Aftermath().CountStance(v1::AGREE), 1u);
  ASSERT_EQ(Aftermath().opinions.size(), 2u);
  EXPECT_EQ(Aftermath().opinions.back().party, "member/social");
}

TEST_F(AftermathTest, CountsADisputeUntilItsAnswerAndOneAfterItAnew) {
  Opine("member/social", v1::DISPUTE);
  EXPECT_EQ(Aftermath().UnansweredDisputes(), 1u);
  Answer();
  EXPECT_EQ(Aftermath().UnansweredDisputes(), 0u);
  EXPECT_EQ(Aftermath().last_answer, "checked again");
  Opine("member/search", v1::DISPUTE);
  EXPECT_EQ(Aftermath().UnansweredDisputes(), 1u);
}

TEST_F(AftermathTest, MatchesNobodyWhilePaused) {
  ASSERT_TRUE(Matches());
  Pause();
  EXPECT_FALSE(Matches());
  Resume();
  EXPECT_TRUE(Matches());
  Pause();
  Answer();
  EXPECT_TRUE(Matches()) << "an answer ends the pause, too";
}

TEST_F(AftermathTest, NotesWhoHadTheRecordWhenItWasRetracted) {
  Apply(make_.Retract(1));
  EXPECT_THAT(Aftermath().holders, ElementsAre("member/gone", "member/search", "member/social"));
  Apply(make_.Admit("member/late"));
  Apply(make_.Join("member/late", "g"));
  EXPECT_THAT(Aftermath().holders, ElementsAre("member/gone", "member/search", "member/social"));
  Apply(make_.Retract(1));
  EXPECT_THAT(Aftermath().holders, ElementsAre("member/gone", "member/search", "member/social"))
      << "a second retraction changes nothing";
}

TEST_F(AftermathTest, KeepsTheNewestAcknowledgementOfEachMember) {
  Apply(make_.Retract(1));
  Acknowledge("member/social", v1::NONE);
  Acknowledge("member/social", v1::REVERSED);
  ASSERT_EQ(Aftermath().remedies.size(), 1u);
  EXPECT_EQ(Aftermath().remedies[0].outcome, v1::REVERSED);
}

TEST_F(AftermathTest, NamesEverythingThatAnErasureHasToDelete) {
  const uint64_t opinion = Opine("member/social", v1::DISPUTE);
  const uint64_t pause = Pause();
  const uint64_t answer = Answer();
  const uint64_t retraction = Apply(make_.Retract(1));
  EXPECT_THAT(state_.records.SequencesAbout(Record()),
              ElementsAre(Record().sequence, opinion, pause, answer, retraction));
}

TEST_F(AftermathTest, ForgetsAnErasedRecordButForItsIdAndRemedy) {
  Opine("member/social", v1::DISPUTE, "a reason in words");
  Apply(Erasure(state_.records.SequencesAbout(Record())));
  EXPECT_FALSE(Matches());
  EXPECT_FALSE(state_.records.MayMatch(TokenOf(10)));
  EXPECT_EQ(state_.records.live_records(), 0u);
  EXPECT_EQ(state_.records.live_signatures(), 0u);
  EXPECT_EQ(Record().state, State::kErased);
  EXPECT_EQ(Record().publisher, "member/market");
  EXPECT_THAT(Record().facts.groups(), ElementsAre("g"));
  EXPECT_FALSE(Record().facts.Full().has_offence());
  EXPECT_TRUE(Aftermath().opinions.empty());
  EXPECT_THAT(Aftermath().holders, ElementsAre("member/gone", "member/search", "member/social"));
  EXPECT_EQ(Aftermath().remedy_due, kExpires);
  Acknowledge("member/social", v1::NONE);
  EXPECT_EQ(Aftermath().remedies.size(), 1u);
}

// After a restart the erased events are not there to be folded; the state must be the same.
TEST_F(AftermathTest, IsTheSameWhereTheErasedEventsWereNeverSeen) {
  const std::vector<uint64_t> sequences = state_.records.SequencesAbout(Record());
  const log::ParsedEvent erasure = Erasure(sequences);
  CoalitionState anew;
  EventMaker make;
  for (const char* party : {"member/market", "member/social", "member/search", "member/gone"}) {
    anew.Apply(make.Admit(party));
  }
  anew.Apply(make.CreateGroup("g"));
  for (const char* party : {"member/market", "member/social", "member/search", "member/gone"}) {
    anew.Apply(make.Join(party, "g"));
  }
  anew.Apply(make.Suspend("member/gone"));
  log::ParsedEvent erased;
  erased.header.set_sequence(sequences[0]);
  erased.header.set_kind(v1::RECORD_PUBLISHED);
  anew.Apply(erased);
  anew.Apply(erasure);
  Apply(erasure);

  const views::RecordPtr record = anew.records.Find(RecordId(1));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->publisher, Record().publisher);
  EXPECT_EQ(record->sequence, Record().sequence);
  EXPECT_EQ(record->ended_sequence, Record().ended_sequence);
  EXPECT_EQ(record->published, Record().published);
  EXPECT_EQ(record->last_expiry, Record().last_expiry);
  EXPECT_EQ(record->facts.Full().SerializeAsString(), Record().facts.Full().SerializeAsString());
  EXPECT_EQ(anew.records.AftermathOf(*record).holders, Aftermath().holders);
  EXPECT_EQ(anew.records.AftermathOf(*record).ended, Aftermath().ended);
}

TEST_F(AftermathTest, OfAnUnknownRecordIsNotKept) {
  v1::EventBody body;
  body.mutable_opinion_given()->set_record_id(RecordId(7));
  body.mutable_opinion_given()->set_stance(v1::DISPUTE);
  Apply(make_.Make(body));
  EXPECT_EQ(state_.records.Find(RecordId(7)), nullptr);
}

}  // namespace
}  // namespace vervet::views
