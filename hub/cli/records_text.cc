#include "hub/cli/records_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/cli/table.h"
#include "core/cli/text.h"

namespace vervet::coordinator_cli {
namespace {

using Align = cli::Table::Align;
using Remedy = v1::MemberRemedy;

// An enumeration's value as programs read it: "OFFER_FOR_SALE" → "offer_for_sale". A newer hub may
// know values that have no name here.
std::string ValueName(const std::string& name) {
  return name.empty() ? "unknown" : absl::AsciiStrToLower(name);
}
std::string Words(const std::string& name) {
  return absl::StrReplaceAll(ValueName(name), {{"_", " "}});
}

std::string TlpName(v1::Tlp tlp) {
  const std::string name = ValueName(v1::Tlp_Name(tlp));
  return absl::StartsWith(name, "tlp_") ? name.substr(4) : name;
}

std::string TlpWords(v1::Tlp tlp) {
  return absl::StrCat("TLP:",
                      absl::StrReplaceAll(absl::AsciiStrToUpper(TlpName(tlp)), {{"_", "+"}}));
}

std::string NameOf(const std::string& party, const DisplayNames& names) {
  const auto it = names.find(party);
  return it == names.end() ? "" : it->second;
}

std::string PartyWords(const std::string& party, const std::string& display_name) {
  return display_name.empty() ? party : absl::StrCat(display_name, " (", party, ")");
}

// 0 stands for "never" on the wire.
std::string TimeWords(int64_t micros, absl::string_view never) {
  if (micros == 0) return std::string(never);
  return cli::TimeForPeople(absl::FromUnixMicros(micros));
}

std::string DeadlineWords(int64_t micros, absl::Time now) {
  const absl::Time due = absl::FromUnixMicros(micros);
  return absl::StrCat(
      cli::TimeForPeople(due),
      due < now ? " (passed)" : absl::StrCat(" (in ", cli::DurationForPeople(due - now), ")"));
}

bool HasPassed(int64_t deadline_us, absl::Time now) {
  return deadline_us != 0 && absl::FromUnixMicros(deadline_us) < now;
}

// An erasure deletes the facts; what else keeps them back is said.
bool FactsAreKeptBack(const v1::RecordStatus& record) {
  return !record.has_facts() && record.state() != v1::ERASED;
}

bool HasAnswered(const Remedy& remedy) {
  return remedy.outcome() != v1::REMEDY_OUTCOME_UNSPECIFIED;
}

int CountOf(const v1::RecordStatus& record, bool (*predicate)(const Remedy&)) {
  return static_cast<int>(
      std::count_if(record.remedies().begin(), record.remedies().end(), predicate));
}

int Late(const v1::RecordStatus& record) {
  return CountOf(record, [](const Remedy& remedy) { return remedy.late(); });
}

cli::Paint PaintOf(v1::RecordState state) {
  switch (state) {
    case v1::IN_FORCE:
      return cli::Paint::kGreen;
    case v1::PAUSED:
      return cli::Paint::kYellow;
    default:
      return cli::Paint::kPlain;
  }
}

std::string StateWords(const v1::RecordStatus& record) {
  std::string words = Words(v1::RecordState_Name(record.state()));
  if (record.state() == v1::PAUSED) {
    absl::StrAppend(&words, ": matches nobody until its publisher answers the disputes");
  }
  if (record.ended_us() != 0) {
    absl::StrAppend(&words, ", ", TimeWords(record.ended_us(), ""), ", event ",
                    cli::WithThousands(record.ended_sequence()));
  }
  if (!record.end_reason().empty()) absl::StrAppend(&words, ": ", record.end_reason());
  return words;
}

// What the member has applied. A client without a vault has nothing to apply: each of its lookups
// is answered from the hub's state of that moment.
std::string AppliedWords(const Remedy& remedy) {
  if (remedy.applied_us() != 0) return TimeWords(remedy.applied_us(), "");
  if (remedy.last_lookup_us() != 0) {
    return absl::StrCat("last looked up ", TimeWords(remedy.last_lookup_us(), ""));
  }
  return remedy.applied() ? "before the hub's last start" : "not yet";
}

void AddFacts(const v1::RecordFacts& facts, cli::FactSheet& sheet) {
  std::string offence = Words(v1::OffenceActivity_Name(facts.offence().activity()));
  if (facts.offence().form() != v1::SPECIMEN_FORM_UNSPECIFIED) {
    absl::StrAppend(&offence, ", ", Words(v1::SpecimenForm_Name(facts.offence().form())));
  }
  sheet.Add("offence", offence);
  sheet.Add("taxa", absl::StrJoin(facts.offence().taxa(), ", "));
  sheet.Add("certainty", Words(v1::Certainty_Name(facts.certainty())));
  sheet.Add("decision", facts.decision_reference());
  sheet.Add("purpose", facts.purpose());
  sheet.Add("lawful basis", facts.lawful_basis());
  sheet.Add("shared in",
            absl::StrCat(absl::StrJoin(facts.groups(), ", "), "; ", TlpWords(facts.tlp())));
}

void AddDisputes(const v1::RecordStatus& record, absl::Time now, cli::FactSheet& sheet) {
  if (record.unanswered_disputes() > 0) {
    std::string words =
        absl::StrCat(cli::Count(record.unanswered_disputes(), "dispute"), " unanswered");
    if (record.answer_due_us() != 0) {
      absl::StrAppend(&words, ", answer due ", DeadlineWords(record.answer_due_us(), now));
    }
    sheet.Add("disputes", words,
              HasPassed(record.answer_due_us(), now) ? cli::Paint::kRed : cli::Paint::kYellow);
  }
  if (record.last_answer_us() != 0) {
    sheet.Add("last answer",
              absl::StrCat(TimeWords(record.last_answer_us(), ""), ": ", record.last_answer()));
  }
}

std::string RemedyWords(const v1::RecordStatus& record, absl::Time now) {
  if (record.remedy_due_us() == 0) return "";
  std::string words = absl::StrCat("due ", DeadlineWords(record.remedy_due_us(), now));
  if (record.remedies().empty()) return words;
  absl::StrAppend(&words, "; ", CountOf(record, HasAnswered), " of ",
                  cli::Count(static_cast<uint64_t>(record.remedies_size()), "member"),
                  " said what they did");
  if (const int late = Late(record); late > 0) absl::StrAppend(&words, ", ", late, " late");
  return words;
}

// By what the record's offender is recognised.
std::string SignsWords(const v1::RecordStatus& record) {
  std::vector<std::string> signs;
  if (record.signatures() > 0) signs.push_back(cli::Count(record.signatures(), "signature"));
  if (record.images() > 0) signs.push_back(cli::Count(record.images(), "image"));
  return absl::StrJoin(signs, ", ");
}

std::string Sheet(const v1::RecordStatus& record, const DisplayNames& names, absl::Time now,
                  const cli::Streams& streams) {
  cli::FactSheet sheet;
  sheet.Add("record", absl::BytesToHexString(record.record_id()));
  sheet.Add("state", StateWords(record), PaintOf(record.state()));
  std::string publisher = PartyWords(record.publisher(), NameOf(record.publisher(), names));
  if (!record.facts().legal_entity().empty()) {
    absl::StrAppend(&publisher, ", ", record.facts().legal_entity());
  }
  sheet.Add("acted on by", publisher, cli::Paint::kBold);
  if (record.has_facts()) AddFacts(record.facts(), sheet);
  if (FactsAreKeptBack(record)) {
    sheet.Add("facts", "not shown: the groups that share this record do not permit your region");
  }
  if (record.published_us() != 0) {
    sheet.Add("published", absl::StrCat(TimeWords(record.published_us(), ""), ", event ",
                                        cli::WithThousands(record.sequence())));
  }
  const bool matches = record.state() == v1::IN_FORCE || record.state() == v1::PAUSED;
  if (matches) sheet.Add("expires", DeadlineWords(record.expires_us(), now));
  if (matches) sheet.Add("carries", SignsWords(record));
  AddDisputes(record, now, sheet);
  if (record.sighted_by() > 0) {
    sheet.Add("sighted by",
              absl::StrCat(cli::Count(record.sighted_by(), "member"), ", ",
                           cli::Count(record.sighted_subjects(), "account"), ", as last counted"));
  }
  sheet.Add("remedy", RemedyWords(record, now),
            Late(record) > 0 ? cli::Paint::kRed : cli::Paint::kPlain);
  return sheet.Render(streams);
}

std::string AnswerWords(const v1::StandingOpinion& opinion, absl::Time now) {
  if (opinion.stance() != v1::DISPUTE) return "-";
  if (opinion.answered()) return "answered";
  return absl::StrCat("due ", DeadlineWords(opinion.answer_due_us(), now));
}

std::string OpinionsTable(const v1::RecordStatus& record, const DisplayNames& names, absl::Time now,
                          const cli::Streams& streams) {
  cli::Table table({{"MEMBER"}, {"OPINION"}, {"GIVEN"}, {"ANSWER"}, {"REASON"}});
  for (const v1::StandingOpinion& opinion : record.opinions()) {
    const bool waits = opinion.stance() == v1::DISPUTE && !opinion.answered();
    table.AddRow(
        {PartyWords(opinion.party(), NameOf(opinion.party(), names)),
         {absl::StrCat(Words(v1::Stance_Name(opinion.stance())),
                       opinion.for_subject() ? ", a person objects" : ""),
          waits ? cli::Paint::kYellow : cli::Paint::kPlain},
         TimeWords(opinion.given_us(), "-"),
         {AnswerWords(opinion, now),
          waits && HasPassed(opinion.answer_due_us(), now) ? cli::Paint::kRed : cli::Paint::kPlain},
         opinion.reason()});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(streams));
}

std::string RemediesTable(const v1::RecordStatus& record, const cli::Streams& streams) {
  cli::Table table(
      {{"MEMBER"}, {"APPLIED"}, {"OUTCOME"}, {"ACCOUNTS", Align::kRight}, {"WHEN"}, {"LATE"}});
  for (const Remedy& remedy : record.remedies()) {
    const bool answered = HasAnswered(remedy);
    table.AddRow(
        {PartyWords(remedy.party(), remedy.display_name()),
         {AppliedWords(remedy), remedy.applied() || remedy.last_lookup_us() != 0
                                    ? cli::Paint::kPlain
                                    : cli::Paint::kYellow},
         answered ? Words(v1::RemedyOutcome_Name(remedy.outcome())) : "-",
         answered ? cli::WithThousands(remedy.subjects()) : "-",
         TimeWords(remedy.acknowledged_us(), "-"),
         {remedy.late() ? "late" : "-", remedy.late() ? cli::Paint::kRed : cli::Paint::kPlain}});
  }
  return table.empty() ? "" : absl::StrCat("\n", table.Render(streams));
}

void TimeField(absl::string_view key, int64_t micros, cli::JsonWriter& json) {
  json.Key(key);
  if (micros == 0) {
    json.Null();
  } else {
    json.String(cli::TimeForPrograms(absl::FromUnixMicros(micros)));
  }
}

void AppendFacts(const v1::RecordStatus& record, cli::JsonWriter& json) {
  json.Key("facts");
  if (!record.has_facts()) {
    json.Null();
    return;
  }
  const v1::RecordFacts& facts = record.facts();
  json.BeginObject().Field("offence",
                           ValueName(v1::OffenceActivity_Name(facts.offence().activity())));
  json.Key("form");
  if (facts.offence().form() == v1::SPECIMEN_FORM_UNSPECIFIED) {
    json.Null();
  } else {
    json.String(ValueName(v1::SpecimenForm_Name(facts.offence().form())));
  }
  json.StringArray("taxa", facts.offence().taxa())
      .Field("certainty", ValueName(v1::Certainty_Name(facts.certainty())))
      .Field("tlp", TlpName(facts.tlp()))
      .Field("legal_entity", facts.legal_entity())
      .Field("purpose", facts.purpose())
      .Field("lawful_basis", facts.lawful_basis())
      .Field("decision_reference", facts.decision_reference())
      .StringArray("groups", facts.groups())
      .EndObject();
}

void AppendOpinions(const v1::RecordStatus& record, const DisplayNames& names,
                    cli::JsonWriter& json) {
  json.Key("opinions").BeginArray();
  for (const v1::StandingOpinion& opinion : record.opinions()) {
    json.BeginObject()
        .Field("party", opinion.party())
        .Field("display_name", NameOf(opinion.party(), names))
        .Field("stance", ValueName(v1::Stance_Name(opinion.stance())))
        .Field("reason", opinion.reason())
        .Field("for_subject", opinion.for_subject())
        .Field("answered", opinion.answered());
    TimeField("given", opinion.given_us(), json);
    TimeField("answer_due", opinion.answer_due_us(), json);
    json.EndObject();
  }
  json.EndArray();
}

void AppendRemedies(const v1::RecordStatus& record, cli::JsonWriter& json) {
  json.Key("remedies").BeginArray();
  for (const Remedy& remedy : record.remedies()) {
    json.BeginObject()
        .Field("party", remedy.party())
        .Field("display_name", remedy.display_name())
        .Field("applied", remedy.applied());
    TimeField("applied_at", remedy.applied_us(), json);
    TimeField("last_lookup", remedy.last_lookup_us(), json);
    json.Key("outcome");
    if (HasAnswered(remedy)) {
      json.String(ValueName(v1::RemedyOutcome_Name(remedy.outcome())));
    } else {
      json.Null();
    }
    json.Field("subjects", uint32_t{remedy.subjects()});
    TimeField("acknowledged", remedy.acknowledged_us(), json);
    json.Field("late", remedy.late()).EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string RecordPage(const v1::RecordStatus& record, const DisplayNames& names, absl::Time now,
                       const cli::Streams& streams) {
  return absl::StrCat(Sheet(record, names, now, streams),
                      OpinionsTable(record, names, now, streams), RemediesTable(record, streams));
}

std::string RecordsTable(const std::vector<v1::RecordStatus>& records, const DisplayNames& names,
                         absl::Time now, const cli::Streams& streams) {
  cli::Table table({{"RECORD"},
                    {"STATE"},
                    {"ACTED ON BY"},
                    {"DISPUTES", Align::kRight},
                    {"ANSWER DUE"},
                    {"REMEDIES"},
                    {"REMEDY DUE"},
                    {"LATE"}});
  for (const v1::RecordStatus& record : records) {
    const int late = Late(record);
    const bool answer_late = HasPassed(record.answer_due_us(), now);
    table.AddRow({absl::BytesToHexString(record.record_id()),  // as `records show` takes it
                  {Words(v1::RecordState_Name(record.state())), PaintOf(record.state())},
                  PartyWords(record.publisher(), NameOf(record.publisher(), names)),
                  cli::WithThousands(record.unanswered_disputes()),
                  TimeWords(record.answer_due_us(), "-"),
                  record.remedies().empty()
                      ? "-"
                      : absl::StrCat(CountOf(record, HasAnswered), " of ", record.remedies_size()),
                  TimeWords(record.remedy_due_us(), "-"),
                  {late > 0 ? cli::Count(static_cast<uint64_t>(late), "member")
                            : (answer_late ? "answer" : "-"),
                   late > 0 || answer_late ? cli::Paint::kRed : cli::Paint::kPlain}});
  }
  return table.empty() ? "" : table.Render(streams);
}

void AppendRecord(const v1::RecordStatus& record, const DisplayNames& names,
                  cli::JsonWriter& json) {
  json.BeginObject()
      .Field("record_id", absl::BytesToHexString(record.record_id()))
      .Field("state", ValueName(v1::RecordState_Name(record.state())))
      .Field("publisher", record.publisher())
      .Field("publisher_name", NameOf(record.publisher(), names));
  AppendFacts(record, json);
  TimeField("published", record.published_us(), json);
  json.Field("sequence", uint64_t{record.sequence()});
  TimeField("expires", record.expires_us(), json);
  TimeField("ended", record.ended_us(), json);
  json.Field("ended_sequence", uint64_t{record.ended_sequence()})
      .Field("end_reason", record.end_reason())
      .Field("signatures", uint32_t{record.signatures()})
      .Field("images", uint32_t{record.images()})
      .Field("unanswered_disputes", uint32_t{record.unanswered_disputes()});
  TimeField("answer_due", record.answer_due_us(), json);
  json.Field("last_answer", record.last_answer());
  TimeField("last_answered", record.last_answer_us(), json);
  json.Field("sighted_by", uint32_t{record.sighted_by()})
      .Field("sighted_subjects", uint64_t{record.sighted_subjects()});
  TimeField("remedy_due", record.remedy_due_us(), json);
  AppendOpinions(record, names, json);
  AppendRemedies(record, json);
  json.EndObject();
}

}  // namespace vervet::coordinator_cli
