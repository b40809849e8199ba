#include "core/views/negative_list.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace vervet::views {
namespace {

int64_t DayOf(absl::Time time) { return absl::ToInt64Hours(time - absl::UnixEpoch()) / 24; }

}  // namespace

const NegativeList::Mark* NegativeList::Image::MarkOf(absl::string_view party) const {
  const auto it = std::find_if(marks.begin(), marks.end(),
                               [&](const Mark& mark) { return mark.party == party; });
  return it == marks.end() ? nullptr : &*it;
}

void NegativeList::Apply(const log::ParsedEvent& event, const Roster& roster) {
  const v1::EventBody& body = event.body;
  switch (body.body_case()) {
    case v1::EventBody::kHarmlessImageMarked:
      return AddMark(event, roster);
    case v1::EventBody::kHarmlessImageCleared:
      return Clear(event, roster);
    case v1::EventBody::kMemberAdmitted:
      return Recount(event, body.member_admitted().party(), roster);
    case v1::EventBody::kMemberSuspended:
      return Recount(event, body.member_suspended().party(), roster);
    case v1::EventBody::kMemberReinstated:
      return Recount(event, body.member_reinstated().party(), roster);
    default:
      return;
  }
}

void NegativeList::AddMark(const log::ParsedEvent& event, const Roster& roster) {
  const auto& marked = event.body.harmless_image_marked();
  if (marked.hash().size() != index::Hash256::kSizeBytes) return;
  LastDay& last = last_days_[marked.party()];
  const int64_t day = DayOf(absl::FromUnixMicros(event.header.time_us()));
  if (last.day != day) last = {day, 0};
  ++last.marks;
  Image& image = images_[marked.hash()];
  const auto it = std::find_if(image.marks.begin(), image.marks.end(),
                               [&](const Mark& mark) { return mark.party == marked.party(); });
  if (it != image.marks.end()) {
    image.marks.erase(it);
  } else {
    CountMark(marked.party(), true);
  }
  constexpr uint32_t kMaxRadius = index::HammingIndex::kMaxRadius;
  image.marks.push_back({marked.party(), std::min(marked.radius(), kMaxRadius),
                         marked.description(), absl::FromUnixMicros(event.header.time_us()),
                         event.header.sequence()});
  Settle(event, marked.hash(), image, roster);
}

void NegativeList::Clear(const log::ParsedEvent& event, const Roster& roster) {
  const auto& cleared = event.body.harmless_image_cleared();
  const auto found = images_.find(cleared.hash());
  if (found == images_.end()) return;
  auto& marks = found->second.marks;
  const bool everybody = absl::StartsWith(cleared.party(), "coordinator/");
  marks.erase(std::remove_if(marks.begin(), marks.end(),
                             [&](const Mark& mark) {
                               if (!everybody && mark.party != cleared.party()) return false;
                               CountMark(mark.party, false);
                               return true;
                             }),
              marks.end());
  Settle(event, found->first, found->second, roster);
  if (marks.empty()) images_.erase(found);
}

void NegativeList::Recount(const log::ParsedEvent& event, absl::string_view party,
                           const Roster& roster) {
  if (MarksOf(party) == 0) return;
  for (auto& [hash, image] : images_) {
    if (image.MarkOf(party) != nullptr) Settle(event, hash, image, roster);
  }
}

void NegativeList::Settle(const log::ParsedEvent& event, const std::string& hash, Image& image,
                          const Roster& roster) {
  size_t count = 0;
  uint32_t radius = 0;
  for (const Mark& mark : image.marks) {
    if (!roster.IsActive(mark.party)) continue;
    ++count;
    radius = std::max(radius, mark.radius);
  }
  const bool in_force = count >= kMarksInForce;
  if (!in_force) radius = 0;
  if (in_force == image.in_force && radius == image.radius) return;
  changed_ = event.header.sequence();
  if (in_force && !image.in_force) {
    image.place = in_force_.size();
    in_force_.push_back({*index::Hash256::FromBytes(hash)});
  }
  if (in_force) {
    in_force_[image.place].radius = static_cast<int>(radius);
  } else {
    // The last takes its place.
    const auto& bytes = in_force_.back().hash.bytes;
    const std::string last(bytes.begin(), bytes.end());
    in_force_[image.place] = in_force_.back();
    images_.find(last)->second.place = image.place;
    in_force_.pop_back();
  }
  image.in_force = in_force;
  image.radius = radius;
  SettleIndex(*index::Hash256::FromBytes(hash), in_force, static_cast<int>(radius));
}

void NegativeList::SettleIndex(const index::Hash256& hash, bool in_force, int radius) {
  // The records of the index say nothing here: each hash has one, with the radius of its marks.
  constexpr index::RecordHandle kAny = 0;
  if (index_ != nullptr) {
    if (in_force) {
      (void)index_->Add(hash, kAny, radius);
    } else {
      index_->Remove(hash, kAny);
    }
    return;
  }
  if (in_force_.size() <= kLookedThrough) return;
  index_ = std::make_unique<index::HammingIndex>();
  // Far fewer than the index takes, with radii that are in its range.
  for (const InForce& image : in_force_) (void)index_->Add(image.hash, kAny, image.radius);
}

void NegativeList::CountMark(const std::string& party, bool more) {
  size_t& count = marks_of_[party];
  if (more) {
    ++count;
    ++marks_;
    return;
  }
  --marks_;
  if (--count == 0) marks_of_.erase(party);
}

bool NegativeList::IsHarmless(const index::Hash256& hash) const {
  return AreHarmless({&hash, 1}).front();
}

std::vector<bool> NegativeList::AreHarmless(absl::Span<const index::Hash256> hashes) const {
  std::vector<bool> harmless(hashes.size());
  if (in_force_.empty()) return harmless;
  if (index_ == nullptr) {
    for (size_t i = 0; i < hashes.size(); ++i) {
      harmless[i] = std::any_of(in_force_.begin(), in_force_.end(), [&](const InForce& image) {
        return index::Distance(image.hash, hashes[i]) <= image.radius;
      });
    }
    return harmless;
  }
  std::vector<index::HammingIndex::Query> queries;
  queries.reserve(hashes.size());
  for (const index::Hash256& hash : hashes) queries.push_back({hash});
  // The radius is the index's own largest: nothing is refused.
  const auto matches = index_->FindEach(queries);
  for (const index::HammingIndex::Match& match : *matches) harmless[match.query] = true;
  return harmless;
}

const NegativeList::Image* NegativeList::Find(absl::string_view hash) const {
  const auto it = images_.find(hash);
  return it == images_.end() ? nullptr : &it->second;
}

size_t NegativeList::MarksOf(absl::string_view party) const {
  const auto it = marks_of_.find(party);
  return it == marks_of_.end() ? 0 : it->second;
}

uint32_t NegativeList::MarksOnDayOf(absl::Time now, absl::string_view party) const {
  const auto it = last_days_.find(party);
  return it == last_days_.end() || it->second.day != DayOf(now) ? 0 : it->second.marks;
}

}  // namespace vervet::views
