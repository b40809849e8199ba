#include "member-sdk/cli/event_printer.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/match_text.h"
#include "member-sdk/cli/remedy_text.h"

namespace vervet::member_cli {
namespace {

using Layout = cli::JsonWriter::Layout;

std::string References(const std::vector<std::string>& references) {
  return cli::Printable(absl::StrJoin(references, ", "));
}

}  // namespace

Session::Callbacks EventPrinter::Callbacks() {
  return {[this](const MatchEvent& event) { OnMatch(event); },
          [this](const MatchEndedEvent& event) { OnMatchEnded(event); },
          [this](const std::string& line) { OnNotice(line); },
          [this](const OpinionEvent& event) { OnOpinion(event); },
          [this](const Objection& objection) { OnObjection(objection); },
          [this](const ImageQuarantine& quarantine) { OnQuarantine(quarantine); }};
}

uint64_t EventPrinter::matches() const {
  MutexLock lock(mutex_);
  return matches_;
}

std::string EventPrinter::Heading(const std::string& word, cli::Paint paint) const {
  const std::string time =
      absl::FormatTime("%H:%M:%S", invocation_.environment().Now(), absl::UTCTimeZone());
  return absl::StrCat(streams_.OutPaint(cli::Paint::kDim, time), "  ",
                      streams_.OutPaint(paint, word), "  ");
}

void EventPrinter::Write(const std::string& text) {
  *streams_.out << text << std::flush;
  if (!streams_.out->good()) invocation_.seams->stop->Request();
}

void EventPrinter::Ready(const SyncState& state) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject().Field("event", "ready").Field("position", state.position).EndObject();
    Write(json.Finish());
    return;
  }
  Write(absl::StrCat(Heading("ready", cli::Paint::kGreen), "up to date at position ",
                     cli::WithThousands(state.position), ", ",
                     cli::Count(state.live_records, "record"), "\n"));
}

void EventPrinter::OnMatch(const MatchEvent& event) {
  const absl::Duration latency = absl::FromChrono(event.noticed - event.match.published);
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject()
        .Field("event", "match")
        .Field("time", cli::TimeForPrograms(absl::FromChrono(event.noticed)))
        .Field("latency_ms", absl::ToInt64Milliseconds(latency))
        .StringArray("references", event.subject_references);
    AppendMatchFields(event.match, json);
    if (!event.images.empty()) {
      json.Key("by_image").BeginArray();
      for (const MatchEvent::ByImage& one : event.images) {
        json.BeginObject().Field("reference", one.subject_reference);
        AppendImage(one.image, json);
        json.EndObject();
      }
      json.EndArray();
    }
    json.EndObject();
    Write(json.Finish());
  } else {
    Write(absl::StrCat(Heading("match", cli::Paint::kYellow), References(event.subject_references),
                       "  (", cli::DurationForPeople(latency), " after it was published)\n",
                       MatchForPeople(event.match, invocation_.environment().Now(), streams_),
                       "\n"));
  }
  ++matches_;
  if (matches_ == stop_after_matches_) invocation_.seams->stop->Request();
}

void EventPrinter::OnMatchEnded(const MatchEndedEvent& event) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject()
        .Field("event", "match_ended")
        .Field("record_id", event.record_id)
        .Field("publisher", event.publisher)
        .Field("reason", event.reason)
        .StringArray("references", event.subject_references);
    if (event.ended_sequence != 0) {
      json.Field("detail", event.detail)
          .Field("ended_sequence", event.ended_sequence)
          .Field("remedy_due", cli::TimeForPrograms(absl::FromChrono(event.remedy_due)));
      AppendAffected(event.affected, json);
    }
    json.EndObject();
    Write(json.Finish());
    return;
  }
  std::string text =
      absl::StrCat(Heading("ended", cli::Paint::kCyan), References(event.subject_references),
                   "  no longer matched: record ", event.record_id, " of ",
                   cli::Printable(event.publisher), " ", cli::Printable(event.reason),
                   event.detail.empty() ? "" : ": ", cli::Printable(event.detail), "\n");
  for (const AffectedSubject& subject : event.affected) {
    absl::StrAppend(&text, "    ", cli::Printable(AffectedForPeople(subject)), "\n");
  }
  if (!event.affected.empty()) {
    absl::StrAppend(&text, "    say by ", cli::TimeForPeople(absl::FromChrono(event.remedy_due)),
                    " what was done: vervet-member remedies acknowledge ", event.record_id, "\n");
  }
  Write(text);
}

void EventPrinter::OnOpinion(const OpinionEvent& event) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject()
        .Field("event", "opinion")
        .Field("record_id", event.record_id)
        .Field("publisher", event.publisher)
        .Field("own", event.own);
    json.Key("opinion");
    AppendOpinion(event.opinion, json);
    json.EndObject();
    Write(json.Finish());
    return;
  }
  const bool waits = event.own && event.opinion.stance == Stance::kDispute;
  Write(absl::StrCat(
      Heading("opinion", waits ? cli::Paint::kYellow : cli::Paint::kPlain), "record ",
      event.record_id, event.own ? " of this platform" : "", ": ",
      cli::Printable(OpinionForPeople(event.opinion, invocation_.environment().Now())), "\n"));
}

void EventPrinter::OnObjection(const Objection& objection) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject().Field("event", "objection").Key("objection");
    AppendObjection(objection, json);
    json.EndObject();
    Write(json.Finish());
    return;
  }
  Write(absl::StrCat(Heading("answer", cli::Paint::kCyan),
                     cli::Printable(ObjectionForPeople(objection)), "\n"));
}

void EventPrinter::OnQuarantine(const ImageQuarantine& quarantine) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject()
        .Field("event", "quarantine")
        .Field("record_id", quarantine.record_id)
        .Field("publisher", quarantine.publisher)
        .Field("hash", quarantine.hash.Hex())
        .Field("matches", quarantine.matches)
        .Field("window_s", int64_t{quarantine.window.count()})
        .EndObject();
    Write(json.Finish());
    return;
  }
  Write(absl::StrCat(
      Heading("aside", cli::Paint::kYellow), "a picture of record ", quarantine.record_id, " of ",
      cli::Printable(quarantine.publisher), " matched ", cli::WithThousands(quarantine.matches),
      " times in ", cli::DurationForPeople(absl::FromChrono(quarantine.window)),
      ", far more than before: it is set aside until somebody looks\n    vervet-member images "
      "quarantine release ",
      quarantine.record_id, " ", quarantine.hash.Hex(), "\n"));
}

void EventPrinter::OnNotice(const std::string& line) {
  MutexLock lock(mutex_);
  if (invocation_.json) {
    cli::JsonWriter json(Layout::kLine);
    json.BeginObject().Field("event", "notice").Field("text", line).EndObject();
    Write(json.Finish());
    return;
  }
  Write(absl::StrCat(Heading("note", cli::Paint::kDim), cli::Printable(line), "\n"));
}

}  // namespace vervet::member_cli
