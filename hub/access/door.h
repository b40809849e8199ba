// Refuses callers before any work: gRPC asks the door with path and certificate, before a message
// is read.
#ifndef VERVET_HUB_ACCESS_DOOR_H_
#define VERVET_HUB_ACCESS_DOOR_H_

#include <grpcpp/security/auth_metadata_processor.h>

#include <functional>
#include <string>

#include "core/net/identity.h"
#include "hub/log/shared_state.h"

namespace vervet::hub {

class Door final : public grpc::AuthMetadataProcessor {
 public:
  // Told of each refusal, for counting and logging; on a gRPC thread.
  using Refused =
      std::function<void(const std::string& party, const std::string& method, const absl::Status&)>;

  Door(std::string coalition, const SharedState* state, Refused refused)
      : coalition_(std::move(coalition)), state_(state), refused_(std::move(refused)) {}

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override;

 private:
  const std::string coalition_;
  const SharedState* const state_;
  const Refused refused_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_DOOR_H_
