// What the kernel says of this process, under the names that every Prometheus client uses.
#ifndef VERVET_CORE_BASE_PROCESS_METRICS_H_
#define VERVET_CORE_BASE_PROCESS_METRICS_H_

#include "core/base/metrics_text.h"

namespace vervet {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_threads, process_start_time_seconds. Reads /proc,
// which takes one file descriptor for a moment: what cannot be read is left out. Thread-safe.
void AddProcessMetrics(MetricsText& text);

}  // namespace vervet

#endif  // VERVET_CORE_BASE_PROCESS_METRICS_H_
