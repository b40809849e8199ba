#include "tests/fuzz/views_model.h"

#include <algorithm>
#include <limits>

namespace vervet::fuzz {

int BitsApart(const std::string& a, const std::string& b) {
  int bits = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    bits += __builtin_popcount(static_cast<uint8_t>(a[i] ^ b[i]));
  }
  return bits;
}

bool Model::IsHarmless(const std::string& hash) const {
  return std::any_of(marks.begin(), marks.end(), [&](const auto& image) {
    int standing = 0;
    uint32_t radius = 0;
    for (const auto& [party, one] : image.second) {
      const auto it = suspended.find(party);
      if (it == suspended.end() || it->second) continue;
      ++standing;
      radius = std::max(radius, one);
    }
    return standing >= 2 && BitsApart(image.first, hash) <= static_cast<int>(radius);
  });
}

void Model::Clear(const v1::HarmlessImageCleared& cleared) {
  if (cleared.party() == "coordinator/anna") {
    marks.erase(cleared.hash());
  } else if (const auto it = marks.find(cleared.hash()); it != marks.end()) {
    it->second.erase(cleared.party());
  }
}

Model::Record* Model::FindLive(const std::string& id) {
  const auto it = records.find(id);
  return it == records.end() || it->second.state != State::kLive ? nullptr : &it->second;
}

void Model::Publish(const v1::EventHeader& header, const v1::RecordPublished& published) {
  if (published.record_id().size() != 16) return;
  const auto [it, is_new] = records.try_emplace(published.record_id());
  if (!is_new) return;
  Record& record = it->second;
  record.publisher = published.publisher();
  record.facts = published.facts().SerializeAsString();
  record.groups = {published.facts().groups().begin(), published.facts().groups().end()};
  record.published_us = header.time_us();
  record.sequence = header.sequence();
  record.never_expires = published.signatures().empty() && published.images().empty();
  record.last_expiry_us = std::numeric_limits<int64_t>::min();
  for (const v1::Signature& signature : published.signatures()) {
    record.last_expiry_us = std::max(record.last_expiry_us, signature.expires_us());
    if (signature.token().size() == 16) record.signatures.push_back(signature);
  }
  for (v1::ImageSignature image : published.images()) {
    record.last_expiry_us = std::max(record.last_expiry_us, image.expires_us());
    const bool is_new =
        std::none_of(record.images.begin(), record.images.end(),
                     [&](const auto& other) { return other.hash() == image.hash(); });
    if (image.hash().size() != 32 || !is_new) continue;
    image.set_quality(std::min(image.quality(), 100u));
    image.set_radius(image.has_radius() ? std::min(image.radius(), 31u) : 31);
    record.images.push_back(image);
  }
}

void Model::Erase(const v1::EventHeader& header, const v1::RecordErased& erased) {
  if (erased.record_id().size() != 16) return;
  Record& record = records[erased.record_id()];
  if (record.state == State::kErased) return;
  record = Record{};
  record.state = State::kErased;
  record.publisher = header.audience().party();
  record.groups = {header.audience().groups().begin(), header.audience().groups().end()};
  v1::RecordFacts facts;
  *facts.mutable_groups() = header.audience().groups();
  record.facts = facts.SerializeAsString();
  if (!erased.sequences().empty()) record.sequence = erased.sequences(0);
  record.ended_sequence = header.sequence();
}

void Model::Mark(const v1::HarmlessImageMarked& marked) {
  if (marked.hash().size() != 32) return;
  marks[marked.hash()][marked.party()] = std::min(marked.radius(), 31u);
}

void Model::End(const v1::EventHeader& header, const std::string& id, State state) {
  Record* record = FindLive(id);
  if (record == nullptr) return;
  record->state = state;
  record->ended_sequence = header.sequence();
  record->signatures.clear();
  record->images.clear();
}

void Model::Apply(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  if (body.has_record_published()) Publish(event.header, body.record_published());
  if (body.has_record_retracted())
    End(event.header, body.record_retracted().record_id(), State::kRetracted);
  if (body.has_record_expired())
    End(event.header, body.record_expired().record_id(), State::kExpired);
  if (body.has_record_erased()) Erase(event.header, body.record_erased());
  const auto pause = [&](const std::string& id, bool paused) {
    const auto it = records.find(id);
    if (it != records.end()) it->second.paused = paused;
  };
  if (body.has_record_paused()) pause(body.record_paused().record_id(), true);
  if (body.has_record_resumed()) pause(body.record_resumed().record_id(), false);
  if (body.has_dispute_answered()) pause(body.dispute_answered().record_id(), false);
  if (body.has_harmless_image_marked()) Mark(body.harmless_image_marked());
  if (body.has_harmless_image_cleared()) Clear(body.harmless_image_cleared());
  if (body.has_member_admitted()) suspended.emplace(body.member_admitted().party(), false);
  const auto suspend = [&](const std::string& party, bool now) {
    if (suspended.count(party) != 0) suspended[party] = now;
  };
  if (body.has_member_suspended()) suspend(body.member_suspended().party(), true);
  if (body.has_member_reinstated()) suspend(body.member_reinstated().party(), false);
}

}  // namespace vervet::fuzz
