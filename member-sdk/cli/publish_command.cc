#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/progress.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/identifiers.h"
#include "member-sdk/cli/image_files.h"
#include "member-sdk/cli/record_words.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kMaxReasonBytes = 512;

class PublishCommand final : public cli::Command {
 public:
  explicit PublishCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "publish",
        .arguments =
            "--offence ACTIVITY --taxon NAME --decision REFERENCE (--phone NUMBER | --image FILE | "
            "...)",
        .summary = "share one confirmed case",
        .purpose =
            "Publishes a record that a person has decided on. The identifiers become signatures on "
            "this machine, pictures become hashes; the "
            "coalition's members receive the signatures and the facts below, nothing else. When "
            "this command has "
            "returned 0 or 3, the record survives a crash and reaches the hub once.\n\n"
            "What is typed on a command line is visible to other users of the machine: for more "
            "than a trial use "
            "`import`.",
        .examples =
            {{"publish --phone +442079460018 --email ann@mail.example --offence offer_for_sale "
              "--form raw_part --taxon 'Loxodonta africana' --decision CASE-2026-117 --reference "
              "user-42",
              "one person's phone and e-mail, seen by the default groups"},
             {"publish --account market.example:1234567 --offence auction --taxon 'Manis javanica' "
              "--decision CASE-9 --group asia-desk --tlp red --lifetime-days 90",
              "for one sharing group, for 90 days"},
             {"publish --image tusk1.jpg --image tusk2.jpg --offence offer_for_sale --taxon "
              "'Loxodonta africana' --decision CASE-12",
              "two pictures of an offer: their hashes, never the pictures"}},
        .exit_codes = DeliveryExitCodes("published")};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    identifiers_.DeclareFlags(flags);
    flags.Choice("offence", "ACTIVITY", "what was done", ActivityNames(), &offence_);
    flags.Choice("form", "FORM", "in which form the specimen was offered", FormNames(), &form_);
    flags.StringList("taxon", "NAME", "scientific name of a species", &facts_.taxa);
    flags.Choice("certainty", "WORD", "who confirmed it (default reviewer_confirmed)",
                 CertaintyNames(), &certainty_);
    flags.Choice("tlp", "MARKING", "how far receivers may pass it on (default amber)", TlpNames(),
                 &tlp_);
    flags.String("decision", "REFERENCE",
                 "the platform's case number of the decision; no user's data",
                 &facts_.decision_reference);
    flags.StringList("group", "GROUP",
                     "a sharing group that may see it (default: the configuration's)",
                     &facts_.groups);
    flags.String("legal-entity", "TEXT",
                 "who answers for the record (default: the configuration's)", &facts_.legal_entity);
    flags.String("purpose", "TEXT", "why it is shared (default: the configuration's)",
                 &facts_.purpose);
    flags.String("lawful-basis", "TEXT", "the law that allows it (default: the configuration's)",
                 &facts_.lawful_basis);
    flags.Int("lifetime-days", "DAYS",
              "how long it may match (default: as long as each type allows)", 1, kMaxLifetimeDays,
              &lifetime_days_);
    flags.String("reference", "TEXT",
                 "the platform's own opaque reference of the person; stays in the vault",
                 &reference_);
    flags.StringList("image", "FILE", "a picture of the case (JPEG, PNG, WebP) or a folder of them",
                     &images_);
    flags.Int("image-radius", "BITS",
              "up to which distance other pictures are taken for these (default 31)", 0,
              kMaxImageRadius, &image_radius_);
    wait_.DeclareFlags(flags);
    for (const char* required : {"offence", "taxon", "decision"}) flags.Require(required);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    Config config;
    int exit_code = LoadConfigOrExplain(invocation_, streams, &config);
    if (exit_code != cli::kExitOk) return exit_code;
    const absl::StatusOr<std::vector<NamedIdentifier>> named =
        identifiers_.Collect(config.default_region);
    const std::string problem =
        named.ok() ? Problem(config) : std::string(named.status().message());
    if (!problem.empty()) {
      streams.PrintError(absl::StrCat("publish: ", problem));
      return cli::kExitUsage;
    }
    OffenderRecord record = Record(*named);
    const std::vector<std::string> files = FindImageFiles(images_);
    if (files.empty() && !images_.empty()) {
      streams.PrintError("publish: --image: there is no file in what was named");
      return cli::kExitUsage;
    }
    if (files.size() > kMaxImagesPerRecord) {
      streams.PrintError(absl::StrCat("publish: --image: ", cli::WithThousands(files.size()),
                                      " files, and a record has at most ", kMaxImagesPerRecord,
                                      " pictures; choose among them"));
      return cli::kExitUsage;
    }
    if (!AddImages(files, streams, &record)) return cli::kExitFailed;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !wait_.no_wait, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::StatusOr<Ticket> ticket = session->client().Publish(record);
    if (!ticket.ok()) {
      streams.PrintError(
          absl::Status(ticket.status().code(),
                       ExplainImages(Explain(ticket.status().message(), *named), files)));
      return cli::ExitCodeFor(ticket.status());
    }
    return ReportDelivery("published", *ticket, wait_, invocation_, streams, *session, *named,
                          files);
  }

 private:
  std::string Problem(const Config& config) const {
    if (!identifiers_.any() && images_.empty()) {
      return "give at least one identifier, such as --phone NUMBER, or --image FILE";
    }
    if (facts_.taxa.size() > kMaxTaxa) return absl::StrCat("--taxon: at most ", kMaxTaxa);
    for (const std::string& taxon : facts_.taxa) {
      const std::string problem = ProblemOfTaxon(taxon);
      if (!problem.empty()) return absl::StrCat("--taxon: ", problem);
    }
    const std::string decision = ProblemOfDecision(facts_.decision_reference);
    if (!decision.empty()) return absl::StrCat("--decision: ", decision);
    return ProblemOfDefaults(facts_, config.options);
  }

  // False: one of them is no picture, and all that are not were named. A record with a part of its
  // pictures is not what was decided on.
  bool AddImages(const std::vector<std::string>& files, const cli::Streams& streams,
                 OffenderRecord* record) const {
    bool all = true;
    cli::Progress progress(streams, invocation_.environment(), "hash", files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      const auto file = HashImageFile(files[i], false);
      if (file.ok()) {
        RecordImage image;
        image.hash = file->hashes.front();
        if (image_radius_ >= 0) image.radius = static_cast<int>(image_radius_);
        record->images.push_back(image);
      } else {
        progress.Clear();
        streams.PrintError(absl::StrCat(files[i], ": ", file.status().message()));
        all = false;
      }
      if (files.size() > 1) {
        progress.Update(i + 1, absl::StrCat(cli::WithThousands(i + 1), " of ",
                                            cli::Count(files.size(), "picture")));
      }
    }
    return all;
  }

  OffenderRecord Record(const std::vector<NamedIdentifier>& named) const {
    OffenderRecord record;
    record.identifiers = WithoutNames(named);
    record.facts = facts_;
    record.facts.activity = ParseOffenceActivity(offence_).value_or(OffenceActivity::kOfferForSale);
    record.facts.form = ParseSpecimenForm(form_).value_or(SpecimenForm::kUnspecified);
    record.facts.certainty = ParseCertainty(certainty_).value_or(Certainty::kReviewerConfirmed);
    record.facts.tlp = ParseTlp(tlp_).value_or(Tlp::kAmber);
    if (lifetime_days_ > 0) record.lifetime = std::chrono::hours(24 * lifetime_days_);
    record.subject_reference = reference_;
    return record;
  }

  Invocation& invocation_;
  IdentifierFlags identifiers_;
  RecordFacts facts_;
  std::string offence_;
  std::string form_;
  std::string certainty_;
  std::string tlp_;
  std::string reference_;
  int64_t lifetime_days_ = 0;
  std::vector<std::string> images_;
  int64_t image_radius_ = -1;
  DeliveryWait wait_;
};

class RetractCommand final : public cli::Command {
 public:
  explicit RetractCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "retract",
        .arguments = "RECORD_ID --reason TEXT",
        .summary = "withdraw a record of this platform",
        .purpose =
            "The record stops matching at every member as soon as the retraction reaches it. The "
            "reason goes "
            "into the log for all who saw the record: say what was wrong with it, and nothing of "
            "any person.",
        .examples =
            {{"retract 0190a1b2c3d4e5f60718293a4b5c6d7e --reason 'decision overturned on appeal'",
              "withdraws one record"}},
        .exit_codes = DeliveryExitCodes("retracted"),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("reason", "TEXT",
                 "what was wrong with the record, 1-512 bytes, nothing of any person", &reason_);
    flags.Require("reason");
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("retract", arguments[0], streams, &record_id)) return cli::kExitUsage;
    if (reason_.empty() || reason_.size() > kMaxReasonBytes) {
      streams.PrintError("retract: --reason must be 1-512 bytes");
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !wait_.no_wait, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::StatusOr<Ticket> ticket = session->client().Retract(record_id, reason_);
    if (!ticket.ok()) {
      streams.PrintError(ticket.status());
      return cli::ExitCodeFor(ticket.status());
    }
    return ReportDelivery("retracted", *ticket, wait_, invocation_, streams, *session, {});
  }

 private:
  Invocation& invocation_;
  std::string reason_;
  DeliveryWait wait_;
};

}  // namespace

std::unique_ptr<cli::Command> MakePublishCommand(Invocation& invocation) {
  return std::make_unique<PublishCommand>(invocation);
}

std::unique_ptr<cli::Command> MakeRetractCommand(Invocation& invocation) {
  return std::make_unique<RetractCommand>(invocation);
}

}  // namespace vervet::member_cli
