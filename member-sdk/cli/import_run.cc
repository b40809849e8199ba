#include "member-sdk/cli/import_run.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/image_files.h"

namespace vervet::member_cli {
namespace {

// Records that share one flush of the disk.
constexpr size_t kRecordsAtATime = 256;

// What the SDK would say of one more picture of the record; empty: nothing.
std::string ProblemOf(const ImageHash& hash, const std::vector<RecordImage>& images) {
  if (hash.quality < kMinPublishedImageQuality) {
    return absl::StrCat("a quality of ", hash.quality, "; at least ", kMinPublishedImageQuality,
                        " is needed");
  }
  const bool twice = std::any_of(images.begin(), images.end(), [&](const RecordImage& other) {
    return other.hash.bytes == hash.bytes;
  });
  return twice ? "the same picture as an earlier one of the line; leave one out" : "";
}

// A problem with one of the record's images names its file.
RowProblem WithFiles(RowProblem problem, const std::vector<std::string>& image_files) {
  std::string explained = ExplainImages(problem.reason, image_files);
  if (explained != problem.reason) problem = {"image", std::move(explained)};
  return problem;
}

}  // namespace

ImportRun::ImportRun(std::istream& in, ImportOptions options, const Invocation& invocation,
                     const cli::Streams& streams, Session& session)
    : options_(std::move(options)),
      invocation_(invocation),
      streams_(streams),
      session_(session),
      reader_(in) {}

absl::Status ImportRun::Run() {
  VERVET_ASSIGN_OR_RETURN(
      const cli::CsvColumns columns,
      cli::CsvColumns::Read(reader_, options_.name, ImportColumns(), RequiredImportColumns()));
  if (options_.errors != nullptr) *options_.errors << "line,column,reason\n";
  progress_ =
      std::make_unique<cli::Progress>(streams_, invocation_.environment(),
                                      options_.dry_run ? "check" : "read", options_.size_bytes);
  const absl::Status read = ReadLines(columns);
  progress_.reset();
  if (!options_.dry_run && !options_.no_wait) Deliver();
  return read;
}

absl::Status ImportRun::ReadLines(const cli::CsvColumns& columns) {
  cli::CsvRecord record;
  while (reader_.Next(&record)) {
    if (record.line < options_.from_line) continue;
    if (waiting_.empty()) next_line_ = record.line;
    if (invocation_.seams->stop->requested()) return absl::CancelledError("asked to stop");
    ++counts_.lines;
    if (record.status.ok()) {
      VERVET_RETURN_IF_ERROR(
          Take(record.line, ParseImportRow(columns, record.fields, session_.config())));
    } else {
      ImportRow broken;
      broken.problems.push_back({"", std::string(record.status.message())});
      VERVET_RETURN_IF_ERROR(Take(record.line, std::move(broken)));
    }
    progress_->Update(
        reader_.bytes_read(),
        absl::StrCat(cli::Count(counts_.lines, "line"),
                     counts_.pictures == 0
                         ? ""
                         : absl::StrCat(", ", cli::Count(counts_.pictures, "picture"))));
  }
  return PublishWaiting();
}

void ImportRun::AddImages(ImportRow* row) {
  // Too many are a problem already, and take long.
  if (row->image_files.size() > kMaxImagesPerRecord) return;
  for (const std::string& file : row->image_files) {
    ++counts_.pictures;
    const std::string path = (std::filesystem::path(options_.image_folder) / file).string();
    const auto hashed = HashImageFile(path, false);
    if (!hashed.ok()) {
      row->problems.push_back({"image", absl::StrCat(file, ": ", hashed.status().message())});
      continue;
    }
    const ImageHash& hash = hashed->hashes.front();
    const std::string problem = options_.dry_run ? ProblemOf(hash, row->record.images) : "";
    if (problem.empty()) {
      row->record.images.push_back({hash});
    } else {
      row->problems.push_back({"image", absl::StrCat(file, ": ", problem)});
    }
  }
}

absl::Status ImportRun::Take(int64_t line, ImportRow row) {
  AddImages(&row);
  waiting_.push_back({line, std::move(row)});
  return waiting_.size() < kRecordsAtATime ? absl::OkStatus() : PublishWaiting();
}

absl::Status ImportRun::PublishWaiting() {
  std::vector<OffenderRecord> records;
  for (const WaitingRow& waiting : waiting_) {
    if (waiting.row.problems.empty()) records.push_back(waiting.row.record);
  }
  std::vector<absl::StatusOr<Ticket>> tickets;
  if (!records.empty() && !options_.dry_run) {
    auto published = session_.client().PublishBatch(records);
    if (!published.ok()) return published.status();
    tickets = *std::move(published);
  }
  size_t next_ticket = 0;
  for (const auto& [line, row] : std::exchange(waiting_, {})) {
    if (!row.problems.empty()) {
      ++counts_.refused;
      for (const RowProblem& problem : row.problems) Refuse(line, problem);
    } else if (options_.dry_run) {
      VERVET_RETURN_IF_ERROR(Try(line, row));
    } else if (const auto& ticket = tickets[next_ticket++]; ticket.ok()) {
      ++counts_.accepted;
      sent_.push_back({line, ticket->request_id, row.image_files});
    } else {
      ++counts_.refused;
      Refuse(line, WithFiles(ProblemFromSdk(ticket.status().message(), row.identifiers),
                             row.image_files));
    }
  }
  return absl::OkStatus();
}

// A check that stays on this machine and is not remembered makes the canonical forms, and says
// where there is none.
absl::Status ImportRun::Try(int64_t line, const ImportRow& row) {
  CheckOptions options;
  options.local_only = true;
  options.remember = false;
  const absl::StatusOr<SubjectResult> tried =
      session_.client().Check({"", row.record.identifiers}, options);
  if (!tried.ok()) {
    return absl::Status(tried.status().code(), Explain(tried.status().message(), row.identifiers));
  }
  bool refused = false;
  for (size_t i = 0; i < tried->results.size() && i < row.identifiers.size(); ++i) {
    if (tried->results[i].outcome != CheckOutcome::kRefused) continue;
    refused = true;
    RowProblem problem = ProblemFromSdk(tried->results[i].status.message(), row.identifiers);
    problem.column = row.identifiers[i].name;
    Refuse(line, problem);
  }
  ++(refused ? counts_.refused : counts_.accepted);
  return absl::OkStatus();
}

void ImportRun::Refuse(int64_t line, const RowProblem& problem) {
  if (options_.errors != nullptr) {
    *options_.errors << line << "," << cli::CsvField(problem.column) << ","
                     << cli::CsvField(problem.reason) << "\n";
  }
  if (invocation_.json) {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "refused")
        .Field("line", line)
        .Field("column", problem.column)
        .Field("reason", problem.reason)
        .EndObject();
    *streams_.out << json.Finish();
    return;
  }
  const std::string text =
      cli::Printable(absl::StrCat(options_.name, ":", line, ": ", problem.column,
                                  problem.column.empty() ? "" : ": ", problem.reason));
  if (progress_ != nullptr) {
    progress_->PrintLine(text);
  } else {
    *streams_.err << text << "\n";
  }
}

void ImportRun::Deliver() {
  Environment& environment = invocation_.environment();
  const uint64_t total = session_.client().GetSyncState().outbox_pending;
  absl::Status flushed;
  {
    cli::Progress progress(streams_, environment, "deliver", total);
    uint64_t least = total;
    absl::Duration last_progress = environment.Monotonic();
    WaitSlices slices;
    while (true) {
      flushed = session_.client().Flush(ToMilliseconds(slices.Next()));
      const uint64_t pending = session_.client().GetSyncState().outbox_pending;
      const uint64_t done = total > pending ? total - pending : 0;
      progress.Update(done,
                      absl::StrCat(cli::WithThousands(done), " of ", cli::WithThousands(total)));
      if (!absl::IsDeadlineExceeded(flushed) || invocation_.seams->stop->requested()) break;
      const absl::Duration now = environment.Monotonic();
      if (pending < least) {
        least = pending;
        last_progress = now;
      }
      if (now - last_progress >= options_.patience) break;
    }
  }
  if (IsRefusal(flushed)) streams_.PrintError(flushed);
  CollectAnswers();
}

void ImportRun::CollectAnswers() {
  for (const Sent& sent : sent_) {
    const absl::StatusOr<Delivery> delivery = session_.client().GetDelivery(sent.request_id);
    const DeliveryState state = delivery.ok() ? delivery->state : DeliveryState::kPending;
    if (state == DeliveryState::kDelivered) {
      ++counts_.delivered;
    } else if (state == DeliveryState::kPending) {
      ++counts_.pending;
    } else {
      // The identifiers were forgotten with the line; the hub's messages never had them.
      ++counts_.refused;
      --counts_.accepted;
      Refuse(sent.line, WithFiles({"", std::string(delivery->status.message())}, sent.image_files));
    }
  }
}

}  // namespace vervet::member_cli
