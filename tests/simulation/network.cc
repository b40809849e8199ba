// The network between members and hub: messages by value that are lost, late, doubled or cut off.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hub/engine/evaluate.h"
#include "hub/engine/publish.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {
namespace {

template <typename Message>
Message Parse(const std::string& bytes) {
  Message message;
  message.ParseFromString(bytes);
  return message;
}

}  // namespace

// One Sync stream: what the hub composes is on its way for a while, so that the roster may change
// behind it, and other things happen between two messages.
class SimSession final : public engine::SyncSession {
 public:
  SimSession(World* world, World::Member* member, const v1::SyncHello& hello)
      : world_(world),
        member_(member),
        hello_(hello),
        generation_(world->hub_.generation()),
        ahead_(1 + world->random_.Below(2)),
        waits_(world->random_.Below(4)) {
    if (!world_->Reaches(*member)) {
      end_ = absl::UnavailableError("partitioned");
      return;
    }
    const auto mounted = std::make_unique<Disks::Mounted>(world_->disks_, world_->hub_.disk_ptr());
    feed_ = world_->hub_.OpenFeed({kCoalition, v1::MEMBER, member->sim->name()},
                                  1 + world_->random_.Below(world_->quiet_ ? 64 : 7));
  }

  bool Read(engine::SyncFrame* frame) override {
    while (!end_) {
      world_->EndFailedHub();
      if (feed_ == nullptr || !world_->Reaches(*member_) ||
          generation_ != world_->hub_.generation()) {
        return End(absl::UnavailableError("the connection broke"));
      }
      Compose();
      if (!on_their_way_.empty()) {
        if (!world_->quiet_ && world_->random_.OneIn(14)) {
          return End(absl::UnavailableError("the connection was cut"));
        }
        if (world_->random_.OneIn(6)) world_->Nested();
        frame->Set(on_their_way_.front());
        on_their_way_.pop_front();
        return true;
      }
      if (composed_end_) return End(*composed_end_);
      // Live: nothing to say until the log grows.
      if (waits_ == 0 || world_->quiet_) return End(absl::UnavailableError("cut while waiting"));
      --waits_;
      world_->Nested();
    }
    return false;
  }

  bool SendApplied(uint64_t position) override {
    if (feed_ != nullptr && position > feed_->sent()) {
      world_->ledger_.Violated(
          absl::StrCat(member_->sim->party(), " acknowledges what was never sent"));
    }
    member_->applied = position;
    return !end_;
  }
  absl::Status Finish() override { return end_ ? *end_ : absl::CancelledError("given up"); }
  void Cancel() override {
    if (!end_) end_ = absl::CancelledError("cancelled");
  }

 private:
  bool End(absl::Status status) {
    end_ = std::move(status);
    return false;
  }

  void Compose() {
    const Disks::Mounted mounted(world_->disks_, world_->hub_.disk_ptr());
    while (on_their_way_.size() < ahead_ && !composed_end_) {
      if (!world_->hub_.IsActive(member_->sim->party())) {
        composed_end_ = absl::PermissionDeniedError("suspended, or not admitted");
        return;
      }
      v1::SyncResponse message;
      const auto more = feed_->Next(hello_, &message);
      if (!more.ok()) {
        composed_end_ = more.status();
      } else if (*more) {
        on_their_way_.push_back(std::move(message));
      } else {
        return;
      }
    }
  }

  World* const world_;
  World::Member* const member_;
  const v1::SyncHello hello_;
  const uint64_t generation_;
  const size_t ahead_;
  uint64_t waits_;
  std::unique_ptr<hub::SyncFeed> feed_;
  std::deque<v1::SyncResponse> on_their_way_;
  std::optional<absl::Status> composed_end_;  // the hub's, behind what is on its way
  std::optional<absl::Status> end_;
};

std::unique_ptr<engine::SyncSession> World::OpenSync(const std::string& party,
                                                     const v1::SyncHello& hello) {
  return std::make_unique<SimSession>(this, Find(party), hello);
}

absl::StatusOr<v1::EvaluateResponse> World::Evaluate(const std::string& party,
                                                     const v1::EvaluateRequest& request) {
  if (!Reaches(*Find(party)) || (!quiet_ && random_.OneIn(8))) {
    return absl::UnavailableError("lost");
  }
  if (!hub_.IsActive(party)) return absl::PermissionDeniedError("suspended, or not admitted");
  v1::EvaluateResponse response;
  absl::Status status = hub::CheckEvaluate(request, Ground::Get().keyring());
  if (status.ok()) status = hub::Evaluate(request, Ground::Get().keyring(), hub_env_, &response);
  if (!status.ok()) return status;
  ++ledger_.counts["evaluated"];
  return response;
}

std::vector<Answer> World::CallHub(const std::vector<Request>& requests) {
  std::vector<Answer> answers = hub_.Call(requests);
  EndFailedHub();
  return answers;
}

// Where its store fails, the real hub exits.
void World::EndFailedHub() {
  if (!hub_.failed()) return;
  Note("  the hub cannot use its store and stops");
  ++ledger_.counts["hub failures"];
  append_unsure_ = true;
  latest_clock_ = std::max(latest_clock_, hub_.Now());
  hub_.Crash(random_.Below(8));
}

Answer World::Send(const Wish& wish) {
  const Answer lost = absl::UnavailableError("no answer");
  const Member* const member = Find(wish.caller);
  if (!hub_.running() || (member != nullptr && member->partitioned)) return lost;
  const uint64_t fate = quiet_ ? 0 : random_.Below(100);
  if (fate >= 90) return lost;
  if (fate >= 82) {
    Note("  late");
    delayed_.push_back(wish.request);
    return lost;
  }
  std::vector<Request> together = {wish.request};
  if (fate >= 76) together.push_back(wish.request);
  while (!delayed_.empty() && random_.OneIn(2)) {
    together.push_back(std::move(delayed_.back()));
    delayed_.pop_back();
  }
  const std::vector<Answer> answers = CallHub(together);
  if (fate >= 76 && answers[0].ok() && answers[1].ok() &&
      answers[0]->sequence != answers[1]->sequence) {
    ledger_.Violated(absl::StrCat("a doubled request has two answers: ", wish.what));
  }
  if (fate >= 66 && fate < 76) {
    Note("  the answer is lost");
    return lost;
  }
  return answers[0];
}

void World::SettleWish(Wish wish) {
  const Answer answer = Send(wish);
  Note(absl::StrCat(
      wish.what, ": ",
      answer.ok() ? absl::StrCat("event ", answer->sequence) : answer.status().ToString()));
  if (answer.ok()) {
    ledger_.Acknowledged(wish.caller, wish.request_id, wish.marker, wish.kinds, *answer);
    // Some ask again although they were answered.
    if (!quiet_ && random_.OneIn(4)) wishes_.push_back(std::move(wish));
  } else if (IsFinal(answer.status())) {
    GiveUp(wish);
  } else {
    wishes_.push_back(std::move(wish));
  }
}

// A copy of the request that is still on its way may yet be carried out, in a state that allows it.
void World::GiveUp(const Wish& wish) {
  for (const Request& late : delayed_) {
    if (late.caller == wish.caller && late.id == wish.request_id) return;
  }
  ledger_.Refused(wish.marker);
}

void World::RetrySome() {
  for (int i = 0; i < 3 && !wishes_.empty(); ++i) {
    const size_t which = random_.Below(wishes_.size());
    Wish wish = std::move(wishes_[which]);
    wishes_.erase(wishes_.begin() + static_cast<std::ptrdiff_t>(which));
    SettleWish(std::move(wish));
  }
}

Answer World::SendEntry(Member& member, const vault::OutboxEntry& entry) {
  Wish wish;
  wish.caller = member.sim->party();
  wish.request_id = entry.request_id;
  if (entry.kind == vault::OutboxKind::kPublish) {
    const auto request = Parse<v1::PublishRequest>(entry.request);
    wish.marker = request.facts().decision_reference();
    wish.kinds = {v1::RECORD_PUBLISHED};
    wish.request = {wish.caller, wish.request_id,
                    [request, caller = wish.caller](Environment& env) {
                      return hub::PublishCommand(caller, request, env);
                    }};
  } else {
    const auto request = Parse<v1::RetractRequest>(entry.request);
    wish.marker = request.reason();
    wish.kinds = {v1::RECORD_RETRACTED};
    wish.request = {wish.caller, wish.request_id,
                    [request, caller = wish.caller, this](Environment&) {
                      return hub::RetractCommand(caller, request, hub_.remedy());
                    }};
  }
  wish.what = absl::StrCat(wish.caller, " delivers ", wish.marker);
  const Answer answer = Send(wish);
  Note(absl::StrCat(
      "  ", wish.what, ": ",
      answer.ok() ? absl::StrCat("event ", answer->sequence) : answer.status().ToString()));
  if (answer.ok()) {
    ledger_.Acknowledged(wish.caller, wish.request_id, wish.marker, wish.kinds, *answer);
    if (!quiet_ && random_.OneIn(4)) wishes_.push_back(std::move(wish));
  } else if (IsFinal(answer.status())) {
    GiveUp(wish);
  }
  return answer;
}

}  // namespace vervet::simulation
