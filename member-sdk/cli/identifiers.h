// Identifiers as a command line or a CSV file gives them. They go to the SDK and nowhere else:
// every message names a flag, a column or a line instead.
#ifndef VERVET_MEMBER_SDK_CLI_IDENTIFIERS_H_
#define VERVET_MEMBER_SDK_CLI_IDENTIFIERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/cli/flags.h"
#include "vervet/identifier.h"

namespace vervet::member_cli {

struct NamedIdentifier {
  std::string
      name;  // "phone", "phone 2": the type, and its number where several of the type were given
  Identifier identifier;
};

// --phone, --region, --email, --payment-account, --wallet, --account, --url.
class IdentifierFlags {
 public:
  void DeclareFlags(cli::FlagSet& flags);
  bool any() const;
  // By type, then in the order given. INVALID_ARGUMENT: an empty value; a region that is none.
  absl::StatusOr<std::vector<NamedIdentifier>> Collect(const std::string& default_region) const;

 private:
  std::vector<std::string> phones_, emails_, payment_accounts_, wallets_, accounts_, urls_;
  std::string region_;
};

std::vector<std::string> IdentifierTypeNames();
std::optional<IdentifierType> ParseIdentifierType(absl::string_view name);

std::vector<Identifier> WithoutNames(const std::vector<NamedIdentifier>& named);

// `message` of the SDK about a record or a subject, for people: "identifiers[1]: ..." becomes
// "phone 2: ...". The SDK promises not to repeat an identifier; should it ever do so, this is where
// it stops.
std::string Explain(absl::string_view message, const std::vector<NamedIdentifier>& named);

// The part before ": " of an explained message where it is a name of `named`, else empty.
std::string NamePart(absl::string_view explained, const std::vector<NamedIdentifier>& named);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_IDENTIFIERS_H_
