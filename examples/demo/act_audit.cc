#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/log/event.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "core/storage/statement.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

namespace fs = std::filesystem;
using coalition::CommandResult;
using coalition::Json;

constexpr char kAuditor[] = "examiner";
constexpr int32_t kLogApplicationId = 0x56764c67;

absl::Status Copy(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("copying ", from, ": ", error.message()));
}

// An insider with every key moves a record's offence to another taxon, in the stored event. A
// careful one computes its leaf hash anew, so that the store is in itself consistent.
absl::Status Tamper(const std::string& store, const std::string& key_path, bool careful) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(key_path));
  storage::OpenOptions options;
  options.application_id = kLogApplicationId;
  VERVET_ASSIGN_OR_RETURN(const auto database, storage::Database::Open(store, key, options));
  VERVET_ASSIGN_OR_RETURN(
      auto find,
      storage::Statement::Prepare(*database,
                                  "SELECT sequence, header, body, random FROM event "
                                  "WHERE instr(body, CAST('Manis javanica' AS BLOB)) > 0 LIMIT 1"));
  VERVET_ASSIGN_OR_RETURN(const bool found, find.Step());
  VERVET_RETURN_IF_ERROR(Expect(found, "the copy has no record to tamper with"));
  const int64_t sequence = find.ColumnInt64(0);
  const std::string header(find.ColumnBlobAsString(1)), random(find.ColumnBlobAsString(3));
  std::string body(find.ColumnBlobAsString(2));
  body.replace(body.find("Manis javanica"), 14, "Canis javanica");
  find.Reset();
  VERVET_ASSIGN_OR_RETURN(
      auto change, storage::Statement::Prepare(
                       *database, careful ? "UPDATE event SET body = ?2, leaf_hash = ?3 "
                                            "WHERE sequence = ?1"
                                          : "UPDATE event SET body = ?2 WHERE sequence = ?1"));
  const log::Hash leaf = log::LeafHash(header, body, random);
  change.BindInt64(1, sequence).BindBlob(2, absl::string_view(body));
  if (careful) change.BindBlob(3, log::AsBytes(leaf));
  return change.Run();
}

absl::StatusOr<Json> Verify(Stage& stage, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"log", "verify", "--json"});
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunAuditor(kAuditor, arguments));
  VERVET_RETURN_IF_ERROR(result.Require());
  return result.ReadJson();
}

// The hub serves the store at `path` as if it were its log.
absl::Status ServeInstead(Stage& stage, const std::string& path) {
  VERVET_ASSIGN_OR_RETURN(const int exit_code, stage.coalition->hub().Stop());
  VERVET_RETURN_IF_ERROR(Expect(exit_code == 0, absl::StrCat("the hub ended with ", exit_code)));
  VERVET_RETURN_IF_ERROR(Copy(path, stage.coalition->hub().store_path()));
  return stage.coalition->StartHub();
}

absl::Status ExpectRefusals(Stage& stage, const std::string& head) {
  Timeline& timeline = stage.timeline;
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult sync,
      stage.coalition->RunMember(kSocial, {"sync", "--json", "--timeout", "60"}));
  VERVET_RETURN_IF_ERROR(Expect(
      sync.exit_code != cli::kExitOk && absl::StrContains(sync.error, "report"),
      absl::StrCat("social's sync accepted the tampered log: ", sync.exit_code, " ", sync.error)));
  timeline.Alarm(
      "the hub serves the careful insider's copy: social refuses it and keeps a report "
      "with both signed heads");
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult audit,
      stage.coalition->RunAuditor(kAuditor, {"log", "verify", "--old-head", head, "--json"}));
  VERVET_RETURN_IF_ERROR(Expect(
      audit.exit_code == cli::kExitDataLoss,
      absl::StrCat("the auditor accepted the tampered log: ", audit.exit_code, " ", audit.error)));
  timeline.Done("the auditor, with the head that it kept: the log does not begin with it");
  return absl::OkStatus();
}

}  // namespace

absl::Status AuditTheLog(Stage& stage) {
  Timeline& timeline = stage.timeline;
  coalition::HubProcess& hub = stage.coalition->hub();
  timeline.Act(7, "An auditor takes nobody's word");
  VERVET_RETURN_IF_ERROR(stage.coalition->AdmitAuditor(kAuditor));
  const std::string dir = stage.coalition->dir_of(kAuditor), head = dir + "/first.head";
  VERVET_ASSIGN_OR_RETURN(const Json verified, Verify(stage, {"--save-head", head}));
  timeline.Done(absl::StrCat(
      "the auditor reads the whole log: ", WithCommas(verified["head"]["size"].number()),
      " events, ", WithCommas(verified["leaf_hashes"].number()),
      " of them as hashes alone; the root is the one that the hub signed"));
  const std::string copy = dir + "/copy.db", careful = dir + "/careful.db",
                    honest = dir + "/honest.db";
  VERVET_ASSIGN_OR_RETURN(const CommandResult backup, hub.Run({"store", "backup", "--out", copy}));
  VERVET_RETURN_IF_ERROR(backup.Require());
  timeline.Done("the log is backed up while the hub runs, and the copy verified by its root");
  VERVET_RETURN_IF_ERROR(Copy(copy, careful));
  VERVET_RETURN_IF_ERROR(Copy(copy, honest));
  VERVET_RETURN_IF_ERROR(Tamper(copy, hub.store_key_path(), /*careful=*/false));
  VERVET_ASSIGN_OR_RETURN(const CommandResult refused,
                          hub.Run({"store", "verify", "--store", copy}));
  VERVET_RETURN_IF_ERROR(
      Expect(refused.exit_code != cli::kExitOk && absl::StrContains(refused.error, "damaged"),
             absl::StrCat("a tampered copy was accepted: ", refused.error)));
  timeline.Alarm("an insider with every key changes one taxon in a copy: caught by its leaf hash");
  VERVET_RETURN_IF_ERROR(Tamper(careful, hub.store_key_path(), /*careful=*/true));
  VERVET_RETURN_IF_ERROR(ServeInstead(stage, careful));
  VERVET_RETURN_IF_ERROR(ExpectRefusals(stage, head));
  VERVET_RETURN_IF_ERROR(ServeInstead(stage, honest));
  VERVET_RETURN_IF_ERROR(Verify(stage, {"--old-head", head}).status());
  VERVET_RETURN_IF_ERROR(CompareLogs(stage));
  timeline.Done("the honest log is served again: the auditor and all members agree with it");
  return absl::OkStatus();
}

}  // namespace vervet::demo
