#include "hub/cli/log_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "core/cli/textproto_file.h"
#include "core/log/tree_head.h"

namespace vervet::coordinator_cli {

absl::Status WriteTextFile(const std::string& path, absl::string_view text) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  std::error_code error;
  if (file.good()) std::filesystem::rename(temporary, path, error);
  if (file.good() && !error) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": cannot be written", error ? ": " : "", error ? error.message() : ""));
}

absl::StatusOr<v1::SignedTreeHead> ReadSavedHead(const std::string& path,
                                                 const ConnectionSettings& settings) {
  v1::SavedHead saved;
  VERVET_RETURN_IF_ERROR(cli::TextprotoFile::Load(path, &saved).status());
  if (saved.coalition() != settings.coalition) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a head of another coalition's log"));
  }
  const auto head = log::HeadFromText(saved.head());
  if (!head.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": head.", head.status().message()));
  }
  if (!log::VerifyTreeHead(settings.log_public_key, settings.coalition, *head).ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path,
                     ": not signed by the log key of the configuration: the file was "
                     "changed, or it is a head of another hub's log"));
  }
  return head;
}

std::string HeadFacts(absl::string_view title, const v1::SignedTreeHead& head,
                      const cli::Streams& streams) {
  cli::FactSheet sheet(2);
  sheet.Add("size", cli::WithThousands(head.size()));
  sheet.Add("root", absl::BytesToHexString(head.root()));
  sheet.Add("signed", cli::TimeForPrograms(absl::FromUnixMicros(head.time_us())));
  sheet.Add("signature", absl::BytesToHexString(head.signature()));
  return absl::StrCat(title, "\n", sheet.Render(streams));
}

void AppendHead(absl::string_view key, const v1::SignedTreeHead& head, cli::JsonWriter& json) {
  json.Key(key)
      .BeginObject()
      .Field("size", static_cast<uint64_t>(head.size()))
      .Field("root", absl::BytesToHexString(head.root()))
      .Field("time", cli::TimeForPrograms(absl::FromUnixMicros(head.time_us())))
      .Field("time_us", static_cast<int64_t>(head.time_us()))
      .Field("signature", absl::BytesToHexString(head.signature()))
      .EndObject();
}

}  // namespace vervet::coordinator_cli
