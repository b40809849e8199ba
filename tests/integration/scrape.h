// Reads the pages that are there for Prometheus.
#ifndef VERVET_TESTS_INTEGRATION_SCRAPE_H_
#define VERVET_TESTS_INTEGRATION_SCRAPE_H_

#include <string>

#include "tests/integration/coalition_fixture.h"
#include "tests/support/prometheus_text.h"

namespace vervet::integration {

// What GET /metrics of "127.0.0.1:port" gives; the test fails where that is no page.
std::string MetricsPage(const std::string& address);

// For a hub whose configuration has a metrics_address: the one of its last start.
std::string HubMetricsAddress(TestCoalition& coalition);
test_support::Scrape ScrapeHub(TestCoalition& coalition);

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_SCRAPE_H_
