#include "examples/demo/member_commands.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"

namespace vervet::demo {

using coalition::CommandResult;
using coalition::Json;

absl::Status Expect(bool condition, const std::string& otherwise) {
  return condition ? absl::OkStatus() : absl::FailedPreconditionError(otherwise);
}

std::vector<std::string> IdentifierFlags(const std::vector<RawIdentifier>& person) {
  std::vector<std::string> flags;
  std::string region;
  for (const RawIdentifier& identifier : person) {
    const std::string flag = identifier.type == "phone"             ? "--phone"
                             : identifier.type == "email"           ? "--email"
                             : identifier.type == "payment_account" ? "--payment-account"
                                                                    : "--account";
    flags.insert(flags.end(), {flag, identifier.value});
    if (!identifier.region.empty()) region = identifier.region;
  }
  if (!region.empty()) flags.insert(flags.end(), {"--region", region});
  return flags;
}

Json CheckAnswer::FirstMatch() const {
  for (const Json& result : results) {
    const std::vector<Json> matches = result["matches"].elements();
    if (!matches.empty()) return matches.front();
  }
  return Json();
}

uint64_t CheckAnswer::MatchedIdentifiers() const {
  uint64_t count = 0;
  for (const Json& result : results) {
    if (result["outcome"].text() == "match") ++count;
  }
  return count;
}

absl::StatusOr<CheckAnswer> Check(Stage& stage, const std::string& member,
                                  const std::vector<RawIdentifier>& person,
                                  const std::string& reference, bool local_only) {
  stage.identifiers.insert(stage.identifiers.end(), person.begin(), person.end());
  std::vector<std::string> arguments = {"check", "--json", "--reference", reference};
  if (local_only) arguments.push_back("--local-only");
  const std::vector<std::string> flags = IdentifierFlags(person);
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(member, arguments));
  if (result.exit_code != cli::kExitMatch) VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json json, result.ReadJson());
  CheckAnswer answer = {json["matched"].truth(), json["results"].elements(), result.took};
  VERVET_RETURN_IF_ERROR(Expect(answer.results.size() == person.size(),
                                absl::StrCat(member, " got ", answer.results.size(),
                                             " answers for ", person.size(), " identifiers")));
  for (const Json& one : answer.results) {
    const std::string outcome = one["outcome"].text();
    VERVET_RETURN_IF_ERROR(Expect(outcome == "match" || outcome == "no_match",
                                  absl::StrCat(member, "'s check of ", one["identifier"].text(),
                                               ": ", outcome, ", ", one["reason"].text())));
  }
  if (answer.matched) stage.measured.checked.push_back(answer.took);
  return answer;
}

absl::StatusOr<Published> Publish(Stage& stage, const std::string& member,
                                  const std::vector<RawIdentifier>& person,
                                  const std::string& decision, const std::string& group) {
  stage.identifiers.insert(stage.identifiers.end(), person.begin(), person.end());
  std::vector<std::string> arguments = {"publish",    "--json",
                                        "--offence",  "offer_for_sale",
                                        "--form",     "raw_part",
                                        "--taxon",    "Manis javanica",
                                        "--taxon",    "Loxodonta africana",
                                        "--decision", decision,
                                        "--group",    group};
  const std::vector<std::string> flags = IdentifierFlags(person);
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(member, arguments));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json json, result.ReadJson());
  VERVET_RETURN_IF_ERROR(Expect(json["state"].text() == "delivered",
                                absl::StrCat(member, "'s record is ", json["state"].text())));
  return Published{json["record_id"].text(), json["sequence"].number()};
}

absl::StatusOr<Json> MemberStatus(Stage& stage, const std::string& member) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(member, {"status", "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  return result.ReadJson();
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  const char* separator = "";
  for (const std::string& cell : cells) {
    absl::StrAppend(&line, separator);
    separator = ",";
    const bool quoted = cell.find_first_of(",\"\r\n") != std::string::npos;
    absl::StrAppend(
        &line,
        quoted ? absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"") : cell);
  }
  return line + "\n";
}

}  // namespace vervet::demo
