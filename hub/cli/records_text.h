// What became of records, as people and programs read it.
#ifndef VERVET_HUB_CLI_RECORDS_TEXT_H_
#define VERVET_HUB_CLI_RECORDS_TEXT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/cli/json.h"
#include "core/cli/streams.h"
#include "vervet/v1/records.pb.h"

namespace vervet::coordinator_cli {

// Display names by party. A party that is not in it is called by its identity.
using DisplayNames = std::map<std::string, std::string>;

// A fact sheet, the opinions, and member by member what was applied. `now` says which deadlines
// have passed.
std::string RecordPage(const v1::RecordStatus& record, const DisplayNames& names, absl::Time now,
                       const cli::Streams& streams);

// One line a record. Empty where there is none.
std::string RecordsTable(const std::vector<v1::RecordStatus>& records, const DisplayNames& names,
                         absl::Time now, const cli::Streams& streams);

// One object. What is not so (yet) is null.
void AppendRecord(const v1::RecordStatus& record, const DisplayNames& names, cli::JsonWriter& json);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_RECORDS_TEXT_H_
