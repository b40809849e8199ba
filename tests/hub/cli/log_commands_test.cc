// log head, log verify and log check-report against a hub that tells the truth, or does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/log/event.h"
#include "core/log/proof.h"
#include "core/log/tree_head.h"
#include "tests/hub/cli/cli_fixture.h"
#include "vervet/v1/audit.grpc.pb.h"
#include "vervet/v1/exchange.grpc.pb.h"

namespace vervet::coordinator_cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCoalition[] = "coalition.example";

// A hub's log, from which Sync and the proofs are made; the knobs make it lie.
class FakeLog {
 public:
  explicit FakeLog(ManualEnvironment* env) : env_(env) {}

  // Every third event is outside the caller's audience.
  void Append(int events) {
    for (int i = 0; i < events; ++i) {
      log::EventDraft draft;
      draft.body.mutable_group_created()->set_group(absl::StrCat("g", events_.size()));
      env_->Advance(absl::Seconds(1));
      events_.push_back(log::SealEvent(draft, events_.size() + 1, env_->Now(), *env_));
    }
  }
  void RollBackTo(size_t size) { events_.resize(size); }
  bool Hidden(uint64_t sequence) const { return sequence % 3 == 0; }
  uint64_t size() const { return events_.size(); }

  absl::StatusOr<log::Hash> Root(const log::LeafRange& range) const {
    log::MerkleFrontier frontier;
    for (uint64_t i = range.first; i < range.end; ++i) frontier.Append(log::LeafHash(events_[i]));
    return frontier.Root();
  }
  v1::SignedTreeHead Head(uint64_t size) const {
    const absl::Time time = size == events_.size() ? env_->Now() : absl::FromUnixSeconds(size);
    return log::SignTreeHead(key, kCoalition, size, *Root({0, size}), time);
  }
  template <typename Repeated>
  void Prove(const std::vector<log::LeafRange>& ranges, Repeated* proof) const {
    for (const log::LeafRange& range : ranges) proof->Add(std::string(log::AsBytes(*Root(range))));
  }

  ManualEnvironment* const env_;
  log::LogSigningKey key = log::LogSigningKey::FromSeed(Secret<32>());
  std::vector<v1::Event> events_;
  int entries_a_message = 7;
  int messages_a_stream = 1000;  // then it breaks off
  int streams = 0;
  std::function<void(v1::SyncResponse&)> tamper = [](v1::SyncResponse&) {};
  std::function<void(v1::ProveInclusionResponse&)> tamper_inclusion =
      [](v1::ProveInclusionResponse&) {};
  std::function<void(v1::ProveConsistencyResponse&)> tamper_consistency =
      [](v1::ProveConsistencyResponse&) {};
};

class FakeExchange final : public v1::Exchange::Service {
 public:
  explicit FakeExchange(FakeLog* log) : log_(log) {}

  grpc::Status Sync(grpc::ServerContext*,
                    grpc::ServerReaderWriter<v1::SyncResponse, v1::SyncRequest>* stream) override {
    ++log_->streams;
    v1::SyncRequest request;
    if (!stream->Read(&request)) return grpc::Status::OK;
    const uint64_t position = request.hello().position();
    if (position != 0 && (position > log_->size() ||
                          request.hello().root() != log::AsBytes(*log_->Root({0, position})))) {
      return grpc::Status(grpc::StatusCode::DATA_LOSS, "your root differs");
    }
    v1::SyncResponse message;
    *message.mutable_head() = log_->Head(log_->size());
    log_->tamper(message);
    if (!stream->Write(message)) return grpc::Status::OK;
    int left = log_->messages_a_stream;
    for (uint64_t next = position + 1; next <= log_->size();) {
      if (left-- == 0) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken off");
      message.Clear();
      for (int i = 0; i < log_->entries_a_message && next <= log_->size(); ++i, ++next) {
        v1::SyncEntry* const entry = message.mutable_entries()->add_entries();
        const v1::Event& event = log_->events_[next - 1];
        if (log_->Hidden(next)) {
          entry->set_leaf_hash(std::string(log::AsBytes(log::LeafHash(event))));
        } else {
          *entry->mutable_event() = event;
        }
      }
      log_->tamper(message);
      if (!stream->Write(message)) return grpc::Status::OK;
    }
    while (stream->Read(&request)) {
    }
    return grpc::Status::OK;
  }

 private:
  FakeLog* const log_;
};

class FakeAudit final : public v1::Audit::Service {
 public:
  explicit FakeAudit(FakeLog* log) : log_(log) {}

  grpc::Status GetHead(grpc::ServerContext*, const v1::GetHeadRequest*,
                       v1::SignedTreeHead* response) override {
    *response = log_->Head(log_->size());
    v1::SyncResponse message;
    *message.mutable_head() = *response;
    log_->tamper(message);
    *response = message.head();
    return grpc::Status::OK;
  }
  grpc::Status ProveInclusion(grpc::ServerContext*, const v1::ProveInclusionRequest* request,
                              v1::ProveInclusionResponse* response) override {
    const uint64_t size = request->size() == 0 ? log_->size() : request->size();
    const uint64_t sequence = request->has_record_id() ? 4 : request->sequence();
    if (request->has_record_id() && request->record_id() != std::string(16, 'r'))
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "record_id: no such record");
    if (sequence > size || size > log_->size())
      return grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "sequence: not in the tree");
    const v1::Event& event = log_->events_[sequence - 1];
    response->set_sequence(sequence);
    response->set_leaf_hash(std::string(log::AsBytes(log::LeafHash(event))));
    if (!log_->Hidden(sequence)) *response->mutable_event() = event;
    log_->Prove(log::InclusionRanges(sequence - 1, size), response->mutable_path());
    *response->mutable_head() = log_->Head(size);
    log_->tamper_inclusion(*response);
    return grpc::Status::OK;
  }
  grpc::Status ProveConsistency(grpc::ServerContext*, const v1::ProveConsistencyRequest* request,
                                v1::ProveConsistencyResponse* response) override {
    if (request->new_size() > log_->size())
      return grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "new_size: the log is shorter");
    log_->Prove(log::ConsistencyRanges(request->old_size(), request->new_size()),
                response->mutable_proof());
    *response->mutable_old_head() = log_->Head(request->old_size());
    *response->mutable_new_head() = log_->Head(request->new_size());
    log_->tamper_consistency(*response);
    return grpc::Status::OK;
  }

 private:
  FakeLog* const log_;
};

class LogCommandsTest : public CliTest {
 protected:
  LogCommandsTest() {
    unsetenv("VERVET_CONFIG");
    std::string pattern = (std::filesystem::path(::testing::TempDir()) / "log_commands_XXXXXX")
                              .lexically_normal()
                              .string();
    folder_ = mkdtemp(pattern.data());
    key_hex_ = absl::BytesToHexString(log_.key.public_key);
    Serve({&exchange_, &audit_});
    log_.Append(30);
  }
  ~LogCommandsTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  static std::string ReadFile(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  int RunWithoutKey(std::vector<std::string> args) {
    for (const char* flag : {"--ca=ca.crt", "--private-key=c.key", "--certificate=c.crt",
                             "--coalition=coalition.example", "--hub=hub.example:7443"}) {
      args.insert(args.begin() + 2, flag);
    }
    return RunPlain(std::move(args));
  }
  int Run(std::vector<std::string> args) {
    args.insert(args.begin() + 2, absl::StrCat("--log-public-key=", key_hex_));
    return RunWithoutKey(std::move(args));
  }
  int CheckReport(std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"log", "check-report", Path("report"), "--log-public-key",
                                     key_hex_};
    args.insert(args.end(), more.begin(), more.end());
    return RunPlain(args);
  }
  // A head of the log as it is, in the file "old".
  void SaveHead() {
    ASSERT_EQ(Run({"log", "head", "--save-head", Path("old")}), cli::kExitOk) << err_;
  }
  int VerifyAgainstOld() {
    return Run({"log", "verify", "--old-head", Path("old"), "--report", Path("report")});
  }

  FakeLog log_{&environment_};
  FakeExchange exchange_{&log_};
  FakeAudit audit_{&log_};
  std::string folder_, key_hex_;
};

TEST_F(LogCommandsTest, VerifiesAWholeLog) {
  ASSERT_EQ(Run({"log", "verify"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("30 events read: 20 seen, 10 as leaf hashes"));
  EXPECT_THAT(out_, HasSubstr(absl::BytesToHexString(log_.Head(30).root())));
  EXPECT_THAT(out_, HasSubstr("verified\n"));
  ASSERT_EQ(Run({"log", "verify", "--json"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("\"verified\": true"));
  EXPECT_THAT(out_, HasSubstr("\"events_seen\": 20"));
  EXPECT_THAT(out_, HasSubstr("\"leaf_hashes\": 10"));
}

TEST_F(LogCommandsTest, GoesOnWhereAStreamBrokeOff) {
  log_.messages_a_stream = 1;
  ASSERT_EQ(Run({"log", "verify"}), cli::kExitOk) << err_;
  EXPECT_EQ(log_.streams, 5);  // 30 events, 7 at a time
  log_.messages_a_stream = 0;
  EXPECT_EQ(Run({"log", "verify"}), cli::kExitUnavailable);
  EXPECT_THAT(err_, HasSubstr("broken off"));
}

TEST_F(LogCommandsTest, ReadsUpToTheHeadThatWasSignedFirst) {
  log_.tamper = [&, once = true](v1::SyncResponse& message) mutable {
    if (message.has_head() && std::exchange(once, false)) log_.Append(5);
  };
  ASSERT_EQ(Run({"log", "verify"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("30 events read"));
}

TEST_F(LogCommandsTest, RefusesAHeadThatTheLogKeyHasNotSigned) {
  log_.tamper = [](v1::SyncResponse& message) {
    if (message.has_head()) message.mutable_head()->mutable_signature()->at(0) ^= 1;
  };
  for (const char* command : {"head", "verify"}) {
    EXPECT_EQ(Run({"log", command, "--report", Path("report")}), cli::kExitDataLoss);
    EXPECT_THAT(err_, HasSubstr("not signed by the pinned log key"));
    EXPECT_EQ(CheckReport(), cli::kExitFailed);
    EXPECT_THAT(out_, HasSubstr("no proof: the head that was shown is not signed"));
  }
}

TEST_F(LogCommandsTest, RefusesAChangedEventWhereverItIs) {
  for (const uint64_t place : {1, 3, 17, 30}) {
    uint64_t sequence = 0;
    log_.tamper = [&, place](v1::SyncResponse& message) {
      if (!message.has_entries()) return;
      for (auto& entry : *message.mutable_entries()->mutable_entries()) {
        if (++sequence != place) continue;
        if (entry.has_event()) entry.mutable_event()->mutable_random()->at(31) ^= 1;
        if (entry.has_leaf_hash()) entry.mutable_leaf_hash()->at(31) ^= 1;
      }
    };
    EXPECT_EQ(Run({"log", "verify"}), cli::kExitDataLoss) << place;
    EXPECT_THAT(err_, HasSubstr("do not give the root that the hub signed"));
    EXPECT_THAT(out_, HasSubstr(absl::BytesToHexString(log_.Head(30).signature())));
  }
}

TEST_F(LogCommandsTest, RefusesAGapARepetitionAndWhatIsNoEvent) {
  const auto change = [&](std::function<void(v1::SyncEntries&)> how) {
    log_.tamper = [how](v1::SyncResponse& message) {
      if (message.has_entries()) how(*message.mutable_entries());
    };
    return Run({"log", "verify"});
  };
  EXPECT_EQ(
      change([](v1::SyncEntries& entries) { entries.mutable_entries()->DeleteSubrange(0, 1); }),
      cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("event 1: it says that it is event 2"));
  EXPECT_EQ(
      change([](v1::SyncEntries& entries) { *entries.mutable_entries(1) = entries.entries(0); }),
      cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("event 2: it says that it is event 1"));
  EXPECT_EQ(change([](v1::SyncEntries& entries) { entries.mutable_entries(2)->Clear(); }),
            cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("event 3: a hash has 32 bytes"));
  EXPECT_EQ(change([](v1::SyncEntries& entries) {
              entries.mutable_entries(0)->mutable_event()->set_random("few");
            }),
            cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("random bytes"));
}

// ---- against a head saved before

TEST_F(LogCommandsTest, FindsThatTheLogBeginsWithASavedHead) {
  SaveHead();
  log_.Append(11);
  ASSERT_EQ(Run({"log", "verify", "--old-head", Path("old"), "--save-head", Path("new")}),
            cli::kExitOk)
      << err_;
  EXPECT_THAT(out_, HasSubstr("the log begins with it"));
  ASSERT_EQ(Run({"log", "verify", "--old-head", Path("new"), "--json"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("\"consistency_hashes\": 0"));
}

TEST_F(LogCommandsTest, RefusesALogThatWasRolledBack) {
  SaveHead();
  log_.RollBackTo(20);
  ASSERT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("shorter than the one that it has signed"));
  EXPECT_THAT(out_, HasSubstr(absl::BytesToHexString(log_.Head(20).root())));
  EXPECT_EQ(CheckReport(), cli::kExitPartial);
  EXPECT_THAT(out_, HasSubstr("no proof by itself"));
  EXPECT_THAT(out_, HasSubstr(absl::BytesToHexString(log_.Head(20).root())));
}

TEST_F(LogCommandsTest, ProvesAForkedLogToAnybody) {
  SaveHead();
  log_.RollBackTo(25);
  log_.Append(15);
  ASSERT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("does not begin with the one that it has signed: at size 30"));
  EXPECT_THAT(err_, HasSubstr("check-report"));
  EXPECT_EQ(CheckReport({"--json"}), cli::kExitOk) << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("\"verdict\": \"two_histories\""));
  EXPECT_THAT(out_, HasSubstr("\"proof\": true"));
  EXPECT_THAT(out_, HasSubstr(absl::BytesToHexString(log_.Head(30).root())));
}

TEST_F(LogCommandsTest, ProvesAForkedLogOfTheVerySize) {
  SaveHead();
  log_.RollBackTo(29);
  log_.Append(1);
  ASSERT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EXPECT_EQ(CheckReport(), cli::kExitOk) << out_ << err_;
}

TEST_F(LogCommandsTest, RefusesAConsistencyProofThatDoesNotHold) {
  SaveHead();
  log_.Append(11);
  log_.tamper_consistency = [](v1::ProveConsistencyResponse& answer) {
    answer.mutable_proof(0)->at(5) ^= 1;
  };
  EXPECT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("the proof does not hold"));
  log_.tamper_consistency = [](v1::ProveConsistencyResponse& answer) {
    answer.mutable_proof(0)->resize(31);
  };
  EXPECT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  log_.tamper_consistency = [](v1::ProveConsistencyResponse& answer) {
    answer.mutable_new_head()->set_size(40);
  };
  EXPECT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EXPECT_THAT(err_, HasSubstr("another head than the log was read to"));
}

TEST_F(LogCommandsTest, SavesNoHeadOfALogThatItRefuses) {
  SaveHead();
  log_.RollBackTo(20);
  EXPECT_EQ(Run({"log", "verify", "--old-head", Path("old"), "--save-head", Path("new")}),
            cli::kExitDataLoss);
  EXPECT_FALSE(std::filesystem::exists(Path("new")));
}

TEST_F(LogCommandsTest, TakesNoSavedHeadThatWasChangedOrIsAnothers) {
  SaveHead();
  std::string text = ReadFile(Path("old"));
  const size_t at = text.find("size: 30");
  ASSERT_NE(at, std::string::npos);
  std::ofstream(Path("old")) << text.replace(at, 8, "size: 29");
  EXPECT_EQ(VerifyAgainstOld(), cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("not signed by the log key"));
  EXPECT_EQ(Run({"log", "verify", "--old-head", Path("none")}), cli::kExitUsage);
  SaveHead();
  EXPECT_EQ(RunPlain({"log", "verify", "--old-head", Path("old"), "--log-public-key", key_hex_,
                      "--hub", "hub.example:1", "--coalition", "other.example", "--certificate",
                      "c", "--private-key", "k", "--ca", "a"}),
            cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("another coalition"));
}

// ---- one event

TEST_F(LogCommandsTest, ChecksTheProofThatAnEventIsInTheLog) {
  ASSERT_EQ(Run({"log", "verify", "--sequence", "17"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("17: in the log, as proved by a path of 5 hashes\n"));
  ASSERT_EQ(Run({"log", "verify", "--sequence", "30"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("(its content is not for you)"));
  ASSERT_EQ(
      Run({"log", "verify", "--record", absl::BytesToHexString(std::string(16, 'r')), "--json"}),
      cli::kExitOk)
      << err_;
  EXPECT_THAT(out_, HasSubstr("\"sequence\": 4"));
}

TEST_F(LogCommandsTest, RefusesAProofOfAnEventThatDoesNotHold) {
  const auto refused = [&](std::function<void(v1::ProveInclusionResponse&)> how,
                           const std::string& why) {
    log_.tamper_inclusion = how;
    EXPECT_EQ(Run({"log", "verify", "--sequence", "17", "--report", Path("report")}),
              cli::kExitDataLoss);
    EXPECT_THAT(err_, HasSubstr(why));
  };
  refused([](v1::ProveInclusionResponse& answer) { answer.mutable_path(0)->at(0) ^= 1; },
          "the proof does not hold");
  refused([](v1::ProveInclusionResponse& answer) { answer.mutable_path()->RemoveLast(); },
          "too short");
  refused([](v1::ProveInclusionResponse& answer) { answer.mutable_leaf_hash()->at(0) ^= 1; },
          "not the one that Sync sent");
  refused([](v1::ProveInclusionResponse& answer) { answer.mutable_event()->set_random("x"); },
          "do not give its leaf hash");
  refused([](v1::ProveInclusionResponse& answer) { answer.mutable_head()->set_size(9); },
          "against another head");
}

TEST_F(LogCommandsTest, SaysThatThereIsNoSuchRecord) {
  EXPECT_EQ(Run({"log", "verify", "--record", std::string(32, '0')}), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("no such record"));
  EXPECT_EQ(Run({"log", "verify", "--sequence", "31"}), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("not in the tree"));
}

TEST_F(LogCommandsTest, SaysWhatIsWrongWithTheCommandLine) {
  EXPECT_EQ(RunWithoutKey({"log", "verify"}), cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("log_public_key"));
  EXPECT_EQ(RunWithoutKey({"log", "head"}), cli::kExitUsage);
  EXPECT_EQ(Run({"log", "verify", "--record", "12"}), cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("32 hexadecimal digits"));
  EXPECT_EQ(Run({"log", "verify", "--record", std::string(32, '0'), "--sequence", "3"}),
            cli::kExitUsage);
  EXPECT_EQ(Run({"log", "verify", "--sequence", "0"}), cli::kExitUsage);
  EXPECT_EQ(Run({"log", "head", "--save-head", Path("no/such/folder")}), cli::kExitFailed);
}

// ---- reports

TEST_F(LogCommandsTest, ChecksAReportWithoutAHubAndWithTheRightKeyAlone) {
  SaveHead();
  log_.RollBackTo(25);
  log_.Append(15);
  ASSERT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  EndServing();
  EXPECT_EQ(CheckReport(), cli::kExitOk) << err_;
  EXPECT_THAT(err_, Not(HasSubstr("compare it")));
  // Without the key the report's own is used, and said so.
  EXPECT_EQ(RunPlain({"log", "check-report", Path("report")}), cli::kExitOk);
  EXPECT_THAT(err_, HasSubstr("compare it"));
  key_hex_ = std::string(64, 'a');
  EXPECT_EQ(CheckReport(), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("another log key"));
}

TEST_F(LogCommandsTest, FindsOutAReportThatWasChanged) {
  SaveHead();
  log_.RollBackTo(25);
  log_.Append(15);
  ASSERT_EQ(VerifyAgainstOld(), cli::kExitDataLoss);
  const std::string text = ReadFile(Path("report"));
  const size_t known = text.find("known_head"), shown = text.find("shown_head");
  ASSERT_NE(known, std::string::npos);
  ASSERT_NE(shown, std::string::npos);
  for (const size_t from : {known, shown}) {
    std::string changed = text;
    char& digit = changed[changed.find("root: \"", from) + 7];
    digit = digit == '0' ? '1' : '0';
    std::ofstream(Path("report")) << changed;
    EXPECT_EQ(CheckReport(), cli::kExitFailed) << out_ << err_;
  }
  std::ofstream(Path("report")) << "no report";
  EXPECT_EQ(CheckReport(), cli::kExitUsage);
  std::ofstream(Path("report")) << "coalition: \"coalition.example\"\nlog_public_key: \""
                                << key_hex_ << "\"\n";
  EXPECT_EQ(CheckReport(), cli::kExitUsage);
  EXPECT_EQ(RunPlain({"log", "check-report", Path("none")}), cli::kExitUsage);
}

}  // namespace
}  // namespace vervet::coordinator_cli
