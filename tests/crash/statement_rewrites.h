// Changes what the product tells SQLite, in this test program alone: the linker puts a function of
// the test's own between core/storage and sqlite3_prepare_v2 (CMakeLists.txt, --wrap), so that the
// product needs no switch that somebody could find in its configuration.
#ifndef VERVET_TESTS_CRASH_STATEMENT_REWRITES_H_
#define VERVET_TESTS_CRASH_STATEMENT_REWRITES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vervet::crash {

// While it lives, each statement of the product that begins with a first is prepared as its second.
// One at a time, one thread.
class StatementRewrites {
 public:
  explicit StatementRewrites(std::vector<std::pair<std::string, std::string>> rewrites);
  ~StatementRewrites();
  StatementRewrites(const StatementRewrites&) = delete;
  StatementRewrites& operator=(const StatementRewrites&) = delete;

  // How many were rewritten: 0 says that the product words it otherwise by now.
  uint64_t count() const { return count_; }

  // Null, or what stands in for `sql`; `length` is how much of it that replaces.
  const char* Replacement(const char* sql, int size, int* length);

 private:
  const std::vector<std::pair<std::string, std::string>> rewrites_;
  uint64_t count_ = 0;
};

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_STATEMENT_REWRITES_H_
