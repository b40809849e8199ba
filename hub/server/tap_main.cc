#include <string>

#include "hub/server/hub_main.h"
#include "hub/server/tap.h"

int main(int argc, char** argv) {
  // `init` and the like receive nothing.
  const bool serves = argc > 1 && std::string(argv[1]) == "serve";
  if (serves && !vervet::hub::OpenTap()) return 2;
  return vervet::hub::HubMain(argc, argv, &vervet::hub::TapRequests);
}
