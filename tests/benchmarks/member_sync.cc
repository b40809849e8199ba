// The first sync of a new member: a hub with a long log, a vault with a million tokens of the
// member's own users and nothing of the log.
#include <chrono>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/storage/statement.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/made_up.h"
#include "vervet/client.h"

namespace vervet::bench {
namespace {

constexpr double kPatience = 300;  // seconds for one sync

// One hub with so many signatures.
struct Source {
  size_t signatures = 0;
  int each = 0;  // signatures of a record
  std::unique_ptr<coalition::Coalition> coalition;
  std::string vault;  // with the cached tokens alone
  Samples per_cpu_second, per_second, reopening, bytes_each;
};

void CopyVault(const std::string& from, const std::string& to) {
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(to + suffix);
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

// Tokens of the member's own users: one of ten thousand is in one of the hub's records as well.
absl::Status MakeVault(const Source& source, size_t tokens, uint64_t seed) {
  vault::VaultOptions options;
  options.path = source.vault;
  options.key = {source.coalition->vault_key_of(kReader), {}};
  options.coalition = source.coalition->options().name;
  options.party = absl::StrCat("member/", kReader);
  options.log_public_key = engine::FromHex(source.coalition->hub().log_public_key(), 32);
  VERVET_ASSIGN_OR_RETURN(auto vault, vault::Vault::Open(options, Environment::System()));
  MadeUp random(seed + 1);
  MadeUp published(seed);  // the records' own numbers, drawn as FillStore draws them
  std::vector<vault::NewToken> batch;
  std::vector<std::vector<std::string>> references;
  for (size_t i = 0; i < tokens; ++i) {
    vault::NewToken& row = batch.emplace_back();
    row.token.token = random.Token();
    if (i % 10'000 == 0) {
      const auto record = MadeUpRecord(&published, "", kEverybody, source.each, absl::Now());
      row.token.token = *oprf::Token::Decode(oprf::AsBytes(record.signatures(0).token()));
      for (int n = 0; n < 1 + source.each; ++n) published.Bytes(32);
    }
    // In the order of the keys: this is not what is measured.
    for (int shift = 0; shift < 4; ++shift) {
      row.token.key[static_cast<size_t>(shift)] = static_cast<uint8_t>(i >> (24 - 8 * shift));
    }
    const std::string rest = random.Bytes(28);
    std::copy(rest.begin(), rest.end(), row.token.key.begin() + 4);
    row.token.type = v1::PHONE;
    row.token.rules_version = 1;
    row.token.epoch = 1;
    row.element = random.Bytes(32);
    references.push_back({absl::StrCat("user-", i)});
    if (batch.size() < 10'000 && i + 1 < tokens) continue;
    VERVET_RETURN_IF_ERROR(vault->StoreTokens(batch, references).status());
    batch.clear();
    references.clear();
  }
  return absl::OkStatus();
}

absl::Status Prepare(const std::string& dir, size_t tokens, uint64_t seed, Source* source) {
  VERVET_ASSIGN_OR_RETURN(source->coalition, FoundCoalition(dir));
  VERVET_RETURN_IF_ERROR(source->coalition->hub().Stop().status());
  VERVET_RETURN_IF_ERROR(FillStore(source->coalition->hub(),
                                   source->signatures / static_cast<size_t>(source->each),
                                   source->each, seed));
  VERVET_RETURN_IF_ERROR(source->coalition->StartHub({{}, {}, absl::Seconds(300)}));
  source->vault = dir + "/tokens.db";
  return MakeVault(*source, tokens, seed);
}

absl::Status Measure(Source* source) {
  const std::string vault = source->vault + ".synced";
  CopyVault(source->vault, vault);
  ClientOptions options = OptionsOf(*source->coalition, kReader, vault);
  {
    const double memory = ResidentBytes();
    VERVET_ASSIGN_OR_RETURN(auto client, Client::Open(options));
    const double cpu = ProcessCpuSeconds(), begin = WallSeconds();
    SyncState state;
    do {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      state = client->GetSyncState();
      if (WallSeconds() > begin + kPatience) return absl::DeadlineExceededError(state.last_error);
    } while (!state.caught_up);
    const auto synced = static_cast<double>(state.live_signatures);
    source->per_second.Add(synced / (WallSeconds() - begin));
    source->per_cpu_second.Add(synced / (ProcessCpuSeconds() - cpu));
    source->bytes_each.Add((ResidentBytes() - memory) / synced);
    if (state.live_signatures != source->signatures) {
      return absl::InternalError(absl::StrCat("synced ", state.live_signatures, " signatures"));
    }
    client->Close();
  }
  options.background = false;
  const double begin = WallSeconds();
  VERVET_ASSIGN_OR_RETURN(auto client, Client::Open(options));
  source->reopening.Add(WallSeconds() - begin);
  return absl::OkStatus();
}

// The same rows into an empty store, in the same order and in transactions of 1,000 rows: what
// SQLCipher alone takes for it.
absl::Status MeasureFloor(const std::string& path, const Source& source, Samples* floor) {
  constexpr size_t kKept = 2'000;  // distinct events; the sequence number makes the rest
  MadeUp random(9);
  std::vector<v1::Event> events;
  for (size_t i = 0; i < kKept; ++i) {
    log::EventDraft draft;
    *draft.body.mutable_record_published() =
        MadeUpRecord(&random, "member/market", kEverybody, source.each, absl::Now());
    draft.audience.add_groups(kEverybody);
    draft.audience.set_party("member/market");
    events.push_back(log::SealEvent(draft, i + 100'000, absl::Now(), *Environment::System()));
  }
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  storage::OpenOptions options;
  options.application_id = 1;
  options.schema_sql =
      "CREATE TABLE events (sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT "
      "NULL)";
  options.create_if_missing = true;
  VERVET_ASSIGN_OR_RETURN(auto store, storage::Database::Open(path, Secret<32>(), options));
  VERVET_ASSIGN_OR_RETURN(
      auto insert, storage::Statement::Prepare(*store, "INSERT INTO events VALUES (?1, ?2, ?3)"));
  const size_t rows = source.signatures / static_cast<size_t>(source.each);
  const double begin = ProcessCpuSeconds();
  for (size_t i = 0; i < rows;) {
    VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*store));
    for (size_t end = std::min(rows, i + 1'000); i < end; ++i) {
      const v1::Event& event = events[i % kKept];
      VERVET_RETURN_IF_ERROR(insert.BindInt64(1, static_cast<int64_t>(i + 1))
                                 .BindBlob(2, event.header())
                                 .BindBlob(3, event.body())
                                 .Run());
    }
    VERVET_RETURN_IF_ERROR(transaction.Commit());
  }
  floor->Add(static_cast<double>(source.signatures) / (ProcessCpuSeconds() - begin));
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  const size_t scale = options.quick ? 10 : 1;
  const size_t tokens = 1'000'000 / scale;
  Source large, small, single;
  large.signatures = 1'000'000 / scale;
  small.signatures = 100'000 / scale;
  single.signatures = 1'000'000 / scale;
  large.each = small.each = 4;
  single.each = 1;
  uint64_t seed = 1;
  for (Source* source : {&large, &small, &single}) {
    report->Progress(absl::StrCat("a hub with ", source->signatures, " signatures, ", source->each,
                                  " a record; a vault with ", tokens, " tokens"));
    VERVET_RETURN_IF_ERROR(Prepare(absl::StrCat(options.dir, "/", seed), tokens, seed, source));
    ++seed;
  }
  Line main{absl::StrCat("initial Sync of ", large.signatures, " signatures, 4 a record"), "/s"};
  Line lone{absl::StrCat("initial Sync of ", single.signatures, " signatures, 1 a record"), "/s"};
  const std::string store = options.dir + "/floor.db";
  VERVET_RETURN_IF_ERROR(Interleave(
      options.rounds,
      {[&] { return Measure(&large); }, [&] { return MeasureFloor(store, large, &main.floor); },
       [&] {
         // As long as the large one, so that both meet the same weather.
         return Measure(&small);
       },
       [&] { return Measure(&single); },
       [&] { return MeasureFloor(store, single, &lone.floor); }}));
  main.measured = large.per_cpu_second;
  main.target = Target::AtLeast(150'000);
  main.floor_is = "SQLCipher inserting the same rows in key order, 1,000 a transaction";
  main.note =
      absl::StrCat("per core: signatures / CPU time of the member's process (TLS, gRPC, proof of ",
                   "the log, vault, index); against ", tokens, " cached tokens");
  lone.measured = single.per_cpu_second;
  lone.target = Target::AtLeast(150'000);
  report->Add(main);
  Line wall{"  the same, on the wall clock", "/s"};
  wall.measured = large.per_second;
  wall.note = "hub and member share the machine";
  report->Add(wall);
  Line growth{absl::StrCat("  ", large.signatures, " against ", small.signatures), "/s"};
  growth.measured = large.per_cpu_second;
  growth.floor = small.per_cpu_second;
  growth.floor_is = "the smaller sync, in signatures / CPU time";
  growth.target = Target::RatioAtLeast(1.0);
  report->Add(growth);
  Line reopening{absl::StrCat("  reopening the vault (", tokens, " tokens as well)"), "s"};
  reopening.measured = large.reopening;
  report->Add(reopening);
  Line memory{"  memory of the synced member, each signature", "B"};
  memory.measured = large.bytes_each;
  memory.note = absl::StrCat("the process's, with ", tokens, " cached tokens");
  report->Add(memory);
  report->Add(lone);
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"member-sync", "first Sync of a million signatures into a vault", Run});

}  // namespace
}  // namespace vervet::bench
