#include "member-sdk/src/vault/packed_events.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::vault {
namespace {

void AppendNumber(uint64_t number, std::string* out) {
  for (; number >= 0x80; number >>= 7) out->push_back(static_cast<char>(number | 0x80));
  out->push_back(static_cast<char>(number));
}

// More than any message of the hub; whoever writes a longer length has not written an event.
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr size_t kShortestCopy = 8;  // a shorter one saves little

uint64_t Load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// How many bytes the two begin with in common; 0 below kShortestCopy.
size_t Common(absl::string_view a, absl::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  if (size < kShortestCopy || Load(a.data()) != Load(b.data())) return 0;
  size_t common = kShortestCopy;
  while (common + 8 <= size && Load(a.data() + common) == Load(b.data() + common)) common += 8;
  while (common < size && a[common] == b[common]) ++common;
  return common;
}

// The bytes of `last` that stand where bytes[at] does, counted from the end.
absl::string_view FromTheEnd(absl::string_view last, size_t left) {
  return left <= last.size() ? last.substr(last.size() - left) : absl::string_view();
}

void AppendBytes(absl::string_view bytes, absl::string_view last, std::string* out) {
  AppendNumber(bytes.size(), out);
  size_t written = 0;
  for (size_t at = 0; at < bytes.size();) {
    const absl::string_view rest = bytes.substr(at);
    size_t copy = at < last.size() ? Common(rest, last.substr(at)) : 0;
    const bool from_end = copy == 0;
    if (from_end) copy = Common(rest, FromTheEnd(last, rest.size()));
    if (copy == 0) {
      ++at;
      continue;
    }
    AppendNumber(at - written, out);
    out->append(bytes.data() + written, at - written);
    AppendNumber(copy << 1 | (from_end ? 1 : 0), out);
    at += copy;
    written = at;
  }
  if (written == bytes.size()) return;
  AppendNumber(bytes.size() - written, out);
  out->append(bytes.data() + written, bytes.size() - written);
}

std::optional<uint64_t> TakeNumber(absl::string_view* bytes) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

// What AppendBytes wrote behind `last`, in its place. False: it did not write that.
bool TakeBytes(absl::string_view* packed, std::string* last, std::string* bytes) {
  const std::optional<uint64_t> size = TakeNumber(packed);
  if (!size || *size > kMaxBytes) return false;
  bytes->clear();
  while (bytes->size() < *size) {
    const std::optional<uint64_t> fresh = TakeNumber(packed);
    if (!fresh || *fresh > packed->size() || *fresh > *size - bytes->size()) return false;
    bytes->append(packed->data(), *fresh);
    packed->remove_prefix(*fresh);
    const size_t left = *size - bytes->size();
    if (left == 0) break;
    const std::optional<uint64_t> copy = TakeNumber(packed);
    if (!copy || *copy >> 1 == 0 || *copy >> 1 > left) return false;
    absl::string_view from = *last;
    from = (*copy & 1) != 0 ? FromTheEnd(from, left)
                            : from.substr(std::min(from.size(), bytes->size()));
    if (*copy >> 1 > from.size()) return false;
    bytes->append(from.data(), *copy >> 1);
  }
  last->swap(*bytes);
  return true;
}

absl::Status Damaged(uint64_t first, absl::string_view how) {
  return absl::DataLossError(absl::StrCat("the vault's row of events from ", first, " on ", how,
                                          ": restore a backup, or start a new vault"));
}

}  // namespace

PackedEvents::PackedEvents(std::initializer_list<StoredEvent> events) {
  for (const StoredEvent& event : events) Add(event.sequence, event.header, event.body);
}

void PackedEvents::Add(uint64_t sequence, absl::string_view header, absl::string_view body) {
  const bool opens = blocks_.empty() || blocks_.back().end - blocks_.back().begin >= kBlockBytes;
  if (opens) {
    blocks_.push_back({sequence, sequence, bytes_.size(), 0});
    last_header_.clear();
    last_body_.clear();
  }
  Block& block = blocks_.back();
  AppendNumber(sequence - block.last, &bytes_);
  AppendBytes(header, last_header_, &bytes_);
  AppendBytes(body, last_body_, &bytes_);
  last_header_.assign(header.data(), header.size());
  last_body_.assign(body.data(), body.size());
  block.last = sequence;
  block.end = bytes_.size();
  ++size_;
}

void PackedEvents::Clear() {
  bytes_.clear();
  blocks_.clear();
  size_ = 0;
}

absl::Status ForEachPacked(uint64_t first, uint64_t last, absl::string_view bytes,
                           const std::function<absl::Status(const EventView&)>& visit) {
  if (last < first) return Damaged(first, "ends before it begins");
  std::string header, body, memory;
  EventView event;
  event.sequence = first;
  for (bool opens = true; opens || !bytes.empty(); opens = false) {
    const std::optional<uint64_t> step = TakeNumber(&bytes);
    if (!step || !TakeBytes(&bytes, &header, &memory) || !TakeBytes(&bytes, &body, &memory)) {
      return Damaged(first, "does not parse");
    }
    if ((*step == 0) != opens || *step > last - event.sequence) {
      return Damaged(first, "is out of order");
    }
    event.sequence += *step;
    event.header = header;
    event.body = body;
    VERVET_RETURN_IF_ERROR(visit(event));
  }
  return event.sequence == last ? absl::OkStatus() : Damaged(first, "ends too early");
}

}  // namespace vervet::vault
