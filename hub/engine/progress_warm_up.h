// After a start no figure is at hand. What a page shows is computed in the background, a period at
// a time, before anybody asks for it.
#ifndef VERVET_HUB_ENGINE_PROGRESS_WARM_UP_H_
#define VERVET_HUB_ENGINE_PROGRESS_WARM_UP_H_

#include <cstddef>

#include "hub/engine/progress_query.h"

namespace vervet::hub {

// Computes the figures of one period of the newest panel: of the newest period for 0, of the one
// before for 1, of the baseline at last. False where there is no such period. About 0.3 seconds
// where 2,400 strata were surveyed: not for gRPC's own threads.
bool WarmUpPeriod(const ProgressAsker& asker, size_t periods_back);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_WARM_UP_H_
