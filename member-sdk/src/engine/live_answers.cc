// What LiveState answers about records: whom they match, how they stand, what became of them.
#include <algorithm>
#include <utility>

#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/live_state.h"

namespace vervet::engine {
namespace {

// The types' wire numbers put a stronger form before a weaker one of the same identifier (EMAIL
// before EMAIL_ALIAS).
bool Stronger(const views::Signature& a, const views::Signature& b) {
  return std::make_pair(a.type(), ~a.rules_version()) <
         std::make_pair(b.type(), ~b.rules_version());
}

const char* EndWord(views::OffenderRecords::State state) {
  switch (state) {
    case views::OffenderRecords::State::kRetracted:
      return "retracted";
    case views::OffenderRecords::State::kErased:
      return "erased";
    default:
      return "expired";
  }
}

}  // namespace

Match LiveState::ToMatch(const Record& record, const views::Signature& signature) const {
  Match match = Describe(record);
  match.signature_type = SignatureTypeName(signature.type());
  match.expires = absl::ToChronoTime(absl::FromUnixMicros(signature.expires_us()));
  return match;
}

Match LiveState::Describe(const Record& record) const {
  Match match;
  match.record_id = ToHex(record.record_id);
  match.publisher = record.publisher;
  const auto* publisher = coalition_.roster.FindParty(record.publisher);
  if (publisher != nullptr) match.publisher_name = publisher->display_name;
  match.own = record.publisher == party_;
  match.facts = FromProto(record.facts);
  match.published = absl::ToChronoTime(record.published);
  const auto& aftermath = coalition_.records.AftermathOf(record);
  match.agree = aftermath.CountStance(v1::AGREE);
  match.disagree = aftermath.CountStance(v1::DISAGREE);
  match.disputes = aftermath.UnansweredDisputes();
  match.sighted_by = aftermath.sighted_by;
  match.paused = aftermath.paused;
  for (const auto& opinion : aftermath.opinions) {
    match.opinions.push_back(ToOpinion(aftermath, opinion));
  }
  return match;
}

Opinion LiveState::ToOpinion(const views::OffenderRecords::Aftermath& aftermath,
                             const views::OffenderRecords::Opinion& opinion) const {
  Opinion out;
  out.party = opinion.party;
  const auto* party = coalition_.roster.FindParty(opinion.party);
  if (party != nullptr) out.party_name = party->display_name;
  out.stance = FromProto(opinion.stance);
  out.reason = opinion.reason;
  out.for_subject = opinion.for_subject;
  out.given = absl::ToChronoTime(opinion.given);
  out.answered = opinion.stance == v1::DISPUTE && !aftermath.IsUnanswered(opinion);
  if (opinion.stance == v1::DISPUTE) out.answer_due = absl::ToChronoTime(opinion.answer_due);
  return out;
}

std::vector<Match> LiveState::ToMatches(std::vector<views::OffenderRecords::Match> found) const {
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    if (a.record->sequence != b.record->sequence) return a.record->sequence > b.record->sequence;
    return Stronger(a.signature, b.signature);
  });
  std::vector<Match> matches;
  uint64_t last = 0;
  for (const auto& one : found) {
    if (std::exchange(last, one.record->sequence) == one.record->sequence) continue;
    matches.push_back(ToMatch(*one.record, one.signature));
  }
  return matches;
}

std::vector<Match> LiveState::Matches(absl::Span<const oprf::Token> tokens, absl::Time now) const {
  ReaderLock lock(mutex_);
  std::vector<views::OffenderRecords::Match> found;
  for (const oprf::Token& token : tokens) {
    for (auto& match : coalition_.Match(token, now)) found.push_back(std::move(match));
  }
  return ToMatches(std::move(found));
}

std::vector<bool> LiveState::MayMatch(absl::Span<const oprf::Token> tokens) const {
  constexpr size_t kAtATime = 1024;  // some 50 us under the lock
  std::vector<bool> may(tokens.size());
  for (size_t from = 0; from < tokens.size(); from += kAtATime) {
    ReaderLock lock(mutex_);
    coalition_.records.ForEachThatMayMatch(tokens.subspan(from, kAtATime),
                                           [&](size_t i) { may[from + i] = true; });
  }
  return may;
}

std::vector<std::string> LiveState::RecordsWith(const oprf::Token& token) const {
  ReaderLock lock(mutex_);
  std::vector<std::string> records;
  for (const auto& found : coalition_.Match(token, absl::InfinitePast())) {
    if (found.record->publisher != party_) records.push_back(found.record->record_id);
  }
  return records;
}

RecordStanding LiveState::StandingOf(const std::string& record_id, absl::Time now) const {
  ReaderLock lock(mutex_);
  RecordStanding standing;
  const views::RecordPtr record = coalition_.records.Find(record_id);
  if (record == nullptr) {
    standing.ended_reason = "no longer shared with this member";
    return standing;
  }
  if (record->state != views::OffenderRecords::State::kLive) {
    standing.ended_reason = EndWord(record->state);
    return standing;
  }
  if (coalition_.records.AftermathOf(*record).paused) {
    standing.ended_reason = "paused by disputes";
    return standing;
  }
  if (coalition_.roster.IsSuspended(record->publisher)) {
    standing.ended_reason = "publisher suspended";
    return standing;
  }
  standing.ended_reason = "expired";
  const views::Signature* strongest = nullptr;
  for (const views::Signature& signature : record->signatures) {
    if (absl::FromUnixMicros(signature.expires_us()) <= now) continue;
    const auto cached = by_token_.find(signature.token());
    if (cached == by_token_.end()) continue;
    standing.token_ids.push_back(cached->second);
    if (strongest == nullptr || Stronger(signature, *strongest)) strongest = &signature;
  }
  if (record->publisher == party_) return standing;
  standing.matches = strongest != nullptr;
  if (standing.matches) standing.match = ToMatch(*record, *strongest);
  for (const views::ImageSignature& image : record->images) {
    if (absl::FromUnixMicros(image.expires_us) <= now) continue;
    if (coalition_.harmless.IsHarmless(image.hash)) {
      standing.ended_reason = kHarmless;
    } else {
      standing.images.push_back(image);
    }
  }
  if (!standing.images.empty()) {
    standing.image_match = Describe(*record);
    standing.image_match.signature_type = SignatureTypeName(v1::IMAGE_PDQ);
  }
  return standing;
}

RecordFate LiveState::FateOf(const std::string& record_id) const {
  ReaderLock lock(mutex_);
  RecordFate fate;
  const views::RecordPtr record = coalition_.records.Find(record_id);
  if (record == nullptr) return fate;
  const auto& aftermath = coalition_.records.AftermathOf(*record);
  fate.known = true;
  fate.own = record->publisher == party_;
  fate.held = std::binary_search(aftermath.holders.begin(), aftermath.holders.end(), party_);
  fate.publisher = record->publisher;
  fate.state = record->state;
  fate.ended_sequence = record->ended_sequence;
  fate.ended = aftermath.ended;
  fate.remedy_due = aftermath.remedy_due;
  fate.end_reason = aftermath.end_reason;
  fate.answered_through = aftermath.answered_through;
  fate.last_answer = aftermath.last_answer;
  fate.last_answered = aftermath.last_answered;
  for (const auto& opinion : aftermath.opinions) {
    if (opinion.party != party_) continue;
    fate.own_opinion = opinion.sequence;
    fate.own_dispute = opinion.stance == v1::DISPUTE;
    if (fate.own_dispute) fate.own_answer_due = opinion.answer_due;
  }
  return fate;
}

std::vector<std::pair<uint64_t, std::string>> LiveState::EndedSince(uint64_t after) const {
  ReaderLock lock(mutex_);
  std::vector<std::pair<uint64_t, std::string>> ended;
  const std::string& party = party_;
  coalition_.records.ForEachAftermath([&](const Record& record, const auto& aftermath) {
    const bool for_remedy = record.state == views::OffenderRecords::State::kRetracted ||
                            record.state == views::OffenderRecords::State::kErased;
    if (!for_remedy || record.ended_sequence <= after) return;
    if (!std::binary_search(aftermath.holders.begin(), aftermath.holders.end(), party)) return;
    ended.emplace_back(record.ended_sequence, record.record_id);
  });
  std::sort(ended.begin(), ended.end());
  return ended;
}

std::vector<Match> LiveState::Carriers(absl::Span<const oprf::Token> tokens) const {
  ReaderLock lock(mutex_);
  std::vector<views::OffenderRecords::Match> found;
  for (const oprf::Token& token : tokens) {
    coalition_.records.ForEachWith(token, [&](const Record& record) {
      const auto carried = std::make_shared<const Record>(record);
      for (const views::Signature& signature : carried->signatures) {
        if (signature.token() == token) found.push_back({carried, signature});
      }
    });
  }
  return ToMatches(std::move(found));
}

std::optional<OpinionEvent> LiveState::OpinionNews(const log::ParsedEvent& event) const {
  if (!event.body.has_opinion_given()) return std::nullopt;
  const auto& given = event.body.opinion_given();
  if (given.party() == party_) return std::nullopt;
  ReaderLock lock(mutex_);
  const views::RecordPtr record = coalition_.records.Find(given.record_id());
  if (record == nullptr) return std::nullopt;
  const bool own = record->publisher == party_;
  const bool near = std::any_of(
      record->images.begin(), record->images.end(),
      [this](const auto& image) { return kept_images_.IsNear(image.hash, image.radius); });
  if (!own && !near && !HasCachedToken(*record, by_token_)) return std::nullopt;
  const auto& aftermath = coalition_.records.AftermathOf(*record);
  for (const auto& opinion : aftermath.opinions) {
    if (opinion.sequence != event.header.sequence()) continue;
    return OpinionEvent{ToHex(record->record_id), record->publisher, own,
                        ToOpinion(aftermath, opinion)};
  }
  return std::nullopt;  // replaced by a later one of the same batch
}

}  // namespace vervet::engine
