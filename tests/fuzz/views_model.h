// A plain model of what events say about offender records and harmless pictures: nothing is packed,
// and nothing has an index.
#ifndef VERVET_TESTS_FUZZ_VIEWS_MODEL_H_
#define VERVET_TESTS_FUZZ_VIEWS_MODEL_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/log/event.h"
#include "core/views/coalition_state.h"

namespace vervet::fuzz {

using State = views::OffenderRecords::State;

// Between hashes of one length.
int BitsApart(const std::string& a, const std::string& b);

// What the events say, kept as they say it.
struct Model {
  struct Record {
    std::string publisher, facts;
    int64_t published_us = 0, last_expiry_us = 0;
    bool never_expires = false;  // no signature: it has expired since ever
    uint64_t sequence = 0, ended_sequence = 0;
    State state = State::kLive;
    std::vector<v1::Signature> signatures;
    std::vector<v1::ImageSignature> images;
    bool paused = false;
    std::set<std::string> groups;
  };
  std::map<std::string, Record> records;
  std::map<std::string, std::map<std::string, uint32_t>> marks;  // by hash and expert: the radius
  std::map<std::string, bool> suspended;                         // who is admitted

  void Apply(const log::ParsedEvent& event);
  bool IsHarmless(const std::string& hash) const;

 private:
  void Mark(const v1::HarmlessImageMarked& marked);
  void Clear(const v1::HarmlessImageCleared& cleared);
  Record* FindLive(const std::string& id);
  void Publish(const v1::EventHeader& header, const v1::RecordPublished& published);
  void End(const v1::EventHeader& header, const std::string& id, State state);
  void Erase(const v1::EventHeader& header, const v1::RecordErased& erased);
};

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_VIEWS_MODEL_H_
