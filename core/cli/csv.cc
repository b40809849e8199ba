#include "core/cli/csv.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <istream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/cli/flags.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

bool IsUtf8(absl::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int32_t length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0) return false;
  }
  return true;
}

}  // namespace

int CsvReader::Get() {
  const int byte = in_.get();
  if (byte == kEnd) return kEnd;
  ++bytes_read_;
  if (byte == '\n') ++line_;
  return byte;
}

int CsvReader::Peek() { return in_.peek(); }

bool CsvReader::AtLineEnd(int byte) const { return byte == '\n' || byte == '\r' || byte == kEnd; }

void CsvReader::Fail(CsvRecord* record, absl::string_view message) {
  if (record->status.ok()) record->status = absl::InvalidArgumentError(message);
}

void CsvReader::SkipLine() {
  while (Peek() != kEnd && Get() != '\n') {
  }
}

void CsvReader::SkipByteOrderMark(CsvRecord* record) {
  started_ = true;
  if (Peek() == 0xEF) {
    const int first = Get();
    const int second = Get();
    const int third = Get();
    if (first == 0xEF && second == 0xBB && third == 0xBF) return;
    Fail(record, "is not UTF-8; save the file as \"CSV UTF-8\"");
  } else if (Peek() == 0xFF || Peek() == 0xFE) {
    Fail(record, "is UTF-16; save the file as \"CSV UTF-8\"");
  } else {
    return;
  }
  ended_ = true;
}

bool CsvReader::Next(CsvRecord* record) {
  record->fields.clear();
  record->status = absl::OkStatus();
  record->line = line_;
  record_bytes_ = 0;
  if (!started_) SkipByteOrderMark(record);
  if (!record->status.ok()) return true;
  if (ended_) return false;
  while (Peek() == '\n' || Peek() == '\r') Get();
  record->line = line_;
  if (Peek() == kEnd) {
    ended_ = true;
    if (!in_.bad()) return false;
    Fail(record, "could not be read: an input error; everything behind it is missing");
    return true;
  }
  while (record->status.ok() && ReadField(record)) {
  }
  if (!record->status.ok()) {
    record->fields.clear();
    return true;
  }
  for (size_t i = 0; i < record->fields.size(); ++i) {
    if (IsUtf8(record->fields[i])) continue;
    Fail(record, absl::StrCat("column ", i + 1, ": is not UTF-8; save the file as \"CSV UTF-8\""));
    record->fields.clear();
    break;
  }
  return true;
}

bool CsvReader::ReadField(CsvRecord* record) {
  if (record->fields.size() >= limits_.fields) {
    Fail(record, absl::StrCat("has more than ", limits_.fields, " columns"));
    SkipLine();
    return false;
  }
  std::string field;
  const bool more = Peek() == '"' ? ReadQuoted(record, &field) : ReadPlain(record, &field);
  record->fields.push_back(std::move(field));
  return more;
}

bool CsvReader::ReadQuoted(CsvRecord* record, std::string* field) {
  Get();
  while (true) {
    const int byte = Get();
    if (byte == kEnd) {
      ended_ = true;
      Fail(record,
           absl::StrCat("column ", record->fields.size() + 1,
                        ": its opening quote is never closed; everything behind it was not read"));
      return false;
    }
    if (byte == '"') {
      if (Peek() != '"') break;
      Get();
    }
    Append(record, field, static_cast<char>(byte));
    if (record->status.ok()) continue;
    // Inside quotes a line break ends nothing: where to go on cannot be known.
    ended_ = true;
    record->status = absl::InvalidArgumentError(
        absl::StrCat(record->status.message(),
                     "; perhaps a quote is not closed: everything behind it was not read"));
    return false;
  }
  if (Peek() != ',' && !AtLineEnd(Peek())) {
    Fail(record,
         absl::StrCat("column ", record->fields.size() + 1,
                      ": has text behind its closing quote; write a quote inside quotes twice"));
    SkipLine();
    return false;
  }
  return EndField(record, Get());
}

bool CsvReader::ReadPlain(CsvRecord* record, std::string* field) {
  while (true) {
    const int byte = Peek();
    if (byte == ',' || AtLineEnd(byte)) return EndField(record, Get());
    Get();
    if (byte == '"') {
      Fail(record,
           absl::StrCat("column ", record->fields.size() + 1,
                        ": has a quote inside; put the cell in quotes and write the quote twice"));
    } else {
      Append(record, field, static_cast<char>(byte));
    }
    if (!record->status.ok()) {
      SkipLine();
      return false;
    }
  }
}

bool CsvReader::EndField(CsvRecord* record, int delimiter) {
  if (delimiter == ',') return true;
  if (delimiter == '\r') {
    if (Peek() == '\n') {
      Get();
    } else if (Peek() != kEnd) {
      Fail(record, "has a carriage return without a line feed; end lines with LF or CRLF");
      SkipLine();
    }
  }
  return false;
}

void CsvReader::Append(CsvRecord* record, std::string* field, char byte) {
  const size_t column = record->fields.size() + 1;
  if (byte == '\0') return Fail(record, absl::StrCat("column ", column, ": has a NUL byte"));
  if (field->size() >= limits_.field_bytes) {
    return Fail(record, absl::StrCat("column ", column, ": is longer than ", limits_.field_bytes,
                                     " bytes"));
  }
  if (++record_bytes_ > limits_.record_bytes) {
    return Fail(record, absl::StrCat("is longer than ", limits_.record_bytes, " bytes"));
  }
  field->push_back(byte);
}

absl::StatusOr<CsvColumns> CsvColumns::FromHeader(const std::vector<std::string>& header,
                                                  const std::vector<std::string>& known,
                                                  const std::vector<std::string>& required) {
  const std::string expected =
      absl::StrCat("; the first line names the columns, from: ", absl::StrJoin(known, ","));
  if (header.size() == 1 && header[0].find_first_of(";\t") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("cells must be separated by commas, not by ",
                     header[0].find(';') != std::string::npos ? "semicolons" : "tabs", expected));
  }
  CsvColumns columns;
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string name = ChoiceSpelling(header[i]);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("column ", i + 1, " of the header is unknown",
                                                     DidYouMean(name, known), expected));
    }
    if (columns.has(name))
      return absl::InvalidArgumentError(absl::StrCat("the header has the column ", name, " twice"));
    columns.names_.push_back(name);
  }
  for (const std::string& name : required) {
    if (!columns.has(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header lacks the column ", name, expected));
    }
  }
  return columns;
}

absl::StatusOr<CsvColumns> CsvColumns::Read(CsvReader& reader, absl::string_view file,
                                            const std::vector<std::string>& known,
                                            const std::vector<std::string>& required) {
  CsvRecord record;
  if (!reader.Next(&record)) return absl::InvalidArgumentError(absl::StrCat(file, ": is empty"));
  absl::Status status = record.status;
  if (status.ok()) {
    absl::StatusOr<CsvColumns> columns = FromHeader(record.fields, known, required);
    if (columns.ok()) return columns;
    status = columns.status();
  }
  return absl::InvalidArgumentError(absl::StrCat(file, ":", record.line, ": ", status.message()));
}

bool CsvColumns::has(absl::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::string CsvColumns::Get(const std::vector<std::string>& fields, absl::string_view name) const {
  const size_t index = std::find(names_.begin(), names_.end(), name) - names_.begin();
  if (index >= fields.size() || index >= names_.size()) return "";
  return std::string(absl::StripAsciiWhitespace(fields[index]));
}

std::string CsvField(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace vervet::cli
