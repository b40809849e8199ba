// What coordinators should look at, and which records are canaries, folded from the log.
#ifndef VERVET_HUB_VIEWS_ALERTS_H_
#define VERVET_HUB_VIEWS_ALERTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/event.h"

namespace vervet::hub {

// Not thread-safe.
class Alerts {
 public:
  struct Alert {
    v1::AlertRaised raised;
    absl::Time raised_at;
    bool closed = false;
    std::string closed_by;
    std::string note;
  };

  void Apply(const log::ParsedEvent& event);

  // By the sequence number of the event that raised it.
  const std::map<uint64_t, Alert>& all() const { return alerts_; }
  // Null where unknown; valid until the next Apply.
  const Alert* Find(uint64_t sequence) const;

  bool IsCanary(absl::string_view record_id) const { return canaries_.count(record_id) != 0; }
  // The event that marked it; 0 where it is none.
  uint64_t CanaryMarkedAt(absl::string_view record_id) const;
  size_t canaries() const { return canaries_.size(); }
  // One alert a kind, party, type or record, and day is enough.
  bool WasRaised(const v1::AlertRaised& alert) const { return raised_.count(Key(alert)) != 0; }
  // The event that raised it; 0 where it was not raised.
  uint64_t RaisedAt(const v1::AlertRaised& alert) const;
  // What makes two alerts the same.
  static std::string Key(const v1::AlertRaised& alert);

 private:
  std::map<uint64_t, Alert> alerts_;
  std::map<std::string, uint64_t, std::less<>> canaries_;  // by record id: the event that marked it
  std::map<std::string, uint64_t> raised_;                 // by key: the event that raised it
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_ALERTS_H_
