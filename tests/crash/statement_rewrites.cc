#include "tests/crash/statement_rewrites.h"

#include <sqlite3.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace vervet::crash {
namespace {

StatementRewrites* active = nullptr;

}  // namespace

StatementRewrites::StatementRewrites(std::vector<std::pair<std::string, std::string>> rewrites)
    : rewrites_(std::move(rewrites)) {
  if (active != nullptr) std::abort();
  active = this;
}

StatementRewrites::~StatementRewrites() { active = nullptr; }

const char* StatementRewrites::Replacement(const char* sql, int size, int* length) {
  const absl::string_view text(
      sql, size < 0 ? std::strlen(sql) : strnlen(sql, static_cast<size_t>(size)));
  for (const auto& [original, replacement] : rewrites_) {
    if (!absl::StartsWith(text, original)) continue;
    ++count_;
    const bool has_end = text.size() > original.size() && text[original.size()] == ';';
    *length = static_cast<int>(original.size()) + (has_end ? 1 : 0);
    return replacement.c_str();
  }
  return nullptr;
}

}  // namespace vervet::crash

extern "C" {
// Names that the linker gives: the real function, and the one that is called in its place.
int __real_sqlite3_prepare_v2(sqlite3*, const char*, int, sqlite3_stmt**, const char**);
int __wrap_sqlite3_prepare_v2(sqlite3*, const char*, int, sqlite3_stmt**, const char**);

int __wrap_sqlite3_prepare_v2(sqlite3* database, const char* sql, int size, sqlite3_stmt** out,
                              const char** tail) {
  int length = 0;
  const char* const replacement = vervet::crash::active == nullptr
                                      ? nullptr
                                      : vervet::crash::active->Replacement(sql, size, &length);
  if (replacement == nullptr) return __real_sqlite3_prepare_v2(database, sql, size, out, tail);
  const int code = __real_sqlite3_prepare_v2(database, replacement, -1, out, nullptr);
  if (tail != nullptr) *tail = sql + length;
  return code;
}
}
