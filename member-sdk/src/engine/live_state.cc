#include "member-sdk/src/engine/live_state.h"

#include <algorithm>
#include <utility>

#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

// Pictures compared in one go: bounds the memory of the questions and answers.
constexpr size_t kArrivalsAtATime = 8'192;

}  // namespace

LiveState::LiveState(std::string party)
    : party_(std::move(party)), record_images_(std::make_shared<RecordImages>()) {
  coalition_.records.SetImageIndexer(record_images_);
}

std::shared_ptr<const TypeTable> LiveState::types() const {
  ReaderLock lock(mutex_);
  return types_;
}

std::vector<std::string> LiveState::OwnGroups() const {
  ReaderLock lock(mutex_);
  const auto* self = coalition_.roster.FindParty(party_);
  if (self == nullptr) return {};
  return {self->groups.begin(), self->groups.end()};
}

StateCounts LiveState::Counts() const {
  ReaderLock lock(mutex_);
  return {coalition_.records.live_records(), coalition_.records.live_signatures(),
          coalition_.records.live_images(), by_key_.size(), kept_images_.size()};
}

void LiveState::AddToken(const vault::CachedToken& token) {
  WriterLock lock(mutex_);
  Cached& cached = by_key_[token.key];
  if (cached.id != 0 && cached.token != token.token) by_token_.erase(cached.token);
  cached = {token.id, token.epoch, token.rules_version, token.type, token.token};
  by_token_[token.token] = token.id;
}

void LiveState::RemoveToken(const vault::CacheKey& key) {
  WriterLock lock(mutex_);
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  by_token_.erase(it->second.token);
  by_key_.erase(it);
}

std::optional<vault::CachedToken> LiveState::FindToken(const vault::CacheKey& key) const {
  ReaderLock lock(mutex_);
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return std::nullopt;
  vault::CachedToken out;
  out.id = it->second.id;
  out.type = it->second.type;
  out.rules_version = it->second.rules_version;
  out.epoch = it->second.epoch;
  out.token = it->second.token;
  return out;
}

bool LiveState::HasCachedToken(const Record& record, const TokenIds& by_token) {
  return std::any_of(record.signatures.begin(), record.signatures.end(),
                     [&](const auto& signature) { return by_token.contains(signature.token()); });
}

bool LiveState::Keeps(absl::string_view publisher, const v1::RecordFacts& facts) const {
  return publisher == party_ || coalition_.roster.InAny(party_, facts.groups());
}

uint64_t LiveState::GrantsSeen() const {
  ReaderLock lock(mutex_);
  return grants_seen_;
}

bool LiveState::MayKeep(const v1::RecordPublished& record) const {
  ReaderLock lock(mutex_);
  return Keeps(record.publisher(), record.facts());
}

bool LiveState::MayKeep(absl::string_view publisher, const v1::Audience& audience) const {
  ReaderLock lock(mutex_);
  return publisher == party_ || coalition_.roster.InAny(party_, audience.groups());
}

std::vector<std::string> LiveState::InForceWithCachedTokens(const std::string& publisher) const {
  std::vector<std::pair<uint64_t, std::string>> found;
  const TokenIds* const by_token = &by_token_;
  coalition_.records.ForEachLive([&](const Record& record) {
    if (record.publisher == party_ || (!publisher.empty() && record.publisher != publisher)) return;
    if (HasCachedToken(record, *by_token)) found.emplace_back(record.sequence, record.record_id);
  });
  std::sort(found.begin(), found.end());
  std::vector<std::string> records;
  for (auto& [sequence, id] : found) records.push_back(std::move(id));
  return records;
}

void LiveState::Touch(const std::string& record_id, std::vector<std::string>* touched) const {
  const views::RecordPtr record = coalition_.records.Find(record_id);
  if (record != nullptr && record->publisher != party_ && ConcernsThisPlatform(*record)) {
    touched->push_back(record_id);
  }
}

// A kept picture that matched may be forgotten by now, and the platform was told of it: so records
// with pictures are looked at in any case.
bool LiveState::ConcernsThisPlatform(const Record& record) const {
  return !record.images.empty() || HasCachedToken(record, by_token_);
}

void LiveState::TouchPublished(const v1::RecordPublished& record, std::vector<std::string>* touched,
                               std::vector<Arrival>* arrivals) const {
  if (record.publisher() == party_) return;
  for (const v1::ImageSignature& image : record.images()) {
    auto hash = index::Hash256::FromBytes(image.hash());
    if (!hash.ok()) continue;
    constexpr uint32_t kMaxRadius = index::HammingIndex::kMaxRadius;
    const uint32_t radius = image.has_radius() ? std::min(image.radius(), kMaxRadius) : kMaxRadius;
    arrivals->push_back({touched->size(), record.record_id(), *hash, static_cast<int>(radius)});
  }
  for (const v1::Signature& signature : record.signatures()) {
    const auto token = oprf::Token::Decode(oprf::AsBytes(signature.token()));
    if (!token.ok() || !by_token_.contains(*token)) continue;
    touched->push_back(record.record_id());
    return;
  }
}

void LiveState::TouchConcerned(const std::string& record_id,
                               std::vector<std::string>* touched) const {
  const views::RecordPtr record = coalition_.records.Find(record_id);
  if (record == nullptr || record->publisher == party_) return;
  const auto& opinions = coalition_.records.AftermathOf(*record).opinions;
  const bool has_opinion =
      std::any_of(opinions.begin(), opinions.end(),
                  [this](const auto& opinion) { return opinion.party == party_; });
  if (has_opinion || ConcernsThisPlatform(*record)) touched->push_back(record_id);
}

void LiveState::ApplyOne(const log::ParsedEvent& event, std::vector<std::string>* touched,
                         std::vector<Arrival>* arrivals) {
  const v1::EventBody& body = event.body;
  // What expires is looked at before it goes: afterwards it has no signatures.
  if (body.has_record_expired()) TouchConcerned(body.record_expired().record_id(), touched);
  coalition_.Apply(event);
  // Whether anybody here was matched or not: the hub waits for this member's word.
  if (body.has_record_retracted()) touched->push_back(body.record_retracted().record_id());
  if (body.has_record_erased()) touched->push_back(body.record_erased().record_id());
  if (body.has_record_paused()) Touch(body.record_paused().record_id(), touched);
  if (body.has_record_resumed()) Touch(body.record_resumed().record_id(), touched);
  if (body.has_dispute_answered()) {
    TouchConcerned(body.dispute_answered().record_id(), touched);
  }
  if (body.has_opinion_given() && body.opinion_given().party() == party_) {
    touched->push_back(body.opinion_given().record_id());
  }
  if (body.has_budget_granted() && body.budget_granted().party() == party_) ++grants_seen_;
  if (body.has_record_published()) {
    TouchPublished(body.record_published(), touched, arrivals);
  }
  if (body.has_member_suspended() || body.has_member_reinstated()) {
    const std::string& party = body.has_member_suspended() ? body.member_suspended().party()
                                                           : body.member_reinstated().party();
    for (std::string& id : InForceWithCachedTokens(party)) touched->push_back(std::move(id));
    AddArrivals(party, touched->size(), arrivals);
  }
  if (body.has_signature_type_announced()) {
    types_ = std::make_shared<const TypeTable>(coalition_.types.all());
  }
}

void LiveState::Apply(absl::Span<const log::ParsedEvent> events,
                      std::vector<std::string>* touched) {
  std::vector<std::string> found;
  std::vector<Arrival> arrivals;
  {
    WriterLock lock(mutex_);
    for (const log::ParsedEvent& event : events) ApplyOne(event, &found, &arrivals);
  }
  // After the records are there: whichever of a check and a record comes second sees the other.
  const auto near = NearKeptAmong(arrivals);
  size_t next = 0;
  for (size_t place = 0; place <= found.size(); ++place) {
    for (; next < near.size() && near[next].first == place; ++next) {
      touched->push_back(near[next].second);
    }
    if (place < found.size()) touched->push_back(std::move(found[place]));
  }
}

std::vector<std::pair<size_t, std::string>> LiveState::NearKeptAmong(
    const std::vector<Arrival>& arrivals, const std::function<bool()>& stopping) const {
  std::vector<std::pair<size_t, std::string>> near;
  if (arrivals.empty() || kept_images_.empty()) return near;
  for (size_t begin = 0; begin < arrivals.size(); begin += kArrivalsAtATime) {
    if (stopping != nullptr && stopping()) break;
    const size_t end = std::min(arrivals.size(), begin + kArrivalsAtATime);
    std::vector<ImageIndex::Query> queries;
    for (size_t i = begin; i < end; ++i) queries.push_back({arrivals[i].hash, arrivals[i].radius});
    for (const ImageIndex::Match& match : kept_images_.FindEach(queries)) {
      const Arrival& arrival = arrivals[begin + match.query];
      const bool again = !near.empty() && near.back().second == arrival.record_id;
      if (!again) near.emplace_back(arrival.place, arrival.record_id);
    }
  }
  return near;
}

void LiveState::AddArrivals(const std::string& publisher, size_t place,
                            std::vector<Arrival>* arrivals) const {
  if (coalition_.records.live_images() == 0) return;
  coalition_.records.ForEachLive([&](const Record& record) {
    if (record.publisher == party_ || (!publisher.empty() && record.publisher != publisher)) return;
    for (const views::ImageSignature& image : record.images) {
      arrivals->push_back({place, record.record_id, image.hash, image.radius});
    }
  });
}

std::vector<std::string> LiveState::RecordsNearKept(const std::function<bool()>& stopping) const {
  std::vector<Arrival> arrivals;
  if (!kept_images_.empty()) {
    ReaderLock lock(mutex_);
    AddArrivals("", 0, &arrivals);
  }
  std::vector<std::string> records;
  for (auto& [place, id] : NearKeptAmong(arrivals, stopping)) records.push_back(std::move(id));
  return records;
}

void LiveState::Replace(views::CoalitionState state, std::vector<std::string>* touched) {
  auto images = std::make_shared<RecordImages>();
  state.records.ForEachLiveImage(
      [&](index::RecordHandle record, const auto& image) { images->OnImage(record, image); });
  state.records.SetImageIndexer(images);
  WriterLock lock(mutex_);
  coalition_ = std::move(state);
  record_images_.swap(images);
  types_ = std::make_shared<const TypeTable>(coalition_.types.all());
  for (std::string& id : InForceWithCachedTokens()) touched->push_back(std::move(id));
}

void LiveState::DropInvisible(std::vector<std::string>* touched) {
  WriterLock lock(mutex_);
  coalition_.records.DropUnless([&](const Record& record) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const bool keep = Keeps(record.publisher, record.facts);
    if (!keep && ConcernsThisPlatform(record)) touched->push_back(record.record_id);
    return keep;
  });
}

}  // namespace vervet::engine
