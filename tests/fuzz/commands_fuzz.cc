// Sequences of calls by several parties, with time passing between them: after each of them the log
// and the state belong together, and at the end everybody is sent what is theirs to see.
#include "tests/fuzz/hub_world.h"

namespace {

constexpr int kMaxSteps = 24;

void PassTime(vervet::fuzz::Input& in, vervet::fuzz::HubWorld& world) {
  static constexpr absl::Duration kSteps[] = {absl::Seconds(1), absl::Minutes(11), absl::Hours(25),
                                              absl::Hours(24 * 9)};
  const uint32_t step = in.Below(5);
  if (step < 4) {
    world.hub().env().Advance(kSteps[step]);
  } else {
    world.hub().env().SetWallClock(world.hub().env().Now() - absl::Hours(30));
  }
  world.hub().Tick();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  Input in(data, size);
  HubWorld world;
  for (int step = 0; step < kMaxSteps && !in.empty(); ++step) {
    const uint32_t what = in.Byte();
    if (what >= 224) {
      PassTime(in, world);
      continue;
    }
    const Method& method = UnaryMethods()[what % UnaryMethods().size()];
    const std::string& caller = in.Pick(Callers());
    const Known known = world.GetKnown();
    const auto request = MakeRequest(in, method, caller, known, world.hub());
    if (in.Below(4) == 1) {
      Input changes(data, std::min<size_t>(size, 6));
      ChangeMessage(changes, PaletteOf(known), request.get());
      if (!request->ParseFromString(request->SerializeAsString())) continue;
    }
    (void)world.Call(caller, method, *request);
  }
  world.CheckLog();
  world.CheckFeeds();
  world.CheckBudgets();
  return 0;
}
