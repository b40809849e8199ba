// hash: the perceptual hashes of pictures, without a vault and without a hub.
#include <ostream>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/progress.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/image_files.h"
#include "vervet/image.h"

namespace vervet::member_cli {
namespace {

class HashCommand final : public cli::Command {
 public:
  explicit HashCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "hash",
        .arguments = "FILE|FOLDER...",
        .summary = "print the perceptual hashes of pictures",
        .purpose =
            "Of each JPEG, PNG or WebP file its PDQ hash (64 hexadecimal digits) and its quality "
            "(0-100; below 50 there is too little on the picture to publish it), as PDQ's own "
            "tools write them. Of a folder, every file in it and below. Two pictures whose "
            "hashes differ in at most 31 of 256 bits are very likely one. Needs neither "
            "configuration nor network.\n\n"
            "A hash gives away roughly where its picture is light and dark: keep hashes like the "
            "pictures.\n\n"
            "The content decides which kind a file is; of a name that says another one, a note "
            "is on stderr (\"note\" in JSON).\n\n"
            "--json: JSON lines, {\"file\":...,\"hash\":...,\"quality\":...} for each, or "
            "{\"file\":...,\"error\":...}.",
        .examples = {{"hash photo.jpg", "one picture"},
                     {"hash evidence/ --json > hashes.jsonl", "a folder, for a program"},
                     {"hash photo.jpg --variants", "in the eight positions, turned and mirrored"}},
        .exit_codes = {{cli::kExitOk, "all were hashed"},
                       {cli::kExitFailed, "none could be hashed"},
                       {cli::kExitUsage, "the command line is wrong, or no file was found"},
                       {cli::kExitPartial, "some could not be hashed: the output says which"}},
        .minimum_arguments = 1,
        .maximum_arguments = 1'000'000};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Switch("variants", "the hashes of the turned and mirrored picture too", &variants_);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const std::vector<std::string> files = FindImageFiles(arguments);
    if (files.empty()) {
      streams.PrintError("hash: there is no file in what was named");
      return cli::kExitUsage;
    }
    size_t failed = 0;
    cli::Progress progress(streams, invocation_.environment(), "hash", files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      const auto file = HashImageFile(files[i], variants_);
      if (!file.ok()) ++failed;
      // The bar and the results may share a terminal.
      if (streams.out_is_terminal) progress.Clear();
      if (invocation_.json) {
        PrintJson(files[i], file, streams);
      } else if (file.ok()) {
        PrintText(files[i], file->hashes, streams);
        PrintNotes(files[i], *file, progress);
      } else {
        progress.PrintLine(cli::Printable(absl::StrCat(files[i], ": ", file.status().message())));
      }
      if (files.size() > 1) {
        progress.Update(i + 1, absl::StrCat(cli::WithThousands(i + 1), " of ",
                                            cli::Count(files.size(), "file")));
      }
    }
    if (failed == 0) return cli::kExitOk;
    if (files.size() > 1) {
      progress.PrintLine(absl::StrCat(cli::WithThousands(files.size() - failed), " of ",
                                      cli::Count(files.size(), "file"), " hashed; ",
                                      cli::WithThousands(failed), " could not be"));
    }
    return failed == files.size() ? cli::kExitFailed : cli::kExitPartial;
  }

 private:
  void PrintText(const std::string& file, const std::vector<ImageHash>& hashes,
                 const cli::Streams& streams) const {
    for (size_t i = 0; i < hashes.size(); ++i) {
      *streams.out << hashes[i].Hex() << "  " << hashes[i].quality << "  "
                   << (variants_
                           ? absl::StrCat(ImageVariantName(static_cast<ImageVariant>(i)), "  ")
                           : "")
                   << cli::Printable(file) << "\n";
    }
  }

  static void PrintNotes(const std::string& name, const HashedFile& file, cli::Progress& progress) {
    if (!file.note.empty()) {
      progress.PrintLine(cli::Printable(absl::StrCat(name, ": ", file.note)));
    }
    if (file.hashes.front().quality == 0) {
      progress.PrintLine(
          cli::Printable(absl::StrCat(name,
                                      ": quality 0: the picture is plain, or less than five pixels "
                                      "high or wide; its hash means nothing")));
    }
  }

  void PrintJson(const std::string& name, const absl::StatusOr<HashedFile>& file,
                 const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject().Field("file", name);
    if (!file.ok()) {
      json.Field("error", std::string(file.status().message()));
    } else {
      const ImageHash& hash = file->hashes.front();
      AppendHash(hash, json);
      json.Field("publishable", hash.quality >= kMinPublishedImageQuality);
      if (!file->note.empty()) json.Field("note", file->note);
    }
    if (file.ok() && variants_) {
      json.Key("variants").BeginObject();
      for (size_t i = 0; i < file->hashes.size(); ++i) {
        json.Field(ImageVariantName(static_cast<ImageVariant>(i)), file->hashes[i].Hex());
      }
      json.EndObject();
    }
    json.EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  bool variants_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> MakeHashCommand(Invocation& invocation) {
  return std::make_unique<HashCommand>(invocation);
}

}  // namespace vervet::member_cli
