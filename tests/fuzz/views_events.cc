#include "tests/fuzz/views_events.h"

namespace vervet::fuzz {

const std::vector<std::string>& Ids() {
  static const auto* const ids = new std::vector<std::string>{std::string(16, 'a'),
                                                              std::string(16, 'b'),
                                                              std::string(15, 'a') + "c",
                                                              std::string(15, 'x') + "a",
                                                              "",
                                                              "short",
                                                              std::string(17, 'a')};
  return *ids;
}

const std::vector<std::string>& Tokens() {
  static const auto* const tokens = new std::vector<std::string>{
      std::string(16, '1'), std::string(16, '2'), std::string(15, '1') + "3", "", "short"};
  return *tokens;
}

const std::vector<std::string>& Parties() {
  static const auto* const parties =
      new std::vector<std::string>{"member/market", "member/social", "", "coordinator/anna"};
  return *parties;
}

const std::vector<std::string>& GroupNames() {
  static const auto* const groups = new std::vector<std::string>{"coalition", "desk", ""};
  return *groups;
}

const std::vector<std::string>& Hashes() {
  static const auto* const hashes =
      new std::vector<std::string>{std::string(32, '\x5a'),
                                   std::string(31, '\x5a') + '\x5b',
                                   std::string(30, '\x5a') + "\xa5\xa5",
                                   std::string(32, '\xc3'),
                                   "",
                                   "short"};
  return *hashes;
}

const std::vector<std::string>& Experts() {
  static const auto* const experts =
      new std::vector<std::string>{"expert/ada", "expert/ben", "expert/cleo"};
  return *experts;
}

log::ParsedEvent Events::Next() {
  log::ParsedEvent event;
  event.header.set_sequence(++sequence_);
  time_us_ += in_.Byte() * int64_t{1'000'000} * (in_.Flag() ? 1 : 3'600);
  event.header.set_time_us(time_us_);
  event.header.mutable_audience()->set_party(in_.Pick(Parties()));
  event.header.mutable_audience()->add_groups(in_.Pick(GroupNames()));
  Fill(event.body);
  event.header.set_kind(log::KindOf(event.body));
  return event;
}

void Events::Fill(v1::EventBody& body) {
  const uint32_t which = in_.Below(17);
  if (which >= 12) return FillAboutImages(which, body);
  switch (which) {
    case 0:
    case 1:
    case 2:
      return Publish(*body.mutable_record_published());
    case 3:
      return body.mutable_record_retracted()->set_record_id(Id());
    case 4:
      return body.mutable_record_expired()->set_record_id(Id());
    case 5: {
      auto& erased = *body.mutable_record_erased();
      erased.set_record_id(Id());
      for (uint32_t i = in_.Below(3); i > 0; --i) erased.add_sequences(in_.Byte());
      return;
    }
    case 6:
      return body.mutable_record_paused()->set_record_id(Id());
    case 7:
      return body.mutable_record_resumed()->set_record_id(Id());
    case 8: {
      auto& opinion = *body.mutable_opinion_given();
      opinion.set_record_id(Id());
      opinion.set_party(in_.Pick(Parties()));
      opinion.set_stance(static_cast<v1::Stance>(in_.Below(4)));
      return;
    }
    case 9:
      return body.mutable_dispute_answered()->set_record_id(Id());
    case 10: {
      auto& sighting = *body.mutable_sighting_reported();
      sighting.set_record_id(Id());
      sighting.set_party(in_.Pick(Parties()));
      sighting.set_subjects(in_.Byte());
      return;
    }
    default: {
      auto& joined = *body.mutable_group_joined();
      joined.set_party(in_.Pick(Parties()));
      joined.set_group(in_.Pick(GroupNames()));
      return;
    }
  }
}

// Who is an expert, and what experts say.
void Events::FillAboutImages(uint32_t which, v1::EventBody& body) {
  switch (which) {
    case 12:
      return body.mutable_member_admitted()->set_party(in_.Pick(Experts()));
    case 13:
      if (in_.Flag()) return body.mutable_member_suspended()->set_party(in_.Pick(Experts()));
      return body.mutable_member_reinstated()->set_party(in_.Pick(Experts()));
    case 16: {
      auto& cleared = *body.mutable_harmless_image_cleared();
      cleared.set_hash(in_.Pick(Hashes()));
      cleared.set_party(in_.Flag() ? in_.Pick(Experts()) : "coordinator/anna");
      return;
    }
    default: {
      auto& marked = *body.mutable_harmless_image_marked();
      marked.set_hash(in_.Pick(Hashes()));
      marked.set_party(in_.Pick(Experts()));
      marked.set_radius(in_.Below(40));
      return;
    }
  }
}

void Events::Publish(v1::RecordPublished& published) {
  published.set_record_id(Id());
  published.set_publisher(in_.Pick(Parties()));
  v1::RecordFacts& facts = *published.mutable_facts();
  const uint32_t what = in_.Byte();
  if ((what & 1) != 0) facts.mutable_offence()->add_taxa("Ivory");
  facts.set_decision_reference(
      std::string((what & 2) != 0 ? 255 + in_.Below(3) : in_.Below(4), 'd'));
  facts.add_groups(in_.Pick(GroupNames()));
  for (uint32_t i = in_.Below(4); i > 0; --i) {
    v1::Signature& signature = *published.add_signatures();
    signature.set_type(static_cast<v1::SignatureType>(in_.Below(9)));
    signature.set_epoch(in_.Below(3));
    signature.set_rules_version(in_.Below(3));
    signature.set_token(in_.Pick(Tokens()));
    signature.set_expires_us(Expiry());
  }
  for (uint32_t i = in_.Below(4); i > 0; --i) {
    v1::ImageSignature& image = *published.add_images();
    image.set_hash(in_.Pick(Hashes()));
    image.set_quality(in_.Byte());
    image.set_expires_us(Expiry());
    if (in_.Flag()) image.set_radius(in_.Below(40));
  }
}
int64_t Events::Expiry() {
  switch (in_.Below(4)) {
    case 0:
      return static_cast<int64_t>(in_.Number());
    case 1:
      return time_us_;
    default:
      return time_us_ + in_.Byte() * int64_t{60'000'000};
  }
}

}  // namespace vervet::fuzz
