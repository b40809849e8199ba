// Numbers contributions as revisions of what the hub has.
#ifndef VERVET_MEMBER_SDK_CLI_PROGRESS_REVISIONS_H_
#define VERVET_MEMBER_SDK_CLI_PROGRESS_REVISIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "member-sdk/cli/progress_csv.h"
#include "vervet/client.h"

namespace vervet::member_cli {

struct Revised {
  std::vector<ContributionRow> rows;
  uint64_t unchanged = 0;  // left out: they say what stands
};

// Gives each row the revision after the newest of its cell, 1 where there is none, whatever it had.
// Asks the hub; errors as Client::ListContributions.
absl::StatusOr<Revised> Revise(Client& client, std::vector<ContributionRow> rows);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_PROGRESS_REVISIONS_H_
