// vervet-member's commands as the acts use them: arguments in, checked answers out.
#ifndef VERVET_EXAMPLES_DEMO_MEMBER_COMMANDS_H_
#define VERVET_EXAMPLES_DEMO_MEMBER_COMMANDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/coalition/json.h"
#include "examples/demo/stage.h"

namespace vervet::demo {

// --phone … --email …; the region of the phones once.
std::vector<std::string> IdentifierFlags(const std::vector<RawIdentifier>& person);

struct CheckAnswer {
  bool matched = false;
  std::vector<coalition::Json> results;  // one an identifier
  absl::Duration took;                   // the whole process
  // The first match of the first result that has one.
  coalition::Json FirstMatch() const;
  uint64_t MatchedIdentifiers() const;
};

// Fails unless every identifier got an answer.
absl::StatusOr<CheckAnswer> Check(Stage& stage, const std::string& member,
                                  const std::vector<RawIdentifier>& person,
                                  const std::string& reference, bool local_only = false);

struct Published {
  std::string record_id;
  uint64_t sequence = 0;
};
absl::StatusOr<Published> Publish(Stage& stage, const std::string& member,
                                  const std::vector<RawIdentifier>& person,
                                  const std::string& decision, const std::string& group);

// `vervet-member status --json`.
absl::StatusOr<coalition::Json> MemberStatus(Stage& stage, const std::string& member);

// A CSV line with quotes where they are needed, ended.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_MEMBER_COMMANDS_H_
