// Records with images and the negative list, through the real hub: what goes over the wire, what
// the others are sent, and what experts and coordinators do on the command line.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/image_limits.h"
#include "core/cli/exit_codes.h"
#include "core/log/event.h"
#include "tests/core/views/image_maker.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::CommandResult;
using coalition::Json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr absl::Duration kDeadline = absl::Seconds(15);

std::string Hash(uint32_t number, int altered_bits = 0) {
  return views::BytesOf(views::Altered(views::HashOf(number), altered_bits));
}
std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

// What the member is sent of the log up to `size`.
std::vector<log::ParsedEvent> ReadLog(RawClient& member, uint64_t size) {
  std::vector<log::ParsedEvent> events;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto stream = member.exchange().Sync(&context);
  v1::SyncRequest hello;
  hello.mutable_hello();
  stream->Write(hello);
  uint64_t read = 0;
  v1::SyncResponse response;
  while (read < size && stream->Read(&response)) {
    read += static_cast<uint64_t>(response.entries().entries_size());
    for (const v1::SyncEntry& entry : response.entries().entries()) {
      if (!entry.has_event()) continue;
      auto event = log::ParseEvent(entry.event());
      EXPECT_TRUE(event.ok()) << event.status();
      if (event.ok()) events.push_back(*std::move(event));
    }
  }
  EXPECT_GE(read, size);
  context.TryCancel();
  stream->Finish();
  return events;
}

class Images : public ::testing::Test {
 protected:
  void SetUp() override {
    RawClient coordinator = coalition_.As("coordinator");
    for (const char* name : {"ada", "ben"}) {
      v1::AdmitRequest request;
      request.set_request_id(NewRequestId());
      request.set_party(absl::StrCat("expert/", name));
      request.set_display_name("An expert");
      request.set_region("IE");
      ASSERT_TRUE(coordinator.Admit(request).ok());
    }
  }

  // Two images and no signature, for a day.
  v1::PublishRequest ImageRequest(RawClient& member, const std::string& group = kEverybody) {
    auto request = GoodPublishRequest(member, "someone@example.com", group);
    EXPECT_TRUE(request.ok()) << request.status();
    request->clear_signatures();
    for (const uint32_t number : {1, 2}) {
      v1::ImageSignature& image = *request->add_images();
      image.set_hash(Hash(number));
      image.set_quality(87);
      image.set_expires_us(absl::ToUnixMicros(absl::Now() + absl::Hours(24)));
    }
    return *request;
  }
  // `vervet ...` with the certificate of an expert, or with the coordinator's.
  CommandResult Vervet(std::vector<std::string> arguments, const std::string& expert = "") {
    if (!expert.empty()) {
      const coalition::TlsPaths tls = coalition_.Issue(
          test_support::ClientLeaf(absl::StrCat("expert/", expert)), coalition_.authority());
      arguments.insert(arguments.end(),
                       {"--certificate", tls.certificate, "--private-key", tls.private_key});
    }
    const auto result = coalition_->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }
  std::string State(const std::string& record_id) {
    const CommandResult result = Vervet({"records", "show", Hex(record_id), "--json"});
    EXPECT_TRUE(result.Require().ok()) << result.Require();
    return result.ReadJson().value_or(Json())["state"].text();
  }

  TestCoalition coalition_;
};

TEST_F(Images, ReachTheMembersOfTheirGroupAloneAndEndWithTheirRecord) {
  RawClient market = coalition_.As("market"), social = coalition_.As("social");
  const v1::PublishRequest request = ImageRequest(market);
  const auto published = market.Publish(request);
  ASSERT_TRUE(published.ok()) << published.status();
  const auto again = market.Publish(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence(), published->sequence());
  const auto apart = market.Publish(ImageRequest(market, kSubCoalition));
  ASSERT_TRUE(apart.ok()) << apart.status();

  std::vector<log::ParsedEvent> received;
  for (auto& event : ReadLog(social, coalition_.LogSize())) {
    if (event.body.has_record_published()) received.push_back(std::move(event));
  }
  ASSERT_THAT(received, SizeIs(1)) << "the sub-coalition's record is not for this member";
  const auto& record = received[0].body.record_published();
  ASSERT_EQ(record.images_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(record.images(i).SerializeAsString(), request.images(i).SerializeAsString());
  }

  const CommandResult shown = Vervet({"records", "show", Hex(published->record_id())});
  EXPECT_THAT(shown.output, HasSubstr("carries       2 images"));
  v1::RetractRequest retraction;
  retraction.set_request_id(NewRequestId());
  retraction.set_record_id(published->record_id());
  retraction.set_reason("another seller's photographs");
  ASSERT_TRUE(market.Retract(retraction).ok());
  EXPECT_EQ(State(published->record_id()), "retracted");

  v1::PublishRequest brief = ImageRequest(market);
  for (v1::ImageSignature& image : *brief.mutable_images()) {
    image.set_expires_us(absl::ToUnixMicros(absl::Now() + absl::Seconds(2)));
  }
  const auto expiring = market.Publish(brief);
  ASSERT_TRUE(expiring.ok()) << expiring.status();
  const absl::Time until = absl::Now() + kDeadline;
  const auto has_expired = [&] {
    for (const auto& event : ReadLog(social, coalition_.LogSize())) {
      if (event.body.record_expired().record_id() == expiring->record_id()) return true;
    }
    return false;
  };
  bool expired = false;
  while (!expired && absl::Now() < until) expired = has_expired();
  EXPECT_TRUE(expired) << "an event of the hub's own";
  EXPECT_EQ(State(expiring->record_id()), "expired");
}

TEST_F(Images, AreRefusedOverTheWireWithTheFieldAndNothingIsStored) {
  RawClient market = coalition_.As("market");
  const v1::PublishRequest good = ImageRequest(market);
  const uint64_t size = coalition_.LogSize();
  v1::PublishRequest plain = good;
  plain.mutable_images(1)->set_quality(49);
  EXPECT_THAT(market.Publish(plain).status(),
              FailsWith(StatusCode::kInvalidArgument, "images[1].quality: is 49; at least 50"));
  v1::PublishRequest brief = good;
  brief.mutable_images(1)->mutable_hash()->pop_back();
  EXPECT_THAT(market.Publish(brief).status(),
              FailsWith(StatusCode::kInvalidArgument, "images[1].hash: has 31 bytes"));
  v1::PublishRequest wide = good;
  wide.mutable_images(0)->set_radius(32);
  EXPECT_THAT(market.Publish(wide).status(),
              FailsWith(StatusCode::kInvalidArgument, "images[0].radius: is 32; at most 31"));
  v1::PublishRequest many = good;
  while (many.images_size() <= static_cast<int>(kMaxRecordImages)) {
    *many.add_images() = good.images(0);
  }
  EXPECT_THAT(market.Publish(many).status(),
              FailsWith(StatusCode::kInvalidArgument, "images: has 65 entries; at most 64"));
  v1::LookupRequest lookup;
  lookup.add_tokens()->set_type(v1::IMAGE_PDQ);
  lookup.mutable_tokens(0)->set_token(std::string(16, 't'));
  EXPECT_THAT(market.Lookup(lookup).status(),
              FailsWith(StatusCode::kInvalidArgument, "tokens[0].type: is IMAGE_PDQ"));
  EXPECT_EQ(coalition_.LogSize(), size);

  const auto announced = ReadAnnouncement(market, v1::IMAGE_PDQ);
  ASSERT_TRUE(announced.ok()) << announced.status();
  EXPECT_EQ(announced->epoch, 0u);
  EXPECT_EQ(announced->public_key, "");
  EXPECT_EQ(announced->rules_version, 1u);
  EXPECT_EQ(announced->maximum_life, absl::Hours(24 * 730));
}

TEST_F(Images, AreHarmlessWhileTwoExpertsSaySo) {
  RawClient market = coalition_.As("market");
  const std::vector<std::string> mark = {"images", "harmless",      "mark",
                                         "--hash", Hex(Hash(1)),    "--radius",
                                         "8",      "--description", "an elephant at dusk"};
  CommandResult first = Vervet(mark, "ada");
  ASSERT_TRUE(first.Require().ok()) << first.Require();
  EXPECT_THAT(first.output, HasSubstr(absl::StrCat("marked  ", Hex(Hash(1)), ", event ")));
  EXPECT_THAT(first.output, HasSubstr("not in force: that takes two experts' marks"));
  ASSERT_TRUE(market.Publish(ImageRequest(market)).ok());
  const CommandResult second = Vervet(mark, "ben");
  EXPECT_THAT(second.output, HasSubstr("in force: it matches nowhere"));

  v1::PublishRequest altered = ImageRequest(market);
  altered.mutable_images(0)->set_hash(Hash(1, 8));
  EXPECT_THAT(market.Publish(altered).status(),
              FailsWith(StatusCode::kFailedPrecondition, "images[0].hash: is, or is close to"));
  const CommandResult listed = Vervet({"images", "harmless", "list", "--json"});
  ASSERT_TRUE(listed.Require().ok()) << listed.Require();
  const Json list = listed.ReadJson().value_or(Json());
  ASSERT_EQ(list["images"].elements().size(), 1u);
  EXPECT_EQ(list["images"].elements()[0]["hash"].text(), Hex(Hash(1)));
  EXPECT_TRUE(list["images"].elements()[0]["in_force"].truth());
  EXPECT_EQ(list["images"].elements()[0]["marks"].elements().size(), 2u);

  const CommandResult cleared = Vervet({"images", "harmless", "clear", "--hash", Hex(Hash(1)),
                                        "--reason", "it shows one trader only"},
                                       "ada");
  ASSERT_TRUE(cleared.Require().ok()) << cleared.Require();
  EXPECT_THAT(cleared.output, HasSubstr("not in force"));
  EXPECT_TRUE(market.Publish(altered).ok());
  EXPECT_EQ(
      Vervet({"images", "harmless", "clear", "--hash", Hex(Hash(1)), "--reason", "again"}, "ada")
          .exit_code,
      cli::kExitFailed);

  std::string told;
  for (const auto& event : ReadLog(market, coalition_.LogSize())) {
    if (event.body.has_harmless_image_marked()) {
      absl::StrAppend(&told, "+", event.body.harmless_image_marked().party());
    }
    if (event.body.has_harmless_image_cleared()) {
      absl::StrAppend(&told, "-", event.body.harmless_image_cleared().party());
    }
  }
  EXPECT_EQ(told, "+expert/ada+expert/ben-expert/ada") << "every member is told";
}

TEST_F(Images, SetAsideByAMemberAlertTheCoordinators) {
  RawClient market = coalition_.As("market"), social = coalition_.As("social");
  const auto published = market.Publish(ImageRequest(market));
  ASSERT_TRUE(published.ok()) << published.status();
  v1::ReportQuarantineRequest request;
  request.set_request_id(NewRequestId());
  request.set_record_id(published->record_id());
  request.set_hash(Hash(2));
  request.set_matches(812);
  request.set_window_s(3'600);
  grpc::ClientContext context;
  v1::ReportQuarantineResponse response;
  const grpc::Status status = social.records().ReportQuarantine(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const CommandResult alerts = Vervet({"alerts"});
  EXPECT_THAT(alerts.output, HasSubstr("image flood"));
  EXPECT_THAT(alerts.output, HasSubstr("member/social"));
  EXPECT_THAT(alerts.output, HasSubstr("image 2 of 2 matched 812 times in 3600 s"));
  for (const auto& event : ReadLog(market, coalition_.LogSize())) {
    EXPECT_FALSE(event.body.has_alert_raised()) << "it is for coordinators";
  }
}

}  // namespace
}  // namespace vervet::integration
