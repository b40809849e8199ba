// When a record is disputed by so many of the members that have it that it matches nobody.
#ifndef VERVET_HUB_ENGINE_DISPUTE_SHARE_H_
#define VERVET_HUB_ENGINE_DISPUTE_SHARE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/views/coalition_state.h"
#include "hub/engine/remedy_policy.h"
#include "hub/log/appender.h"

namespace vervet::hub {

// Appends the pause or its end that follows from an opinion about to be given, if one does. Only a
// dispute begins a pause, and only one that is taken back ends it; an answer is the publisher's.
void AddPauseOrResumption(const views::CoalitionState& state,
                          const views::OffenderRecords::Record& record,
                          const v1::OpinionGiven& opinion, const RemedyPolicy& policy,
                          std::vector<AppendEntry>& entries);

// The hub's own: the pause or its end that follows from who is a member now. A member that is
// suspended or has left disputes no more, so its disputes hold no pause up; that others joined does
// not end one. Nothing happens where nothing follows. `done` is not set.
Command ReviewPauseCommand(absl::string_view record_id, const RemedyPolicy& policy);

// Finds the records that such a command is due for, after every change of parties and groups, and
// once after the start (the configured share may be another). Not thread-safe.
class PauseReview {
 public:
  // Records with opinions or other news, looked at in one call.
  static constexpr size_t kRecordsAtATime = 1'000;

  explicit PauseReview(const RemedyPolicy& policy) : policy_(policy) {}

  // The next records to review, by id; empty where none is due for now.
  std::vector<std::string> Next(const views::CoalitionState& state);

 private:
  const RemedyPolicy policy_;
  std::optional<uint64_t> reviewed_;  // the roster's last change when the round began
  bool in_round_ = false;
  std::string last_id_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_DISPUTE_SHARE_H_
