#include "tests/fuzz/seed_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "vervet/v1/audit.pb.h"
#include "vervet/v1/budgets.pb.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/log_report.pb.h"
#include "vervet/v1/negative_list.pb.h"
#include "vervet/v1/progress.pb.h"
#include "vervet/v1/records.pb.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::fuzz {
namespace {

namespace pb = google::protobuf;

// A static library's messages are found by name only once something has named their files.
const pb::DescriptorPool& Pool() {
  for (const auto* descriptor :
       {v1::EvaluateRequest::descriptor(), v1::AdmitRequest::descriptor(),
        v1::GetHeadRequest::descriptor(), v1::OpineRequest::descriptor(),
        v1::GrantRequest::descriptor(), v1::MarkHarmlessRequest::descriptor(),
        v1::ContributeRequest::descriptor(), v1::LogReport::descriptor(),
        v1::Event::descriptor()}) {
    (void)descriptor->full_name();
  }
  return *pb::DescriptorPool::generated_pool();
}

absl::StatusOr<std::string> Serialised(const std::string& name, const std::string& fields) {
  const pb::Descriptor* descriptor = Pool().FindMessageTypeByName(name);
  if (descriptor == nullptr) return absl::InvalidArgumentError("no message of this name");
  const std::unique_ptr<pb::Message> message(
      pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (!pb::TextFormat::ParseFromString(fields, message.get())) {
    return absl::InvalidArgumentError("the fields do not parse");
  }
  return message->SerializeAsString();
}

absl::StatusOr<std::string> FromHex(absl::string_view digits) {
  std::string hex;
  for (const char c : digits) {
    if (c == ' ') continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("holds another character than a hexadecimal digit");
    }
    hex.push_back(c);
  }
  if (hex.size() % 2 != 0) return absl::InvalidArgumentError("has an odd number of digits");
  return absl::HexStringToBytes(hex);
}

absl::StatusOr<std::string> FromTimes(absl::string_view words) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(words, absl::MaxSplits(' ', 1));
  uint32_t count = 0;
  if (!absl::SimpleAtoi(parts.first, &count) || count > 1'000'000) {
    return absl::InvalidArgumentError("times: write a number, then bytes");
  }
  VERVET_ASSIGN_OR_RETURN(const std::string once, FromHex(parts.second));
  std::string bytes;
  for (uint32_t i = 0; i < count; ++i) bytes += once;
  return bytes;
}

absl::StatusOr<std::string> FromText(absl::string_view words) {
  std::string bytes, error;
  if (!absl::CUnescape(words, &bytes, &error)) return absl::InvalidArgumentError(error);
  return bytes;
}

absl::StatusOr<std::string> FromLine(absl::string_view line) {
  if (absl::ConsumePrefix(&line, "text ")) return FromText(line);
  if (absl::ConsumePrefix(&line, "line ")) {
    VERVET_ASSIGN_OR_RETURN(std::string bytes, FromText(line));
    return bytes + "\n";
  }
  if (line == "line") return std::string("\n");
  if (absl::ConsumePrefix(&line, "hex ")) return FromHex(line);
  if (absl::ConsumePrefix(&line, "times ")) return FromTimes(line);
  return absl::InvalidArgumentError("begins with none of text, line, hex, times, proto");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseSeeds(absl::string_view text) {
  std::vector<std::string> seeds(1);
  std::string proto_name, proto_fields;
  int number = 0;
  const auto at_line = [&](const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(number, ": ", status.message()));
  };
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (!proto_name.empty()) {
      if (line != "end") {
        absl::StrAppend(&proto_fields, line, "\n");
        continue;
      }
      const auto bytes = Serialised(proto_name, proto_fields);
      if (!bytes.ok()) return at_line(bytes.status());
      seeds.back() += *bytes;
      proto_name.clear();
    } else if (absl::StartsWith(line, "proto ")) {
      proto_name = std::string(line.substr(6));
      proto_fields.clear();
    } else if (line == "---") {
      seeds.emplace_back();
    } else if (!line.empty() && line[0] != '#') {
      const auto bytes = FromLine(line);
      if (!bytes.ok()) return at_line(bytes.status());
      seeds.back() += *bytes;
    }
  }
  if (!proto_name.empty()) return at_line(absl::InvalidArgumentError("proto without an end"));
  return seeds;
}

absl::StatusOr<std::vector<std::string>> ReadSeeds(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".seed") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const std::string& path : paths) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    auto parsed = ParseSeeds(text.str());
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", parsed.status().message()));
    }
    seeds.insert(seeds.end(), parsed->begin(), parsed->end());
  }
  if (seeds.empty()) return absl::NotFoundError(absl::StrCat("no seeds in ", folder));
  return seeds;
}

}  // namespace vervet::fuzz
