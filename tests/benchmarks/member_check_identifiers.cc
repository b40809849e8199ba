// Check of identifiers that this member has checked before: raw text in, answer out, nothing asked
// of the hub. Whatever the SDK does beside it, libphonenumber has to read each number once.
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "examples/phones/example_phones.h"
#include "member-sdk/src/canonical/canonicalize.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/made_up.h"
#include "vervet/client.h"

namespace vervet::bench {
namespace {

using ::i18n::phonenumbers::PhoneNumber;
using ::i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kBatch = 1'000;

// What platforms hold, of one kind, and what was measured with it.
struct Kind {
  std::string what;
  std::vector<Subject> subjects;
  bool phones = true;
  Line line;
};

Subject SubjectOf(IdentifierType type, std::string value, std::string region, size_t number) {
  Subject subject;
  subject.reference = absl::StrCat("user-", number);
  subject.identifiers.push_back({type, std::move(value), std::move(region)});
  return subject;
}

// Numbers of all countries: the library's examples with other last digits, where those are valid.
std::vector<examples::ExamplePhone> Phones(size_t count) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  const auto seeds = examples::ExamplePhones();
  std::vector<examples::ExamplePhone> phones;
  std::set<std::string> seen;
  MadeUp random(3);
  while (phones.size() < count) {
    examples::ExamplePhone phone = seeds[random.Number() % seeds.size()];
    if (phone.region.empty()) continue;
    for (size_t at = phone.e164.size() - 4; at < phone.e164.size(); ++at) {
      phone.e164[at] = static_cast<char>('0' + random.Number() % 10);
    }
    PhoneNumber number;
    if (library.Parse(phone.e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) continue;
    if (library.IsValidNumber(number) && seen.insert(phone.e164).second) phones.push_back(phone);
  }
  return phones;
}

// The notation of this name that the SDK reads as this number: not every country has one.
bool Notation(const examples::ExamplePhone& phone, const std::string& name, std::string* text,
              std::string* region) {
  for (const auto& notation : examples::Notations(phone.e164, phone.region)) {
    if (notation.name != name) continue;
    const auto form =
        canonical::Canonicalize(canonical::IdentifierKind::kPhone, notation.text, notation.region,
                                canonical::Strictness::kCheck, canonical::RulesVersions());
    if (!form.ok() || form->front().text != phone.e164) return false;
    *text = notation.text;
    *region = notation.region;
    return true;
  }
  return false;
}

std::vector<Kind> Kinds(size_t count) {
  std::vector<Kind> kinds(4);
  kinds[0].what = "telephone numbers in E.164";
  kinds[1].what = "telephone numbers in international notation";
  kinds[2].what = "telephone numbers in national notation";
  kinds[3].what = "e-mail addresses (two signatures each)";
  kinds[3].phones = false;
  for (const examples::ExamplePhone& phone : Phones(count)) {
    const size_t i = kinds[0].subjects.size();
    kinds[0].subjects.push_back(SubjectOf(IdentifierType::kPhone, phone.e164, "", i));
    std::string text, region;
    if (Notation(phone, "international", &text, &region)) {
      kinds[1].subjects.push_back(SubjectOf(IdentifierType::kPhone, text, region, i));
    }
    if (Notation(phone, "national", &text, &region)) {
      kinds[2].subjects.push_back(SubjectOf(IdentifierType::kPhone, text, region, i));
    }
  }
  for (size_t i = 0; i < count; ++i) {
    kinds[3].subjects.push_back(SubjectOf(
        IdentifierType::kEmail, absl::StrCat("Jane.Doe+shop", i, "@Example.com"), "", count + i));
  }
  return kinds;
}

// Every identifier, as it would be after it was checked once.
absl::Status Remember(vault::Vault& vault, const std::vector<Kind>& kinds) {
  MadeUp random(4);
  std::vector<vault::NewToken> tokens;
  std::vector<std::vector<std::string>> references;
  std::set<vault::CacheKey> seen;
  for (const Kind& kind : kinds) {
    for (const Subject& subject : kind.subjects) {
      const Identifier& identifier = subject.identifiers.front();
      VERVET_ASSIGN_OR_RETURN(
          const auto forms,
          canonical::Canonicalize(
              kind.phones ? canonical::IdentifierKind::kPhone : canonical::IdentifierKind::kEmail,
              identifier.value, identifier.region, canonical::Strictness::kCheck,
              canonical::RulesVersions()));
      for (const auto& form : forms) {
        vault::NewToken row;
        row.token.type = static_cast<v1::SignatureType>(form.type);
        row.token.rules_version = form.rules_version;
        row.token.key = vault.KeyOf(row.token.type, form.rules_version, form.text);
        row.token.epoch = 1;
        row.token.token = random.Token();
        row.element = random.Bytes(32);
        if (!seen.insert(row.token.key).second) continue;
        tokens.push_back(std::move(row));
        references.push_back({subject.reference});
      }
    }
  }
  return vault.StoreTokens(tokens, references).status();
}

absl::Status CheckAll(Client& client, Kind* kind) {
  std::vector<std::vector<Subject>> batches;
  for (size_t at = 0; at < kind->subjects.size(); at += kBatch) {
    const size_t end = std::min(kind->subjects.size(), at + kBatch);
    batches.emplace_back(kind->subjects.begin() + static_cast<int64_t>(at),
                         kind->subjects.begin() + static_cast<int64_t>(end));
  }
  const double begin = ProcessCpuSeconds();
  for (const auto& batch : batches) {
    VERVET_ASSIGN_OR_RETURN(const auto results, client.CheckBatch(batch));
    for (const SubjectResult& result : results) {
      if (result.results.front().outcome != CheckOutcome::kNoMatch ||
          result.results.front().evaluated_now) {
        return absl::InternalError(absl::StrCat(kind->what,
                                                ": not answered from the vault (outcome ",
                                                static_cast<int>(result.results.front().outcome),
                                                "): ", result.results.front().status.ToString()));
      }
    }
  }
  kind->line.measured.Add((ProcessCpuSeconds() - begin) * 1e6 /
                          static_cast<double>(kind->subjects.size()));
  return absl::OkStatus();
}

absl::Status ReadAll(Kind* kind) {
  const auto& library = *PhoneNumberUtil::GetInstance();
  size_t valid = 0;
  const double begin = ProcessCpuSeconds();
  for (const Subject& subject : kind->subjects) {
    const Identifier& identifier = subject.identifiers.front();
    PhoneNumber number;
    std::string e164;
    library.Parse(identifier.value, identifier.region.empty() ? "ZZ" : identifier.region, &number);
    valid += library.IsValidNumber(number);
    library.Format(number, PhoneNumberUtil::E164, &e164);
  }
  kind->line.floor.Add((ProcessCpuSeconds() - begin) * 1e6 /
                       static_cast<double>(kind->subjects.size()));
  return valid == kind->subjects.size() ? absl::OkStatus()
                                        : absl::InternalError("a number is not valid");
}

absl::Status Run(const Options& options, Report* report) {
  const size_t count = options.quick ? 2'000 : 20'000;
  std::vector<Kind> kinds = Kinds(count);
  VERVET_ASSIGN_OR_RETURN(auto coalition, FoundCoalition(options.dir + "/coalition"));
  VERVET_RETURN_IF_ERROR(coalition->hub().Stop().status());
  VERVET_RETURN_IF_ERROR(FillStore(coalition->hub(), count, 4, 1));
  VERVET_RETURN_IF_ERROR(coalition->StartHub());
  ClientOptions client_options = OptionsOf(*coalition, kReader, options.dir + "/vault.db");
  {
    VERVET_ASSIGN_OR_RETURN(auto client, Client::Open(client_options));
    VERVET_RETURN_IF_ERROR(client->WaitUntilCaughtUp(std::chrono::seconds(120)));
  }
  {
    vault::VaultOptions vault_options;
    vault_options.path = client_options.vault_path;
    vault_options.key = {client_options.vault_key_path, {}};
    vault_options.coalition = client_options.coalition;
    vault_options.party = absl::StrCat("member/", kReader);
    vault_options.log_public_key = engine::FromHex(client_options.log_public_key, 32);
    VERVET_ASSIGN_OR_RETURN(auto vault, vault::Vault::Open(vault_options, Environment::System()));
    VERVET_RETURN_IF_ERROR(Remember(*vault, kinds));
  }
  client_options.background = false;
  VERVET_ASSIGN_OR_RETURN(auto client, Client::Open(client_options));
  std::vector<std::function<absl::Status()>> sides;
  for (Kind& kind : kinds) {
    sides.push_back([&] { return CheckAll(*client, &kind); });
    if (kind.phones) sides.push_back([&] { return ReadAll(&kind); });
  }
  VERVET_RETURN_IF_ERROR(Interleave(options.rounds, sides));
  for (Kind& kind : kinds) {
    kind.line.what = absl::StrCat("Check of cached ", kind.what);
    kind.line.unit = "us";
    kind.line.note = absl::StrCat(kind.subjects.size(), " in batches of ", kBatch,
                                  ", each with a reference; CPU time of one");
    if (kind.phones) {
      kind.line.floor_is = "libphonenumber's Parse, IsValidNumber and Format of the same text";
      kind.line.target = Target::RatioAtMost(1.3);
    }
    report->Add(std::move(kind.line));
  }
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"member-check-identifiers", "identifiers whose token the vault has", Run});

}  // namespace
}  // namespace vervet::bench
