// Pictures on the command line: hashed, checked, published, set aside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/member-sdk/cli/fake_client.h"
#include "tests/member-sdk/image/bombs.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet::member_cli {
namespace {

using image_testing::EncodeJpeg;
using image_testing::EncodePng;
using image_testing::Plain;
using image_testing::Scene;
using ::testing::ElementsAre;
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
  EXPECT_THAT(err_, HasSubstr("2 of 5 files hashed; 3 could not be\n"));
  EXPECT_THAT(Everything(), Not(HasSubstr("hidden")));
  EXPECT_EQ(Run({"hash", Path("photos/empty.jpg"), Path("photos/gone.jpg")}), 1);
  EXPECT_THAT(err_, HasSubstr("gone.jpg: no such file"));
  std::filesystem::create_directories(Path("nothing"));
  EXPECT_EQ(Run({"hash", Path("nothing")}), 2);
}

TEST_F(ImageTest, GoesByTheContentAndSaysWhereTheNameIsAnother) {
  WriteFile("really.png", first_);
  const std::string note = "by its content a JPEG, though its name says PNG";
  EXPECT_EQ(Run({"hash", Path("really.png")}), 0);
  EXPECT_THAT(out_, HasSubstr(HexOf(first_)));
  EXPECT_EQ(err_, absl::StrCat(Path("really.png"), ": ", note, "\n"));
  EXPECT_EQ(Run({"hash", "--json", Path("really.png")}), 0);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("\"note\":\"", note, "\"")));
  EXPECT_EQ(Run({"check", Path("really.png")}), 0);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("really.png  no match\n  note: ", note, "\n")));
  EXPECT_EQ(Run({"check", "--json", Path("really.png")}), 0);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("\"note\":\"", note, "\"")));
  for (const char* name : {"a.jpg", "a.JPEG", "a.jpe", "a", "a.tmp", "a.webp.jpg"}) {
    EXPECT_EQ(Run({"hash", WriteFile(name, first_)}), 0);
    EXPECT_EQ(err_, "") << name;
  }
}

TEST_F(ImageTest, SaysWhereAHashMeansNothing) {
  WriteFile("photos/black.png", EncodePng(Plain(80, 60, 0)));
  EXPECT_EQ(Run({"hash", Path("photos")}), 0);
  EXPECT_THAT(out_, HasSubstr(absl::StrCat(std::string(64, '0'), "  0  ")));
  EXPECT_THAT(err_, HasSubstr("black.png: quality 0: the picture is plain"));
}

// A folder that is left out without a word would be taken for one without a match.
TEST_F(ImageTest, NamesAFolderThatItCannotRead) {
  std::filesystem::create_directories(Path("photos/closed"));
  WriteFile("photos/closed/inside.jpg", first_);
  for (const char* folder : {"", "photos", "photos/deeper"}) chmod(Path(folder).c_str(), 0755);
  chmod(Path("photos/closed").c_str(), 0);
  const bool is_root = geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  if (is_root && seteuid(kNobody) != 0) GTEST_SKIP() << "root may read every folder here";
  const std::vector<int> exit_codes = {Run({"hash", Path("photos")}),
                                       Run({"hash", Path("photos/closed")})};
  const std::string message = err_;
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  chmod(Path("photos/closed").c_str(), 0755);
  EXPECT_THAT(exit_codes, ElementsAre(4, 1));
  EXPECT_EQ(message, absl::StrCat(Path("photos/closed"), ": is a folder that cannot be read\n"));
}

TEST_F(ImageTest, SaysOfEachBadFileWhatIsWrongWithIt) {
  const std::string png = EncodePng(Scene(50, 40));
  std::string spoilt = png;
  spoilt[png.find("IDAT") + 20] ^= 0x55;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"animated.png", EncodePng(Scene(50, 40), {.animation_frames = 3})},
      {"bomb.png", image_testing::PngOfSize(png, 60'000, 60'000)},
      {"cut.png", png.substr(0, png.size() - 1)},
      {"empty.png", ""},
      {"film.gif", "GIF89a and so on"},
      {"spoilt.png", spoilt},
  };
  for (const auto& [name, bytes] : files) WriteFile(absl::StrCat("bad-", name), bytes);
  std::vector<std::string> arguments = {"check"};
  for (const auto& [name, bytes] : files) arguments.push_back(Path(absl::StrCat("bad-", name)));
  arguments.push_back(tusk_);
  EXPECT_EQ(Run(arguments), 4);
  for (const char* words :
       {"bad-animated.png  refused: the PNG is animated",
        "bad-bomb.png  refused: the PNG has 60000", "bad-cut.png  refused: the PNG is cut short",
        "bad-empty.png  refused: empty", "bad-film.gif  refused: a GIF",
        "bad-spoilt.png  refused: the PNG is damaged", "b tusk.jpg  no match",
        "7 pictures: 0 matches, 1 without, 6 refused"}) {
    EXPECT_THAT(out_, HasSubstr(words));
  }
  EXPECT_THAT(world_.checked_images, SizeIs(1));
}

TEST_F(ImageTest, ChecksAPictureAndAFolderTogether) {
  BreakSome();
  Match match = ExampleMatch(world_.environment.Now());
  match.signature_type = "image_pdq";
  match.image = ImageEvidence{*ImageHash::FromHex(HexOf(second_), 90), 3, 31};
  world_.pictures[HexOf(second_)] = match;
  const std::string other = WriteFile("other.jpg", EncodeJpeg(Scene(90, 80, 3)));
  EXPECT_EQ(Run({"check", other, Path("photos"), "--json"}), 10);
  const std::vector<std::string> lines = absl::StrSplit(out_, '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(7));
  // As named, and a folder's by name.
  const std::vector<std::pair<const char*, const char*>> expected = {
      {"other.jpg", "no_match"}, {"b tusk.jpg", "no_match"}, {"cut.jpg", "refused"},
      {"a_shell.png", "match"},  {"empty.jpg", "refused"},   {"notes.txt", "refused"}};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_THAT(lines[i], HasSubstr(absl::StrCat("/", expected[i].first, "\"")));
    EXPECT_THAT(lines[i], HasSubstr(absl::StrCat("\"outcome\":\"", expected[i].second, "\"")));
  }
  EXPECT_THAT(lines[6], HasSubstr("\"files\":6,\"matched\":1,\"not_matched\":2,\"refused\":3"));
  EXPECT_THAT(err_, HasSubstr("check: 50% (3 of 6 pictures)\n"));
  EXPECT_THAT(err_, HasSubstr("check: 100% (6 of 6 pictures)\n"));
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
  world_.publish_status =
      absl::InvalidArgumentError("images[1]: has the hash of images[0]; leave one out");
  EXPECT_EQ(publish({"--image", tusk_, "--image", shell_}), 1);
  EXPECT_THAT(err_, HasSubstr(absl::StrCat(shell_, ": has the hash of ", tusk_, "; leave one")));
  // Later, by the hub.
  world_.publish_status = absl::OkStatus();
  world_.hub_refuses = {"CASE-1"};
  world_.hub_refusal = absl::FailedPreconditionError("images[1].hash: is, or is close to, ...");
  EXPECT_EQ(publish({"--image", tusk_, "--image", shell_}), 1);
  EXPECT_THAT(err_, HasSubstr("a_shell.png: hash is, or is close to, ..."));
}

TEST_F(ImageTest, PublishesNeitherMorePicturesThanARecordHasNorNone) {
  std::filesystem::create_directories(Path("nothing"));
  EXPECT_EQ(Run({"publish", "--phone", "+442079460018", "--offence", "auction", "--taxon",
                 "Manis javanica", "--decision", "CASE-1", "--image", Path("nothing")}),
            2);
  EXPECT_THAT(err_, HasSubstr("--image: there is no file in what was named"));
  for (size_t i = 2; i <= kMaxImagesPerRecord; ++i) WriteFile(absl::StrCat("photos/", i), "");
  EXPECT_EQ(Run({"publish", "--offence", "auction", "--taxon", "Manis javanica", "--decision",
                 "CASE-1", "--image", Path("photos")}),
            2);
  EXPECT_THAT(err_, HasSubstr("--image: 65 files, and a record has at most 64 pictures"));
  EXPECT_FALSE(world_.opened);
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

// Pictures take most of the time, and the lines alone would not say how many there were.
TEST_F(ImageTest, ShowsHowFarAnImportOfPicturesHasCome) {
  std::string csv = "decision_reference,offence,taxa,image\n";
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&csv, "CASE-", i, ",auction,Manis javanica,photos/b tusk.jpg;",
                    "photos/deeper/a_shell.png\n");
  }
  EXPECT_EQ(Run({"import", WriteFile("cases.csv", csv)}), 0);
  EXPECT_EQ(world_.published.size(), 10u);
  EXPECT_THAT(err_, HasSubstr("read: 50% (5 lines, 10 pictures)\n"));
  EXPECT_THAT(err_, HasSubstr("read: 100% (10 lines, 20 pictures)\n"));
  EXPECT_THAT(err_, HasSubstr("deliver: 100% (10 of 10)\n"));
  EXPECT_THAT(out_, HasSubstr("10 lines: 10 published\n"));
  EXPECT_EQ(Run({"import", Path("cases.csv"), "--dry-run"}), 0);
  EXPECT_THAT(err_, HasSubstr("check: 100% (10 lines, 20 pictures)\n"));
  EXPECT_THAT(out_, HasSubstr("10 lines: 10 fit to publish\n"));
}

TEST_F(ImageTest, SaysOfAnImportsLineWhichPictureIsWrong) {
  WriteFile("photos/sky.png", EncodePng(Plain(80, 60, 200)));
  std::string many = "photos/b tusk.jpg";
  for (size_t i = 0; i < kMaxImagesPerRecord; ++i) absl::StrAppend(&many, ";photos/gone.jpg");
  const std::string csv = WriteFile(
      "cases.csv",
      absl::StrCat("decision_reference,offence,taxa,image\n",
                   "CASE-1,auction,Manis javanica,photos/b tusk.jpg;photos/sky.png\n",
                   "CASE-2,auction,Manis javanica,photos/b tusk.jpg; photos/b tusk.jpg\n",
                   "CASE-3,auction,Manis javanica,photos\n", "CASE-4,auction,Manis javanica,", many,
                   "\n", "CASE-5,auction,Manis javanica,photos/b tusk.jpg\n"));
  EXPECT_EQ(Run({"import", csv, "--dry-run"}), 4);
  EXPECT_THAT(err_, HasSubstr("cases.csv:2: image: photos/sky.png: a quality of 0; at least 50"));
  EXPECT_THAT(err_, HasSubstr("cases.csv:3: image: photos/b tusk.jpg: the same picture as an"));
  EXPECT_THAT(err_, HasSubstr("cases.csv:4: image: photos: is a folder; name the files in it"));
  EXPECT_THAT(err_, HasSubstr("cases.csv:5: image: has more than 64 pictures"));
  EXPECT_THAT(err_, Not(HasSubstr("gone.jpg"))) << "too many are not looked at";
  EXPECT_THAT(out_, HasSubstr("5 lines: 1 fit to publish, 4 refused"));
  EXPECT_THAT(world_.published, IsEmpty());
  // The SDK's refusal, and later the hub's.
  world_.publish_status = absl::InvalidArgumentError("images[0]: the picture's quality is 31");
  const std::string one = WriteFile("one.csv",
                                    "decision_reference,offence,taxa,image\n"
                                    "CASE-5,auction,Manis javanica,photos/b tusk.jpg\n");
  EXPECT_EQ(Run({"import", one}), 1);
  EXPECT_THAT(err_, HasSubstr("one.csv:2: image: photos/b tusk.jpg: the picture's quality is 31"));
  world_.publish_status = absl::OkStatus();
  world_.hub_refuses = {"CASE-5"};
  world_.hub_refusal = absl::FailedPreconditionError("images[0].hash: is, or is close to, ...");
  EXPECT_EQ(Run({"import", one}), 1);
  EXPECT_THAT(err_, HasSubstr("one.csv:2: image: photos/b tusk.jpg: hash is, or is close to, ..."));
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
