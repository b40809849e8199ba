#include "core/cli/textproto_file.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

namespace pb = google::protobuf;

constexpr size_t kMaxConfigBytes = 1024 * 1024;

void CollectFieldNames(const pb::Descriptor& message, std::vector<std::string>* names,
                       int depth = 0) {
  for (int i = 0; i < message.field_count(); ++i) {
    names->push_back(message.field(i)->name());
    if (message.field(i)->message_type() != nullptr && depth < 4) {
      CollectFieldNames(*message.field(i)->message_type(), names, depth + 1);
    }
  }
}

class Errors final : public pb::io::ErrorCollector {
 public:
  Errors(std::string path, const pb::Descriptor& message) : path_(std::move(path)) {
    CollectFieldNames(message, &field_names_);
  }
  // Positions count from 0 here; a negative line means the file as a whole.
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    const std::string position = line < 0 ? "" : absl::StrCat(line + 1, ":", column + 1, ":");
    // The parser repeats names and tokens of the file, whatever bytes they are.
    lines_.push_back(
        absl::StrCat(path_, ":", position, " ", Printable(message), Suggestion(message)));
  }
  std::string Joined() const { return absl::StrJoin(lines_, "\n"); }

 private:
  std::string Suggestion(const std::string& message) const {
    static constexpr absl::string_view kUnknown = "has no field named \"";
    const size_t at = message.find(kUnknown.data(), 0, kUnknown.size());
    if (at == std::string::npos) return "";
    const size_t start = at + kUnknown.size();
    return DidYouMean(message.substr(start, message.find('"', start) - start), field_names_);
  }

  std::string path_;
  std::vector<std::string> field_names_;
  std::vector<std::string> lines_;
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    const int error = file ? EISDIR : errno;
    const std::string message = absl::StrCat(path, ": cannot be read: ", std::strerror(error));
    return error == ENOENT ? absl::NotFoundError(message) : absl::FailedPreconditionError(message);
  }
  std::string text(kMaxConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxConfigBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is longer than 1 MiB; is it a configuration?"));
  }
  return text;
}

}  // namespace

absl::StatusOr<TextprotoFile> TextprotoFile::Load(const std::string& path, pb::Message* message) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  TextprotoFile file;
  file.path_ = path;
  file.descriptor_ = message->GetDescriptor();
  file.locations_ = std::make_unique<pb::TextFormat::ParseInfoTree>();
  Errors errors(path, *file.descriptor_);
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(file.locations_.get());
  if (!parser.ParseFromString(*text, message)) return absl::InvalidArgumentError(errors.Joined());
  return file;
}

absl::Status TextprotoFile::Error(absl::string_view field, absl::string_view message) const {
  const pb::Descriptor* descriptor = descriptor_;
  pb::TextFormat::ParseInfoTree* tree = locations_.get();
  pb::TextFormat::ParseLocation location;
  for (absl::string_view name : absl::StrSplit(field, '.')) {
    const pb::FieldDescriptor* one = descriptor == nullptr || tree == nullptr
                                         ? nullptr
                                         : descriptor->FindFieldByName(std::string(name));
    if (one == nullptr) break;
    const int index = one->is_repeated() ? 0 : -1;
    const pb::TextFormat::ParseLocation here = tree->GetLocation(one, index);
    if (here.line >= 0) location = here;
    descriptor = one->message_type();
    tree = descriptor == nullptr ? nullptr : tree->GetTreeForNested(one, index);
  }
  const std::string position =
      location.line < 0 ? "" : absl::StrCat(location.line + 1, ":", location.column + 1, ":");
  return absl::InvalidArgumentError(absl::StrCat(path_, ":", position, " ", field, ": ", message));
}

std::string TextprotoFile::Resolve(absl::string_view path) const {
  if (path.empty()) return "";
  const std::filesystem::path given{std::string(path)};
  if (given.is_absolute()) return given.string();
  return (std::filesystem::path(path_).parent_path() / given).lexically_normal().string();
}

}  // namespace vervet::cli
