// Pictures on the command line: hashed, checked, published, set aside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet::member_cli {
namespace {

using image_testing::EncodeJpeg;
using image_testing::EncodePng;
using image_testing::Plain;
using image_testing::Scene;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ImageTest : public MemberCliTest {
 protected:
  ImageTest() : first_(EncodeJpeg(Scene(200, 150, 1))), second_(EncodePng(Scene(160, 160, 2))) {
    std::filesystem::create_directories(Path("photos/deeper"));
    tusk_ = WriteFile("photos/b tusk.jpg", first_);
    shell_ = WriteFile("photos/deeper/a_shell.png", second_);
  }
  static std::string HexOf(const std::string& encoded) { return HashImage(encoded)->Hex(); }
  void BreakSome() {
    WriteFile("photos/empty.jpg", "");
    WriteFile("photos/notes.txt", "not a picture, but 30 bytes of text");
    WriteFile("photos/cut.jpg", first_.substr(0, first_.size() / 2));
    WriteFile("photos/.hidden", "nobody looks at it");
  }

  const std::string first_;
  const std::string second_;
  std::string tusk_;
  std::string shell_;
};

TEST_F(ImageTest, HashesFilesAndFoldersWithoutAConfiguration) {
  EXPECT_EQ(Run({"hash", Path("photos"), "--config", "/nowhere"}), 0);
  const int quality = HashImage(first_)->quality;
  EXPECT_EQ(out_, absl::StrCat(HexOf(first_), "  ", quality, "  ", tusk_, "\n", HexOf(second_),
                               "  ", HashImage(second_)->quality, "  ", shell_, "\n"));
  EXPECT_FALSE(world_.opened);
}

TEST_F(ImageTest, NamesWhatIsNoPictureAndGoesOn) {
  BreakSome();
  EXPECT_EQ(Run({"hash", Path("photos")}), 4);
  EXPECT_THAT(out_, HasSubstr(HexOf(first_)));
  EXPECT_THAT(out_, HasSubstr(HexOf(second_)));
  EXPECT_THAT(err_, HasSubstr("empty.jpg: empty; give"));
  EXPECT_THAT(err_, HasSubstr("notes.txt: "));
  EXPECT_THAT(err_, HasSubstr("cut.jpg: "));
  EXPECT_THAT(Everything(), Not(HasSubstr("hidden")));
  EXPECT_EQ(Run({"hash", Path("photos/empty.jpg"), Path("photos/gone.jpg")}), 1);
  EXPECT_THAT(err_, HasSubstr("gone.jpg: no such file"));
  std::filesystem::create_directories(Path("nothing"));
  EXPECT_EQ(Run({"hash", Path("nothing")}), 2);
}

TEST_F(ImageTest, GoesByTheContentAndNotByTheName) {
  WriteFile("really.png", first_);
  EXPECT_EQ(Run({"hash", Path("really.png")}), 0);
  EXPECT_THAT(out_, HasSubstr(HexOf(first_)));
}

TEST_F(ImageTest, SaysWhereAHashMeansNothing) {
  WriteFile("photos/black.png", EncodePng(Plain(80, 60, 0)));
  EXPECT_EQ(Run({"hash", Path("photos")}), 0);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat(std::string(64, '0'), "  0  ")));
  EXPECT_THAT(err_, HasSubstr("black.png: quality 0: the picture is plain"));
}

TEST_F(ImageTest, ShowsHowFarItHasCome) {
  EXPECT_EQ(Run({"hash", Path("photos")}), 0);
  EXPECT_EQ(err_, "hash: 50% (1 of 2 files)\nhash: 100% (2 of 2 files)\n");
  EXPECT_EQ(Run({"check", Path("photos")}), 0);
  EXPECT_THAT(err_, HasSubstr("check: 50% (1 of 2 pictures)\ncheck: 100% (2 of 2 pictures)\n"));
}

TEST_F(ImageTest, HashesForProgramsInTheEightPositions) {
  EXPECT_EQ(Run({"hash", "--json", "--variants", tusk_, Path("gone.jpg")}), 4);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("\"hash\":\"", HexOf(first_), "\"")));
  EXPECT_THAT(out_, HasSubstr("\"publishable\":true"));
  EXPECT_THAT(out_,
              HasSubstr(absl::StrCat("\"mirrored\":\"", (*HashImageVariants(first_))[5].Hex())));
  EXPECT_THAT(out_, HasSubstr("\"error\":\"no such file\""));
}

TEST_F(ImageTest, ChecksPicturesAndSaysHowNearTheRecordsIs) {
  Match match = ExampleMatch(world_.environment.Now());
  match.signature_type = "image_pdq";
  match.image =
      ImageEvidence{*ImageHash::FromHex(HexOf(first_), 83), 12, 24, ImageVariant::kMirrored};
  world_.pictures[HexOf(first_)] = match;
  BreakSome();
  EXPECT_EQ(Run({"check", Path("photos"), "--variants", "--radius", "24", "--name-is-reference"}),
            10);
  EXPECT_THAT(out_, HasSubstr("b tusk.jpg  match\n"));
  EXPECT_THAT(out_, HasSubstr("matched by    picture"));
  EXPECT_THAT(out_, HasSubstr("12 of 256 bits from one of the record's (up to 24 count), whose "
                              "quality is 83; mirrored"));
  EXPECT_THAT(out_, HasSubstr("a_shell.png  no match\n"));
  EXPECT_THAT(out_, HasSubstr("empty.jpg  refused: empty"));
  EXPECT_THAT(out_, HasSubstr("5 pictures: 1 match, 1 without, 3 refused"));
  EXPECT_THAT(out_, HasSubstr("evidence, not a verdict"));
  ASSERT_THAT(world_.checked_images, SizeIs(2));
  EXPECT_EQ(world_.checked_images[0].reference, "b tusk");
  EXPECT_THAT(world_.checked_images[0].hashes, SizeIs(8));
  EXPECT_EQ(world_.image_options.radius, 24);
  EXPECT_TRUE(world_.image_options.remember);
  EXPECT_EQ(Run({"check", shell_, Path("photos/empty.jpg")}), 4);
  EXPECT_EQ(Run({"check", shell_}), 0);
  EXPECT_EQ(Run({"check", Path("photos/empty.jpg")}), 1);
}

TEST_F(ImageTest, ChecksForPrograms) {
  WriteFile("plain.png", EncodePng(Plain(64, 64, 9)));
  WriteFile("empty.jpg", "");
  EXPECT_EQ(Run({"check", "--json", Path("plain.png"), Path("empty.jpg")}), 4);
  EXPECT_THAT(out_, HasSubstr("\"outcome\":\"no_match\""));
  EXPECT_THAT(out_, HasSubstr("\"warning\":\"there is not much on it\""));
  EXPECT_THAT(out_, HasSubstr("\"outcome\":\"refused\",\"reason\":\"empty"));
  EXPECT_THAT(out_, HasSubstr("\"event\":\"summary\",\"files\":2,\"matched\":0"));
}

TEST_F(ImageTest, TakesPicturesOrIdentifiersNotBoth) {
  EXPECT_EQ(Run({"check", tusk_, "--phone", "+442079460018"}), 2);
  EXPECT_EQ(Run({"check", tusk_, "--reference", "a", "--name-is-reference"}), 2);
  EXPECT_EQ(Run({"check"}), 2);
  EXPECT_EQ(Run({"check", tusk_, Path("gone.jpg")}), 2);
  EXPECT_THAT(err_, HasSubstr("argument 2 is neither a file nor a folder"));
  EXPECT_THAT(world_.checked_images, IsEmpty());
}

TEST_F(ImageTest, PublishesHashesOfPicturesAndNothingWhereOneIsBroken) {
  const std::vector<std::string> facts = {"--offence",          "offer_for_sale", "--taxon",
                                          "Loxodonta africana", "--decision",     "CASE-1"};
  const auto publish = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"publish"};
    args.insert(args.end(), facts.begin(), facts.end());
    args.insert(args.end(), more.begin(), more.end());
    return Run(args);
  };
  EXPECT_EQ(publish({"--image", Path("photos"), "--image-radius", "20"}), 0);
  ASSERT_THAT(world_.published, SizeIs(1));
  ASSERT_THAT(world_.published[0].images, SizeIs(2));
  EXPECT_EQ(world_.published[0].images[0].hash, *HashImage(first_));
  EXPECT_EQ(world_.published[0].images[1].radius, 20);
  EXPECT_THAT(world_.published[0].identifiers, IsEmpty());
  BreakSome();
  EXPECT_EQ(publish({"--image", tusk_, "--image", Path("photos/cut.jpg")}), 1);
  EXPECT_THAT(err_, HasSubstr("cut.jpg: "));
  EXPECT_THAT(world_.published, SizeIs(1));
  world_.publish_status = absl::InvalidArgumentError("images[1]: the picture's quality is 31");
  EXPECT_EQ(publish({"--image", tusk_, "--image", shell_}), 1);
  EXPECT_THAT(err_, HasSubstr("a_shell.png: the picture's quality is 31"));
}

TEST_F(ImageTest, ImportsPicturesBesideTheFile) {
  BreakSome();
  const std::string csv =
      WriteFile("cases.csv",
                "decision_reference,offence,taxa,image\n"
                "CASE-1,auction,Manis javanica,photos/b tusk.jpg; photos/deeper/a_shell.png\n"
                "CASE-2,auction,Manis javanica,photos/cut.jpg\n"
                "CASE-3,auction,Manis javanica,\n");
  EXPECT_EQ(Run({"import", csv}), 4);
  ASSERT_THAT(world_.published, SizeIs(1));
  EXPECT_THAT(world_.published[0].images, SizeIs(2));
  EXPECT_THAT(err_, HasSubstr("cases.csv:3: image: photos/cut.jpg: "));
  EXPECT_THAT(err_, HasSubstr("cases.csv:4: has no identifier and no picture"));
}

TEST_F(ImageTest, ListsWhatIsSetAsideAndReleasesIt) {
  ImageQuarantine one;
  one.record_id = "0190a1b2c3d4e5f60718293a4b5c6d7e";
  one.publisher = "member/market";
  one.hash = *HashImage(first_);
  one.since = absl::ToChronoTime(world_.environment.Now());
  one.matches = 312;
  one.window = std::chrono::hours(1);
  one.set_aside = 1200;
  one.waiting = 1034;
  world_.quarantines = {one};
  EXPECT_EQ(Run({"images", "quarantine", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr(one.hash.Hex()));
  EXPECT_THAT(out_, HasSubstr("1,200"));
  EXPECT_THAT(out_, HasSubstr("1,034"));
  EXPECT_EQ(Run({"images", "quarantine", "list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"window_s\": 3600"));
  EXPECT_THAT(out_, HasSubstr("\"waiting\": 1034"));
  EXPECT_EQ(Run({"images", "quarantine", "release", one.record_id, "beef"}), 2);
  EXPECT_EQ(Run({"images", "quarantine", "release", one.record_id, one.hash.Hex()}), 0);
  EXPECT_THAT(out_, HasSubstr("released"));
  EXPECT_EQ(Run({"images", "quarantine", "release", one.record_id, one.hash.Hex()}), 1);
  EXPECT_EQ(Run({"images", "quarantine", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("nothing is set aside"));
}

}  // namespace
}  // namespace vervet::member_cli
