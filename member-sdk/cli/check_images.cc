#include "member-sdk/cli/check_images.h"

#include <filesystem>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/image_files.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

// Hashes are small; asked together they are answered faster.
constexpr size_t kImagesAtATime = 64;

CheckOutcome Counted(ImageOutcome outcome) {
  switch (outcome) {
    case ImageOutcome::kMatch:
      return CheckOutcome::kMatch;
    case ImageOutcome::kNoMatch:
      return CheckOutcome::kNoMatch;
    case ImageOutcome::kRefused:
      return CheckOutcome::kRefused;
  }
  return CheckOutcome::kRefused;
}

std::string OutcomeForPeople(const ImageCheckResult& result, const cli::Streams& streams) {
  switch (result.outcome) {
    case ImageOutcome::kMatch:
      return streams.OutPaint(cli::Paint::kYellow, "match");
    case ImageOutcome::kNoMatch:
      return streams.OutPaint(cli::Paint::kGreen, "no match");
    case ImageOutcome::kRefused:
      return streams.OutPaint(cli::Paint::kRed, "refused");
  }
  return "";
}

}  // namespace

ImageFileCheck::Waiting ImageFileCheck::Read(const std::string& file) const {
  Waiting waiting;
  waiting.file = file;
  waiting.image.reference =
      options_.name_is_reference ? std::filesystem::path(file).stem().string() : options_.reference;
  auto hashed = HashImageFile(file, options_.check.variants);
  if (hashed.ok()) {
    waiting.note = std::move(hashed->note);
    waiting.image.hashes = std::move(hashed->hashes);
  } else {
    waiting.refused = hashed.status();
  }
  return waiting;
}

absl::Status ImageFileCheck::Run() {
  cli::Progress progress(streams_, invocation_.environment(), "check", files_.size());
  std::vector<Waiting> waiting;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (invocation_.seams->stop->requested()) return absl::CancelledError("stopped");
    waiting.push_back(Read(files_[i]));
    if (files_.size() > 1) {
      progress.Update(i + 1, absl::StrCat(cli::WithThousands(i + 1), " of ",
                                          cli::Count(files_.size(), "picture")));
    }
    if (waiting.size() < kImagesAtATime && i + 1 < files_.size()) continue;
    progress.Clear();
    VERVET_RETURN_IF_ERROR(Answer(std::exchange(waiting, {})));
  }
  progress.Clear();
  if (invocation_.json) {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "summary")
        .Field("files", uint64_t{files_.size()})
        .Field("matched", counts_.matched)
        .Field("not_matched", counts_.not_matched)
        .Field("refused", counts_.refused)
        .EndObject();
    *streams_.out << json.Finish();
    return absl::OkStatus();
  }
  if (files_.size() > 1) {
    *streams_.out << cli::Count(files_.size(), "picture") << ": " << counts_.ForPeople() << "\n";
  }
  if (counts_.matched > 0) *streams_.out << "\n" << EvidenceReminder() << "\n";
  return absl::OkStatus();
}

absl::Status ImageFileCheck::Answer(std::vector<Waiting> waiting) {
  std::vector<ImageToCheck> images;
  for (const Waiting& one : waiting) {
    if (one.refused.ok()) images.push_back(one.image);
  }
  VERVET_ASSIGN_OR_RETURN(const auto results,
                          session_.client().CheckImages(images, options_.check));
  size_t next = 0;
  for (const Waiting& one : waiting) {
    ImageCheckResult refused;
    refused.status = one.refused;
    Print(one, one.refused.ok() ? results.at(next++) : refused);
  }
  return absl::OkStatus();
}

void ImageFileCheck::Print(const Waiting& one, const ImageCheckResult& result) {
  counts_.Add(Counted(result.outcome));
  if (invocation_.json) return PrintJson(one, result);
  std::string text =
      absl::StrCat(cli::Printable(one.file), "  ", OutcomeForPeople(result, streams_));
  if (!result.status.ok()) {
    absl::StrAppend(&text, ": ", cli::Printable(std::string(result.status.message())));
  }
  if (result.harmless) absl::StrAppend(&text, ", marked as harmless by two experts");
  if (result.set_aside > 0) {
    absl::StrAppend(&text, ", ",
                    result.set_aside == 1 ? "1 match" : absl::StrCat(result.set_aside, " matches"),
                    " set aside (images quarantine list)");
  }
  text += '\n';
  for (const std::string& note : {one.note, result.warning}) {
    if (!note.empty()) absl::StrAppend(&text, "  note: ", note, "\n");
  }
  const absl::Time now = invocation_.environment().Now();
  for (size_t i = 0; i < result.matches.size(); ++i) {
    if (i > 0) text += '\n';
    absl::StrAppend(&text, MatchForPeople(result.matches[i], now, streams_));
  }
  *streams_.out << text;
}

void ImageFileCheck::PrintJson(const Waiting& one, const ImageCheckResult& result) const {
  cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
  json.BeginObject()
      .Field("event", "result")
      .Field("file", one.file)
      .Field("outcome", ImageOutcomeName(result.outcome));
  if (!result.status.ok()) json.Field("reason", std::string(result.status.message()));
  if (result.hash) AppendHash(*result.hash, json);
  if (!result.warning.empty()) json.Field("warning", result.warning);
  if (!one.note.empty()) json.Field("note", one.note);
  json.Field("harmless", result.harmless).Field("set_aside", result.set_aside);
  json.Key("matches").BeginArray();
  for (const Match& match : result.matches) {
    json.BeginObject();
    AppendMatchFields(match, json);
    json.EndObject();
  }
  json.EndArray().EndObject();
  *streams_.out << json.Finish();
}

}  // namespace vervet::member_cli
