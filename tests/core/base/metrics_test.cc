#include "core/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "core/base/metrics_text.h"
#include "core/base/process_metrics.h"
#include "tests/support/prometheus_text.h"

namespace vervet {
namespace {

using test_support::Scrape;
using ::testing::HasSubstr;

std::string TextOf(const MetricFamilies& families) {
  MetricsText text;
  text.AddFamilies(families);
  return std::move(text).Finish();
}

TEST(Metrics, AreWrittenInPrometheusTextFormat) {
  MetricFamilies all;
  CounterFamily plain(&all, "x_commits_total", "Commits.");
  CounterFamily labelled(&all, "x_rpc_total", "Calls.", {"method", "code"});
  HistogramFamily seconds(&all, "x_seconds", "Time.", {0.5, 2}, {"method"});
  plain.Add(3);
  labelled.Add({"Publish", "OK"});
  labelled.Add({"Publish", "OK"}, 2);
  labelled.Add({"Evaluate", "UNAVAILABLE"});
  seconds.With({"Publish"}).Observe(0.25);
  seconds.With({"Publish"}).Observe(absl::Milliseconds(500));
  seconds.With({"Publish"}).Observe(7);
  EXPECT_EQ(TextOf(all), R"(# HELP x_commits_total Commits.
# TYPE x_commits_total counter
x_commits_total 3
# HELP x_rpc_total Calls.
# TYPE x_rpc_total counter
x_rpc_total{method="Evaluate",code="UNAVAILABLE"} 1
x_rpc_total{method="Publish",code="OK"} 3
# HELP x_seconds Time.
# TYPE x_seconds histogram
x_seconds_bucket{method="Publish",le="0.5"} 2
x_seconds_bucket{method="Publish",le="2"} 2
x_seconds_bucket{method="Publish",le="+Inf"} 3
x_seconds_sum{method="Publish"} 7.75
x_seconds_count{method="Publish"} 3
)");
  EXPECT_EQ(labelled.Total(), 4u);
}

// Without a first 0 the increase to 1, which an alarm waits for, would not be seen.
TEST(Metrics, OfAFamilyWithoutLabelsAreThereBeforeTheFirstEvent) {
  MetricFamilies all;
  const CounterFamily lost(&all, "x_data_loss_total", "Never.");
  const HistogramFamily seconds(&all, "x_seconds", "Time.", DurationBounds());
  const CounterFamily labelled(&all, "x_rpc_total", "Calls.", {"code"});
  const auto scrape = Scrape::Parse(TextOf(all));
  ASSERT_TRUE(scrape.ok()) << scrape.status();
  EXPECT_EQ(scrape->Value("x_data_loss_total"), 0);
  EXPECT_EQ(scrape->Value("x_seconds_count"), 0);
  EXPECT_EQ(scrape->families().count("x_rpc_total"), 0u)
      << "a family without a sample is no family";
}

TEST(Metrics, SurviveAnyTextInALabel) {
  MetricsText text;
  text.Family("x", MetricsText::Type::kGauge, "Back\\slash\nand line.")
      .Sample({{"name", "a\"b\\c\nd{e}=,"}}, 1);
  const std::string written = std::move(text).Finish();
  EXPECT_THAT(written, HasSubstr("# HELP x Back\\\\slash\\nand line.\n"));
  const auto scrape = Scrape::Parse(written);
  ASSERT_TRUE(scrape.ok()) << scrape.status();
  EXPECT_EQ(scrape->Value("x{name=\"a\"b\\c\nd{e}=,\"}"), 1);
}

TEST(Metrics, KeepEveryDigitOfATime) {
  MetricsText text;
  text.Gauge("a", "A.", 1'795'357'123)
      .Gauge("b", "B.", 1'795'357'123.25)
      .Gauge("c", "C.", std::numeric_limits<double>::infinity())
      .Gauge("d", "D.", 1e300)
      .Gauge("e", "E.", -0.1);
  const std::string written = std::move(text).Finish();
  EXPECT_THAT(written, HasSubstr("\na 1795357123\n"));
  EXPECT_THAT(written, HasSubstr("\nb 1795357123.25\n"));
  EXPECT_THAT(written, HasSubstr("\nc +Inf\n"));
  EXPECT_THAT(written, HasSubstr("\nd 1e+300\n"));
  EXPECT_THAT(written, HasSubstr("\ne -0.1\n"));
  EXPECT_TRUE(Scrape::Parse(written).ok());
}

TEST(Metrics, LoseNothingThatManyThreadsCount) {
  MetricFamilies all;
  CounterFamily calls(&all, "x_total", "Calls.", {"code"});
  HistogramFamily seconds(&all, "x_seconds", "Time.", DurationBounds());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) {
        calls.Add({i % 2 == 0 ? "OK" : "ABORTED"});
        seconds.Get().Observe(0.25);
      }
    });
  }
  std::string meanwhile;
  for (int i = 0; i < 20; ++i) meanwhile = TextOf(all);
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(meanwhile.empty() || Scrape::Parse(meanwhile).ok())
      << Scrape::Parse(meanwhile).status();
  EXPECT_EQ(calls.Total(), 4'000u);
  EXPECT_EQ(seconds.Get().Read().count, 4'000u);
  EXPECT_EQ(seconds.Get().Read().sum, 1'000);
}

TEST(Metrics, SayWhatTheProcessTakes) {
  MetricsText text;
  AddProcessMetrics(text);
  const auto scrape = Scrape::Parse(std::move(text).Finish());
  ASSERT_TRUE(scrape.ok()) << scrape.status();
  EXPECT_GT(scrape->Value("process_resident_memory_bytes"), 1e6);
  EXPECT_GE(scrape->Value("process_virtual_memory_bytes"),
            scrape->Value("process_resident_memory_bytes"));
  EXPECT_GE(scrape->Value("process_open_fds"), 3);
  EXPECT_GE(scrape->Value("process_max_fds"), scrape->Value("process_open_fds"));
  EXPECT_GE(scrape->Value("process_threads"), 1);
  EXPECT_GE(scrape->Value("process_cpu_seconds_total"), 0);
  EXPECT_GT(scrape->Value("process_start_time_seconds"), 1.6e9);
}

// The reader must be able to say no, or it proves nothing.
TEST(PrometheusReader, RefusesWhatAScraperWouldRefuseOrMistake) {
  const std::string good = "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n";
  ASSERT_TRUE(Scrape::Parse(good).ok());
  const std::string histogram =
      "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
      "h_sum 3\nh_count 2\n";
  ASSERT_TRUE(Scrape::Parse(histogram).ok()) << Scrape::Parse(histogram).status();
  for (const std::string& wrong : std::vector<std::string>{
           "",
           "# HELP a_total A.\n# TYPE a_total counter\na_total 1",
           "a_total 1\n",
           "# HELP a_total A.\na_total 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\n",
           "# HELP a A.\n# TYPE a counter\na 1\n",
           "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\nb_total 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total -1\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total one\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total  1\n",
           good + good,
           good + "a_total{b=\"c\"} 2\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c\",b=\"d\"} 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total{1b=\"c\"} 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c\\x\"} 1\n",
           "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c} 1\n",
           "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 3\nh_count 1\n",
           "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 3\nh_count 2\n",
           "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"
           "h_sum 3\nh_count 1\n",
           "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 3\n",
       }) {
    EXPECT_FALSE(Scrape::Parse(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace vervet
