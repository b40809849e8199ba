// Prometheus' text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#ifndef VERVET_CORE_BASE_METRICS_TEXT_H_
#define VERVET_CORE_BASE_METRICS_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/metrics.h"

namespace vervet {

// What a scraper is told that the text is.
inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

// Writes families one after the other. Names are right already; label values may hold anything.
// Not thread-safe.
class MetricsText {
 public:
  enum class Type { kCounter, kGauge, kHistogram };
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // Begins a family; its samples follow. A family that gets no sample is left out.
  MetricsText& Family(absl::string_view name, Type type, absl::string_view help);
  MetricsText& Sample(const Labels& labels, double value);
  MetricsText& HistogramSamples(const Labels& labels, const Histogram::Snapshot& histogram);
  // A family of one sample without labels.
  MetricsText& Gauge(absl::string_view name, absl::string_view help, double value);

  void AddFamilies(const MetricFamilies& families);

  std::string Finish() && { return std::move(text_); }

 private:
  void Line(absl::string_view suffix, const Labels& labels, double value);

  std::string text_;
  std::string name_;
  std::string heading_;  // of the family, until its first sample
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_METRICS_TEXT_H_
