#include "core/log/log_report.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "core/log/tree_head.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::log {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;

constexpr char kCoalition[] = "coalition.example";

Hash HashOf(uint8_t fill) {
  Hash hash;
  hash.fill(fill);
  return hash;
}

class LogReportTest : public ::testing::Test {
 protected:
  v1::SignedTreeHead Head(uint64_t size, uint8_t fill) {
    return SignTreeHead(key_, kCoalition, size, HashOf(fill),
                        absl::FromUnixMicros(1'785'000'000'123'456));
  }
  v1::LogReport Report(std::optional<v1::SignedTreeHead> known,
                       std::optional<v1::SignedTreeHead> shown) {
    Dispute dispute;
    dispute.finding = "it was \"another\" one\n";
    dispute.known_head = std::move(known);
    dispute.shown_head = std::move(shown);
    dispute.own_size = 10;
    dispute.own_root = HashOf(1);
    return MakeReport(kCoalition, key_.public_key, "member/market", absl::FromUnixMicros(7),
                      dispute);
  }
  ReportVerdict VerdictOf(const v1::LogReport& report) {
    const auto verdict = CheckReport(report, key_.public_key);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.value_or(ReportVerdict::kNotSigned);
  }

  const LogSigningKey key_ = [] {
    Secret<32> seed;
    seed.MutableSecret()[0] = 5;
    return LogSigningKey::FromSeed(seed);
  }();
};

TEST_F(LogReportTest, ComesBackFromItsFileAsItWas) {
  const v1::LogReport report = Report(Head(10, 1), Head(10, 2));
  v1::LogReport back;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ToFile(report), &back));
  EXPECT_EQ(back.SerializeAsString(), report.SerializeAsString());
  EXPECT_THAT(ToFile(report), HasSubstr("vervet log check-report"));
  EXPECT_EQ(VerdictOf(back), ReportVerdict::kTwoHistories);
  const auto head = HeadFromText(back.known_head());
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->SerializeAsString(), Head(10, 1).SerializeAsString());
}

TEST_F(LogReportTest, ASavedHeadComesBackFromItsFileAsItWas) {
  v1::SavedHead back;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      ToFile(SaveHead(kCoalition, key_.public_key, Head(10, 1))), &back));
  EXPECT_EQ(HeadFromText(back.head())->SerializeAsString(), Head(10, 1).SerializeAsString());
  EXPECT_EQ(back.coalition(), kCoalition);
}

TEST_F(LogReportTest, TellsWhatTwoHeadsProve) {
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), Head(10, 2))), ReportVerdict::kTwoHistories);
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), Head(8, 2))), ReportVerdict::kShorterLog);
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), Head(12, 2))), ReportVerdict::kNoContradiction);
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), Head(10, 1))), ReportVerdict::kNoContradiction);
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), std::nullopt)), ReportVerdict::kOneHead);
  EXPECT_EQ(VerdictOf(Report(std::nullopt, Head(10, 1))), ReportVerdict::kOneHead);
}

TEST_F(LogReportTest, BelievesNoHeadThatTheKeyHasNotSigned) {
  v1::SignedTreeHead forged = Head(10, 2);
  forged.set_time_us(forged.time_us() + 1);
  EXPECT_EQ(VerdictOf(Report(Head(10, 1), forged)), ReportVerdict::kNotSigned);
  EXPECT_THAT(CheckReport(Report(forged, Head(10, 1)), key_.public_key).status(),
              FailsWith(absl::StatusCode::kDataLoss, "not signed"));
  // Nor one that it has signed for another coalition.
  v1::LogReport other = Report(Head(10, 1), Head(10, 2));
  other.set_coalition("other.example");
  EXPECT_THAT(CheckReport(other, key_.public_key).status(),
              FailsWith(absl::StatusCode::kDataLoss, "not signed"));
}

TEST_F(LogReportTest, RefusesFieldsThatAreNotWhatTheyMustBe) {
  EXPECT_THAT(CheckReport(Report(std::nullopt, std::nullopt), key_.public_key).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "missing"));
  v1::LogReport report = Report(Head(10, 1), Head(10, 2));
  report.mutable_shown_head()->set_root("12");
  EXPECT_THAT(CheckReport(report, key_.public_key).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "root: must be 64 hex"));
  report = Report(Head(10, 1), Head(10, 2));
  report.mutable_known_head()->mutable_signature()->at(3) = 'x';
  EXPECT_THAT(CheckReport(report, key_.public_key).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "signature: must be 128 hex"));
}

}  // namespace
}  // namespace vervet::log
