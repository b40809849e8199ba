// Early return on an absl::Status that is not OK.
#ifndef VERVET_CORE_BASE_STATUS_MACROS_H_
#define VERVET_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define VERVET_CONCAT_INNER_(a, b) a##b
#define VERVET_CONCAT_(a, b) VERVET_CONCAT_INNER_(a, b)

#define VERVET_RETURN_IF_ERROR(expr)               \
  do {                                             \
    ::absl::Status vervet_status = (expr);         \
    if (!vervet_status.ok()) return vervet_status; \
  } while (false)

#define VERVET_ASSIGN_OR_RETURN(lhs, expr) \
  VERVET_ASSIGN_OR_RETURN_IMPL_(VERVET_CONCAT_(vervet_or_, __LINE__), lhs, expr)

#define VERVET_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) return std::move(tmp).status();      \
  lhs = std::move(tmp).value()

#endif  // VERVET_CORE_BASE_STATUS_MACROS_H_
