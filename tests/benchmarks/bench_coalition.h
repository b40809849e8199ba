// A coalition of real processes for rows that measure across the network, and logs that are large
// from the start.
#ifndef VERVET_TESTS_BENCHMARKS_BENCH_COALITION_H_
#define VERVET_TESTS_BENCHMARKS_BENCH_COALITION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/coalition/coalition.h"
#include "tests/benchmarks/made_up.h"
#include "vervet/options.h"

namespace vervet::bench {

inline constexpr char kEverybody[] = "everybody";
inline constexpr char kPublisher[] = "market";  // a member of every coalition here
inline constexpr char kReader[] = "social";     // another

// In `dir`, which is made; hub running, both members admitted and in kEverybody.
absl::StatusOr<std::unique_ptr<coalition::Coalition>> FoundCoalition(const std::string& dir);

// Options of a client of this member, with a vault at `vault_path`.
ClientOptions OptionsOf(const coalition::Coalition& coalition, const std::string& member,
                        const std::string& vault_path);

// Appends made-up records of kPublisher for kEverybody to the store of a hub that does not run, as
// Publish would have.
absl::Status FillStore(const coalition::HubProcess& hub, size_t records, int signatures_each,
                       uint64_t seed);
// The same of records that `make` makes, whose publisher is kPublisher.
absl::Status FillStoreWith(const coalition::HubProcess& hub, size_t records, uint64_t seed,
                           const std::function<v1::RecordPublished(MadeUp*)>& make);

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_BENCH_COALITION_H_
