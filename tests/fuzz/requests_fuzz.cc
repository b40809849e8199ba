// Every request message of every service, at a hub with a little history: raw bytes as the wire
// brings them, or a request that is right but for a few changes.
#include <memory>

#include "tests/fuzz/hub_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  // One hub for all inputs, as long as none has changed it.
  static std::unique_ptr<HubWorld> world;
  if (world == nullptr) world = std::make_unique<HubWorld>();
  Input in(data, size);
  const Method& method = in.Pick(UnaryMethods());
  const std::string& caller = in.Pick(Callers());
  const Known known = world->GetKnown();
  const uint64_t before = world->hub().log().Position().size;
  std::unique_ptr<google::protobuf::Message> request;
  if (in.Below(4) == 0) {
    request.reset(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.request)->New());
    if (!request->ParseFromString(in.Rest())) return 0;
  } else {
    request = MakeRequest(in, method, caller, known, world->hub());
    ChangeMessage(in, PaletteOf(known), request.get());
    if (!request->ParseFromString(request->SerializeAsString())) return 0;
  }
  (void)world->Call(caller, method, *request);
  if (world->hub().log().Position().size != before) {
    world->CheckLog();
    world.reset();
  }
  return 0;
}
