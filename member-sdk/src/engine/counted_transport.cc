#include "member-sdk/src/engine/counted_transport.h"

#include <optional>
#include <utility>

namespace vervet::engine {
namespace {

// 32 bytes each, as docs/protocol.md has them.
constexpr size_t kElementBytes = 32;

class CountedTransport final : public Transport {
 public:
  CountedTransport(std::unique_ptr<Transport> inner, SdkMetrics* metrics, Environment* env)
      : inner_(std::move(inner)), metrics_(metrics), env_(env) {}

  absl::Status Prepare(std::vector<std::string>* notices) override {
    return inner_->Prepare(notices);
  }
  std::optional<absl::Time> CertificateExpiry() override { return inner_->CertificateExpiry(); }

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration deadline) override {
    auto response = Asked("Evaluate", &Transport::Evaluate, request, deadline);
    if (response.ok()) {
      size_t bytes = 0;
      for (const auto& batch : response->batches()) bytes += batch.evaluated().size();
      metrics_->evaluated_elements.Add(bytes / kElementBytes);
    }
    return response;
  }
  void Publish(const v1::PublishRequest& request, absl::Duration deadline,
               Done<v1::PublishResponse> done) override {
    Sent("Publish", &Transport::Publish, request, deadline, std::move(done));
  }
  void Retract(const v1::RetractRequest& request, absl::Duration deadline,
               Done<v1::RetractResponse> done) override {
    Sent("Retract", &Transport::Retract, request, deadline, std::move(done));
  }
  void Opine(const v1::OpineRequest& request, absl::Duration deadline,
             Done<v1::OpineResponse> done) override {
    Sent("Opine", &Transport::Opine, request, deadline, std::move(done));
  }
  void AnswerDisputes(const v1::AnswerDisputesRequest& request, absl::Duration deadline,
                      Done<v1::AnswerDisputesResponse> done) override {
    Sent("AnswerDisputes", &Transport::AnswerDisputes, request, deadline, std::move(done));
  }
  void ReportSighting(const v1::ReportSightingRequest& request, absl::Duration deadline,
                      Done<v1::ReportSightingResponse> done) override {
    Sent("ReportSighting", &Transport::ReportSighting, request, deadline, std::move(done));
  }
  void ReportQuarantine(const v1::ReportQuarantineRequest& request, absl::Duration deadline,
                        Done<v1::ReportQuarantineResponse> done) override {
    Sent("ReportQuarantine", &Transport::ReportQuarantine, request, deadline, std::move(done));
  }
  void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest& request, absl::Duration deadline,
                         Done<v1::AcknowledgeRemedyResponse> done) override {
    Sent("AcknowledgeRemedy", &Transport::AcknowledgeRemedy, request, deadline, std::move(done));
  }
  void Erase(const v1::EraseRequest& request, absl::Duration deadline,
             Done<v1::EraseResponse> done) override {
    Sent("Erase", &Transport::Erase, request, deadline, std::move(done));
  }
  absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest& request,
                                              absl::Duration deadline) override {
    return Asked("ShowRecord", &Transport::ShowRecord, request, deadline);
  }
  void Contribute(const v1::ContributeRequest& request, absl::Duration deadline,
                  Done<v1::ContributeResponse> done) override {
    Sent("Contribute", &Transport::Contribute, request, deadline, std::move(done));
  }
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const v1::GetDefinitionsRequest& request, absl::Duration deadline) override {
    return Asked("GetDefinitions", &Transport::GetDefinitions, request, deadline);
  }
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const v1::GetReductionRequest& request,
                                                        absl::Duration deadline) override {
    return Asked("GetReduction", &Transport::GetReduction, request, deadline);
  }
  absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest& request,
                                                  absl::Duration deadline) override {
    return Asked("GetSeries", &Transport::GetSeries, request, deadline);
  }
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest& request,
                                                      absl::Duration deadline) override {
    return Asked("GetCoverage", &Transport::GetCoverage, request, deadline);
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request, absl::Duration deadline) override {
    return Asked("ListContributions", &Transport::ListContributions, request, deadline);
  }
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(const v1::ListPanelsRequest& request,
                                                    absl::Duration deadline) override {
    return Asked("ListPanels", &Transport::ListPanels, request, deadline);
  }
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const v1::ListReleasesRequest& request,
                                                        absl::Duration deadline) override {
    return Asked("ListReleases", &Transport::ListReleases, request, deadline);
  }
  absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(
      const v1::GetDisplacementRequest& request, absl::Duration deadline) override {
    return Asked("GetDisplacement", &Transport::GetDisplacement, request, deadline);
  }
  absl::StatusOr<v1::PlanResponse> Plan(const v1::PlanRequest& request,
                                        absl::Duration deadline) override {
    return Asked("Plan", &Transport::Plan, request, deadline);
  }

  void Shutdown() override { inner_->Shutdown(); }

  std::unique_ptr<SyncSession> OpenSync(const v1::SyncHello& hello) override {
    metrics_->sync_streams.Add();
    return inner_->OpenSync(hello);
  }

 private:
  void Count(const char* method, const absl::Status& status, absl::Duration began) {
    metrics_->rpcs.Add({method, absl::StatusCodeToString(status.code())});
    metrics_->rpc_seconds.With({method}).Observe(env_->Monotonic() - began);
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Asked(const char* name,
                                 absl::StatusOr<Response> (Transport::*method)(const Request&,
                                                                               absl::Duration),
                                 const Request& request, absl::Duration deadline) {
    const absl::Duration began = env_->Monotonic();
    auto response = (inner_.get()->*method)(request, deadline);
    Count(name, response.status(), began);
    return response;
  }

  template <typename Request, typename Response>
  void Sent(const char* name,
            void (Transport::*method)(const Request&, absl::Duration, Done<Response>),
            const Request& request, absl::Duration deadline, Done<Response> done) {
    (inner_.get()->*method)(request, deadline,
                            [this, name, began = env_->Monotonic(),
                             done = std::move(done)](absl::StatusOr<Response> response) {
                              Count(name, response.status(), began);
                              done(std::move(response));
                            });
  }

  const std::unique_ptr<Transport> inner_;
  SdkMetrics* const metrics_;
  Environment* const env_;
};

}  // namespace

std::unique_ptr<Transport> MakeCountedTransport(std::unique_ptr<Transport> inner,
                                                SdkMetrics* metrics, Environment* env) {
  return std::make_unique<CountedTransport>(std::move(inner), metrics, env);
}

}  // namespace vervet::engine
