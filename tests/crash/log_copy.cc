#include "tests/crash/log_copy.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"

namespace vervet::crash {
namespace {

constexpr int32_t kLogApplicationId = 0x56764c67;

absl::StatusOr<std::string> CopyFiles(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code error;
    std::filesystem::remove(to + suffix, error);
    // The wal-index is memory: a machine that lost its power does not have it.
    const bool wanted = std::filesystem::exists(from + suffix) && suffix[1] != 's';
    if (wanted) std::filesystem::copy_file(from + suffix, to + suffix, error);
    if (error) return absl::InternalError(absl::StrCat(to, suffix, ": ", error.message()));
  }
  return to;
}

absl::Status CheckIntegrity(const std::string& path, const Secret<32>& key) {
  storage::OpenOptions options;
  options.application_id = kLogApplicationId;
  VERVET_ASSIGN_OR_RETURN(const auto store, storage::Database::Open(path, key, options));
  return store->CheckIntegrity(storage::CheckDepth::kFull);
}

}  // namespace

absl::StatusOr<LogCopy> CopyLog(const coalition::HubProcess& hub, const std::string& folder) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(hub.store_key_path()));
  VERVET_ASSIGN_OR_RETURN(std::string path, CopyFiles(hub.store_path(), folder + "/checked.db"));
  VERVET_RETURN_IF_ERROR(CheckIntegrity(path, key));
  VERVET_ASSIGN_OR_RETURN(path, CopyFiles(hub.store_path(), folder + "/opened.db"));
  LogCopy copy;
  const auto fold = [&copy](const hub::StoredEvent& event) {
    if (!event.parsed.body.has_record_published()) return;
    const v1::RecordPublished& record = event.parsed.body.record_published();
    copy.publications[record.facts().decision_reference()].push_back(
        {event.sequence(), record.record_id()});
  };
  VERVET_ASSIGN_OR_RETURN(copy.log,
                          hub::SqlcipherEventLog::Open(path, key, hub.settings().coalition,
                                                       Environment::System(), fold));
  return copy;
}

}  // namespace vervet::crash
