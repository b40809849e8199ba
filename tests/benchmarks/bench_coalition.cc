#include "tests/benchmarks/bench_coalition.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/storage/key_source.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/benchmarks/made_up.h"

namespace vervet::bench {

absl::StatusOr<std::unique_ptr<coalition::Coalition>> FoundCoalition(const std::string& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) return absl::InternalError(absl::StrCat(dir, ": ", error.message()));
  coalition::CoalitionOptions options;
  options.dir = dir;
  options.groups = {{kEverybody, "Everybody", {}, "none: one jurisdiction"}};
  for (const char* name : {kPublisher, kReader}) {
    options.members.push_back({name, name, "IE", "Example Ltd", "GDPR Art. 6(1)(f)", {kEverybody}});
  }
  VERVET_ASSIGN_OR_RETURN(auto coalition, coalition::Coalition::Create(std::move(options)));
  VERVET_RETURN_IF_ERROR(coalition->StartHub());
  VERVET_RETURN_IF_ERROR(coalition->AdmitAll());
  return coalition;
}

ClientOptions OptionsOf(const coalition::Coalition& coalition, const std::string& member,
                        const std::string& vault_path) {
  auto& hub = const_cast<coalition::Coalition&>(coalition).hub();
  const coalition::TlsPaths& tls = coalition.tls_of(member);
  ClientOptions options;
  options.hub_target = hub.address();
  options.coalition = coalition.options().name;
  options.log_public_key = hub.log_public_key();
  options.certificate_path = tls.certificate;
  options.private_key_path = tls.private_key;
  options.ca_path = tls.ca;
  options.vault_path = vault_path;
  options.vault_key_path = coalition.vault_key_of(member);
  options.legal_entity = "Example Ltd";
  options.lawful_basis = "GDPR Art. 6(1)(f)";
  options.default_groups = {kEverybody};
  return options;
}

absl::Status FillStore(const coalition::HubProcess& hub, size_t records, int signatures_each,
                       uint64_t seed) {
  return FillStoreWith(hub, records, seed, [&](MadeUp* random) {
    return MadeUpRecord(random, absl::StrCat("member/", kPublisher), kEverybody, signatures_each,
                        absl::Now());
  });
}

absl::Status FillStoreWith(const coalition::HubProcess& hub, size_t records, uint64_t seed,
                           const std::function<v1::RecordPublished(MadeUp*)>& make) {
  constexpr size_t kAtATime = 512;
  const std::string publisher = absl::StrCat("member/", kPublisher);
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKey({hub.store_key_path(), {}}));
  VERVET_ASSIGN_OR_RETURN(
      auto log, hub::SqlcipherEventLog::Open(hub.store_path(), key, hub.settings().coalition,
                                             Environment::System(), [](const auto&) {}));
  MadeUp random(seed);
  std::vector<hub::AppendEntry> batch;
  for (size_t i = 0; i < records; ++i) {
    hub::AppendEntry& entry = batch.emplace_back();
    v1::RecordPublished& record = *entry.draft.body.mutable_record_published();
    record = make(&random);
    *entry.draft.audience.mutable_groups() = record.facts().groups();
    entry.draft.audience.set_party(publisher);
    entry.request = hub::RequestKey{publisher, record.record_id(), random.Bytes(32)};
    entry.record_id = record.record_id();
    for (int n = 0; n < record.signatures_size(); ++n) entry.elements.push_back(random.Bytes(32));
    if (batch.size() < kAtATime && i + 1 < records) continue;
    VERVET_RETURN_IF_ERROR(log->Append(batch).status());
    batch.clear();
  }
  return absl::OkStatus();
}

}  // namespace vervet::bench
