// Figures as people read them and as programs do.
#ifndef VERVET_MEMBER_SDK_CLI_PROGRESS_TEXT_H_
#define VERVET_MEMBER_SDK_CLI_PROGRESS_TEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/cli/json.h"
#include "vervet/progress.h"

namespace vervet::member_cli {

// "84.2%".
std::string Percent(double share);
// "84.2% (81.0% to 87.1%)".
std::string ShareText(const Interval& interval);
// A value of a series in its unit: a share as a percentage, a count with separators.
std::string ValueText(double value, const std::string& unit);
// "taxon group elephants", "all".
std::string SubsetText(const FigureSubset& subset);

void AppendReason(absl::string_view key, const std::optional<Reason>& reason,
                  cli::JsonWriter& json);
void AppendInterval(absl::string_view key, const std::optional<Interval>& interval,
                    cli::JsonWriter& json);
void AppendSubset(const FigureSubset& subset, cli::JsonWriter& json);
void AppendSource(const FigureSource& source, cli::JsonWriter& json);
void AppendDays(absl::string_view key, const DayRange& days, cli::JsonWriter& json);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_PROGRESS_TEXT_H_
