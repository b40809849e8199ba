// CSV as RFC 4180 has it, read line by line: quotes, CRLF or LF, line breaks inside quotes, a UTF-8
// byte order mark. Messages name lines and columns and never repeat a cell.
#ifndef VERVET_CORE_CLI_CSV_H_
#define VERVET_CORE_CLI_CSV_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::cli {

struct CsvLimits {
  size_t field_bytes = 16 * 1024;
  size_t record_bytes = 128 * 1024;
  size_t fields = 256;
};

struct CsvRecord {
  int64_t line = 0;  // its first line in the file, from 1
  std::vector<std::string> fields;
  absl::Status status;  // INVALID_ARGUMENT: what is wrong with this record; `fields` is empty then
};

// Borrows the stream. Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(std::istream& in, CsvLimits limits = {}) : in_(in), limits_(limits) {}

  // False at the end of the input. Empty lines are skipped. After a malformed record reading goes
  // on behind its line; after one whose quotes do not end, nothing is left to read.
  bool Next(CsvRecord* record);

  uint64_t bytes_read() const { return bytes_read_; }

 private:
  int Get();
  int Peek();
  void SkipByteOrderMark(CsvRecord* record);
  // Reads one field and its delimiter; false where the record ended with it.
  bool ReadField(CsvRecord* record);
  bool ReadQuoted(CsvRecord* record, std::string* field);
  bool ReadPlain(CsvRecord* record, std::string* field);
  // Takes the delimiter; true for a comma.
  bool EndField(CsvRecord* record, int delimiter);
  void Append(CsvRecord* record, std::string* field, char byte);
  void Fail(CsvRecord* record, absl::string_view message);
  void SkipLine();
  bool AtLineEnd(int byte) const;

  std::istream& in_;
  CsvLimits limits_;
  int64_t line_ = 1;
  size_t record_bytes_ = 0;
  uint64_t bytes_read_ = 0;
  bool started_ = false;
  bool ended_ = false;
};

// The header line: which column is where. Names are compared without case, spaces counting as "_".
class CsvColumns {
 public:
  // INVALID_ARGUMENT: a column that is not among `known`, one twice, one of `required` missing.
  // Nothing of the header is repeated: where it is missing, it is the first line of data.
  static absl::StatusOr<CsvColumns> FromHeader(const std::vector<std::string>& header,
                                               const std::vector<std::string>& known,
                                               const std::vector<std::string>& required);

  // Reads the header from the beginning of a file; errors as above, as "file:line: ...", and for an
  // empty file.
  static absl::StatusOr<CsvColumns> Read(CsvReader& reader, absl::string_view file,
                                         const std::vector<std::string>& known,
                                         const std::vector<std::string>& required);

  size_t size() const { return names_.size(); }
  bool has(absl::string_view name) const;
  // The cell without surrounding white space; empty where the file has no such column.
  std::string Get(const std::vector<std::string>& fields, absl::string_view name) const;

 private:
  std::vector<std::string> names_;
};

// One field, quoted where it must be.
std::string CsvField(absl::string_view text);

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_CSV_H_
