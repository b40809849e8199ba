// Everything that the hub folds from the log: what members fold too, and what is for it alone.
#ifndef VERVET_HUB_VIEWS_HUB_STATE_H_
#define VERVET_HUB_VIEWS_HUB_STATE_H_

#include "core/log/event.h"
#include "core/views/coalition_state.h"
#include "hub/views/alerts.h"
#include "hub/views/budget_ledger.h"
#include "hub/views/involvement.h"
#include "hub/views/progress_ledger.h"
#include "hub/views/progress_taxa.h"
#include "hub/views/sightings.h"

namespace vervet::hub {

// Not thread-safe.
struct HubState : views::CoalitionState {
  Sightings sightings;
  BudgetLedger budgets;
  Alerts alerts;
  Involvement involvement;
  ProgressLedger progress;
  ProgressTaxa taxa;

  void Apply(const log::ParsedEvent& event) {
    taxa.Apply(event, records);
    views::CoalitionState::Apply(event);
    sightings.Apply(event);
    budgets.Apply(event);
    alerts.Apply(event);
    involvement.Apply(event);
    progress.Apply(event);
  }
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_HUB_STATE_H_
