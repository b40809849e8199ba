// Remedies and objections as people and programs see them.
#ifndef VERVET_MEMBER_SDK_CLI_REMEDY_TEXT_H_
#define VERVET_MEMBER_SDK_CLI_REMEDY_TEXT_H_

#include <string>
#include <vector>

#include "core/cli/json.h"
#include "vervet/opinion.h"
#include "vervet/remedy.h"

namespace vervet::member_cli {

// "user-42: account suspended (2026-08-01 09:14 UTC)".
std::string AffectedForPeople(const AffectedSubject& subject);
// The key "affected" with an array, into an open object.
void AppendAffected(const std::vector<AffectedSubject>& affected, cli::JsonWriter& json);

// "objection of user-42 to record ...: kept, \"...\"".
std::string ObjectionForPeople(const Objection& objection);
// One object.
void AppendObjection(const Objection& objection, cli::JsonWriter& json);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_REMEDY_TEXT_H_
