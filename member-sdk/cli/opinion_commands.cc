// opinion, answer and erase: what this platform says about records that are published already.
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kMaxTextBytes = 512;

bool FitsText(const std::string& command, const std::string& flag, const std::string& text,
              bool may_be_empty, const cli::Streams& streams) {
  if (text.size() <= kMaxTextBytes && (may_be_empty || !text.empty())) return true;
  streams.PrintError(
      absl::StrCat(command, ": --", flag, " must be 1-512 bytes, without data of any person"));
  return false;
}

// Opens the client, asks for a ticket, reports its delivery.
template <typename Ask>
int Deliver(const std::string& done_word, const DeliveryWait& wait, const Invocation& invocation,
            const cli::Streams& streams, Ask ask) {
  int exit_code = cli::kExitOk;
  std::unique_ptr<Session> session = Session::Open(invocation, streams, !wait.no_wait, &exit_code);
  if (session == nullptr) return exit_code;
  const absl::StatusOr<Ticket> ticket = ask(session->client());
  if (!ticket.ok()) {
    streams.PrintError(ticket.status());
    return cli::ExitCodeFor(ticket.status());
  }
  return ReportDelivery(done_word, *ticket, wait, invocation, streams, *session, {});
}

class OpinionCommand final : public cli::Command {
 public:
  explicit OpinionCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "opinion",
        .arguments = "RECORD_ID agree|disagree|dispute --reason TEXT",
        .summary = "agree with another's record, disagree, or dispute it",
        .purpose =
            "Reaches every member that has the record, and replaces this platform's earlier "
            "opinion. A dispute asks the publisher to withdraw the record and gives it a deadline "
            "to answer; a record that too many members dispute matches nobody until then.\n\n"
            "--for-subject carries a person's objection: `subject show` and `watch` tell what "
            "became of it. The reference stays in the vault.\n\n"
            "--json: one document, {\"request_id\":...,\"state\":...,\"answer_due\":...}.",
        .examples = {{"opinion 0190a1b2c3d4e5f60718293a4b5c6d7e dispute --reason 'our photographs "
                      "show a replica'",
                      "asks the publisher to withdraw it"},
                     {"opinion 0190a1b2c3d4e5f60718293a4b5c6d7e agree", "needs no reason"}},
        .exit_codes = DeliveryExitCodes("said"),
        .minimum_arguments = 2,
        .maximum_arguments = 2};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("reason", "TEXT",
                 "why, 1-512 bytes, nothing of any person; all who have the record "
                 "read it",
                 &reason_);
    flags.String("for-subject", "REFERENCE",
                 "the platform's own reference of a person who objects; with dispute",
                 &for_subject_);
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("opinion", arguments[0], streams, &record_id)) return cli::kExitUsage;
    const auto stance = ParseStance(absl::AsciiStrToLower(arguments[1]));
    if (!stance) {
      streams.PrintError("opinion: say agree, disagree or dispute");
      return cli::kExitUsage;
    }
    if (!FitsText("opinion", "reason", reason_, *stance == Stance::kAgree, streams)) {
      return cli::kExitUsage;
    }
    if (!for_subject_.empty() && *stance != Stance::kDispute) {
      streams.PrintError("opinion: --for-subject goes with dispute: a person objects");
      return cli::kExitUsage;
    }
    const std::string done = *stance == Stance::kAgree      ? "agreed"
                             : *stance == Stance::kDisagree ? "disagreed"
                                                            : "disputed";
    return Deliver(done, wait_, invocation_, streams, [&](Client& client) {
      return for_subject_.empty() ? client.Opine(record_id, *stance, reason_)
                                  : client.ObjectForSubject(record_id, for_subject_, reason_);
    });
  }

 private:
  Invocation& invocation_;
  std::string reason_;
  std::string for_subject_;
  DeliveryWait wait_;
};

class AnswerCommand final : public cli::Command {
 public:
  explicit AnswerCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "answer",
            .arguments = "RECORD_ID --text TEXT",
            .summary = "keep a record of this platform after disputes",
            .purpose =
                "Answers every dispute so far, and ends a pause. Where the disputes are "
                "right, retract the record instead, or erase it.",
            .examples = {{"answer 0190a1b2c3d4e5f60718293a4b5c6d7e --text 'checked again by two "
                          "reviewers'",
                          "the record stays, and matches again"}},
            .exit_codes = DeliveryExitCodes("answered"),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("text", "TEXT", "why it stays, 1-512 bytes, nothing of any person", &text_);
    flags.Require("text");
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("answer", arguments[0], streams, &record_id)) return cli::kExitUsage;
    if (!FitsText("answer", "text", text_, false, streams)) return cli::kExitUsage;
    return Deliver("answered", wait_, invocation_, streams,
                   [&](Client& client) { return client.AnswerDisputes(record_id, text_); });
  }

 private:
  Invocation& invocation_;
  std::string text_;
  DeliveryWait wait_;
};

class EraseCommand final : public cli::Command {
 public:
  explicit EraseCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "erase",
            .arguments = "RECORD_ID --ground GROUND",
            .summary = "delete everything about a record of this platform, everywhere",
            .purpose =
                "The hub and every member delete the record, its signatures and all that was said "
                "of it; each member acknowledges what it did about its users. Also after the "
                "record has ended. It cannot be undone. To withdraw a record and keep the history "
                "of it, use `retract`.",
            .examples = {{"erase 0190a1b2c3d4e5f60718293a4b5c6d7e --ground subject-right",
                          "a person asked for it and had the right to"}},
            .exit_codes = DeliveryExitCodes("erased"),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Choice("ground", "GROUND", "why: withdrawn, subject-right or court-order",
                 {"withdrawn", "subject_right", "court_order"}, &ground_);
    flags.Require("ground");
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("erase", arguments[0], streams, &record_id)) return cli::kExitUsage;
    const ErasureGround ground = ground_ == "withdrawn"       ? ErasureGround::kWithdrawn
                                 : ground_ == "subject_right" ? ErasureGround::kSubjectRight
                                                              : ErasureGround::kCourtOrder;
    return Deliver("erased", wait_, invocation_, streams,
                   [&](Client& client) { return client.Erase(record_id, ground); });
  }

 private:
  Invocation& invocation_;
  std::string ground_;
  DeliveryWait wait_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeOpinionCommand(Invocation& invocation) {
  return std::make_unique<OpinionCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeAnswerCommand(Invocation& invocation) {
  return std::make_unique<AnswerCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeEraseCommand(Invocation& invocation) {
  return std::make_unique<EraseCommand>(invocation);
}

}  // namespace vervet::member_cli
