#include "tests/integration/publish_load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/net/retry_after.h"

namespace vervet::integration {
namespace {

constexpr auto kCallDeadline = std::chrono::seconds(30);

// One caller: a call at a time, again and again while `again` says so.
class Caller {
 public:
  // `answered` says whether to call again.
  Caller(RawClient* connection, const v1::PublishRequest& request,
         std::function<bool(Answered)> answered)
      : connection_(connection), request_(request), answered_(std::move(answered)) {}

  void Send() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(std::chrono::system_clock::now() + kCallDeadline);
    request_.set_request_id(NewRequestId());
    began_ = Environment::System()->Monotonic();
    connection_->exchange().async()->Publish(context_.get(), &request_, &response_,
                                             [this](const grpc::Status& status) { Done(status); });
  }

 private:
  void Done(const grpc::Status& status) {
    Answered answered{net::FromGrpc(status, *context_),
                      Environment::System()->Monotonic() - began_};
    const auto wait = net::RetryAfter(answered.status);
    if (!answered_(std::move(answered))) return;
    if (!wait) return Send();
    alarm_.Set(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(*wait),
               [this](bool) { Send(); });
  }

  RawClient* const connection_;
  v1::PublishRequest request_;
  v1::PublishResponse response_;
  const std::function<bool(Answered)> answered_;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::Alarm alarm_;
  absl::Duration began_;
};

// Collects answers until every caller has had its last.
class Answers {
 public:
  explicit Answers(size_t callers) : busy_(callers) {}

  bool Add(Answered answered, bool last) {
    MutexLock lock(mutex_);
    all_.push_back(std::move(answered));
    if (last && --busy_ == 0) changed_.NotifyAll();
    return !last;
  }
  std::vector<Answered> Wait() {
    MutexLock lock(mutex_);
    while (busy_ != 0) changed_.Wait(mutex_);
    return std::move(all_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  size_t busy_ ABSL_GUARDED_BY(mutex_);
  std::vector<Answered> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

PublishLoad::PublishLoad(std::vector<std::unique_ptr<RawClient>> connections,
                         v1::PublishRequest request)
    : connections_(std::move(connections)), request_(std::move(request)) {}

std::vector<Answered> PublishLoad::Burst(size_t count) { return Run(count, absl::ZeroDuration()); }

std::vector<Answered> PublishLoad::Run(size_t in_flight, absl::Duration duration) {
  const absl::Duration end = Environment::System()->Monotonic() + duration;
  Answers answers(in_flight);
  std::vector<std::unique_ptr<Caller>> callers;
  for (size_t i = 0; i < in_flight; ++i) {
    callers.push_back(std::make_unique<Caller>(
        connections_[i % connections_.size()].get(), request_, [&answers, end](Answered answered) {
          const bool last = Environment::System()->Monotonic() >= end;
          return answers.Add(std::move(answered), last);
        }));
  }
  for (const auto& caller : callers) caller->Send();
  return answers.Wait();
}

absl::Duration P99(std::vector<absl::Duration> durations) {
  std::sort(durations.begin(), durations.end());
  const auto rank = static_cast<size_t>(std::ceil(0.99 * static_cast<double>(durations.size())));
  return durations[std::max<size_t>(rank, 1) - 1];
}

}  // namespace vervet::integration
