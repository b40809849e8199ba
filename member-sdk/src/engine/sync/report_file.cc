#include "member-sdk/src/engine/sync/report_file.h"

#include <google/protobuf/text_format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "core/storage/durable_file.h"

namespace vervet::engine {
namespace {

bool IsProof(const v1::LogReport& report, const std::string& log_public_key) {
  const auto verdict = log::CheckReport(report, log_public_key);
  return verdict.ok() && *verdict == log::ReportVerdict::kTwoHistories;
}

}  // namespace

bool ReportFile::exists() const { return ::access(path_.c_str(), F_OK) == 0; }

bool ReportFile::HoldsProof() const {
  std::ifstream file(path_, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return false;
  v1::LogReport report;
  return google::protobuf::TextFormat::ParseFromString(text.str(), &report) &&
         IsProof(report, log_public_key_);
}

absl::Status ReportFile::Write(const log::Dispute& dispute) const {
  const v1::LogReport report =
      log::MakeReport(coalition_, log_public_key_, party_, env_->Now(), dispute);
  if (!IsProof(report, log_public_key_) && HoldsProof()) return absl::OkStatus();
  return storage::WriteFileDurably(path_, log::ToFile(report), 0600);
}

}  // namespace vervet::engine
