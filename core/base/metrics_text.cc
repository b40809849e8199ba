#include "core/base/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace vervet {
namespace {

absl::string_view TypeName(MetricsText::Type type) {
  switch (type) {
    case MetricsText::Type::kCounter:
      return "counter";
    case MetricsText::Type::kGauge:
      return "gauge";
    case MetricsText::Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

// The shortest text that reads as the same number: six digits would not tell two moments of a day
// apart in seconds since 1970.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> buffer;
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  const auto written = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                             static_cast<int64_t>(value))
                             : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), written.ptr);
}

}  // namespace

MetricsText& MetricsText::Family(absl::string_view name, Type type, absl::string_view help) {
  name_ = std::string(name);
  heading_ =
      absl::StrCat("# HELP ", name, " ", absl::StrReplaceAll(help, {{"\\", "\\\\"}, {"\n", "\\n"}}),
                   "\n# TYPE ", name, " ", TypeName(type), "\n");
  return *this;
}

void MetricsText::Line(absl::string_view suffix, const Labels& labels, double value) {
  absl::StrAppend(&text_, heading_, name_, suffix);
  heading_.clear();
  absl::string_view before = "{";
  for (const auto& [label, label_value] : labels) {
    absl::StrAppend(
        &text_, before, label, "=\"",
        absl::StrReplaceAll(label_value, {{"\\", "\\\\"}, {"\n", "\\n"}, {"\"", "\\\""}}), "\"");
    before = ",";
  }
  absl::StrAppend(&text_, labels.empty() ? "" : "}", " ", Number(value), "\n");
}

MetricsText& MetricsText::Sample(const Labels& labels, double value) {
  Line("", labels, value);
  return *this;
}

MetricsText& MetricsText::HistogramSamples(const Labels& labels,
                                           const Histogram::Snapshot& histogram) {
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  uint64_t at_most = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    at_most += histogram.counts[i];
    with_bound.back().second =
        i < histogram.bounds.size() ? Number(histogram.bounds[i]) : std::string("+Inf");
    Line("_bucket", with_bound, static_cast<double>(at_most));
  }
  Line("_sum", labels, histogram.sum);
  Line("_count", labels, static_cast<double>(histogram.count));
  return *this;
}

MetricsText& MetricsText::Gauge(absl::string_view name, absl::string_view help, double value) {
  return Family(name, Type::kGauge, help).Sample({}, value);
}

void MetricsText::AddFamilies(const MetricFamilies& families) {
  for (const MetricFamily* family : families) family->WriteTo(*this);
}

}  // namespace vervet
