// Checks of a record's words that `publish` and `import` share, before the SDK makes its own: so
// that a mistake is named by flag or column.
#ifndef VERVET_MEMBER_SDK_CLI_RECORD_WORDS_H_
#define VERVET_MEMBER_SDK_CLI_RECORD_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "vervet/options.h"
#include "vervet/record.h"

namespace vervet::member_cli {

std::vector<std::string> CertaintyNames();
std::vector<std::string> ActivityNames();
std::vector<std::string> FormNames();
std::vector<std::string> TlpNames();

// Each empty where right, else what would be right.
std::string ProblemOfTaxon(absl::string_view taxon);
std::string ProblemOfDecision(absl::string_view reference);
std::string ProblemOfCertainty(Certainty certainty);
// Of what remains empty after the configuration's defaults.
std::string ProblemOfDefaults(const RecordFacts& facts, const ClientOptions& options);

inline constexpr int kMaxTaxa = 32;
inline constexpr int kMaxLifetimeDays =
    3650;  // the hub's limit for each type is lower, and its own to say

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_RECORD_WORDS_H_
