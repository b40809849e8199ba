// A hub's frames at a member's follower: the honest ones, changed, dropped, repeated, mixed with
// those of a second history that the same key has signed, and bytes that were never a frame. What
// the follower has verified is one history.
#include <map>
#include <string>
#include <vector>

#include "core/net/identity.h"
#include "hub/engine/sync_feed.h"
#include "member-sdk/src/engine/sync/log_follower.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/hub_world.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;

constexpr int kMaxFrames = 40;

struct Frames {
  std::vector<v1::SyncResponse> frames;
  std::vector<log::Hash> roots;  // by size
};

// What this hub sends a member from the beginning, and the roots of its log.
Frames FramesOf(HubWorld& world, const std::string& party) {
  auto caller = net::ParseParty(party);
  caller->coalition = kCoalition;
  hub::SyncFeed feed({&world.hub().log(), &world.hub().state(), &world.hub().heads(), {}}, *caller,
                     3);
  Frames out;
  v1::SyncResponse frame;
  const v1::SyncHello hello;
  while (*feed.Next(hello, &frame)) out.frames.push_back(frame);
  for (uint64_t size = 0; size <= world.hub().log().Position().size; ++size) {
    out.roots.push_back(*world.hub().log().RootAt(size));
  }
  return out;
}

v1::RetractRequest Retraction(const std::string& record_id, const std::string& reason) {
  v1::RetractRequest request;
  request.set_request_id(std::string(16, 'z'));
  request.set_record_id(record_id);
  request.set_reason(reason);
  return request;
}

// Two logs that part at the end, each with heads on the way.
const std::vector<Frames>& Histories() {
  static const auto* const histories = [] {
    auto* both = new std::vector<Frames>;
    for (const char* reason : {"one", "another"}) {
      HubWorld world;
      const Method* retract = nullptr;
      for (const Method& method : UnaryMethods()) {
        if (method.path == "/vervet.v1.Exchange/Retract") retract = &method;
      }
      std::vector<v1::SyncResponse> before = FramesOf(world, "member/social").frames;
      const auto known = world.GetKnown();
      VERVET_FUZZ_CHECK(
          world.Call("member/market", *retract, Retraction(known.record_ids[0], reason)).ok(),
          "the logs part");
      Frames frames = FramesOf(world, "member/social");
      // Heads of the common part too.
      frames.frames.insert(frames.frames.end(), before.back());
      both->push_back(std::move(frames));
    }
    return both;
  }();
  return *histories;
}

// Read where its bytes lie, a message says what it says parsed.
void CheckRead(const engine::SyncFrame& frame, const v1::SyncResponse& message) {
  VERVET_FUZZ_CHECK(frame.has_head() == message.has_head() &&
                        frame.head().SerializeAsString() == message.head().SerializeAsString(),
                    "the same head");
  const auto& entries = message.entries().entries();
  VERVET_FUZZ_CHECK(frame.has_entries() == message.has_entries() &&
                        frame.size() == static_cast<size_t>(entries.size()),
                    "as many entries");
  for (size_t i = 0; i < frame.size(); ++i) {
    const v1::SyncEntry& entry = entries[static_cast<int>(i)];
    VERVET_FUZZ_CHECK(frame[i].is_event == entry.has_event() &&
                          frame[i].is_hash == (entry.entry_case() == v1::SyncEntry::kLeafHash),
                      "entries of the same kind");
    VERVET_FUZZ_CHECK(
        frame[i].header == entry.event().header() && frame[i].body == entry.event().body() &&
            frame[i].random == entry.event().random() && frame[i].leaf_hash == entry.leaf_hash(),
        "entries with the same bytes");
  }
}

class Member {
 public:
  void Deliver(const std::string& bytes) {
    frame_.NewBytes() = bytes;
    const bool read = frame_.Parse();
    v1::SyncResponse message;
    VERVET_FUZZ_CHECK(read == message.ParseFromString(bytes), "what parses is read");
    if (read) {
      CheckRead(frame_, message);
      Take(frame_);
    } else {
      follower_.BeginSession();  // the stream ends
    }
  }
  bool stopped() const { return stopped_; }
  const std::map<uint64_t, log::Hash>& verified() const { return verified_; }

 private:
  void Take(const engine::SyncFrame& frame) {
    const uint64_t position = follower_.position();
    const log::Hash root = follower_.root();
    absl::Status status;
    if (frame.has_head()) {
      const auto verified = follower_.AcceptHead(frame.head());
      status = verified.status();
      if (verified.ok() && *verified) NoteVerified();
    } else if (frame.has_entries()) {
      status = Entries(frame);
      if (status.ok() && follower_.verified_size() == follower_.position()) NoteVerified();
    }
    if (status.ok()) return;
    CheckRefusal(status, {StatusCode::kAborted, StatusCode::kDataLoss});
    VERVET_FUZZ_CHECK(follower_.position() == position && follower_.root() == root,
                      "a frame that is refused changes nothing");
    if (absl::IsDataLoss(status)) {
      stopped_ = true;
    } else {
      follower_.BeginSession();
    }
  }
  absl::Status Entries(const engine::SyncFrame& frame) {
    size_t first = 0;
    // As the worker: the batch is stored and then folded.
    const absl::Status accepted = follower_.Accept(frame, &first, &batch_);
    if (!accepted.ok()) return accepted;
    VERVET_FUZZ_CHECK(batch_.events.size() == batch_.stored.size(), "each event is stored");
    VERVET_FUZZ_CHECK(
        batch_.frontier.size() == follower_.position() + static_cast<uint64_t>(frame.size()),
        "every entry counts once");
    for (const auto& event : batch_.events) state_.Apply(event);
    follower_.Stored(batch_, false);
    return absl::OkStatus();
  }
  void NoteVerified() {
    if (follower_.position() == 0) return;
    const auto [it, is_new] = verified_.try_emplace(follower_.position(), follower_.root());
    VERVET_FUZZ_CHECK(it->second == follower_.root(), "one verified root for each size");
  }

  engine::SyncFrame frame_;
  engine::ReceivedBatch batch_;
  engine::LogFollower follower_ = [] {
    engine::LogFollower follower(Ground::Get().keyring().log_key().public_key, kCoalition);
    follower.BeginSession();
    return follower;
  }();
  views::CoalitionState state_;
  std::map<uint64_t, log::Hash> verified_;
  bool stopped_ = false;
};

std::string NextFrame(Input& in, size_t* at) {
  const std::vector<Frames>& histories = Histories();
  const auto message_of = [&](size_t history, size_t index) {
    const auto& frames = histories[history].frames;
    return frames[index % frames.size()];
  };
  const auto frame_of = [&](size_t history, size_t index) {
    return message_of(history, index).SerializeAsString();
  };
  switch (in.Below(8)) {
    case 0: {  // changed
      v1::SyncResponse frame = message_of(0, (*at)++);
      static const auto* const palette = new Palette{
          .texts = {}, .bytes = {std::string(32, '\0')}, .numbers = {0, 1, 5, 30, ~uint64_t{0}}};
      ChangeMessage(in, *palette, &frame);
      return frame.SerializeAsString();
    }
    case 1:  // one left out
      return frame_of(0, ++*at);
    case 2:  // out of turn
      return frame_of(0, in.Byte());
    case 3:  // of the other history
      return frame_of(1, *at == 0 ? 0 : *at - in.Below(2));
    case 4:  // of the other history from here on
      return frame_of(1, (*at)++);
    case 5: {
      if (in.Below(2) == 0) return in.ShortBytes();
      std::string frame = frame_of(0, (*at)++);
      if (!frame.empty()) frame[in.Byte() % frame.size()] ^= static_cast<char>(in.Byte());
      return frame;
    }
    default:
      return frame_of(0, (*at)++);
  }
}

bool IsOneHistory(const std::map<uint64_t, log::Hash>& verified, const Frames& history) {
  for (const auto& [size, root] : verified) {
    if (size >= history.roots.size() || history.roots[size] != root) return false;
  }
  return true;
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  Input in(data, size);
  Member member;
  size_t at = 0;
  for (int i = 0; i < kMaxFrames && !in.empty() && !member.stopped(); ++i) {
    member.Deliver(NextFrame(in, &at));
  }
  const auto& histories = Histories();
  VERVET_FUZZ_CHECK(IsOneHistory(member.verified(), histories[0]) ||
                        IsOneHistory(member.verified(), histories[1]),
                    "what a member has verified is one history that the hub signed");
  return 0;
}
