#include "member-sdk/cli/match_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/cli/table.h"
#include "core/cli/text.h"

namespace vervet::member_cli {
namespace {

constexpr int kIndent = 4;

std::string Words(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

std::string CertaintyWords(Certainty certainty) {
  switch (certainty) {
    case Certainty::kMachine:
      return "found by a machine, confirmed by nobody";
    case Certainty::kReviewerConfirmed:
      return "confirmed by a reviewer";
    case Certainty::kExpertConfirmed:
      return "confirmed by a species expert";
    case Certainty::kEnforcementConfirmed:
      return "confirmed by an enforcement agency";
  }
  return "unknown";
}

std::string TlpWords(Tlp tlp) {
  return absl::StrCat("TLP:",
                      absl::StrReplaceAll(absl::AsciiStrToUpper(TlpName(tlp)), {{"_", "+"}}));
}

std::string SignatureWords(const std::string& type) {
  if (type == "image_pdq") return "picture";
  if (type == "email_alias") return "email, in its alias form (weaker than the exact address)";
  return Words(type);
}

std::string PublisherWords(const Match& match) {
  std::string words = match.publisher_name.empty()
                          ? match.publisher
                          : absl::StrCat(match.publisher_name, " (", match.publisher, ")");
  if (!match.facts.legal_entity.empty()) absl::StrAppend(&words, ", ", match.facts.legal_entity);
  if (match.own) absl::StrAppend(&words, ": this platform itself");
  return words;
}

std::string ExpiryWords(absl::Time expires, absl::Time now) {
  const std::string when = cli::TimeForPeople(expires);
  if (expires <= now) return absl::StrCat(when, " (passed)");
  return absl::StrCat(when, " (in ", cli::DurationForPeople(expires - now), ")");
}

// What others think of the record; empty where nobody said anything.
std::string OpinionCounts(const Match& match) {
  std::vector<std::string> parts;
  if (match.agree > 0) parts.push_back(absl::StrCat(match.agree, " agree"));
  if (match.disagree > 0) parts.push_back(absl::StrCat(match.disagree, " disagree"));
  if (match.disputes > 0) {
    parts.push_back(absl::StrCat(match.disputes,
                                 match.disputes == 1 ? " dispute waits" : " disputes wait",
                                 " for the publisher's answer"));
  }
  return absl::StrJoin(parts, ", ");
}

}  // namespace

std::string OpinionForPeople(const Opinion& opinion, absl::Time now) {
  std::string words = absl::StrCat(StanceName(opinion.stance), " by ",
                                   opinion.party_name.empty() ? opinion.party : opinion.party_name);
  if (opinion.for_subject) absl::StrAppend(&words, " for a person who objects");
  if (!opinion.reason.empty()) absl::StrAppend(&words, ": ", opinion.reason);
  absl::StrAppend(&words, " (", cli::DurationForPeople(now - absl::FromChrono(opinion.given)),
                  " ago");
  if (opinion.stance == Stance::kDispute) {
    absl::StrAppend(&words,
                    opinion.answered
                        ? ", answered"
                        : absl::StrCat(", answer due ",
                                       cli::TimeForPeople(absl::FromChrono(opinion.answer_due))));
  }
  return absl::StrCat(words, ")");
}

void AppendOpinion(const Opinion& opinion, cli::JsonWriter& json) {
  json.BeginObject()
      .Field("party", opinion.party)
      .Field("stance", StanceName(opinion.stance))
      .Field("reason", opinion.reason)
      .Field("for_subject", opinion.for_subject)
      .Field("given", cli::TimeForPrograms(absl::FromChrono(opinion.given)))
      .Field("answered", opinion.answered);
  if (opinion.stance == Stance::kDispute) {
    json.Field("answer_due", cli::TimeForPrograms(absl::FromChrono(opinion.answer_due)));
  }
  json.EndObject();
}

std::string ImageForPeople(const ImageEvidence& image) {
  std::string words = absl::StrCat(image.distance, " of 256 bits from one of the record's (up to ",
                                   image.radius, " count), whose quality is ", image.hash.quality);
  if (image.variant != ImageVariant::kUpright) {
    absl::StrAppend(&words, "; ", Words(ImageVariantName(image.variant)));
  }
  return words;
}

void AppendImage(const ImageEvidence& image, cli::JsonWriter& json) {
  json.Field("hash", image.hash.Hex())
      .Field("quality", image.hash.quality)
      .Field("distance", image.distance)
      .Field("radius", image.radius)
      .Field("variant", ImageVariantName(image.variant));
}

std::string MatchForPeople(const Match& match, absl::Time now, const cli::Streams& streams) {
  const RecordFacts& facts = match.facts;
  cli::FactSheet sheet(kIndent);
  sheet.Add("acted on by", PublisherWords(match), cli::Paint::kBold);
  sheet.Add("matched by", SignatureWords(match.signature_type));
  if (match.image) sheet.Add("picture", ImageForPeople(*match.image));
  std::string offence = Words(OffenceActivityName(facts.activity));
  if (facts.form != SpecimenForm::kUnspecified) {
    absl::StrAppend(&offence, ", ", Words(SpecimenFormName(facts.form)));
  }
  sheet.Add("offence", offence);
  sheet.Add("taxa", absl::StrJoin(facts.taxa, ", "));
  sheet.Add("certainty", CertaintyWords(facts.certainty));
  sheet.Add("decision", facts.decision_reference);
  sheet.Add("purpose", facts.purpose);
  sheet.Add("lawful basis", facts.lawful_basis);
  sheet.Add("shared in", absl::StrCat(absl::StrJoin(facts.groups, ", "),
                                      facts.groups.empty() ? "" : "; ", TlpWords(facts.tlp)));
  const absl::Time published = absl::FromChrono(match.published);
  sheet.Add("published", absl::StrCat(cli::TimeForPeople(published), " (",
                                      cli::DurationForPeople(now - published), " ago)"));
  sheet.Add("expires", ExpiryWords(absl::FromChrono(match.expires), now));
  if (match.paused) {
    sheet.Add("paused", "by disputes: no check shows it until its publisher answers",
              cli::Paint::kYellow);
  }
  sheet.Add("opinions", OpinionCounts(match),
            match.disagree + match.disputes > 0 ? cli::Paint::kYellow : cli::Paint::kPlain);
  for (const Opinion& opinion : match.opinions) sheet.Add("", OpinionForPeople(opinion, now));
  if (match.sighted_by > 0) {
    sheet.Add("met by", cli::Count(match.sighted_by, "member"));
  }
  sheet.Add("record", match.record_id, cli::Paint::kDim);
  return sheet.Render(streams);
}

void AppendMatchFields(const Match& match, cli::JsonWriter& json) {
  const RecordFacts& facts = match.facts;
  json.Field("record_id", match.record_id)
      .Field("publisher", match.publisher)
      .Field("publisher_name", match.publisher_name)
      .Field("own", match.own)
      .Field("signature_type", match.signature_type)
      .Field("offence", OffenceActivityName(facts.activity))
      .Field("form", SpecimenFormName(facts.form))
      .StringArray("taxa", facts.taxa)
      .Field("certainty", CertaintyName(facts.certainty))
      .Field("tlp", TlpName(facts.tlp))
      .Field("legal_entity", facts.legal_entity)
      .Field("purpose", facts.purpose)
      .Field("lawful_basis", facts.lawful_basis)
      .Field("decision_reference", facts.decision_reference)
      .StringArray("groups", facts.groups)
      .Field("published", cli::TimeForPrograms(absl::FromChrono(match.published)))
      .Field("expires", cli::TimeForPrograms(absl::FromChrono(match.expires)))
      .Field("agree", match.agree)
      .Field("disagree", match.disagree)
      .Field("disputes", match.disputes)
      .Field("sighted_by", match.sighted_by)
      .Field("paused", match.paused);
  if (match.image) {
    json.Key("image").BeginObject();
    AppendImage(*match.image, json);
    json.EndObject();
  }
  json.Key("opinions").BeginArray();
  for (const Opinion& opinion : match.opinions) AppendOpinion(opinion, json);
  json.EndArray();
}

absl::string_view EvidenceReminder() {
  return "A match is evidence, not a verdict: a person decides before an account is touched.";
}

}  // namespace vervet::member_cli
