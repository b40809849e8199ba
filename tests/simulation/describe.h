// A folded state as text, for comparison.
#ifndef VERVET_TESTS_SIMULATION_DESCRIBE_H_
#define VERVET_TESTS_SIMULATION_DESCRIBE_H_

#include <string>

#include "core/views/coalition_state.h"
#include "tests/simulation/ledger.h"

namespace vervet::simulation {

// Everything that its events decide. `party`: the roster as this member may know it; empty: all of
// it, with the holders of ended records.
std::string Describe(const views::CoalitionState& state, const Ledger& ledger,
                     const std::string& party);

// One record of it, appended to `out`.
void DescribeRecord(const views::OffenderRecords& records,
                    const views::OffenderRecords::Record& record, bool with_holders,
                    std::string& out);

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_DESCRIBE_H_
