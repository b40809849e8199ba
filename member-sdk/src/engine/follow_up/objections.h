// What became of the objections that this platform carried to publishers.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_OBJECTIONS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_OBJECTIONS_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/opinion.h"

namespace vervet::engine {

// As it stands at `now`, whatever was last told.
Objection ToObjection(const vault::ObjectionRow& row, const RecordFate& fate, absl::Time now);

// Of the reporter's thread.
class Objections {
 public:
  Objections(vault::Vault* vault, Environment* env,
             std::function<void(const Objection&)> on_outcome)
      : vault_(vault), env_(env), on_outcome_(std::move(on_outcome)) {}

  // Tells each outcome that was not told yet; a crash before the note of it repeats the callback.
  // Returns when a deadline passes next; InfiniteFuture: none.
  absl::StatusOr<absl::Time> Look(const std::string& record_id, const RecordFate& fate);

 private:
  vault::Vault* const vault_;
  Environment* const env_;
  const std::function<void(const Objection&)> on_outcome_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_OBJECTIONS_H_
