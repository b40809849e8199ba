// A sign-up form asks about each new user. Reads one user a line from standard input,
// "reference,phone,region,e-mail", and prints what to do. (Never take identifiers from the command
// line: everybody on the machine can read it.)
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "member_options.h"
#include "vervet/client.h"

namespace {

vervet::Subject ReadUser(const std::string& line) {
  std::istringstream fields(line);
  vervet::Subject user;
  vervet::Identifier phone{vervet::IdentifierType::kPhone, "", ""};
  vervet::Identifier email{vervet::IdentifierType::kEmail, "", ""};
  std::getline(fields, user.reference, ',');
  std::getline(fields, phone.value, ',');
  std::getline(fields, phone.region, ',');
  std::getline(fields, email.value, ',');
  if (!phone.value.empty()) user.identifiers.push_back(phone);
  if (!email.value.empty()) user.identifiers.push_back(email);
  return user;
}

// Evidence for the person who decides: who acted, for what, how sure they were, whom to ask.
std::string Describe(const vervet::Match& match) {
  return "acted on by " + match.publisher_name + ": " +
         vervet::OffenceActivityName(match.facts.activity) + " of " + match.facts.taxa.front() +
         ", " + vervet::CertaintyName(match.facts.certainty) + ", by " + match.signature_type +
         ", their case " + match.facts.decision_reference;
}

// Nobody is turned away by a machine: the worst that happens here is that a person looks first.
std::string Decide(vervet::Client& client, const vervet::Subject& user) {
  const auto answer = client.Check(user);
  if (!answer.ok()) return "let in, ask again later: " + std::string(answer.status().message());
  std::string decision = "let in";
  for (size_t i = 0; i < answer->results.size(); ++i) {
    const vervet::CheckResult& result = answer->results[i];
    const char* const type = vervet::IdentifierTypeName(user.identifiers[i].type);
    switch (result.outcome) {
      case vervet::CheckOutcome::kMatch:
        return "review: " + Describe(result.matches.front());
      case vervet::CheckOutcome::kRefused:  // the user mistyped it: the form can say so at once
        return std::string("correct the ") + type + ": " + std::string(result.status.message());
      case vervet::CheckOutcome::kNotKnown:  // not "no match": nobody could say
        decision = std::string("let in, ask again later: ") + type;
        break;
      case vervet::CheckOutcome::kNoMatch:
        break;
    }
  }
  return decision;
}

}  // namespace

int main(int argc, char** argv) {
  vervet::ClientOptions options = example::MemberOptions();
  // Somebody waits in front of the form. What was checked before is answered in microseconds; a new
  // user takes one call to the hub, and no longer than this. One argument sets it, in milliseconds.
  options.rpc_deadline = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 500);
  const auto client = vervet::Client::Open(std::move(options));
  if (!client.ok()) {
    std::cerr << "sign-up-check: " << client.status().message() << "\n";
    return 1;
  }
  // A service does this once, when it starts. Without the hub it goes on with what the vault has.
  if (const auto synced = (*client)->WaitUntilCaughtUp(std::chrono::seconds(5)); !synced.ok()) {
    std::cerr << "sign-up-check: " << synced.message() << "\n";
  }
  for (std::string line; std::getline(std::cin, line);) {
    const vervet::Subject user = ReadUser(line);
    std::cout << user.reference << ": " << Decide(**client, user) << std::endl;
  }
}
