// Takes what a request costs from its member's budgets, before any curve arithmetic is done for it.
#ifndef VERVET_HUB_ACCESS_BUDGETS_H_
#define VERVET_HUB_ACCESS_BUDGETS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "hub/access/alert_queue.h"
#include "hub/access/reservation.h"
#include "hub/engine/budget_policy.h"
#include "hub/engine/budgets.h"
#include "hub/log/appender.h"
#include "hub/log/shared_state.h"

namespace vervet::hub {

// Requests of one member that wait for a reservation; one more is refused.
inline constexpr size_t kMaxWaitingForBudget = 256;

// Thread-safe. The ledger in the log says what is reserved; here is what of it is not used yet. A
// hub that ends, however it ends, forfeits that: no restart gives a budget twice. Days are UTC and
// the log's: a wall clock that is set back begins no day again.
class Budgets {
 public:
  using Needs = std::map<v1::SignatureType, uint64_t>;
  // A part of a reserved block.
  struct Piece {
    v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
    int64_t day = 0;                              // of the daily budget
    std::string grant_id;                         // empty: from the daily budget
    absl::Time expires = absl::InfiniteFuture();  // of the grant
    uint64_t evaluations = 0;
  };
  using Charge = std::vector<Piece>;
  using Done = std::function<void(absl::StatusOr<Charge>)>;

  // Everything given must outlive the last commit of the appender.
  Budgets(BudgetPolicy policy, const SharedState* state, Appender* appender, AlertQueue* alerts,
          Environment* env)
      : policy_(std::move(policy)),
        state_(state),
        appender_(appender),
        alerts_(alerts),
        env_(env) {}

  // All of a request or nothing. `done` is called exactly once: before Take returns, where reserved
  // blocks cover the request or its refusal is certain; else on the appender's thread, so hand over
  // and return. RESOURCE_EXHAUSTED, with the time to retry after: a budget is spent (which, how
  // much is left and what to do; the member's first such refusal of a day raises an alert), or too
  // much waits.
  void Take(const std::string& party, const Needs& needs, Done done);

  // For a request that the hub could not work on after all.
  void GiveBack(const std::string& party, const Charge& charge);

  // Counts what was evaluated, and raises an alert where few of it were own users.
  void CountServed(const std::string& party, v1::SignatureType type, uint64_t evaluations,
                   uint64_t own_users);
  ServedCount ServedOn(int64_t day, absl::string_view party, v1::SignatureType type);

  // What begins a day: the wall clock, or the log's where that is ahead.
  absl::Time LogTime() const;
  const BudgetPolicy& policy() const { return policy_; }

 private:
  struct Waiting {
    Needs needs;
    Done done;
  };
  struct Served {
    int64_t day = 0;
    ServedCount count;
    bool alerted = false;
  };
  struct Member {
    std::vector<Piece> reserved;  // the daily budget's first, then grants by their expiry
    std::deque<Waiting> waiting;
    bool reserving = false;  // somebody serves `waiting`, in order
    std::map<v1::SignatureType, Served> served;
  };

  static Wants WantsOf(Member& member, const Needs& needs, absl::Time now);
  static std::optional<Charge> TakeReserved(Member& member, const Needs& needs, absl::Time now);
  static void Add(Member& member, const Piece& piece);

  // Until nobody waits, or the first in line waits for the log.
  void ServeWaiting(const std::string& party);
  // OK: ServeWaiting goes on when the log has answered.
  absl::Status Reserve(const std::string& party, const Wants& wants);
  absl::Status Plan(const HubState& state, const std::string& party, const Wants& wants,
                    absl::Time now, Reservation* plan) const;
  void RefuseFirst(const std::string& party, const absl::Status& status);
  void AddReserved(const std::string& party, const std::vector<v1::BudgetReserved>& blocks);
  void RaiseBudgetSpent(const std::string& party, v1::SignatureType type);

  const BudgetPolicy policy_;
  const SharedState* const state_;
  Appender* const appender_;
  AlertQueue* const alerts_;
  Environment* const env_;

  Mutex mutex_;
  std::map<std::string, Member, std::less<>> members_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_BUDGETS_H_
