// An offender record as its readers see it. What is kept of it is packed (record_store.h).
#ifndef VERVET_CORE_VIEWS_RECORD_H_
#define VERVET_CORE_VIEWS_RECORD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/index/hamming_index.h"
#include "core/oprf/token.h"
#include "vervet/v1/event.pb.h"

namespace vervet::views {

enum class RecordState : uint8_t { kLive, kRetracted, kExpired, kErased };

struct SignatureKind {
  v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
  uint32_t rules_version = 0;
  uint32_t epoch = 0;
  bool operator==(const SignatureKind&) const = default;
};

// One signature of a record. A value.
class Signature {
 public:
  Signature(const SignatureKind& kind, const oprf::Token& token, int64_t expires_us)
      : kind_(kind), token_(token), expires_us_(expires_us) {}

  v1::SignatureType type() const { return kind_.type; }
  uint32_t rules_version() const { return kind_.rules_version; }
  uint32_t epoch() const { return kind_.epoch; }
  const oprf::Token& token() const { return token_; }
  int64_t expires_us() const { return expires_us_; }
  v1::Signature ToProto() const;

 private:
  SignatureKind kind_;
  oprf::Token token_;
  int64_t expires_us_;
};

// One image of a record. A value.
struct ImageSignature {
  index::Hash256 hash;
  uint32_t quality = 0;    // 0-100; published from 50 on
  int64_t expires_us = 0;  // stops matching at this time
  // The distance in bits, 0-31, up to which a picture is taken for this one, or less where a query
  // asks for less.
  int radius = index::HammingIndex::kMaxRadius;

  v1::ImageSignature ToProto() const;
};

// The facts of a record, of which all but the decision reference may be shared with other records.
class FactsOfRecord {
 public:
  FactsOfRecord(const v1::RecordFacts* shared, absl::string_view decision_reference)
      : shared_(shared), decision_reference_(decision_reference) {}

  const google::protobuf::RepeatedPtrField<std::string>& groups() const {
    return shared_->groups();
  }
  const std::string& groups(int i) const { return shared_->groups(i); }
  // A copy with everything in it.
  v1::RecordFacts Full() const;
  operator v1::RecordFacts() const { return Full(); }  // NOLINT: stands for the facts

 private:
  const v1::RecordFacts* shared_;
  absl::string_view decision_reference_;
};

// Valid until the next change of the view that gave it.
struct Record {
  std::string record_id;  // 16 bytes
  const std::string& publisher;
  FactsOfRecord facts;
  absl::Time published;
  uint64_t sequence = 0;  // of the event that published it
  RecordState state = RecordState::kLive;
  uint64_t ended_sequence = 0;         // of the retraction, expiry or erasure
  std::vector<Signature> signatures;   // empty once ended
  std::vector<ImageSignature> images;  // empty once ended
  absl::Time last_expiry;              // of both
};
using RecordPtr = std::shared_ptr<const Record>;

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_RECORD_H_
