// How the engine reaches the hub: the seam behind which gRPC lives, and an in-process hub in tests.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "member-sdk/src/engine/sync/sync_frame.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/progress.pb.h"
#include "vervet/v1/records.pb.h"

namespace vervet::engine {

// One Sync stream. Read, SendApplied and Finish belong to one thread; Cancel may come from any
// other. Destroying it cancels.
class SyncSession {
 public:
  virtual ~SyncSession() = default;

  // Waits for the next message. False: the stream has ended, and Finish says why.
  virtual bool Read(SyncFrame* frame) = 0;
  // False: the stream has ended.
  virtual bool SendApplied(uint64_t position) = 0;
  // Once, after Read or SendApplied returned false. Never blocks for long: the stream is over by
  // then.
  virtual absl::Status Finish() = 0;
  // Makes a waiting Read return false soon.
  virtual void Cancel() = 0;
};

// Thread-safe. Every status may carry net::RetryAfter. No call waits for a hub that is out of
// reach: it fails with UNAVAILABLE.
class Transport {
 public:
  template <typename Response>
  using Done = std::function<void(absl::StatusOr<Response>)>;

  virtual ~Transport() = default;

  // Before each Sync stream: takes up what was renewed since the last. `notices` gets what is worth
  // telling the platform. An error says why no connection can be made.
  virtual absl::Status Prepare(std::vector<std::string>* notices) { return absl::OkStatus(); }

  // Of the certificate in use; nothing where the transport has none.
  virtual std::optional<absl::Time> CertificateExpiry() { return std::nullopt; }

  virtual absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                        absl::Duration deadline) = 0;

  // `done` is called exactly once, on any thread, perhaps before the call returns. The request is
  // copied.
  virtual void Publish(const v1::PublishRequest& request, absl::Duration deadline,
                       Done<v1::PublishResponse> done) = 0;
  virtual void Retract(const v1::RetractRequest& request, absl::Duration deadline,
                       Done<v1::RetractResponse> done) = 0;

  // What becomes of records; as Publish.
  virtual void Opine(const v1::OpineRequest& request, absl::Duration deadline,
                     Done<v1::OpineResponse> done) = 0;
  virtual void AnswerDisputes(const v1::AnswerDisputesRequest& request, absl::Duration deadline,
                              Done<v1::AnswerDisputesResponse> done) = 0;
  virtual void ReportSighting(const v1::ReportSightingRequest& request, absl::Duration deadline,
                              Done<v1::ReportSightingResponse> done) = 0;
  virtual void ReportQuarantine(const v1::ReportQuarantineRequest& request, absl::Duration deadline,
                                Done<v1::ReportQuarantineResponse> done) = 0;
  virtual void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest& request,
                                 absl::Duration deadline,
                                 Done<v1::AcknowledgeRemedyResponse> done) = 0;
  virtual void Erase(const v1::EraseRequest& request, absl::Duration deadline,
                     Done<v1::EraseResponse> done) = 0;
  // As Evaluate.
  virtual absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest& request,
                                                      absl::Duration deadline) = 0;

  // What this member contributes to the progress figures, as Publish; and what it may see of them,
  // as Evaluate.
  virtual void Contribute(const v1::ContributeRequest& request, absl::Duration deadline,
                          Done<v1::ContributeResponse> done) = 0;
  virtual absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const v1::GetDefinitionsRequest& request, absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::GetReductionResponse> GetReduction(
      const v1::GetReductionRequest& request, absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest& request,
                                                          absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest& request,
                                                              absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request, absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::ListPanelsResponse> ListPanels(const v1::ListPanelsRequest& request,
                                                            absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::ListReleasesResponse> ListReleases(
      const v1::ListReleasesRequest& request, absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(
      const v1::GetDisplacementRequest& request, absl::Duration deadline) = 0;
  virtual absl::StatusOr<v1::PlanResponse> Plan(const v1::PlanRequest& request,
                                                absl::Duration deadline) = 0;

  // Open unary calls fail with CANCELLED soon, later ones at once. Does not wait.
  virtual void Shutdown() = 0;

  // Never null; a stream that could not be opened fails its first Read.
  virtual std::unique_ptr<SyncSession> OpenSync(const v1::SyncHello& hello) = 0;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_
