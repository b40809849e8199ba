// images harmless mark, clear, list.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "core/base/image_limits.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::NegativeList::StubInterface;
using Align = cli::Table::Align;

constexpr uint32_t kImagesPerCall = 500;
constexpr int64_t kMostListed = 1'000'000;

// 64 hexadecimal digits, as PDQ's own tools and `vervet-member hash` write them → 32 bytes.
absl::StatusOr<std::string> HashArgument(absl::string_view text) {
  const bool hex =
      text.size() == 2 * kImageHashBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (hex) return absl::HexStringToBytes(text);
  return absl::InvalidArgumentError(
      "--hash: must be 64 hexadecimal digits, as vervet-member hash writes them");
}

int ShowChange(const Invocation& invocation, const cli::Streams& streams, absl::string_view done,
               absl::string_view hash, uint64_t sequence, bool in_force) {
  const std::string hex = absl::BytesToHexString(hash);
  if (invocation.json) {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject()
        .Field("hash", hex)
        .Field("sequence", sequence)
        .Field("in_force", in_force)
        .EndObject();
    *streams.out << json.Finish();
  } else {
    *streams.out << done << "  " << hex << ", event " << cli::WithThousands(sequence) << "; "
                 << (in_force ? "in force: it matches nowhere"
                              : "not in force: that takes two experts' marks")
                 << "\n";
  }
  return cli::kExitOk;
}

class MarkCommand final : public cli::Command {
 public:
  explicit MarkCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "images harmless mark",
            .arguments = "--hash HEX --description TEXT",
            .summary = "say that a picture means nothing, with an expert's certificate",
            .purpose =
                "For stock photographs, logos and other pictures that honest sellers use too. With "
                "the mark of a second expert it is in force at once: no picture within the radius "
                "matches any record, at any member, and records can no longer be published with "
                "it. Marking the same hash again replaces your earlier mark. The description is "
                "read by all members: what is to be seen, and nothing about any person.",
            .examples = {{"images harmless mark --hash "
                          "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22 "
                          "--radius 16 --description 'stock photograph: elephant at dusk'",
                          "and altered copies up to 16 bits away"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("hash", "HEX", "the picture's PDQ hash, 64 hexadecimal digits", &hash_);
    flags.Int("radius", "BITS", "pictures up to so far from it, 0-31 (default 16)", 0,
              kMaxHashRadius, &radius_);
    flags.String("description", "TEXT", "what is to be seen, 1-512 bytes", &description_);
    flags.Require("hash");
    flags.Require("description");
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    v1::MarkHarmlessRequest request;
    if (const absl::Status right = Build(&request); !right.ok()) {
      return RefuseArguments("images harmless mark", right, streams);
    }
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::MarkHarmlessResponse marked;
    const absl::Status status = session->Call(&Stub::MarkHarmless, request, &marked);
    if (!status.ok()) return session->Explain(status);
    return ShowChange(invocation_, streams, "marked", request.hash(), marked.sequence(),
                      marked.in_force());
  }

 private:
  absl::Status Build(v1::MarkHarmlessRequest* request) const {
    VERVET_ASSIGN_OR_RETURN(*request->mutable_hash(), HashArgument(hash_));
    VERVET_RETURN_IF_ERROR(CheckLength("description", description_, kMaxHarmlessDescriptionBytes));
    request->set_radius(static_cast<uint32_t>(radius_));
    request->set_description(description_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string hash_;
  int64_t radius_ = 16;
  std::string description_;
};

class ClearCommand final : public cli::Command {
 public:
  explicit ClearCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "images harmless clear",
            .arguments = "--hash HEX --reason TEXT",
            .summary = "take a mark back: the picture may match again",
            .purpose =
                "An expert takes back its own mark, a coordinator everybody's. With fewer than two "
                "marks the picture matches again at once, everywhere.",
            .examples = {{"images harmless clear --hash "
                          "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22 "
                          "--reason 'shows one trader only'",
                          "the hash as the list shows it"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("hash", "HEX", "the picture's PDQ hash, 64 hexadecimal digits", &hash_);
    flags.String("reason", "TEXT", "why, 1-512 bytes", &reason_);
    flags.Require("hash");
    flags.Require("reason");
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    v1::ClearHarmlessRequest request;
    if (const absl::Status right = Build(&request); !right.ok()) {
      return RefuseArguments("images harmless clear", right, streams);
    }
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::ClearHarmlessResponse cleared;
    const absl::Status status = session->Call(&Stub::ClearHarmless, request, &cleared);
    if (!status.ok()) return session->Explain(status);
    return ShowChange(invocation_, streams, "cleared", request.hash(), cleared.sequence(),
                      cleared.in_force());
  }

 private:
  absl::Status Build(v1::ClearHarmlessRequest* request) const {
    VERVET_ASSIGN_OR_RETURN(*request->mutable_hash(), HashArgument(hash_));
    VERVET_RETURN_IF_ERROR(CheckLength("reason", reason_, kMaxReasonBytes));
    request->set_reason(reason_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string hash_;
  std::string reason_;
};

std::string ImagesText(const std::vector<v1::HarmlessImage>& images, const cli::Streams& streams) {
  cli::Table table({{"HASH"}, {"STATE"}, {"RADIUS", Align::kRight}, {"MARKED BY"}, {"SEEN IN IT"}});
  for (const v1::HarmlessImage& image : images) {
    const auto party = [](std::string* out, const v1::HarmlessMark& mark) {
      absl::StrAppend(out, mark.party(), " ",
                      cli::TimeForPeople(absl::FromUnixMicros(mark.marked_us())));
    };
    table.AddRow({absl::BytesToHexString(image.hash()),  // as `images harmless clear` takes it
                  {image.in_force() ? "in force" : "one mark",
                   image.in_force() ? cli::Paint::kGreen : cli::Paint::kYellow},
                  image.in_force() ? absl::StrCat(image.radius()) : "-",
                  absl::StrJoin(image.marks(), ", ", party),
                  image.marks().empty() ? "" : image.marks().rbegin()->description()});
  }
  return table.empty() ? "no picture is marked harmless\n" : table.Render(streams);
}

std::string ImagesJson(const std::vector<v1::HarmlessImage>& images, bool more) {
  cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
  json.BeginObject().Key("images").BeginArray();
  for (const v1::HarmlessImage& image : images) {
    json.BeginObject()
        .Field("hash", absl::BytesToHexString(image.hash()))
        .Field("in_force", image.in_force())
        .Field("radius", uint32_t{image.radius()});
    json.Key("marks").BeginArray();
    for (const v1::HarmlessMark& mark : image.marks()) {
      json.BeginObject()
          .Field("party", mark.party())
          .Field("radius", uint32_t{mark.radius()})
          .Field("description", mark.description())
          .Field("marked", cli::TimeForPrograms(absl::FromUnixMicros(mark.marked_us())))
          .EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().Field("more", more).EndObject();
  return json.Finish();
}

class ListCommand final : public cli::Command {
 public:
  explicit ListCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "images harmless list",
            .summary = "pictures that experts have marked harmless",
            .purpose =
                "In the order of their hashes. In force are those with the marks of two experts "
                "who are not suspended, with the larger of their radii; one mark waits for a "
                "second expert.",
            .examples = {{"images harmless list", "for people"},
                         {"images harmless list --json | jq -r '.images[] | select(.in_force|not) "
                          "| .hash'",
                          "what waits for a second expert"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Int("limit", "NUMBER", "at most so many; without it, all", 1, kMostListed, &limit_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    std::vector<v1::HarmlessImage> images;
    bool more = false;
    const absl::Status status = ReadAll(*session, &images, &more);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ImagesJson(images, more);
      return cli::kExitOk;
    }
    *streams.out << ImagesText(images, streams);
    if (more) streams.PrintNote("there are more: raise --limit, or leave it out");
    return cli::kExitOk;
  }

 private:
  absl::Status ReadAll(RegistrySession& session, std::vector<v1::HarmlessImage>* images,
                       bool* more) const {
    v1::ListHarmlessRequest request;
    do {
      const int64_t wanted = limit_ - static_cast<int64_t>(images->size());
      request.set_limit(static_cast<uint32_t>(std::min<int64_t>(wanted, kImagesPerCall)));
      v1::ListHarmlessResponse page;
      const absl::Status status = session.Call(&Stub::ListHarmless, request, &page);
      if (!status.ok()) return status;
      *more = page.more();
      if (page.images().empty()) break;  // nothing to go on from, whatever `more` says
      for (v1::HarmlessImage& image : *page.mutable_images()) images->push_back(std::move(image));
      request.set_after_hash(images->back().hash());
    } while (*more && static_cast<int64_t>(images->size()) < limit_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  int64_t limit_ = kMostListed;
};

}  // namespace

void AddImagesCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<MarkCommand>(invocation));
  program.Add(std::make_unique<ClearCommand>(invocation));
  program.Add(std::make_unique<ListCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
