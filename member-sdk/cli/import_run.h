// `import`: a file of confirmed cases into the outbox, line by line, and from there to the hub.
#ifndef VERVET_MEMBER_SDK_CLI_IMPORT_RUN_H_
#define VERVET_MEMBER_SDK_CLI_IMPORT_RUN_H_

#include <cstdint>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/cli/csv.h"
#include "core/cli/progress.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/import_row.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

struct ImportOptions {
  std::string name;          // of the file, for messages
  uint64_t size_bytes = 0;   // 0: not known
  int64_t from_line = 0;     // lines before it are not looked at
  std::string image_folder;  // where relative names of the column "image" begin
  bool dry_run = false;
  bool no_wait = false;
  absl::Duration patience;         // gives up when nothing was delivered for so long
  std::ostream* errors = nullptr;  // CSV of refused lines; may be null
};

struct ImportCounts {
  uint64_t lines = 0;
  uint64_t pictures = 0;  // that were looked at, for the progress line
  uint64_t refused = 0;
  uint64_t accepted = 0;  // in the outbox; with dry_run: fit
  uint64_t delivered = 0;
  uint64_t pending = 0;
};

// Not thread-safe. Borrows everything.
class ImportRun {
 public:
  ImportRun(std::istream& in, ImportOptions options, const Invocation& invocation,
            const cli::Streams& streams, Session& session);

  // INVALID_ARGUMENT: the header. Other errors end the run in mid-file; what is in the outbox stays
  // there. CANCELLED: asked to stop.
  absl::Status Run();
  const ImportCounts& counts() const { return counts_; }
  // The first line that was not looked at, after Run failed.
  int64_t next_line() const { return next_line_; }

 private:
  struct Sent {
    int64_t line = 0;
    std::string request_id;
    std::vector<std::string> image_files;
  };

  absl::Status ReadLines(const cli::CsvColumns& columns);
  struct WaitingRow {
    int64_t line = 0;
    ImportRow row;
  };

  // One line for the outbox (or, with dry_run, before the SDK's rules); lines go there many at a
  // time. Not OK: the run cannot go on.
  absl::Status Take(int64_t line, ImportRow row);
  // Hashes the row's pictures; what is no picture becomes a problem of the row.
  void AddImages(ImportRow* row);
  absl::Status PublishWaiting();
  absl::Status Try(int64_t line, const ImportRow& row);
  void Refuse(int64_t line, const RowProblem& problem);
  void Deliver();
  void CollectAnswers();

  ImportOptions options_;
  const Invocation& invocation_;
  const cli::Streams& streams_;
  Session& session_;
  cli::CsvReader reader_;
  std::unique_ptr<cli::Progress> progress_;
  std::vector<WaitingRow> waiting_;  // in the file's order, those with problems too
  std::vector<Sent> sent_;
  ImportCounts counts_;
  int64_t next_line_ = 0;
};

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_IMPORT_RUN_H_
