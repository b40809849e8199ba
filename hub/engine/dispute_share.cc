#include "hub/engine/dispute_share.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

using Aftermath = views::OffenderRecords::Aftermath;
using Record = views::OffenderRecords::Record;
using State = views::OffenderRecords::State;

bool IsActiveHolder(const views::CoalitionState& state, const Record& record,
                    const std::string& party) {
  return state.roster.IsActive(party) && state.roster.InAny(party, record.facts.groups());
}

struct Share {
  uint32_t disputes = 0;       // unanswered ones, by members that are active and have the record
  uint32_t void_disputes = 0;  // the other unanswered ones
  uint32_t members = 0;        // that are active and have the record, its publisher not counted

  bool IsAbove(const RemedyPolicy& policy) const {
    return uint64_t{disputes} * 100 > static_cast<uint64_t>(policy.dispute_share_percent) * members;
  }
};

// With `opinion`, where there is one, standing in for its party's last one.
Share ShareOf(const views::CoalitionState& state, const Record& record,
              const v1::OpinionGiven* opinion) {
  Share share;
  if (opinion != nullptr && opinion->stance() == v1::DISPUTE) share.disputes = 1;
  const Aftermath& aftermath = state.records.AftermathOf(record);
  for (const auto& standing : aftermath.opinions) {
    if (!aftermath.IsUnanswered(standing)) continue;
    if (opinion != nullptr && standing.party == opinion->party()) continue;
    ++(IsActiveHolder(state, record, standing.party) ? share.disputes : share.void_disputes);
  }
  const std::vector<std::string> holders = state.HoldersOf(record);
  share.members = static_cast<uint32_t>(
      std::count_if(holders.begin(), holders.end(),
                    [&](const std::string& party) { return state.roster.IsActive(party); }));
  return share;
}

bool TakesADisputeBack(const Aftermath& aftermath, const v1::OpinionGiven& opinion) {
  return opinion.stance() != v1::DISPUTE &&
         std::any_of(aftermath.opinions.begin(), aftermath.opinions.end(),
                     [&](const auto& standing) {
                       return standing.party == opinion.party() && aftermath.IsUnanswered(standing);
                     });
}

AppendEntry Pause(const Record& record, const Share& share) {
  AppendEntry entry = EntryAbout(record);
  auto& pause = *entry.draft.body.mutable_record_paused();
  pause.set_record_id(record.record_id);
  pause.set_disputes(share.disputes);
  pause.set_members(share.members);
  return entry;
}

AppendEntry Resumption(const Record& record) {
  AppendEntry entry = EntryAbout(record);
  entry.draft.body.mutable_record_resumed()->set_record_id(record.record_id);
  return entry;
}

// What follows from who is a member now.
std::optional<AppendEntry> Review(const views::CoalitionState& state, const Record& record,
                                  const RemedyPolicy& policy) {
  const Aftermath& aftermath = state.records.AftermathOf(record);
  if (record.state != State::kLive || aftermath.UnansweredDisputes() == 0) return std::nullopt;
  const Share share = ShareOf(state, record, nullptr);
  if (share.IsAbove(policy)) {
    if (!aftermath.paused) return Pause(record, share);
  } else if (aftermath.paused && share.void_disputes != 0) {
    return Resumption(record);
  }
  return std::nullopt;
}

}  // namespace

void AddPauseOrResumption(const views::CoalitionState& state, const Record& record,
                          const v1::OpinionGiven& opinion, const RemedyPolicy& policy,
                          std::vector<AppendEntry>& entries) {
  const Aftermath& aftermath = state.records.AftermathOf(record);
  const Share share = ShareOf(state, record, &opinion);
  if (share.IsAbove(policy) == aftermath.paused) return;
  if (!aftermath.paused) {
    if (opinion.stance() == v1::DISPUTE) entries.push_back(Pause(record, share));
  } else if (TakesADisputeBack(aftermath, opinion)) {
    entries.push_back(Resumption(record));
  }
}

Command ReviewPauseCommand(absl::string_view record_id, const RemedyPolicy& policy) {
  Command command;
  command.touches = {absl::StrCat("record:", record_id)};
  command.decide = [policy, record_id = std::string(record_id)](
                       const HubState& state, absl::Time) -> absl::StatusOr<Command::Decision> {
    const views::RecordPtr record = state.records.Find(record_id);
    if (record != nullptr) {
      if (auto entry = Review(state, *record, policy)) return Command::Decision(*std::move(entry));
    }
    return Command::Decision(RequestOutcome{});
  };
  return command;
}

std::vector<std::string> PauseReview::Next(const views::CoalitionState& state) {
  std::vector<std::string> due;
  if (!in_round_) {
    if (reviewed_ == state.roster.changed()) return due;
    reviewed_ = state.roster.changed();
    in_round_ = true;
    last_id_.clear();
  }
  size_t left = kRecordsAtATime;
  state.records.ForEachAftermathAfter(last_id_, [&](const Record& record, const Aftermath&) {
    last_id_ = record.record_id;
    if (Review(state, record, policy_)) due.push_back(record.record_id);
    return --left != 0;
  });
  in_round_ = left == 0;
  return due;
}

}  // namespace vervet::hub
