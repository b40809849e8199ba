// A market that publishes pictures, and members that check them.
#ifndef VERVET_TESTS_MEMBER_SDK_IMAGE_FIXTURE_H_
#define VERVET_TESTS_MEMBER_SDK_IMAGE_FIXTURE_H_

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {

class ImageTest : public AftermathTest {
 protected:
  ImageTest() { hub_.AnnounceImages(); }

  // Hashes of other seeds are about 128 bits away.
  static ImageHash Hash(uint32_t seed, int quality = 90) {
    std::mt19937 random(seed);
    ImageHash hash;
    for (uint8_t& byte : hash.bytes) byte = static_cast<uint8_t>(random());
    hash.quality = quality;
    return hash;
  }
  // The same picture, so many bits away; two such are their difference apart.
  static ImageHash Altered(ImageHash hash, int bits) {
    for (int bit = 0; bit < bits; ++bit) hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    return hash;
  }
  static std::string BytesOf(const ImageHash& hash) {
    return std::string(hash.bytes.begin(), hash.bytes.end());
  }

  // Publishes a record of these pictures alone at the market; the record's id.
  std::string PublishImages(std::vector<RecordImage> images) {
    CatchUp(market());
    OffenderRecord record = RecordOf({});
    record.images = std::move(images);
    const auto ticket = market().Publish(record);
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(market());
    const auto delivery = market().GetDelivery(ticket->request_id);
    EXPECT_EQ(delivery->status, absl::OkStatus());
    return delivery->record_id;
  }
  std::string PublishImage(const ImageHash& hash, std::optional<int> radius = std::nullopt) {
    return PublishImages({{hash, radius, std::nullopt}});
  }

  static ImageCheckResult Check(Client& client, const ImageHash& hash,
                                const std::string& reference = "",
                                const ImageCheckOptions& options = {}) {
    const auto result = client.CheckImage({reference, {}, {hash}}, options);
    EXPECT_EQ(result.status(), absl::OkStatus());
    return result.value_or(ImageCheckResult());
  }
  static bool Matches(Client& client, const ImageHash& hash, const std::string& reference = "") {
    return Check(client, hash, reference).outcome == ImageOutcome::kMatch;
  }
};

}  // namespace vervet::testing

#endif  // VERVET_TESTS_MEMBER_SDK_IMAGE_FIXTURE_H_
