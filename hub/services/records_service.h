// The Records service: opinions, sightings, remedy, erasure.
#ifndef VERVET_HUB_SERVICES_RECORDS_SERVICE_H_
#define VERVET_HUB_SERVICES_RECORDS_SERVICE_H_

#include "hub/services/hub_context.h"
#include "vervet/v1/records.grpc.pb.h"

namespace vervet::hub {

// Thread-safe. Borrows the context.
class RecordsService final : public v1::Records::CallbackService {
 public:
  explicit RecordsService(HubContext* hub) : hub_(hub) {}

  grpc::ServerUnaryReactor* Opine(grpc::CallbackServerContext* context,
                                  const v1::OpineRequest* request,
                                  v1::OpineResponse* response) override;
  grpc::ServerUnaryReactor* AnswerDisputes(grpc::CallbackServerContext* context,
                                           const v1::AnswerDisputesRequest* request,
                                           v1::AnswerDisputesResponse* response) override;
  grpc::ServerUnaryReactor* ReportSighting(grpc::CallbackServerContext* context,
                                           const v1::ReportSightingRequest* request,
                                           v1::ReportSightingResponse* response) override;
  grpc::ServerUnaryReactor* ReportQuarantine(grpc::CallbackServerContext* context,
                                             const v1::ReportQuarantineRequest* request,
                                             v1::ReportQuarantineResponse* response) override;
  grpc::ServerUnaryReactor* AcknowledgeRemedy(grpc::CallbackServerContext* context,
                                              const v1::AcknowledgeRemedyRequest* request,
                                              v1::AcknowledgeRemedyResponse* response) override;
  grpc::ServerUnaryReactor* Erase(grpc::CallbackServerContext* context,
                                  const v1::EraseRequest* request,
                                  v1::EraseResponse* response) override;
  grpc::ServerUnaryReactor* ShowRecord(grpc::CallbackServerContext* context,
                                       const v1::ShowRecordRequest* request,
                                       v1::RecordStatus* response) override;
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const v1::ListRecordsRequest* request,
                                        v1::ListRecordsResponse* response) override;

 private:
  HubContext* const hub_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_RECORDS_SERVICE_H_
