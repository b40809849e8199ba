// Pictures through the whole system: two members' command lines and a real hub between them.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;
using image_testing::EncodeJpeg;
using image_testing::EncodeWebp;
using image_testing::MirroredLeftRight;
using image_testing::Scene;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(15);

class ImageMatching : public ::testing::Test {
 protected:
  ImageMatching() {
    original_ = Write("tusk.jpg", EncodeJpeg(Scene(480, 360, 11)));
    copy_ = Write("copy.webp", EncodeWebp(Scene(320, 240, 11), 60));
    mirrored_ = Write("mirrored.jpg", EncodeJpeg(MirroredLeftRight(Scene(480, 360, 11))));
    other_ = Write("other.jpg", EncodeJpeg(Scene(480, 360, 12)));
  }
  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = coalition_.path(name);
    EXPECT_TRUE(coalition::WriteFile(path, bytes).ok());
    return path;
  }
  static std::string HexOf(const std::string& path) {
    return HashImage(*coalition::ReadFile(path))->Hex();
  }

  std::string Publish(const std::string& file) {
    const CommandResult result =
        Member(coalition_, "market",
               {"publish", "--json", "--image", file, "--offence", "offer_for_sale", "--taxon",
                "Loxodonta africana", "--decision", "CASE-1"});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    const auto json = result.ReadJson();
    EXPECT_TRUE(json.ok()) << result.output;
    return json.ok() ? (*json)["record_id"].text() : "";
  }

  // The line of one file.
  Json Check(const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"check", "--json", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = Member(coalition_, "social", std::move(arguments));
    const auto lines = result.ReadJsonLines();
    EXPECT_TRUE(lines.ok()) << result.output << result.error;
    return lines.ok() && !lines->empty() ? lines->front() : Json();
  }

  // `vervet` with the certificate of an expert, who is admitted.
  CommandResult AsExpert(const std::string& name, std::vector<std::string> arguments) {
    const auto tls = coalition_.Issue(test_support::ClientLeaf(absl::StrCat("expert/", name)),
                                      coalition_.authority());
    arguments.insert(arguments.end(),
                     {"--certificate", tls.certificate, "--private-key", tls.private_key});
    const auto result = coalition_->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }

  TestCoalition coalition_;
  std::string original_, copy_, mirrored_, other_;
};

TEST_F(ImageMatching, RecognisesAlteredCopiesUntilTheRecordIsRetracted) {
  const std::string record_id = Publish(original_);
  const Json copy = Check(copy_, {"--reference", "listing-7"});
  ASSERT_EQ(copy["outcome"].text(), "match") << copy.Print();
  const Json match = copy["matches"].elements()[0];
  EXPECT_EQ(match["record_id"].text(), record_id);
  EXPECT_EQ(match["publisher"].text(), "member/market");
  EXPECT_EQ(match["image"]["hash"].text(), HexOf(original_));
  EXPECT_LE(match["image"]["distance"].number(), 31u);
  EXPECT_EQ(Check(mirrored_)["outcome"].text(), "no_match");
  EXPECT_EQ(Check(mirrored_, {"--variants"})["matches"].elements()[0]["image"]["variant"].text(),
            "mirrored");
  EXPECT_EQ(Check(other_, {"--variants"})["outcome"].text(), "no_match");
  // Also of a picture that was checked before.
  const CommandResult retracted =
      Member(coalition_, "market", {"retract", record_id, "--reason", "a replica"});
  EXPECT_EQ(retracted.exit_code, 0) << retracted.error;
  EXPECT_EQ(Check(copy_)["outcome"].text(), "no_match");
  const CommandResult remedies = Member(coalition_, "social", {"remedies", "--json"});
  EXPECT_THAT(remedies.output, HasSubstr("listing-7"));
  EXPECT_THAT(remedies.output, HasSubstr(HexOf(original_)));
}

TEST_F(ImageMatching, ImportsPicturesAndChecksAFolderOfGoodAndBadFiles) {
  Write("cut.jpg", EncodeJpeg(Scene(480, 360, 13)).substr(0, 2'000));
  const std::string csv = Write("cases.csv",
                                "decision_reference,offence,taxa,image\n"
                                "CASE-1,auction,Manis javanica,tusk.jpg\n"
                                "CASE-2,auction,Manis javanica,cut.jpg\n"
                                "CASE-3,auction,Manis javanica,other.jpg;copy.webp\n");
  const CommandResult tried = Member(coalition_, "market", {"import", csv, "--dry-run"});
  EXPECT_EQ(tried.exit_code, cli::kExitPartial) << tried.error;
  EXPECT_THAT(tried.output, HasSubstr("3 lines: 2 fit to publish, 1 refused"));
  const CommandResult imported = Member(coalition_, "market", {"import", csv});
  EXPECT_EQ(imported.exit_code, cli::kExitPartial) << imported.error;
  EXPECT_THAT(imported.error, HasSubstr("read: 100% (3 lines, 4 pictures)"));
  EXPECT_THAT(imported.error, HasSubstr("cases.csv:3: image: cut.jpg: the JPEG is cut short"));
  EXPECT_THAT(imported.output, HasSubstr("3 lines: 2 published, 1 refused"));

  ASSERT_TRUE(std::filesystem::create_directory(coalition_.path("listings")));
  Write("listings/a.jpg", EncodeJpeg(Scene(240, 180, 11), {.quality = 50}));
  Write("listings/b.png", "not a picture");
  Write("listings/c.jpg", EncodeJpeg(Scene(480, 360, 14)));
  const CommandResult checked =
      Member(coalition_, "social", {"check", other_, coalition_.path("listings")});
  EXPECT_EQ(checked.exit_code, cli::kExitMatch) << checked.error;
  EXPECT_THAT(checked.output, HasSubstr("other.jpg  match\n"));
  EXPECT_THAT(checked.output, HasSubstr("a.jpg  match\n"));
  EXPECT_THAT(checked.output, HasSubstr("b.png  refused: neither a JPEG"));
  EXPECT_THAT(checked.output, HasSubstr("c.jpg  no match\n"));
  EXPECT_THAT(checked.output, HasSubstr("4 pictures: 2 matches, 1 without, 1 refused"));
  EXPECT_THAT(checked.error, HasSubstr("check: 100% (4 of 4 pictures)"));
}

TEST_F(ImageMatching, TellsOfARecordThatArrivesAfterThePictureWasChecked) {
  EXPECT_EQ(Check(copy_, {"--reference", "listing-7"})["outcome"].text(), "no_match");
  const auto watch = coalition_->StartMember("social", {"watch", "--json"});
  ASSERT_TRUE(watch.ok()) << watch.status();
  const auto line_with = [&](const std::string& text) {
    return (*watch)->WaitForLine(
        Process::Stream::kOutput,
        [&](absl::string_view line) { return absl::StrContains(line, text); }, kDeadline);
  };
  ASSERT_TRUE(line_with("\"event\":\"ready\"").ok());
  const std::string record_id = Publish(original_);
  const auto told = line_with("\"event\":\"match\"");
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(told->text, HasSubstr(record_id));
  EXPECT_THAT(told->text, HasSubstr("listing-7"));
  EXPECT_THAT(told->text, HasSubstr("\"by_image\""));
  (*watch)->Signal(SIGTERM);
  EXPECT_TRUE((*watch)->Wait(absl::Seconds(10)).ok());
}

TEST_F(ImageMatching, TwoExpertsMakeAPictureMatchNothingAnywhere) {
  RawClient coordinator = coalition_.As("coordinator");
  for (const char* name : {"ada", "ben"}) {
    v1::AdmitRequest request;
    request.set_request_id(NewRequestId());
    request.set_party(absl::StrCat("expert/", name));
    request.set_display_name("An expert");
    request.set_region("IE");
    ASSERT_TRUE(coordinator.Admit(request).ok());
  }
  Publish(original_);
  EXPECT_EQ(Check(copy_)["outcome"].text(), "match");
  const std::vector<std::string> mark = {"images", "harmless",       "mark",
                                         "--hash", HexOf(original_), "--radius",
                                         "20",     "--description",  "a stock photograph"};
  EXPECT_EQ(AsExpert("ada", mark).exit_code, 0);
  EXPECT_EQ(Check(copy_)["outcome"].text(), "match") << "one expert is not enough";
  EXPECT_EQ(AsExpert("ben", mark).exit_code, 0);
  const Json harmless = Check(copy_);
  EXPECT_EQ(harmless["outcome"].text(), "no_match");
  EXPECT_TRUE(harmless["harmless"].truth());
  EXPECT_EQ(AsExpert("ben", {"images", "harmless", "clear", "--hash", HexOf(original_), "--reason",
                             "shows one trader only"})
                .exit_code,
            0);
  EXPECT_EQ(Check(copy_)["outcome"].text(), "match");
}

}  // namespace
}  // namespace vervet::integration
