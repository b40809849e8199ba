// A match as people and programs see it: evidence with provenance. It says who acted and on what
// grounds, never what the person is.
#ifndef VERVET_MEMBER_SDK_CLI_MATCH_TEXT_H_
#define VERVET_MEMBER_SDK_CLI_MATCH_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/cli/json.h"
#include "core/cli/streams.h"
#include "vervet/match.h"

namespace vervet::member_cli {

// Lines "acted on by  ...", indented.
std::string MatchForPeople(const Match& match, absl::Time now, const cli::Streams& streams);

// "12 of 256 bits from one of the record's ...": which of its pictures, and how near.
std::string ImageForPeople(const ImageEvidence& image);
// hash (of the record's picture), quality, distance, radius, variant, into an open object.
void AppendImage(const ImageEvidence& image, cli::JsonWriter& json);

// The fields of a match, into an object that is open: record_id, publisher, publisher_name, own,
// signature_type, offence, form, taxa, certainty, tlp, legal_entity, purpose, lawful_basis,
// decision_reference, groups, published, expires, agree, disagree, disputes, sighted_by, paused,
// image (of a match by a picture), opinions.
void AppendMatchFields(const Match& match, cli::JsonWriter& json);

// "dispute by Example Social: reason (2 days ago, answer due ...)".
std::string OpinionForPeople(const Opinion& opinion, absl::Time now);
// One object.
void AppendOpinion(const Opinion& opinion, cli::JsonWriter& json);

// The sentence below every match that people see.
absl::string_view EvidenceReminder();

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_MATCH_TEXT_H_
