#include "hub/dashboard/hub_api.h"

#include <google/protobuf/util/json_util.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/diagnostics.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"
#include "vervet/v1/budgets.grpc.pb.h"
#include "vervet/v1/progress.grpc.pb.h"
#include "vervet/v1/records.grpc.pb.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::dashboard {
namespace {

// A channel whose connection broke is mended only while somebody waits for it, and a call that
// fails at once does not.
constexpr absl::Duration kConnectPatience = absl::Seconds(1);

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:  // a hub that is going down
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    case absl::StatusCode::kUnimplemented:
      return 501;
    default:
      return 502;
  }
}

}  // namespace

HttpAnswer JsonAnswer(std::string body) {
  HttpAnswer answer;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

HttpAnswer JsonError(const absl::Status& status) {
  HttpAnswer answer = JsonAnswer(
      absl::StrCat("{\"error\":{\"code\":", JsonQuote(absl::StatusCodeToString(status.code())),
                   ",\"message\":", JsonQuote(std::string(status.message())), "}}\n"));
  answer.status = HttpStatusOf(status.code());
  if (const std::optional<absl::Duration> wait = net::RetryAfter(status)) {
    answer.headers.emplace_back(
        "Retry-After", absl::StrCat(absl::ToInt64Seconds(absl::Ceil(*wait, absl::Seconds(1)))));
  }
  return answer;
}

template <typename Stub, typename Request, typename Response>
void HubApi::Add(const std::string& name, std::shared_ptr<Stub> stub,
                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  calls_[name] = [stub = std::move(stub), method](grpc::ClientContext& context,
                                                  const std::string& request_text,
                                                  std::string* answer_text) {
    Request request;
    if (!request_text.empty() &&
        !google::protobuf::util::JsonStringToMessage(request_text, &request).ok()) {
      return absl::InvalidArgumentError(absl::StrCat("q: is no JSON of a ",
                                                     Request::descriptor()->name(),
                                                     "; proto/vervet/v1 says which fields it has"));
    }
    Response response;
    const absl::Status status =
        net::FromGrpc(((*stub).*method)(&context, request, &response), context);
    if (!status.ok()) return status;
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;  // a zero is said, not left out
    if (!google::protobuf::util::MessageToJsonString(response, answer_text, options).ok()) {
      return absl::InternalError("the hub's answer cannot be written as JSON");
    }
    return absl::OkStatus();
  };
}

HubApi::HubApi(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout)
    : channel_(channel), timeout_(timeout) {
  using Progress = v1::Progress::StubInterface;
  const std::shared_ptr<Progress> progress = v1::Progress::NewStub(channel);
  Add("version", progress, &Progress::GetProgressVersion);
  Add("reduction", progress, &Progress::GetReduction);
  Add("coverage", progress, &Progress::GetCoverage);
  Add("series", progress, &Progress::GetSeries);
  Add("displacement", progress, &Progress::GetDisplacement);
  Add("plan", progress, &Progress::Plan);
  Add("restatements", progress, &Progress::ListRestatements);
  Add("releases", progress, &Progress::ListReleases);
  Add("definitions", progress, &Progress::GetDefinitions);
  Add("panels", progress, &Progress::ListPanels);
  using Budgets = v1::Budgets::StubInterface;
  const std::shared_ptr<Budgets> budgets = v1::Budgets::NewStub(channel);
  Add("budgets", budgets, &Budgets::ListBudgets);
  Add("alerts", budgets, &Budgets::ListAlerts);
  using Records = v1::Records::StubInterface;
  Add("records", std::shared_ptr<Records>(v1::Records::NewStub(channel)), &Records::ListRecords);
  using Registry = v1::Registry::StubInterface;
  Add("roster", std::shared_ptr<Registry>(v1::Registry::NewStub(channel)), &Registry::List);
}

HttpAnswer HubApi::Get(const std::string& name, const std::string& request) const {
  const auto call = calls_.find(name);
  if (call == calls_.end()) {
    return JsonError(
        absl::NotFoundError("there is no such question; docs/dashboard.md has a list"));
  }
  if (channel_->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
    channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + kConnectPatience));
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
  std::string answer;
  const absl::Status status = call->second(context, request, &answer);
  return status.ok() ? JsonAnswer(std::move(answer)) : JsonError(status);
}

}  // namespace vervet::dashboard
