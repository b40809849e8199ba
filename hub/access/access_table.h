// Which roles may call which method: the whole of it, in one table.
#ifndef VERVET_HUB_ACCESS_ACCESS_TABLE_H_
#define VERVET_HUB_ACCESS_ACCESS_TABLE_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vervet/v1/types.pb.h"

namespace vervet::hub {

struct AccessRow {
  absl::string_view method;  // ":path", "/vervet.v1.Exchange/Evaluate"
  std::vector<v1::Role> roles;
};

// A method without a row may be called by nobody; a test walks the descriptors and fails for it.
absl::Span<const AccessRow> AccessTable();

// Null for an unknown method.
const AccessRow* FindAccessRow(absl::string_view method);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_ACCESS_TABLE_H_
