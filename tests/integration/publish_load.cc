#include "tests/integration/publish_load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <utility>

#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/net/retry_after.h"

namespace vervet::integration {
namespace {

constexpr auto kCallDeadline = std::chrono::seconds(30);

// ClientOptions::backoff_min, backoff_max.
constexpr absl::Duration kBackoffMin = absl::Milliseconds(100);
constexpr absl::Duration kBackoffMax = absl::Seconds(30);

// One caller: a call at a time, again and again while it is told to.
class Caller {
 public:
  // Whether to call again after this answer, in so long.
  using Again = std::function<bool(Answered, absl::Duration)>;

  Caller(RawClient* connection, const v1::PublishRequest& request, Manners manners, unsigned seed,
         Again again)
      : connection_(connection),
        request_(request),
        manners_(manners),
        again_(std::move(again)),
        random_(seed) {}

  void Send() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(std::chrono::system_clock::now() + kCallDeadline);
    request_.set_request_id(NewRequestId());
    began_ = Environment::System()->Monotonic();
    connection_->exchange().async()->Publish(context_.get(), &request_, &response_,
                                             [this](const grpc::Status& status) { Done(status); });
  }

 private:
  void Done(const grpc::Status& grpc_status) {
    const absl::Duration now = Environment::System()->Monotonic();
    const absl::Status status = net::FromGrpc(grpc_status, *context_);
    const absl::Duration wait = WaitAfter(status);
    if (!again_({status, now - began_, now}, wait)) return;
    if (wait == absl::ZeroDuration()) return Send();
    alarm_.Set(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(wait),
               [this](bool) { Send(); });
  }

  absl::Duration WaitAfter(const absl::Status& status) {
    const auto asked = net::RetryAfter(status);
    if (!asked) failures_ = 0;
    if (!asked || manners_ == Manners::kComeBackAtOnce) return absl::ZeroDuration();
    const absl::Duration most = std::min(kBackoffMax, kBackoffMin * (int64_t{1} << failures_));
    failures_ = std::min(failures_ + 1, 20);
    return *asked + most * std::uniform_real_distribution<>(0, 1)(random_);
  }

  RawClient* const connection_;
  v1::PublishRequest request_;
  v1::PublishResponse response_;
  const Manners manners_;
  const Again again_;
  std::minstd_rand random_;
  int failures_ = 0;
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

std::vector<Answered> PublishLoad::Run(size_t in_flight, absl::Duration duration, Manners manners) {
  const absl::Duration end = Environment::System()->Monotonic() + duration;
  Answers answers(in_flight);
  std::vector<std::unique_ptr<Caller>> callers;
  for (size_t i = 0; i < in_flight; ++i) {
    callers.push_back(std::make_unique<Caller>(
        connections_[i % connections_.size()].get(), request_, manners, static_cast<unsigned>(i),
        [&answers, end](Answered answered, absl::Duration wait) {
          const bool last = answered.at + wait >= end;
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
