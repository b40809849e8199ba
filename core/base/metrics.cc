#include "core/base/metrics.h"

#include <algorithm>
#include <utility>

#include "core/base/metrics_text.h"

namespace vervet {
namespace {

std::vector<std::string> Key(std::initializer_list<absl::string_view> values) {
  std::vector<std::string> key;
  key.reserve(values.size());
  for (const absl::string_view value : values) key.emplace_back(value);
  return key;
}

MetricsText::Labels LabelsOf(const MetricFamily& family, const std::vector<std::string>& values) {
  MetricsText::Labels labels;
  for (size_t i = 0; i < values.size(); ++i)
    labels.emplace_back(family.label_names()[i], values[i]);
  return labels;
}

}  // namespace

MetricFamily::MetricFamily(MetricFamilies* all, std::string name, std::string help,
                           std::vector<std::string> label_names)
    : name_(std::move(name)), help_(std::move(help)), label_names_(std::move(label_names)) {
  all->push_back(this);
}

CounterFamily::CounterFamily(MetricFamilies* all, std::string name, std::string help,
                             std::vector<std::string> label_names)
    : MetricFamily(all, std::move(name), std::move(help), std::move(label_names)) {
  // A counter that begins with its first event has no increase to alert on.
  MutexLock lock(mutex_);
  if (this->label_names().empty()) counts_[{}] = 0;
}

void CounterFamily::Add(uint64_t by) { Add({}, by); }

void CounterFamily::Add(std::initializer_list<absl::string_view> label_values, uint64_t by) {
  MutexLock lock(mutex_);
  counts_[Key(label_values)] += by;
}

uint64_t CounterFamily::Total() const {
  uint64_t total = 0;
  ForEach([&](const std::vector<std::string>&, uint64_t value) { total += value; });
  return total;
}

void CounterFamily::ForEach(const Visit& visit) const {
  MutexLock lock(mutex_);
  for (const auto& [values, count] : counts_) visit(values, count);
}

void CounterFamily::WriteTo(MetricsText& text) const {
  text.Family(name(), MetricsText::Type::kCounter, help());
  ForEach([&](const std::vector<std::string>& values, uint64_t count) {
    text.Sample(LabelsOf(*this, values), static_cast<double>(count));
  });
}

Histogram::Histogram(const std::vector<double>& bounds)
    : bounds_(bounds), counts_(bounds.size() + 1) {}

void Histogram::Observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<size_t>(at - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  double sum = sum_.load(std::memory_order_relaxed);
  while (!sum_.compare_exchange_weak(sum, sum + value, std::memory_order_relaxed)) {
  }
}

Histogram::Snapshot Histogram::Read() const {
  Snapshot snapshot;
  snapshot.bounds = bounds_;
  for (const auto& count : counts_) {
    snapshot.counts.push_back(count.load(std::memory_order_relaxed));
    snapshot.count += snapshot.counts.back();
  }
  snapshot.sum = sum_.load(std::memory_order_relaxed);
  return snapshot;
}

const std::vector<double>& DurationBounds() {
  static const auto* const bounds = new std::vector<double>{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *bounds;
}

const std::vector<double>& BatchBounds() {
  static const auto* const bounds =
      new std::vector<double>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024};
  return *bounds;
}

HistogramFamily::HistogramFamily(MetricFamilies* all, std::string name, std::string help,
                                 const std::vector<double>& bounds,
                                 std::vector<std::string> label_names)
    : MetricFamily(all, std::move(name), std::move(help), std::move(label_names)), bounds_(bounds) {
  if (this->label_names().empty()) With({});
}

Histogram& HistogramFamily::With(std::initializer_list<absl::string_view> label_values) {
  MutexLock lock(mutex_);
  std::unique_ptr<Histogram>& histogram = histograms_[Key(label_values)];
  if (histogram == nullptr) histogram = std::make_unique<Histogram>(bounds_);
  return *histogram;
}

void HistogramFamily::WriteTo(MetricsText& text) const {
  text.Family(name(), MetricsText::Type::kHistogram, help());
  MutexLock lock(mutex_);
  for (const auto& [values, histogram] : histograms_) {
    text.HistogramSamples(LabelsOf(*this, values), histogram->Read());
  }
}

}  // namespace vervet
