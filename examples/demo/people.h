// The people of the demo: invented offenders and one innocent person, each in several notations.
#ifndef VERVET_EXAMPLES_DEMO_PEOPLE_H_
#define VERVET_EXAMPLES_DEMO_PEOPLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vervet::demo {

struct RawIdentifier {
  std::string type;  // "phone", "email", "payment_account", "platform_account"
  std::string value;
  std::string region;  // for phones without "+"
};

// The main character: as the market knows it, and as the others do.
std::vector<RawIdentifier> TraderAtTheMarket();
std::vector<RawIdentifier> TraderAtTheSocialNetwork();
std::vector<RawIdentifier> TraderAtTheSearchEngine();
// Nobody's record; shares a region and a mail provider with the trader.
std::vector<RawIdentifier> InnocentPerson();
// Known to the sub-coalition alone.
std::vector<RawIdentifier> TraderOfTheSubCoalition();

// Generated offender number `index`, always the same: one or two identifiers. Phone numbers are
// valid for libphonenumber and may well be somebody's; they never leave this machine.
std::vector<RawIdentifier> GeneratedOffender(uint64_t index);

// Every way in which `identifier` might lie about in a store, a log line or on the wire: as given,
// in canonical form, in other notations, digits alone.
std::vector<std::string> AllNotations(const RawIdentifier& identifier);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_PEOPLE_H_
