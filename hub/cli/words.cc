#include "hub/cli/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/cli/exit_codes.h"
#include "core/net/identity.h"
#include "core/views/blinded.h"

namespace vervet::coordinator_cli {

absl::StatusOr<std::string> PartyArgument(absl::string_view text) {
  const std::string party =
      absl::StrContains(text, '/') ? std::string(text) : absl::StrCat("member/", text);
  VERVET_ASSIGN_OR_RETURN(const net::Identity identity, net::ParseParty(party));
  if (identity.role == v1::HUB) {
    return absl::InvalidArgumentError("PARTY: the hub itself is not on the roster");
  }
  return party;
}

absl::Status CheckGroupArgument(absl::string_view group) {
  // Groups and parties have one alphabet and one length.
  if (net::CheckPartyName(group).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "GROUP: must be a-z, 0-9 and -, first a letter or digit, 1-63 bytes, such as asia-desk");
}

absl::StatusOr<std::string> RegionArgument(absl::string_view flag, absl::string_view text) {
  const std::string region = absl::AsciiStrToUpper(text);
  if (region.size() == 2 && absl::ascii_isupper(region[0]) && absl::ascii_isupper(region[1]))
    return region;
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": must be two letters (ISO 3166-1 alpha-2), such as IE"));
}

absl::Status CheckLength(absl::string_view flag, absl::string_view text, size_t maximum_bytes) {
  if (!text.empty() && text.size() <= maximum_bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": must be 1-", maximum_bytes, " bytes"));
}

std::string TypeWord(v1::SignatureType type) {
  if (type == v1::SIGNATURE_TYPE_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(v1::SignatureType_Name(type));
}

absl::StatusOr<v1::SignatureType> TypeArgument(absl::string_view text) {
  const std::string name = absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}});
  v1::SignatureType type;
  if (v1::SignatureType_Parse(name, &type) && views::IsBlinded(type)) return type;
  return absl::InvalidArgumentError(
      "TYPE: must be one of phone, email, email_alias, payment_account, crypto_wallet, "
      "platform_account, url");
}

absl::StatusOr<std::string> RecordArgument(absl::string_view text) {
  const bool hex =
      text.size() == 2 * kRecordIdBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (hex) return absl::HexStringToBytes(text);
  return absl::InvalidArgumentError(
      "RECORD: must be the record's id, 32 hexadecimal digits, as its publisher got it");
}

int RefuseArguments(absl::string_view command, const absl::Status& status,
                    const cli::Streams& streams) {
  streams.PrintError(absl::StrCat(command, ": ", status.message()));
  return cli::kExitUsage;
}

std::vector<std::pair<int, std::string>> CommonExitCodes() {
  return {
      {cli::kExitOk, "done"},
      {cli::kExitFailed, "the hub refused; the output says why"},
      {cli::kExitUsage,
       "the command line, the configuration or a certificate file is wrong; nothing was tried"},
      {cli::kExitUnavailable, "the hub was out of reach or busy, after several attempts: retry"}};
}

}  // namespace vervet::coordinator_cli
