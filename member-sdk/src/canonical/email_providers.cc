#include "member-sdk/src/canonical/email_providers.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vervet::canonical {
namespace {

// Gmail ignores dots and owns both domains. Proton ignores . - _ but its domains are bought one by
// one, so they stay apart. Apple gave every me.com and mac.com name the same icloud.com name.
// A Yandex mailbox has its login at all these domains, with dot and hyphen interchangeable.
// QQ and NetEase have no subaddresses: a "+" there is left alone. Providers whose only rule is the
// plus tag (outlook.com, hotmail.com, live.com, fastmail.com, …) need no row. Yahoo's disposable
// "base-keyword" names look like ordinary names with a hyphen, so they are not merged.
constexpr ProviderRule kProvidersV1[] = {
    {"gmail.com", "gmail.com", ".", true, false},
    {"googlemail.com", "gmail.com", ".", true, false},
    {"icloud.com", "icloud.com", "", true, false},
    {"me.com", "icloud.com", "", true, false},
    {"mac.com", "icloud.com", "", true, false},
    {"proton.me", "proton.me", ".-_", true, false},
    {"protonmail.com", "protonmail.com", ".-_", true, false},
    {"protonmail.ch", "protonmail.ch", ".-_", true, false},
    {"pm.me", "pm.me", ".-_", true, false},
    {"yandex.ru", "yandex.ru", "", true, true},
    {"ya.ru", "yandex.ru", "", true, true},
    {"yandex.com", "yandex.ru", "", true, true},
    {"yandex.by", "yandex.ru", "", true, true},
    {"yandex.kz", "yandex.ru", "", true, true},
    {"yandex.ua", "yandex.ru", "", true, true},
    {"qq.com", "qq.com", "", false, false},
    {"163.com", "163.com", "", false, false},
    {"126.com", "126.com", "", false, false},
};

constexpr absl::string_view kRoleNamesV1[] = {
    "abuse",      "accounts",     "admin",         "billing",       "bounce",    "bounces",
    "contact",    "do-not-reply", "donotreply",    "feedback",      "hello",     "help",
    "info",       "mail",         "mailer-daemon", "marketing",     "news",      "newsletter",
    "no-reply",   "noreply",      "notification",  "notifications", "office",    "orders",
    "postmaster", "replies",      "reply",         "sales",         "security",  "service",
    "support",    "team",         "tickets",       "unsubscribe",   "webmaster",
};

// Fastmail delivers anything@name.fastmail.com to name@fastmail.com ("subdomain addressing").
constexpr absl::string_view kSubdomainProvidersV1[] = {"fastmail.com", "fastmail.fm"};

bool SubdomainAliasV1(absl::string_view domain, std::string* alias) {
  for (absl::string_view provider : kSubdomainProvidersV1) {
    absl::string_view name = domain;
    if (!absl::ConsumeSuffix(&name, provider) || !absl::ConsumeSuffix(&name, ".")) continue;
    if (name.empty() || absl::StrContains(name, '.')) continue;
    *alias = absl::StrCat(name, "@", provider);
    return true;
  }
  return false;
}

std::string WithoutPlusTag(absl::string_view local_part) {
  const absl::string_view base = local_part.substr(0, local_part.find('+'));
  // "jane.+x" stays whole: "jane." would not be an address.
  const bool keeps_tag = base.empty() || base.back() == '.' || IsRoleNameV1(base);
  return std::string(keeps_tag ? local_part : base);
}

std::string Without(absl::string_view ignored, absl::string_view local_part) {
  std::string kept;
  for (char c : local_part) {
    if (!absl::StrContains(ignored, c)) kept.push_back(c);
  }
  return kept.empty() ? std::string(local_part) : kept;
}

}  // namespace

const ProviderRule* FindProviderV1(absl::string_view domain) {
  const auto* found = std::find_if(std::begin(kProvidersV1), std::end(kProvidersV1),
                                   [&](const ProviderRule& rule) { return rule.domain == domain; });
  return found == std::end(kProvidersV1) ? nullptr : found;
}

bool IsRoleNameV1(absl::string_view local_part) {
  return std::find(std::begin(kRoleNamesV1), std::end(kRoleNamesV1), local_part) !=
         std::end(kRoleNamesV1);
}

std::string AliasV1(absl::string_view local_part, absl::string_view domain) {
  std::string alias;
  if (SubdomainAliasV1(domain, &alias)) return alias;
  const ProviderRule* rule = FindProviderV1(domain);
  if (rule == nullptr) return absl::StrCat(WithoutPlusTag(local_part), "@", domain);
  std::string mailbox = Without(rule->ignored, local_part);
  if (rule->dot_is_hyphen) std::replace(mailbox.begin(), mailbox.end(), '.', '-');
  if (rule->drops_plus_tag) mailbox = WithoutPlusTag(mailbox);
  return absl::StrCat(mailbox, "@", rule->mailbox_domain);
}

}  // namespace vervet::canonical
