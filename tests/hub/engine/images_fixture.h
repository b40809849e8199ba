// An engine in whose coalition images are in use.
#ifndef VERVET_TESTS_HUB_ENGINE_IMAGES_FIXTURE_H_
#define VERVET_TESTS_HUB_ENGINE_IMAGES_FIXTURE_H_

#include <string>

#include "hub/engine/negative_list.h"
#include "tests/core/views/image_maker.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {

inline constexpr absl::Duration kImageLife = absl::Hours(24 * 730);

// As EngineTest, with IMAGE_PDQ announced, and expert/ada, expert/ben and expert/cleo admitted.
class ImagesEngineTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    v1::SignatureTypeAnnounced announcement;
    announcement.set_type(v1::IMAGE_PDQ);
    announcement.add_rules_versions(1);
    announcement.set_maximum_life_s(absl::ToInt64Seconds(kImageLife));
    ASSERT_TRUE(Run(AnnounceCommand(announcement)).ok());
    for (const char* party : {"expert/ada", "expert/ben", "expert/cleo"}) Admit(party);
  }

  static std::string Hash(uint32_t number, int altered_bits = 0) {
    return views::BytesOf(views::Altered(views::HashOf(number), altered_bits));
  }
  v1::ImageSignature ImageOf(const std::string& hash) {
    v1::ImageSignature image;
    image.set_hash(hash);
    image.set_quality(80);
    image.set_expires_us(absl::ToUnixMicros(env_.Now() + absl::Hours(24)));
    return image;
  }
  // Right in every way: two images and no signature, for the group "coalition".
  v1::PublishRequest ImageRequest() {
    v1::PublishRequest request = GoodRequest();
    request.clear_signatures();
    *request.add_images() = ImageOf(Hash(1));
    *request.add_images() = ImageOf(Hash(2));
    return request;
  }
  v1::MarkHarmlessRequest Marking(uint32_t number, uint32_t radius = 8) {
    v1::MarkHarmlessRequest request;
    request.set_request_id(NewRequestId());
    request.set_hash(Hash(number));
    request.set_radius(radius);
    request.set_description("an elephant by a river");
    return request;
  }
  absl::StatusOr<RequestOutcome> Mark(const std::string& party, uint32_t number,
                                      uint32_t radius = 8) {
    return Run(MarkHarmlessCommand(party, Marking(number, radius)));
  }
  v1::ClearHarmlessRequest Clearing(uint32_t number) {
    v1::ClearHarmlessRequest request;
    request.set_request_id(NewRequestId());
    request.set_hash(Hash(number));
    request.set_reason("it shows the trader's own stock");
    return request;
  }
  absl::StatusOr<RequestOutcome> Clear(const std::string& party, uint32_t number) {
    return Run(ClearHarmlessCommand(party, Clearing(number)));
  }
  bool InForce(uint32_t number) {
    return state_.Read([&](const HubState& state) { return IsInForce(state, Hash(number)); });
  }
};

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_ENGINE_IMAGES_FIXTURE_H_
