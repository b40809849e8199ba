// Everything that a store holds once it is decrypted, for the check that nothing raw is in it.
#ifndef VERVET_EXAMPLES_COALITION_STORE_TEXT_H_
#define VERVET_EXAMPLES_COALITION_STORE_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace vervet::coalition {

struct StoreText {
  std::string
      bytes;  // the value of every column of every row of every table, each followed by a newline
  int tables = 0;
  int64_t rows = 0;
};

// Opens the store read-only with the key file; the schema itself (table names, SQL) is included.
// Its writer must have stopped.
absl::StatusOr<StoreText> ReadWholeStore(const std::string& path, const std::string& key_path);

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_STORE_TEXT_H_
