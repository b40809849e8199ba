// The images of a record to be published: what the hub takes and what it refuses.
#ifndef VERVET_HUB_ENGINE_PUBLISHED_IMAGES_H_
#define VERVET_HUB_ENGINE_PUBLISHED_IMAGES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/views/coalition_state.h"
#include "vervet/v1/event.pb.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// What the request alone decides: number, hashes, quality, radius. INVALID_ARGUMENT names the field
// with the image's index ("images[3].hash: …").
absl::Status CheckImages(const v1::PublishRequest& request);

// What the state decides: whether images are in use, their expiry (INVALID_ARGUMENT), and that none
// is on the negative list (FAILED_PRECONDITION).
absl::Status CheckImagesAgainstState(const v1::RecordPublished& record,
                                     const views::CoalitionState& state, absl::Time now);

// INVALID_ARGUMENT where it has not 32 bytes.
absl::Status CheckImageHash(absl::string_view field, absl::string_view hash);
// INVALID_ARGUMENT above kMaxHashRadius.
absl::Status CheckImageRadius(absl::string_view field, uint32_t radius);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PUBLISHED_IMAGES_H_
