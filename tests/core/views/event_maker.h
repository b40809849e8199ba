// Events in their parsed form, numbered as a log would number them.
#ifndef VERVET_TESTS_CORE_VIEWS_EVENT_MAKER_H_
#define VERVET_TESTS_CORE_VIEWS_EVENT_MAKER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/log/event.h"
#include "core/oprf/token.h"

namespace vervet::views {

inline const absl::Time kStart = absl::FromUnixSeconds(1'790'000'000);

inline std::string RecordId(uint32_t number) {
  std::string id(16, 'r');
  for (int i = 0; i < 4; ++i) id[12 + i] = static_cast<char>(number >> (8 * (3 - i)));
  return id;
}

inline oprf::Token TokenOf(uint32_t number) {
  std::array<uint8_t, oprf::Token::kSizeBytes> bytes = {};
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(number >> (8 * i));
  return oprf::Token(bytes);
}

// A second passes between one event and the next.
class EventMaker {
 public:
  log::ParsedEvent Make(v1::EventBody body) {
    log::ParsedEvent event;
    event.header.set_sequence(++sequence_);
    event.header.set_time_us(
        absl::ToUnixMicros(kStart + absl::Seconds(static_cast<int64_t>(sequence_))));
    event.header.set_kind(log::KindOf(body));
    event.body = std::move(body);
    return event;
  }

  log::ParsedEvent Admit(const std::string& party, const std::string& region = "IE") {
    v1::EventBody body;
    auto& admitted = *body.mutable_member_admitted();
    admitted.set_party(party);
    admitted.set_display_name("Name of " + party);
    admitted.set_region(region);
    return Make(std::move(body));
  }
  log::ParsedEvent Suspend(const std::string& party, const std::string& reason = "a reason") {
    v1::EventBody body;
    body.mutable_member_suspended()->set_party(party);
    body.mutable_member_suspended()->set_reason(reason);
    return Make(std::move(body));
  }
  log::ParsedEvent Reinstate(const std::string& party) {
    v1::EventBody body;
    body.mutable_member_reinstated()->set_party(party);
    return Make(std::move(body));
  }
  log::ParsedEvent CreateGroup(const std::string& group,
                               const std::vector<std::string>& regions = {}) {
    v1::EventBody body;
    auto& created = *body.mutable_group_created();
    created.set_group(group);
    created.set_display_name("Group " + group);
    for (const std::string& region : regions) created.add_permitted_regions(region);
    created.set_transfer_instrument("an instrument");
    return Make(std::move(body));
  }
  log::ParsedEvent Join(const std::string& party, const std::string& group) {
    v1::EventBody body;
    body.mutable_group_joined()->set_party(party);
    body.mutable_group_joined()->set_group(group);
    return Make(std::move(body));
  }
  log::ParsedEvent Leave(const std::string& party, const std::string& group) {
    v1::EventBody body;
    body.mutable_group_left()->set_party(party);
    body.mutable_group_left()->set_group(group);
    return Make(std::move(body));
  }
  log::ParsedEvent Announce(v1::SignatureType type, uint32_t epoch = 1) {
    v1::EventBody body;
    auto& announced = *body.mutable_signature_type_announced();
    announced.set_type(type);
    announced.set_epoch(epoch);
    announced.set_public_key(std::string(32, 'k'));
    announced.add_rules_versions(epoch);
    announced.set_maximum_life_s(86'400 * 180);
    return Make(std::move(body));
  }

  struct Sig {
    oprf::Token token;
    absl::Time expires;
  };
  log::ParsedEvent Publish(uint32_t record, const std::string& publisher,
                           const std::vector<Sig>& signatures, const std::string& group = "g") {
    v1::EventBody body;
    auto& published = *body.mutable_record_published();
    published.set_record_id(RecordId(record));
    published.set_publisher(publisher);
    published.mutable_facts()->add_groups(group);
    for (const Sig& sig : signatures) {
      v1::Signature& signature = *published.add_signatures();
      signature.set_type(v1::PHONE);
      signature.set_token(reinterpret_cast<const char*>(sig.token.bytes().data()),
                          sig.token.bytes().size());
      signature.set_expires_us(absl::ToUnixMicros(sig.expires));
    }
    return Make(std::move(body));
  }
  log::ParsedEvent Retract(uint32_t record) {
    v1::EventBody body;
    body.mutable_record_retracted()->set_record_id(RecordId(record));
    return Make(std::move(body));
  }
  log::ParsedEvent Expire(uint32_t record) {
    v1::EventBody body;
    body.mutable_record_expired()->set_record_id(RecordId(record));
    return Make(std::move(body));
  }

 private:
  uint64_t sequence_ = 0;
};

}  // namespace vervet::views

#endif  // VERVET_TESTS_CORE_VIEWS_EVENT_MAKER_H_
