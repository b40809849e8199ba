// Offender records folded from events that no honest hub would write in this order: beside a plain
// model of what the events mean. The view packs its records, shares facts between them and keeps
// several indexes; the model does not.
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/oprf/hash.h"
#include "core/views/coalition_state.h"
#include "hub/views/hub_state.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {
namespace {

using State = views::OffenderRecords::State;

constexpr int kMaxEvents = 60;
constexpr int64_t kStart = 1'790'000'000'000'000;

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

// Alike in a few bits, and not hashes at all.
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

int BitsApart(const std::string& a, const std::string& b) {
  int bits = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    bits += __builtin_popcount(static_cast<uint8_t>(a[i] ^ b[i]));
  }
  return bits;
}

// What the events say, kept as they say it.
struct Model {
  struct Record {
    std::string publisher, facts;
    int64_t published_us = 0, last_expiry_us = 0;
    bool never_expires = false;  // no signature: it has expired since ever
    uint64_t sequence = 0, ended_sequence = 0;
    State state = State::kLive;
    std::vector<v1::Signature> signatures;
    std::vector<v1::ImageSignature> images;
    bool paused = false;
    std::set<std::string> groups;
  };
  std::map<std::string, Record> records;
  std::map<std::string, std::map<std::string, uint32_t>> marks;  // by hash and expert: the radius
  std::map<std::string, bool> suspended;                         // who is admitted

  bool IsHarmless(const std::string& hash) const {
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
  void Mark(const v1::HarmlessImageMarked& marked) {
    if (marked.hash().size() != 32) return;
    marks[marked.hash()][marked.party()] = std::min(marked.radius(), 31u);
  }
  void Clear(const v1::HarmlessImageCleared& cleared) {
    if (cleared.party() == "coordinator/anna") {
      marks.erase(cleared.hash());
    } else if (const auto it = marks.find(cleared.hash()); it != marks.end()) {
      it->second.erase(cleared.party());
    }
  }

  Record* FindLive(const std::string& id) {
    const auto it = records.find(id);
    return it == records.end() || it->second.state != State::kLive ? nullptr : &it->second;
  }

  void Publish(const v1::EventHeader& header, const v1::RecordPublished& published) {
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
  void End(const v1::EventHeader& header, const std::string& id, State state) {
    Record* record = FindLive(id);
    if (record == nullptr) return;
    record->state = state;
    record->ended_sequence = header.sequence();
    record->signatures.clear();
    record->images.clear();
  }
  void Erase(const v1::EventHeader& header, const v1::RecordErased& erased) {
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
  void Apply(const log::ParsedEvent& event) {
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
};

class Events {
 public:
  explicit Events(Input& in) : in_(in) {}

  log::ParsedEvent Next() {
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
  int64_t time_us() const { return time_us_; }

 private:
  const std::string& Id() { return in_.Pick(Ids()); }

  void Fill(v1::EventBody& body) {
    switch (in_.Below(17)) {
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
      case 12:
        return body.mutable_member_admitted()->set_party(in_.Pick(Experts()));
      case 13:
        if (in_.Flag()) return body.mutable_member_suspended()->set_party(in_.Pick(Experts()));
        return body.mutable_member_reinstated()->set_party(in_.Pick(Experts()));
      case 14:
      case 15: {
        auto& marked = *body.mutable_harmless_image_marked();
        marked.set_hash(in_.Pick(Hashes()));
        marked.set_party(in_.Pick(Experts()));
        marked.set_radius(in_.Below(40));
        return;
      }
      case 16: {
        auto& cleared = *body.mutable_harmless_image_cleared();
        cleared.set_hash(in_.Pick(Hashes()));
        cleared.set_party(in_.Flag() ? in_.Pick(Experts()) : "coordinator/anna");
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

  void Publish(v1::RecordPublished& published) {
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
  int64_t Expiry() {
    switch (in_.Below(4)) {
      case 0:
        return static_cast<int64_t>(in_.Number());
      case 1:
        return time_us_;
      default:
        return time_us_ + in_.Byte() * int64_t{60'000'000};
    }
  }

  Input& in_;
  uint64_t sequence_ = 0;
  int64_t time_us_ = kStart;
};

void CheckRecord(const views::OffenderRecords& view, const std::string& id,
                 const Model::Record* expected) {
  const auto record = view.Find(id);
  VERVET_FUZZ_CHECK((record == nullptr) == (expected == nullptr), "the same records are known");
  if (expected == nullptr) return;
  VERVET_FUZZ_CHECK(record->record_id == id && record->publisher == expected->publisher,
                    "whose record it is");
  VERVET_FUZZ_CHECK(record->state == expected->state, "its state");
  VERVET_FUZZ_CHECK(
      record->sequence == expected->sequence && record->ended_sequence == expected->ended_sequence,
      "its events");
  VERVET_FUZZ_CHECK(record->facts.Full().SerializeAsString() == expected->facts, "its facts");
  if (expected->state != State::kErased) {
    VERVET_FUZZ_CHECK(absl::ToUnixMicros(record->published) == expected->published_us,
                      "when it was published");
  }
  VERVET_FUZZ_CHECK(record->signatures.size() == expected->signatures.size(), "its signatures");
  for (size_t i = 0; i < expected->signatures.size(); ++i) {
    VERVET_FUZZ_CHECK(record->signatures[i].ToProto().SerializeAsString() ==
                          expected->signatures[i].SerializeAsString(),
                      "a signature is what was published");
  }
  VERVET_FUZZ_CHECK(record->images.size() == expected->images.size(), "its images");
  for (size_t i = 0; i < expected->images.size(); ++i) {
    VERVET_FUZZ_CHECK(
        record->images[i].ToProto().SerializeAsString() == expected->images[i].SerializeAsString(),
        "an image is what was published");
  }
}

// What an index of images was told, and no index.
class Told final : public views::ImageIndexer {
 public:
  using Pair = std::pair<index::RecordHandle, std::string>;
  void OnImage(index::RecordHandle record, const views::ImageSignature& image) override {
    VERVET_FUZZ_CHECK(pairs.insert(PairOf(record, image)).second, "an image comes once");
  }
  void OnImageGone(index::RecordHandle record, const views::ImageSignature& image) override {
    VERVET_FUZZ_CHECK(pairs.erase(PairOf(record, image)) == 1, "an image goes once");
  }
  static Pair PairOf(index::RecordHandle record, const views::ImageSignature& image) {
    return {record, std::string(image.hash.bytes.begin(), image.hash.bytes.end())};
  }
  std::set<Pair> pairs;
};

void CheckImages(const hub::HubState& state, const Told& told, const Model& model, int64_t now_us) {
  std::set<std::pair<std::string, std::string>> expected, found;
  for (const auto& [id, record] : model.records) {
    for (const v1::ImageSignature& image : record.images) expected.insert({id, image.hash()});
  }
  std::set<Told::Pair> listed;
  state.records.ForEachLiveImage([&](index::RecordHandle handle, const auto& image) {
    listed.insert(Told::PairOf(handle, image));
  });
  VERVET_FUZZ_CHECK(listed == told.pairs, "an index is told of the images of live records");
  std::vector<index::RecordHandle> candidates = {0, 1, 1'000'000};
  for (const auto& [handle, hash] : told.pairs) {
    const auto record = state.records.FindLive(handle);
    VERVET_FUZZ_CHECK(record != nullptr, "and these are found by their handles");
    found.insert({record->record_id, hash});
    candidates.push_back(handle);
  }
  VERVET_FUZZ_CHECK(found == expected, "the images are those of the live records");
  VERVET_FUZZ_CHECK(state.records.live_images() == expected.size(), "live images are counted");
  for (const std::string& hash : Hashes()) {
    const auto picture = index::Hash256::FromBytes(hash);
    if (!picture.ok()) continue;
    VERVET_FUZZ_CHECK(state.harmless.IsHarmless(*picture) == model.IsHarmless(hash),
                      "a picture is harmless where two experts say so");
    for (const int radius : {0, 1, 31}) {
      std::map<std::string, int> nearest, matched;
      for (const auto& [id, record] : model.records) {
        if (record.paused || model.IsHarmless(hash)) continue;
        for (const v1::ImageSignature& image : record.images) {
          const int distance = BitsApart(image.hash(), hash);
          if (distance > std::min(radius, static_cast<int>(image.radius())) ||
              image.expires_us() <= now_us || model.IsHarmless(image.hash())) {
            continue;
          }
          const auto [it, is_new] = nearest.emplace(id, distance);
          if (!is_new) it->second = std::min(it->second, distance);
        }
      }
      for (const auto& match :
           state.MatchImages(*picture, candidates, radius, absl::FromUnixMicros(now_us))) {
        matched[match.record->record_id] = match.distance;
      }
      VERVET_FUZZ_CHECK(matched == nearest, "a picture matches the records that it is near to");
    }
  }
}

void CheckMatches(const views::OffenderRecords& view, const Model& model, int64_t now_us) {
  for (const std::string& bytes : Tokens()) {
    const auto token = oprf::Token::Decode(oprf::AsBytes(bytes));
    if (!token.ok()) continue;
    std::multiset<std::string> expected, found;
    bool carried = false;
    for (const auto& [id, record] : model.records) {
      bool matches = false;
      for (const v1::Signature& signature : record.signatures) {
        if (signature.token() != bytes) continue;
        carried = true;
        matches = matches || (!record.paused && signature.expires_us() > now_us);
      }
      if (matches) expected.insert(id);
    }
    std::vector<views::OffenderRecords::Match> matches;
    view.FindMatches(*token, absl::FromUnixMicros(now_us), &matches);
    for (const auto& match : matches) {
      found.insert(match.record->record_id);
      VERVET_FUZZ_CHECK(match.signature.token() == *token && match.signature.expires_us() > now_us,
                        "a match names the signature that matched");
    }
    VERVET_FUZZ_CHECK(found == expected, "a token matches the records that carry it");
    VERVET_FUZZ_CHECK(!carried || view.MayMatch(*token), "what is carried may match");
  }
}

void CheckLive(const views::OffenderRecords& view, const Model& model, int64_t now_us) {
  std::multiset<std::string> expected, found;
  std::vector<std::pair<int64_t, std::string>> due;
  std::set<std::pair<std::string, std::string>> pairs;
  std::map<std::string, uint64_t> by_publisher;
  for (const auto& [id, record] : model.records) {
    if (record.state != State::kLive) continue;
    expected.insert(id);
    ++by_publisher[record.publisher];
    for (const v1::Signature& signature : record.signatures) pairs.insert({signature.token(), id});
    if (record.never_expires || record.last_expiry_us <= now_us) {
      due.push_back({record.last_expiry_us, id});
    }
  }
  view.ForEachLive(
      [&](const views::OffenderRecords::Record& record) { found.insert(record.record_id); });
  VERVET_FUZZ_CHECK(found == expected, "each live record is listed once");
  VERVET_FUZZ_CHECK(view.live_records() == expected.size(), "live records are counted");
  VERVET_FUZZ_CHECK(view.live_signatures() == pairs.size(), "live signatures are counted");
  for (const std::string& party : Parties()) {
    VERVET_FUZZ_CHECK(view.LiveRecordsOf(party) == by_publisher[party], "of each publisher");
  }
  const auto told = view.DueForExpiry(absl::FromUnixMicros(now_us), 100);
  VERVET_FUZZ_CHECK(told.size() == due.size(), "what has expired is due");
  int64_t last = std::numeric_limits<int64_t>::min();
  for (const std::string& id : told) {
    const auto it =
        std::find_if(due.begin(), due.end(), [&](const auto& one) { return one.second == id; });
    VERVET_FUZZ_CHECK(it != due.end() && it->first >= last, "in the order of time");
    last = it->first;
  }
  VERVET_FUZZ_CHECK(
      view.DueForExpiry(absl::FromUnixMicros(now_us), 1).size() == std::min<size_t>(1, due.size()),
      "and no more than were asked for");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  Input in(data, size);
  vervet::hub::HubState state;
  const auto told = std::make_shared<Told>();
  state.records.SetImageIndexer(told);
  Model model;
  Events events(in);
  for (int i = 0; i < kMaxEvents && !in.empty(); ++i) {
    if (in.Below(16) == 15) {
      // As a member that leaves a group.
      const std::string keep = in.Pick(GroupNames());
      state.records.DropUnless([&](const vervet::views::Record& record) {
        const auto& groups = record.facts.groups();
        return std::find(groups.begin(), groups.end(), keep) != groups.end();
      });
      for (auto it = model.records.begin(); it != model.records.end();) {
        it = it->second.groups.count(keep) == 0 ? model.records.erase(it) : std::next(it);
      }
    } else {
      const vervet::log::ParsedEvent event = events.Next();
      state.Apply(event);
      model.Apply(event);
    }
    for (const std::string& id : Ids()) {
      const auto it = model.records.find(id);
      CheckRecord(state.records, id, it == model.records.end() ? nullptr : &it->second);
    }
  }
  for (const int64_t away : {int64_t{0}, int64_t{1}, int64_t{3'600'000'000}}) {
    CheckMatches(state.records, model, events.time_us() + away);
    CheckLive(state.records, model, events.time_us() + away);
    CheckImages(state, *told, model, events.time_us() + away);
  }
  return 0;
}
