// The hub's page for Prometheus: what it counted, and what its queues, streams, members' positions
// and budgets are at this moment.
#ifndef VERVET_HUB_SERVER_METRICS_TEXT_H_
#define VERVET_HUB_SERVER_METRICS_TEXT_H_

#include <string>

#include "core/net/certificate_watch.h"
#include "hub/config/config.h"
#include "hub/services/hub_context.h"
#include "hub/services/sync_streams.h"

namespace vervet::hub {

// Borrowed.
struct MetricsSources {
  const Config* config;
  const HubContext* hub;
  const SyncStreams* streams;
  net::CertificateWatch* certificate;
};

// Of members it says what coordinators see of them anyway (`vervet members list`, `vervet
// budgets`): names, positions, budgets. Of records numbers alone. Takes the state's lock for as
// long as it takes to walk the roster; looks at the store's files. Not for a gRPC thread.
// Thread-safe.
std::string HubMetricsText(const MetricsSources& sources);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_METRICS_TEXT_H_
