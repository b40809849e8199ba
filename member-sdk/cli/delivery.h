// From the outbox to the hub: waiting for one ticket, and saying what became of it.
#ifndef VERVET_MEMBER_SDK_CLI_DELIVERY_H_
#define VERVET_MEMBER_SDK_CLI_DELIVERY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/identifiers.h"
#include "member-sdk/cli/session.h"
#include "vervet/client.h"

namespace vervet::member_cli {

// Flags and waiting of every command that leaves something in the outbox.
struct DeliveryWait {
  absl::Duration timeout = absl::Seconds(30);
  bool no_wait = false;

  void DeclareFlags(cli::FlagSet& flags);
};

// For --help of a command that leaves something in the outbox.
std::vector<std::pair<int, std::string>> DeliveryExitCodes(const std::string& done_word);

// RECORD_ID of `command` in lower case. False: it is no record id, which is on stderr then.
bool RecordIdArgument(const std::string& command, const std::string& given,
                      const cli::Streams& streams, std::string* record_id);

// "published", "retracted": what the command calls a delivered ticket. Waits as `wait` says, prints
// the result, returns the exit code. A refusal names identifiers and pictures as the user did:
// `named` and `image_files` are in the record's order.
int ReportDelivery(const std::string& done_word, const Ticket& ticket, const DeliveryWait& wait,
                   const Invocation& invocation, const cli::Streams& streams, Session& session,
                   const std::vector<NamedIdentifier>& named,
                   const std::vector<std::string>& image_files = {});

// "pending", "delivered", "refused".
const char* DeliveryStateName(DeliveryState state);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_DELIVERY_H_
