#include "hub/engine/negative_list.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/image_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/retry_after.h"
#include "hub/engine/fields.h"
#include "hub/engine/published_images.h"

namespace vervet::hub {
namespace {

using Decision = absl::StatusOr<Command::Decision>;
using Image = views::NegativeList::Image;

constexpr uint32_t kDefaultListed = 100;

// What is harmless must match nowhere, so everybody is told.
AppendEntry ForEverybody() {
  AppendEntry entry;
  for (const v1::Role role : {v1::MEMBER, v1::COORDINATOR, v1::EXPERT, v1::AGENCY, v1::AUDITOR}) {
    entry.draft.audience.add_roles(role);
  }
  return entry;
}

template <typename Request>
Command ListCommand(absl::string_view party, absl::string_view method, const Request& request) {
  Command command;
  command.request = MakeRequestKey(party, request.request_id(), method, request);
  // All of them, for the limits.
  command.touches = {"harmless"};
  return command;
}

// Of marks and their clearances the log keeps every one.
absl::Status CheckDay(const views::NegativeList& list, absl::string_view party, absl::Time now) {
  constexpr uint32_t kMaxMarksADay = views::NegativeList::kMaxMarksADay;
  if (list.MarksOnDayOf(now, party) < kMaxMarksADay) return absl::OkStatus();
  constexpr absl::Duration kDay = absl::Hours(24);
  const absl::Duration into_day = (now - absl::UnixEpoch()) % kDay;
  return net::WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat(
          "the caller has made ", kMaxMarksADay,
          " marks today, the limit for one expert and day (UTC), those taken back since too; go on "
          "tomorrow, and mark a picture once, with the radius that covers its copies")),
      kDay - into_day);
}

absl::Status CheckLimits(const views::NegativeList& list, absl::string_view party) {
  if (list.MarksOf(party) >= kMaxHarmlessMarksByExpert) {
    return absl::FailedPreconditionError(
        absl::StrCat("the caller's marks are ", kMaxHarmlessMarksByExpert,
                     ", the limit for one expert; clear old ones (vervet images harmless clear)"));
  }
  if (list.marks() >= kMaxHarmlessMarks) {
    return absl::FailedPreconditionError(
        absl::StrCat("the negative list has ", kMaxHarmlessMarks,
                     " marks, its limit; clear old ones (vervet images harmless clear)"));
  }
  return absl::OkStatus();
}

void Fill(const std::string& hash, const Image& image, v1::HarmlessImage* out) {
  out->set_hash(hash);
  out->set_in_force(image.in_force);
  out->set_radius(image.radius);
  for (const views::NegativeList::Mark& mark : image.marks) {
    v1::HarmlessMark& line = *out->add_marks();
    line.set_party(mark.party);
    line.set_radius(mark.radius);
    line.set_description(mark.description);
    line.set_marked_us(absl::ToUnixMicros(mark.marked));
  }
}

}  // namespace

absl::StatusOr<Command> MarkHarmlessCommand(absl::string_view party,
                                            const v1::MarkHarmlessRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckImageHash("hash", request.hash()));
  VERVET_RETURN_IF_ERROR(CheckImageRadius("radius", request.radius()));
  VERVET_RETURN_IF_ERROR(
      CheckText("description", request.description(), kMaxHarmlessDescriptionBytes));
  Command command = ListCommand(party, "MarkHarmless", request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time now) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    const Image* image = state.harmless.Find(request.hash());
    const auto* standing = image == nullptr ? nullptr : image->MarkOf(party);
    if (standing == nullptr) VERVET_RETURN_IF_ERROR(CheckLimits(state.harmless, party));
    if (standing != nullptr && standing->radius == request.radius() &&
        standing->description == request.description()) {
      return Command::Decision(RequestOutcome{standing->sequence, ""});
    }
    VERVET_RETURN_IF_ERROR(CheckDay(state.harmless, party, now));
    AppendEntry entry = ForEverybody();
    auto& marked = *entry.draft.body.mutable_harmless_image_marked();
    marked.set_hash(request.hash());
    marked.set_radius(request.radius());
    marked.set_description(request.description());
    marked.set_party(party);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> ClearHarmlessCommand(absl::string_view party,
                                             const v1::ClearHarmlessRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckImageHash("hash", request.hash()));
  VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));
  Command command = ListCommand(party, "ClearHarmless", request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    const Image* image = state.harmless.Find(request.hash());
    const bool everybody = absl::StartsWith(party, "coordinator/");
    if (image == nullptr || (!everybody && image->MarkOf(party) == nullptr)) {
      return absl::NotFoundError(
          everybody ? "hash: nobody has marked this image; see vervet images harmless list"
                    : "hash: the caller has no mark on this image; an expert takes back its own, a "
                      "coordinator everybody's");
    }
    AppendEntry entry = ForEverybody();
    auto& cleared = *entry.draft.body.mutable_harmless_image_cleared();
    cleared.set_hash(request.hash());
    cleared.set_party(party);
    cleared.set_reason(request.reason());
    return Command::Decision(std::move(entry));
  };
  return command;
}

bool IsInForce(const HubState& state, absl::string_view hash) {
  const Image* image = state.harmless.Find(hash);
  return image != nullptr && image->in_force;
}

absl::Status ListHarmless(const v1::ListHarmlessRequest& request, const SharedState& shared,
                          v1::ListHarmlessResponse* response) {
  if (!request.after_hash().empty()) {
    VERVET_RETURN_IF_ERROR(CheckImageHash("after_hash", request.after_hash()));
  }
  if (request.limit() > kMaxHarmlessListed) {
    return Invalid("limit", absl::StrCat("is ", request.limit(), "; at most ", kMaxHarmlessListed));
  }
  const uint32_t limit = request.limit() == 0 ? kDefaultListed : request.limit();
  shared.Read([&](const HubState& state) {
    const auto& all = state.harmless.all();
    size_t bytes = 0;
    for (auto it = all.upper_bound(request.after_hash()); it != all.end(); ++it) {
      v1::HarmlessImage entry;
      Fill(it->first, it->second, &entry);
      bytes += entry.ByteSizeLong();
      const bool full = static_cast<uint32_t>(response->images_size()) == limit ||
                        (bytes > kMaxHarmlessListBytes && !response->images().empty());
      if (full) {
        response->set_more(true);
        return;
      }
      *response->add_images() = std::move(entry);
    }
  });
  return absl::OkStatus();
}

}  // namespace vervet::hub
