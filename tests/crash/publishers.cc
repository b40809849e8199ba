#include "tests/crash/publishers.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vervet::crash {

using integration::RawClient;

Publishers::Publishers(integration::TestCoalition* coalition, std::vector<std::string> members,
                       int count)
    : coalition_(coalition), publishers_(static_cast<size_t>(count)) {
  for (size_t i = 0; i < publishers_.size(); ++i) {
    Publisher& publisher = publishers_[i];
    publisher.member = members[i % members.size()];
    RawClient client = coalition_->As(publisher.member);
    auto model = integration::GoodPublishRequest(client, absl::StrCat("person-", i, "@example.com"),
                                                 integration::kEverybody);
    EXPECT_TRUE(model.ok()) << model.status();
    if (model.ok()) publisher.model = *std::move(model);
  }
}

void Publishers::Start() {
  {
    MutexLock lock(mutex_);
    stopping_ = false;
  }
  for (size_t i = 0; i < publishers_.size(); ++i) {
    Publisher& publisher = publishers_[i];
    publisher.thread = std::thread([this, &publisher, i] { Run(publisher, static_cast<int>(i)); });
  }
}

void Publishers::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  for (Publisher& publisher : publishers_) {
    if (publisher.thread.joinable()) publisher.thread.join();
  }
}

void Publishers::Run(Publisher& publisher, int number) {
  RawClient client = coalition_->As(publisher.member);
  if (!AskAgain(publisher, client)) return;
  while (PublishNext(publisher, number, client)) {
    MutexLock lock(mutex_);
    if (stopping_) return;
  }
}

bool Publishers::AskAgain(Publisher& publisher, RawClient& client) {
  if (!publisher.last) return true;
  const auto answer = client.Publish(publisher.last->first);
  if (!answer.ok()) return NoteEnd(answer.status());
  const v1::PublishResponse& first = publisher.last->second;
  if (answer->record_id() != first.record_id() || answer->sequence() != first.sequence()) {
    MutexLock lock(mutex_);
    violations_.push_back(absl::StrCat("the request of event ", first.sequence(),
                                       " was answered with event ", answer->sequence()));
  }
  return true;
}

bool Publishers::PublishNext(Publisher& publisher, int number, RawClient& client) {
  if (!publisher.unanswered) {
    publisher.unanswered = publisher.model;
    publisher.unanswered->set_request_id(integration::NewRequestId());
    publisher.unanswered->mutable_facts()->set_decision_reference(
        absl::StrCat("CASE-", number, "-", ++publisher.made));
  }
  const auto answer = client.Publish(*publisher.unanswered);
  if (!answer.ok()) return NoteEnd(answer.status());
  publisher.last = {*std::move(publisher.unanswered), *answer};
  publisher.unanswered.reset();
  MutexLock lock(mutex_);
  acknowledged_.push_back({publisher.last->first.facts().decision_reference(), answer->record_id(),
                           answer->sequence()});
  changed_.NotifyAll();
  return true;
}

bool Publishers::NoteEnd(const absl::Status& status) {
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return false;
  MutexLock lock(mutex_);
  violations_.push_back(status.ToString());
  return false;
}

bool Publishers::WaitForMore(size_t count, absl::Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  MutexLock lock(mutex_);
  const size_t enough = acknowledged_.size() + count;
  while (acknowledged_.size() < enough) {
    if (!changed_.WaitUntil(mutex_, deadline)) return acknowledged_.size() >= enough;
  }
  return true;
}

std::vector<Acknowledgement> Publishers::acknowledged() {
  MutexLock lock(mutex_);
  return acknowledged_;
}

std::vector<std::string> Publishers::violations() {
  MutexLock lock(mutex_);
  return violations_;
}

}  // namespace vervet::crash
