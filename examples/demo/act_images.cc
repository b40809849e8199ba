// Pictures: the marketplace publishes photographs, the social network recognises altered copies.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/photo_lab.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::CommandResult;
using coalition::Json;

// Of Debian's package lomiri-wallpapers-16.04: real photographs, free to use and to alter.
constexpr char kPhotographs[] = "/usr/share/backgrounds";
constexpr size_t kPublished = 7;
constexpr size_t kFewest = 10;
// As long as a side is where offers are shown.
constexpr int kListingSide = 1024;
// Wider frames move the picture within the hash's grid, and PDQ loses it (docs/images.md).
constexpr int kBorderPixels = 4;

std::vector<std::string> FindPhotographs() {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kPhotographs, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::StrContains(name, "_by_") && entry.path().extension() == ".jpg") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Alteration {
  std::string name;
  std::function<std::string(const Photo&)> alter;  // the file as it arrives
};

const std::vector<Alteration>& Alterations() {
  static const auto* const kAll = new std::vector<Alteration>{
      {"recompressed", [](const Photo& photo) { return EncodeJpeg(photo, 30); }},
      {"resized",
       [](const Photo& photo) {
         return EncodeJpeg(Resized(photo, photo.width / 3, photo.height / 3), 80);
       }},
      {"brightened", [](const Photo& photo) { return EncodeJpeg(Brightened(photo, 30), 85); }},
      {"bordered",
       [](const Photo& photo) { return EncodeJpeg(WithBorder(photo, kBorderPixels, 255), 85); }},
      {"mirrored", [](const Photo& photo) { return EncodeJpeg(Mirrored(photo), 85); }}};
  return *kAll;
}

struct Folders {
  std::string evidence;   // market's: published
  std::string copies;     // social's: altered
  std::string unrelated;  // social's
};

// Listing photographs at the market, altered copies of them at social, and others that have nothing
// to do with them.
absl::Status Develop(Stage& stage, const std::vector<std::string>& originals,
                     const Folders& folders) {
  for (const std::string* folder : {&folders.evidence, &folders.copies, &folders.unrelated}) {
    std::filesystem::create_directories(*folder);
  }
  for (size_t i = 0; i < originals.size(); ++i) {
    VERVET_ASSIGN_OR_RETURN(const std::string encoded, coalition::ReadFile(originals[i]));
    VERVET_ASSIGN_OR_RETURN(const Photo photo, DecodeJpeg(encoded, kListingSide));
    const std::string name = absl::StrCat("photo-", i + 1);
    if (i >= kPublished) {
      VERVET_RETURN_IF_ERROR(coalition::WriteFile(
          absl::StrCat(folders.unrelated, "/", name, ".jpg"), EncodeJpeg(photo, 85)));
    } else {
      VERVET_RETURN_IF_ERROR(coalition::WriteFile(absl::StrCat(folders.evidence, "/", name, ".jpg"),
                                                  EncodeJpeg(photo, 90)));
      for (const Alteration& alteration : Alterations()) {
        VERVET_RETURN_IF_ERROR(coalition::WriteFile(
            absl::StrCat(folders.copies, "/", name, "-", alteration.name, ".jpg"),
            alteration.alter(photo)));
      }
    }
    stage.timeline.Progress("photographs", i + 1, originals.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<Published> PublishFolder(Stage& stage, const std::string& folder) {
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult result,
      stage.coalition->RunMember(kMarket, {"publish", "--json", "--image", folder, "--offence",
                                           "offer_for_sale", "--taxon", "Loxodonta africana",
                                           "--decision", kImageDecision, "--group", kEverybody}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json json, result.ReadJson());
  VERVET_RETURN_IF_ERROR(Expect(json["state"].text() == "delivered",
                                absl::StrCat("market's record is ", json["state"].text())));
  return Published{json["record_id"].text(), json["sequence"].number()};
}

struct FolderCheck {
  std::vector<Json> results;
  absl::Duration took;
};

absl::StatusOr<FolderCheck> CheckFolder(Stage& stage, const std::string& folder) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(kSocial, {"check", "--json", "--variants",
                                                               "--name-is-reference", folder}));
  if (result.exit_code != cli::kExitMatch) VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(std::vector<Json> lines, result.ReadJsonLines());
  std::vector<Json> results;
  for (Json& line : lines) {
    if (line["event"].text() == "result") results.push_back(std::move(line));
  }
  return FolderCheck{std::move(results), result.took};
}

absl::Status Recognise(Stage& stage, const std::string& copies, const std::string& record_id) {
  VERVET_ASSIGN_OR_RETURN(const FolderCheck check, CheckFolder(stage, copies));
  VERVET_RETURN_IF_ERROR(
      Expect(check.results.size() == kPublished * Alterations().size(),
             absl::StrCat("social checked ", check.results.size(), " pictures")));
  stage.timeline.Done(absl::StrCat("social recognises all of its ", check.results.size(),
                                   " altered copies, without asking anyone"));
  for (const Alteration& alteration : Alterations()) {
    uint64_t farthest = 0;
    for (const Json& result : check.results) {
      if (!absl::StrContains(result["file"].text(), alteration.name)) continue;
      const std::vector<Json> matches = result["matches"].elements();
      VERVET_RETURN_IF_ERROR(
          Expect(matches.size() == 1 && matches[0]["record_id"].text() == record_id,
                 absl::StrCat("social does not recognise a picture: ", result.Print())));
      const Json image = matches[0]["image"];
      farthest = std::max(farthest, image["distance"].number());
      VERVET_RETURN_IF_ERROR(
          Expect(alteration.name != "mirrored" || image["variant"].text() == "mirrored",
                 absl::StrCat("a mirrored picture was met otherwise: ", result.Print())));
    }
    stage.timeline.Detail(
        absl::StrCat(alteration.name, ": at most ", farthest, " of 256 bits away, 31 would count"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RecognisePictures(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(9, "The same photographs, altered");
  const std::vector<std::string> originals = FindPhotographs();
  VERVET_RETURN_IF_ERROR(
      Expect(originals.size() >= kFewest,
             absl::StrCat("there are ", originals.size(), " photographs in ", kPhotographs,
                          ": install the package lomiri-wallpapers-16.04 (./dev deps)")));
  const Folders folders = {stage.coalition->dir_of(kMarket) + "/evidence",
                           stage.coalition->dir_of(kSocial) + "/uploads",
                           stage.coalition->dir_of(kSocial) + "/other-uploads"};
  VERVET_RETURN_IF_ERROR(Develop(stage, originals, folders));
  timeline.Done(absl::StrCat(kPublished, " real photographs are offers at market; at social lie ",
                             kPublished * Alterations().size(), " altered copies and ",
                             originals.size() - kPublished, " unrelated photographs"));
  VERVET_ASSIGN_OR_RETURN(const Published published, PublishFolder(stage, folders.evidence));
  timeline.Done(
      "market publishes a record of their hashes, 32 bytes each; no photograph leaves it");
  VERVET_RETURN_IF_ERROR(Recognise(stage, folders.copies, published.record_id));
  VERVET_ASSIGN_OR_RETURN(const FolderCheck unrelated, CheckFolder(stage, folders.unrelated));
  VERVET_RETURN_IF_ERROR(Expect(unrelated.results.size() == originals.size() - kPublished,
                                "social did not check all unrelated photographs"));
  for (const Json& result : unrelated.results) {
    VERVET_RETURN_IF_ERROR(
        Expect(result["outcome"].text() == "no_match",
               absl::StrCat("an unrelated photograph is not without a match: ", result.Print())));
  }
  timeline.Done(absl::StrCat("none of the ", unrelated.results.size(),
                             " unrelated photographs matches, in no position"));
  return absl::OkStatus();
}

}  // namespace vervet::demo
