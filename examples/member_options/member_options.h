// How the three examples find their hub, certificate and vault: from the environment, as a service
// unit's EnvironmentFile= gives it. A platform reads these from its own configuration.
#ifndef MEMBER_OPTIONS_H_
#define MEMBER_OPTIONS_H_

#include <cstdlib>
#include <iostream>
#include <string>

#include "vervet/client.h"

namespace example {

inline std::string Required(const char* name) {
  const char* const value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  std::cerr << name << " is not set; examples/README.md says to what\n";
  std::exit(2);
}

inline vervet::ClientOptions MemberOptions() {
  vervet::ClientOptions options;
  options.hub_target = Required("VERVET_HUB");           // hub.coalition.example:7443
  options.coalition = Required("VERVET_COALITION");      // coalition.example
  options.log_public_key = Required("VERVET_LOG_KEY");   // 64 hex digits, read out to you
  const std::string folder = Required("VERVET_FOLDER");  // mode 0700, of the service's user
  options.certificate_path = folder + "/member.pem";
  options.private_key_path = folder + "/member.key";
  options.ca_path = folder + "/ca.pem";
  options.vault_path = folder + "/vault.db";
  options.vault_key_path = folder + "/vault.key";
  options.on_notice = [](const std::string& line) { std::cerr << "vervet: " << line << "\n"; };
  return options;
}

}  // namespace example

#endif  // MEMBER_OPTIONS_H_
