#include "member-sdk/cli/remedy_text.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/cli/text.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

std::string ForPeople(TimePoint time) { return cli::TimeForPeople(absl::FromChrono(time)); }
std::string ForPrograms(TimePoint time) { return cli::TimeForPrograms(absl::FromChrono(time)); }

}  // namespace

std::string AffectedForPeople(const AffectedSubject& subject) {
  std::string words = subject.action.empty()
                          ? absl::StrCat(subject.subject_reference, ": matched ",
                                         ForPeople(subject.when), ", no action noted")
                          : absl::StrCat(subject.subject_reference, ": ", subject.action, " (",
                                         ForPeople(subject.when), ")");
  if (subject.image) {
    absl::StrAppend(&words, "; by a picture, ", subject.image->distance, " bits away");
  }
  return words;
}

void AppendAffected(const std::vector<AffectedSubject>& affected, cli::JsonWriter& json) {
  json.Key("affected").BeginArray();
  for (const AffectedSubject& subject : affected) {
    json.BeginObject()
        .Field("reference", subject.subject_reference)
        .Field("action", subject.action)
        .Field("when", ForPrograms(subject.when));
    if (subject.image) {
      json.Key("image").BeginObject();
      AppendImage(*subject.image, json);
      json.EndObject();
    }
    json.EndObject();
  }
  json.EndArray();
}

std::string ObjectionForPeople(const Objection& objection) {
  std::string words = absl::StrCat("objection of ", objection.subject_reference, " to record ",
                                   objection.record_id, ": ", ObjectionStateName(objection.state));
  if (!objection.answer.empty()) absl::StrAppend(&words, ", \"", objection.answer, "\"");
  if (objection.state == ObjectionState::kOpen) {
    absl::StrAppend(&words, objection.answer_due
                                ? absl::StrCat(", answer due ", ForPeople(*objection.answer_due))
                                : ", waits in the outbox");
  }
  if (objection.state == ObjectionState::kDeadlinePassed) {
    absl::StrAppend(&words, " without an answer: tell a coordinator");
  }
  return words;
}

void AppendObjection(const Objection& objection, cli::JsonWriter& json) {
  json.BeginObject()
      .Field("record_id", objection.record_id)
      .Field("publisher", objection.publisher)
      .Field("reference", objection.subject_reference)
      .Field("request_id", objection.request_id)
      .Field("filed", ForPrograms(objection.filed))
      .Field("state", ObjectionStateName(objection.state));
  if (objection.answer_due) json.Field("answer_due", ForPrograms(*objection.answer_due));
  if (objection.decided) json.Field("decided", ForPrograms(*objection.decided));
  json.Field("answer", objection.answer).EndObject();
}

}  // namespace vervet::member_cli
