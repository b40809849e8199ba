// SPIFFE URIs and parties: one identity has one spelling, and whoever is refused is not told what
// they wrote.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/net/identity.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;

void CheckIdentity(const net::Identity& identity) {
  VERVET_FUZZ_CHECK(net::CheckPartyName(identity.name).ok(), "the name is a party's");
  VERVET_FUZZ_CHECK(!net::RoleWord(identity.role).empty(), "the role is one of the six");
  const auto again = net::ParseParty(identity.party());
  VERVET_FUZZ_CHECK(again.ok() && again->role == identity.role && again->name == identity.name,
                    "a party reads back");
}

void Spiffe(const std::string& raw) {
  const auto parse = [](absl::string_view text) { return net::ParseSpiffe(text).status(); };
  const auto identity = net::ParseSpiffe(raw);
  if (!identity.ok()) {
    CheckRefusal(identity.status(), {StatusCode::kInvalidArgument});
    return CheckNoEcho(raw, identity.status(), parse);
  }
  VERVET_FUZZ_CHECK(identity->uri() == raw, "an identity has one spelling");
  VERVET_FUZZ_CHECK(net::CheckCoalition(identity->coalition).ok(), "the coalition is one");
  CheckIdentity(*identity);
}

void Party(const std::string& raw) {
  const auto parse = [](absl::string_view text) { return net::ParseParty(text).status(); };
  const auto identity = net::ParseParty(raw);
  if (!identity.ok()) {
    CheckRefusal(identity.status(), {StatusCode::kInvalidArgument});
    return CheckNoEcho(raw, identity.status(), parse);
  }
  VERVET_FUZZ_CHECK(identity->party() == raw, "a party has one spelling");
  VERVET_FUZZ_CHECK(identity->coalition.empty(), "a party names no coalition");
  CheckIdentity(*identity);
}

void Coalition(const std::string& raw) {
  const absl::Status status = net::CheckCoalition(raw);
  if (!status.ok()) {
    CheckRefusal(status, {StatusCode::kInvalidArgument});
    return CheckNoEcho(raw, status, &net::CheckCoalition);
  }
  VERVET_FUZZ_CHECK(net::ParseSpiffe(absl::StrCat("spiffe://", raw, "/member/a")).ok(),
                    "a coalition's name fits into a URI");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(4)) {
    case 0:
      vervet::fuzz::Spiffe(in.Rest());
      break;
    case 1:
      vervet::fuzz::Spiffe("spiffe://" + in.Rest());
      break;
    case 2:
      vervet::fuzz::Party(in.Rest());
      break;
    default:
      vervet::fuzz::Coalition(in.Rest());
      break;
  }
  return 0;
}
