// The command line of the hub, shared by `vervet-hub` and its tapped twin.
#ifndef VERVET_HUB_SERVER_HUB_MAIN_H_
#define VERVET_HUB_SERVER_HUB_MAIN_H_

#include <functional>

namespace grpc {
class ServerBuilder;
}

namespace vervet::hub {

int HubMain(int argc, char** argv, std::function<void(grpc::ServerBuilder&)> customize);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_HUB_MAIN_H_
