// The report on a hub whose log is not the one that this member has followed: a file beside the
// vault.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_REPORT_FILE_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_REPORT_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "core/base/environment.h"
#include "core/log/log_report.h"

namespace vervet::engine {

// Thread-safe, but for two that write one file.
class ReportFile {
 public:
  ReportFile(const std::string& vault_path, std::string coalition, std::string log_public_key,
             std::string party, Environment* env)
      : path_(vault_path + ".log-report"),
        coalition_(std::move(coalition)),
        log_public_key_(std::move(log_public_key)),
        party_(std::move(party)),
        env_(env) {}

  const std::string& path() const { return path_; }
  bool exists() const;

  // Durable when it returns OK. A report that is there already is kept where it proves two
  // histories and the new one would not.
  absl::Status Write(const log::Dispute& dispute) const;

 private:
  bool HoldsProof() const;

  const std::string path_, coalition_, log_public_key_, party_;
  Environment* const env_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_REPORT_FILE_H_
