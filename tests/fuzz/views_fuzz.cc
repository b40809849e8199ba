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

#include "core/oprf/hash.h"
#include "core/views/coalition_state.h"
#include "hub/views/hub_state.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/views_events.h"
#include "tests/fuzz/views_model.h"

namespace vervet::fuzz {
namespace {

constexpr int kMaxEvents = 60;

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
