#include "tests/fuzz/canonical_properties.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fuzz/check.h"

namespace vervet::fuzz {
namespace {

using canonical::CanonicalForm;
using canonical::IdentifierKind;
using canonical::Strictness;
using Forms = absl::StatusOr<std::vector<CanonicalForm>>;

Forms FormsOf(IdentifierKind kind, absl::string_view raw, absl::string_view region,
              Strictness strictness) {
  static const auto* const versions = new canonical::RulesVersions;
  return canonical::Canonicalize(kind, raw, region, strictness, *versions);
}

void CheckText(const std::string& text) {
  VERVET_FUZZ_CHECK(!text.empty() && text.size() <= canonical::kMaxCanonicalBytes,
                    "a form has 1 to 2,048 bytes");
  VERVET_FUZZ_CHECK(IsUtf8(text), "a form is UTF-8");
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) || c == ' ';
  });
  VERVET_FUZZ_CHECK(!control, absl::StrCat("a form has no control character or space: ", text));
}

// A bare digit string is never taken for a payment account, whatever stands around it: it may be a
// card's number. So no form is 13 to 19 digits alone.
void CheckNoCard(const std::string& text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  VERVET_FUZZ_CHECK(!digits, "a payment account names its scheme");
}

// The form that `text` has in its own right, of the same type.
void CheckStable(IdentifierKind kind, const CanonicalForm& form, Strictness strictness) {
  const Forms again = FormsOf(kind, form.text, "", strictness);
  VERVET_FUZZ_CHECK(
      again.ok(), absl::StrCat("a form is accepted: ", form.text, ": ", again.status().message()));
  const auto same = std::find_if(again->begin(), again->end(), [&](const CanonicalForm& other) {
    return other.type == form.type;
  });
  VERVET_FUZZ_CHECK(same != again->end() && *same == form,
                    absl::StrCat("a form is its own form: ", form.text));
}

}  // namespace

void CheckCanonical(IdentifierKind kind, absl::string_view raw, absl::string_view region) {
  const Forms lenient = FormsOf(kind, raw, region, Strictness::kCheck);
  const Forms strict = FormsOf(kind, raw, region, Strictness::kContribute);
  for (const auto& [forms, strictness] : {std::make_pair(&lenient, Strictness::kCheck),
                                          std::make_pair(&strict, Strictness::kContribute)}) {
    if (forms->ok()) continue;
    CheckRefusal(forms->status(), {absl::StatusCode::kInvalidArgument});
    CheckNoEcho(raw, forms->status(), [&, strictness = strictness](absl::string_view text) {
      return FormsOf(kind, text, region, strictness).status();
    });
  }
  VERVET_FUZZ_CHECK(!strict.ok() || (lenient.ok() && *lenient == *strict),
                    "who may be published may be checked, under the same text");
  if (!lenient.ok()) return;
  VERVET_FUZZ_CHECK(!lenient->empty(), "an identifier has a form");
  for (const CanonicalForm& form : *lenient) {
    CheckText(form.text);
    if (kind == IdentifierKind::kPaymentAccount) CheckNoCard(form.text);
    CheckStable(kind, form, Strictness::kCheck);
    if (strict.ok()) CheckStable(kind, form, Strictness::kContribute);
  }
}

}  // namespace vervet::fuzz
