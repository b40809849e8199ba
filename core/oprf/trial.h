// Whether this processor runs an implementation at all.
#ifndef VERVET_CORE_OPRF_TRIAL_H_
#define VERVET_CORE_OPRF_TRIAL_H_

#include "core/oprf/lanes/lane_ops.h"

namespace vervet::oprf {

// Calls every function of `ops` once, on made-up numbers. False: one of them came upon an
// instruction that the processor refuses. What comes out is not looked at (AgreesWithSodium does
// that).
//
// For the time of the call, about a millisecond, the process's handler of SIGILL is ours. That is
// delicate in a library, so: it acts on this thread's own fault alone and hands everything else to
// the handler that was there; it leaves plain functions, of which no destructor does more than put
// back floating-point modes, and so do we; signal mask and handler are put back too, but a handler
// that somebody else has set meanwhile is left alone. A forked child would need none of this, and
// would be worse: it copies the page tables of a large process, runs its fork handlers, and its end
// shows in the program's own wait(). One call at a time; the caller has a lock (AvailableCurves:
// the first call).
bool RunsHere(const LaneOps& ops);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_TRIAL_H_
