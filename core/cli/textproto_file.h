// Configuration in protobuf's text format, with errors that an editor can jump to:
// "file:line:column: message".
#ifndef VERVET_CORE_CLI_TEXTPROTO_FILE_H_
#define VERVET_CORE_CLI_TEXTPROTO_FILE_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::cli {

// A loaded file; knows where each field stands, for the checks that follow. Move-only.
class TextprotoFile {
 public:
  // Reads at most 1 MiB of `path` into `message`. NOT_FOUND or FAILED_PRECONDITION: the file cannot
  // be read. INVALID_ARGUMENT: every syntax error, one a line; an unknown field with the nearest
  // known one.
  static absl::StatusOr<TextprotoFile> Load(const std::string& path,
                                            google::protobuf::Message* message);

  // "file:line:column: field: message" as INVALID_ARGUMENT. `field` is a path of names
  // ("tls.ca_path"); where it is not in the file, its nearest parent's position, or the file alone.
  absl::Status Error(absl::string_view field, absl::string_view message) const;

  // `path` as it stands where absolute, else relative to the folder of this file. Empty stays
  // empty.
  std::string Resolve(absl::string_view path) const;

 private:
  TextprotoFile() = default;

  std::string path_;
  const google::protobuf::Descriptor* descriptor_ = nullptr;
  std::unique_ptr<google::protobuf::TextFormat::ParseInfoTree> locations_;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_TEXTPROTO_FILE_H_
