#include "hub/server/announcements.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/views/blinded.h"
#include "hub/engine/registry.h"

namespace vervet::hub {
namespace {

absl::string_view BytesOf(const Keyring::VoprfKey& key) {
  const auto& bytes = key.pair.public_key().bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Members stop syncing for good when a key changes under its epoch, so another keyring than the
// log's must not start.
absl::Status CheckKey(v1::SignatureType type, const Keyring::VoprfKey* key, uint32_t epoch,
                      absl::string_view public_key) {
  const absl::string_view name = v1::SignatureType_Name(type);
  if (key == nullptr || key->epoch < epoch) {
    return absl::FailedPreconditionError(
        absl::StrCat("keyring_path: holds no key of epoch ", epoch, " for ", name,
                     ", which the log announced; restore the keyring that belongs to this log"));
  }
  if (key->epoch == epoch && public_key != BytesOf(*key)) {
    return absl::FailedPreconditionError(
        absl::StrCat("keyring_path: its key for ", name,
                     " is not the one that the log announced; restore the keyring that belongs to "
                     "this log"));
  }
  return absl::OkStatus();
}

absl::Status AppendNow(Command command, Appender& appender) {
  Mutex mutex;
  CondVar changed;
  bool finished = false;
  absl::Status result;
  command.done = [&](const absl::StatusOr<RequestOutcome>& outcome) {
    MutexLock lock(mutex);
    result = outcome.status();
    finished = true;
    changed.NotifyAll();
  };
  VERVET_RETURN_IF_ERROR(appender.Submit(std::move(command)));
  MutexLock lock(mutex);
  while (!finished) changed.Wait(mutex);
  return result;
}

}  // namespace

absl::Status CheckLogFits(const Config& config, const HubContext& hub) {
  return hub.state->Read([&](const HubState& state) -> absl::Status {
    for (const auto& [type, announced] : state.types.all()) {
      if (!views::IsBlinded(type)) continue;
      VERVET_RETURN_IF_ERROR(
          CheckKey(type, hub.keyring->Find(type), announced.epoch, announced.public_key));
    }
    return CheckHubRegion(state.roster, config.region);
  });
}

absl::Status AppendAnnouncements(const Config& config, const HubContext& hub) {
  for (const auto& coordinator : config.coordinators) {
    VERVET_RETURN_IF_ERROR(
        AppendNow(BootstrapCommand(coordinator.party, coordinator.display_name, coordinator.region),
                  *hub.appender));
  }
  for (const auto& [type, policy] : config.types) {
    v1::SignatureTypeAnnounced announcement;
    announcement.set_type(type);
    if (views::IsBlinded(type)) {
      const Keyring::VoprfKey* key = hub.keyring->Find(type);
      if (key == nullptr) continue;
      announcement.set_epoch(key->epoch);
      announcement.set_public_key(std::string(BytesOf(*key)));
    }
    for (const uint32_t version : policy.rules_versions) announcement.add_rules_versions(version);
    announcement.set_maximum_life_s(absl::ToInt64Seconds(policy.maximum_life));
    VERVET_RETURN_IF_ERROR(AppendNow(AnnounceCommand(announcement), *hub.appender));
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
