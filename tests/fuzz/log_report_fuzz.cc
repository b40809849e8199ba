// Saved heads and reports on a hub: what a stranger may hand to a coordinator.
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <array>
#include <string>

#include "absl/strings/escaping.h"
#include "core/log/log_report.h"
#include "core/log/tree_head.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;
using google::protobuf::util::MessageDifferencer;

constexpr char kCoalition[] = "coalition.example";

const log::LogSigningKey& Key() {
  static const auto* const key = [] {
    std::array<uint8_t, 32> seed;
    seed.fill(9);
    return new log::LogSigningKey(
        log::LogSigningKey::FromSeed(Secret<32>(absl::MakeConstSpan(seed))));
  }();
  return *key;
}

v1::SignedTreeHead Head(uint64_t size, uint8_t root) {
  log::Hash hash = {};
  hash[0] = root;
  return log::SignTreeHead(Key(), kCoalition, size, hash, absl::FromUnixSeconds(1'790'000'000));
}

void Text(const v1::HeadText& text) {
  const auto head = log::HeadFromText(text);
  if (!head.ok()) return CheckRefusal(head.status(), {StatusCode::kInvalidArgument});
  VERVET_FUZZ_CHECK(head->root().size() == log::kHashBytes, "a root has 32 bytes");
  const v1::HeadText written = log::HeadToText(*head);
  const auto again = log::HeadFromText(written);
  VERVET_FUZZ_CHECK(again.ok() && MessageDifferencer::Equals(*again, *head), "a head reads back");
  VERVET_FUZZ_CHECK(IsUtf8(log::DescribeHead(*head)), "a head is described");
}

bool IsSigned(const v1::HeadText& text, const std::string& coalition) {
  const auto head = log::HeadFromText(text);
  return head.ok() && log::VerifyTreeHead(Key().public_key, coalition, *head).ok();
}

void Report(const v1::LogReport& report) {
  const auto verdict = log::CheckReport(report, Key().public_key);
  if (!verdict.ok()) {
    return CheckRefusal(verdict.status(), {StatusCode::kInvalidArgument, StatusCode::kDataLoss});
  }
  const bool known = IsSigned(report.known_head(), report.coalition());
  const bool shown = IsSigned(report.shown_head(), report.coalition());
  switch (*verdict) {
    case log::ReportVerdict::kTwoHistories:
      VERVET_FUZZ_CHECK(known && shown &&
                            report.known_head().size() == report.shown_head().size() &&
                            log::HeadFromText(report.known_head())->root() !=
                                log::HeadFromText(report.shown_head())->root(),
                        "proof is two signed roots of one size");
      break;
    case log::ReportVerdict::kShorterLog:
      VERVET_FUZZ_CHECK(known && shown && report.shown_head().size() < report.known_head().size(),
                        "a shorter log is a signed one");
      break;
    case log::ReportVerdict::kNoContradiction:
      VERVET_FUZZ_CHECK(known && shown, "both are signed");
      break;
    case log::ReportVerdict::kOneHead:
      VERVET_FUZZ_CHECK(known || shown, "the one is signed");
      break;
    case log::ReportVerdict::kNotSigned:
      VERVET_FUZZ_CHECK(!shown, "the shown one is not signed");
      break;
  }
  v1::LogReport again;
  VERVET_FUZZ_CHECK(google::protobuf::TextFormat::ParseFromString(log::ToFile(report), &again),
                    "a report's file can be read");
}

v1::LogReport Right(Input& in) {
  log::Dispute dispute;
  dispute.finding = "a finding";
  if (in.Below(4) != 3) dispute.known_head = Head(1 + in.Below(3), in.Byte() & 1);
  if (in.Below(4) != 3) dispute.shown_head = Head(1 + in.Below(3), in.Byte() & 1);
  dispute.own_size = in.Below(4);
  return log::MakeReport(kCoalition, Key().public_key, "member/market",
                         absl::FromUnixSeconds(1'790'000'000), dispute);
}

const Palette& Words() {
  static const auto* const words =
      new Palette{.texts = {kCoalition, "", std::string(64, '0'), std::string(128, 'f'), "zz",
                            absl::BytesToHexString(Key().public_key)},
                  .bytes = {},
                  .numbers = {0, 1, 2, 3, ~uint64_t{0}}};
  return *words;
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  Input in(data, size);
  switch (in.Below(3)) {
    case 0: {
      vervet::v1::HeadText text;
      if (text.ParseFromString(in.Rest())) Text(text);
      break;
    }
    case 1: {
      vervet::v1::LogReport report;
      if (report.ParseFromString(in.Rest())) Report(report);
      break;
    }
    default: {
      vervet::v1::LogReport report = Right(in);
      ChangeMessage(in, Words(), &report);
      Report(AsReceived(report));
      Text(report.shown_head());
      break;
    }
  }
  return 0;
}
