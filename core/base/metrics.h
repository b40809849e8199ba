// The one place where a process counts and times what it does: families of counters and histograms,
// read by whoever writes them out (core/base/metrics_text.h).
#ifndef VERVET_CORE_BASE_METRICS_H_
#define VERVET_CORE_BASE_METRICS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet {

class MetricsText;
class MetricFamily;

// Families in the order in which they were made. Not thread-safe until all are made, then constant.
using MetricFamilies = std::vector<const MetricFamily*>;

// What all samples of one name have in common. Names, help and label values come from the code's
// own fixed vocabulary, never from a caller: whoever reads the text learns nothing of anybody.
class MetricFamily {
 public:
  MetricFamily(const MetricFamily&) = delete;
  MetricFamily& operator=(const MetricFamily&) = delete;
  virtual ~MetricFamily() = default;

  virtual void WriteTo(MetricsText& text) const = 0;

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::vector<std::string>& label_names() const { return label_names_; }

 protected:
  // Adds itself to `all`, which it must not outlive.
  MetricFamily(MetricFamilies* all, std::string name, std::string help,
               std::vector<std::string> label_names);

 private:
  const std::string name_;
  const std::string help_;
  const std::vector<std::string> label_names_;
};

// Numbers that only grow, one for each combination of label values that was met. Prometheus wants
// the name to end in _total. Thread-safe.
class CounterFamily final : public MetricFamily {
 public:
  using Visit = std::function<void(const std::vector<std::string>& label_values, uint64_t value)>;

  CounterFamily(MetricFamilies* all, std::string name, std::string help,
                std::vector<std::string> label_names = {});

  // Of a family without labels, which is there from the start with 0.
  void Add(uint64_t by = 1);
  // As many values as the family has labels, in their order.
  void Add(std::initializer_list<absl::string_view> label_values, uint64_t by = 1);

  // The sum over all labels.
  uint64_t Total() const;
  void ForEach(const Visit& visit) const;
  void WriteTo(MetricsText& text) const override;

 private:
  mutable Mutex mutex_;
  std::map<std::vector<std::string>, uint64_t> counts_ ABSL_GUARDED_BY(mutex_);
};

// How often a value was at most so large. Thread-safe, without a lock.
class Histogram {
 public:
  // `bounds` are upper bounds, inclusive and ascending; one bucket more takes what is above.
  explicit Histogram(const std::vector<double>& bounds);

  void Observe(double value);
  void Observe(absl::Duration duration) { Observe(absl::ToDoubleSeconds(duration)); }

  struct Snapshot {
    std::vector<double> bounds;
    std::vector<uint64_t>
        counts;          // of each bucket alone, the last one for what is above all bounds
    uint64_t count = 0;  // of all buckets
    double sum = 0;
  };
  Snapshot Read() const;

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// For durations in seconds: from half a millisecond to ten seconds.
const std::vector<double>& DurationBounds();
// For sizes of batches: powers of two up to 1,024.
const std::vector<double>& BatchBounds();

// Thread-safe.
class HistogramFamily final : public MetricFamily {
 public:
  HistogramFamily(MetricFamilies* all, std::string name, std::string help,
                  const std::vector<double>& bounds, std::vector<std::string> label_names = {});

  // As many values as the family has labels. The histogram lives as long as the family.
  Histogram& With(std::initializer_list<absl::string_view> label_values);
  Histogram& Get() { return With({}); }
  void WriteTo(MetricsText& text) const override;

 private:
  const std::vector<double> bounds_;
  mutable Mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<Histogram>> histograms_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_METRICS_H_
