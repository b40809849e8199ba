#include "member-sdk/src/engine/subjects/subject_desk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/follow_up/objections.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/outbox/record_rules.h"

namespace vervet::engine {
namespace {

TimePoint ToTime(int64_t micros) { return absl::ToChronoTime(absl::FromUnixMicros(micros)); }

// What was cached by rules that are not active any more is still held.
TypeTable EveryKnownVersion() {
  TypeTable types;
  const canonical::RulesVersions newest;
  for (int type = v1::SignatureType_MIN + 1; type <= v1::SignatureType_MAX; ++type) {
    const uint32_t last = newest.Get(static_cast<canonical::SignatureType>(type));
    if (!v1::SignatureType_IsValid(type) || last == 0) continue;
    auto& announced = types[static_cast<v1::SignatureType>(type)];
    for (uint32_t version = 1; version <= last; ++version) {
      announced.rules_versions.push_back(version);
    }
  }
  return types;
}

absl::Status CheckQuestion(const Subject& subject) {
  if (subject.reference.empty() && subject.identifiers.empty()) {
    return absl::InvalidArgumentError(
        "subject: give the platform's reference of the person, or identifiers");
  }
  if (subject.reference.size() > kMaxReferenceBytes) {
    return absl::InvalidArgumentError(absl::StrCat("reference: has ", subject.reference.size(),
                                                   " bytes, at most ", kMaxReferenceBytes));
  }
  return absl::OkStatus();
}

std::vector<oprf::Token> TokensIn(const vault::SubjectTokens& held) {
  std::vector<oprf::Token> tokens;
  for (const auto& row : held.rows) tokens.push_back(row.token.token);
  return tokens;
}

std::set<std::string> ReferencesIn(const vault::SubjectTokens& held) {
  std::set<std::string> references;
  for (const auto& row : held.rows) references.insert(row.references.begin(), row.references.end());
  return references;
}

}  // namespace

SubjectDesk::Keys SubjectDesk::KeysOf(const std::vector<Identifier>& identifiers) const {
  Keys keys;
  const TypeTable types = EveryKnownVersion();
  for (const Identifier& identifier : identifiers) {
    const auto forms = FormsOf(identifier, canonical::Strictness::kCheck, types);
    keys.statuses.push_back(forms.status());
    auto& own = keys.by_identifier.emplace_back();
    if (!forms.ok()) continue;
    for (const Form& form : *forms) {
      own.push_back(vault_->KeyOf(form.type, form.rules_version, form.text));
    }
    keys.all.insert(keys.all.end(), own.begin(), own.end());
  }
  return keys;
}

absl::Status SubjectDesk::ShowImages(const std::set<std::string>& references,
                                     SubjectHoldings* holdings, std::vector<Match>* matches) const {
  if (kept_ == nullptr) return absl::OkStatus();
  std::vector<ImageQuestion> questions;
  for (const std::string& reference : references) {
    VERVET_ASSIGN_OR_RETURN(const auto images, vault_->ImagesOf(reference));
    for (const vault::KeptImage& image : images) {
      ImageQuestion question;
      question.hashes = UnpackHashes(image.hashes);
      if (question.hashes.empty()) continue;
      question.radius = image.radius.value_or(kept_->radius());
      HeldImage held;
      held.hash = ToImageHash(question.hashes.front(), image.quality);
      held.variants = question.hashes.size() > 1;
      held.since = ToTime(image.first_us);
      held.until = absl::ToChronoTime(absl::FromUnixMicros(image.checked_us) + kept_->memory());
      holdings->images.push_back(held);
      questions.push_back(std::move(question));
    }
  }
  for (ImageAnswer& answer : state_->MatchImages(questions, env_->Now(), /*every=*/true)) {
    for (NearRecord& near : answer.records) {
      Match match = std::move(near.match);
      match.expires = near.pictures.front().expires;
      match.image = near.pictures.front().evidence;
      matches->push_back(std::move(match));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SubjectHoldings> SubjectDesk::Show(const Subject& subject) {
  VERVET_RETURN_IF_ERROR(CheckQuestion(subject));
  const Keys keys = KeysOf(subject.identifiers);
  VERVET_ASSIGN_OR_RETURN(const auto held, vault_->TokensOf(keys.all, subject.reference));
  SubjectHoldings holdings;
  std::set<vault::CacheKey> cached;
  for (const auto& row : held.rows) {
    cached.insert(row.token.key);
    HeldToken token;
    token.signature_type = SignatureTypeName(row.token.type);
    token.rules_version = row.token.rules_version;
    token.epoch = row.token.epoch;
    if (row.since_us != 0) token.since = ToTime(row.since_us);
    // Of another person who shares an identifier nothing is shown to this one.
    for (const std::string& reference : row.references) {
      if (subject.reference.empty() || reference == subject.reference) {
        token.references.push_back(reference);
      }
    }
    holdings.tokens.push_back(std::move(token));
  }
  for (size_t i = 0; i < subject.identifiers.size(); ++i) {
    const auto& own = keys.by_identifier[i];
    holdings.identifiers.push_back(
        {keys.statuses[i], std::any_of(own.begin(), own.end(), [&](const vault::CacheKey& key) {
           return cached.count(key) != 0;
         })});
  }
  const std::set<std::string> with_token = ReferencesIn(held);
  std::set<std::string> references = with_token;
  if (!subject.reference.empty()) references = {subject.reference};

  std::set<std::string> in_force;
  std::vector<Match> carriers = state_->Carriers(TokensIn(held));
  VERVET_RETURN_IF_ERROR(ShowImages(references, &holdings, &carriers));
  std::set<std::string> shown;
  for (Match& match : carriers) {
    if (!shown.insert(match.record_id).second) continue;
    if (match.own) {
      holdings.own_records.push_back(match.record_id);
    } else {
      if (!match.paused) in_force.insert(match.record_id);
      holdings.matches.push_back(std::move(match));
    }
  }
  for (const std::string& reference : references) {
    VERVET_ASSIGN_OR_RETURN(const auto matches, vault_->MatchesOf(reference));
    VERVET_ASSIGN_OR_RETURN(const auto actions, vault_->ActionsOf(reference));
    VERVET_ASSIGN_OR_RETURN(const auto objections, vault_->ObjectionsOf(reference));
    const bool held_at_all = with_token.count(reference) != 0 || !holdings.images.empty() ||
                             !matches.empty() || !actions.empty() || !objections.empty();
    if (held_at_all) holdings.references.push_back(reference);
    for (const vault::SubjectMatch& row : matches) {
      const std::string id = ToHex(row.record_id);
      holdings.matched.push_back({id, state_->FateOf(row.record_id).publisher, row.reference,
                                  ToTime(row.first_us), in_force.count(id) != 0});
    }
    for (const vault::SubjectAction& row : actions) {
      holdings.actions.push_back(
          {ToHex(row.record_id), row.reference, row.action, ToTime(row.noted_us)});
    }
    for (const vault::ObjectionRow& row : objections) {
      holdings.objections.push_back(ToObjection(row, state_->FateOf(row.record_id), env_->Now()));
    }
  }
  std::vector<vault::CacheKey> wanted = keys.all;
  wanted.insert(wanted.end(), cached.begin(), cached.end());
  VERVET_ASSIGN_OR_RETURN(const auto pending, vault_->PendingAbout(wanted, subject.reference));
  for (const std::string& request_id : pending) holdings.pending.push_back(ToHex(request_id));
  return holdings;
}

absl::StatusOr<SubjectDesk::Erased> SubjectDesk::Erase(const Subject& subject) {
  VERVET_RETURN_IF_ERROR(CheckQuestion(subject));
  const Keys keys = KeysOf(subject.identifiers);
  for (size_t i = 0; i < keys.statuses.size(); ++i) {
    if (keys.statuses[i].ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("identifiers[", i, "]: ", keys.statuses[i].message()));
  }
  std::string reference = subject.reference;
  VERVET_ASSIGN_OR_RETURN(auto held, vault_->TokensOf(keys.all, reference));
  if (reference.empty()) {
    const std::set<std::string> references = ReferencesIn(held);
    if (references.size() > 1) {
      return absl::FailedPreconditionError(
          absl::StrCat("reference: these identifiers belong to ", references.size(),
                       " accounts of this platform (", absl::StrJoin(references, ", "),
                       "): name the one to erase; nothing was deleted"));
    }
    if (!references.empty()) {
      reference = *references.begin();
      VERVET_ASSIGN_OR_RETURN(held, vault_->TokensOf(keys.all, reference));
    }
  }
  std::vector<vault::CacheKey> wanted = keys.all;
  for (const auto& row : held.rows) wanted.push_back(row.token.key);
  VERVET_ASSIGN_OR_RETURN(const auto pending, vault_->PendingAbout(wanted, reference));
  if (!pending.empty()) {
    std::vector<std::string> tickets;
    for (const std::string& request_id : pending) tickets.push_back(ToHex(request_id));
    return absl::FailedPreconditionError(
        absl::StrCat("a publication about this person waits in the outbox (request ",
                     absl::StrJoin(tickets, ", "),
                     "): let it be delivered, erase the record, then ask again; nothing was "
                     "deleted"));
  }
  Erased out;
  std::vector<Match> carriers = state_->Carriers(TokensIn(held));
  if (!reference.empty()) {
    SubjectHoldings holdings;
    VERVET_RETURN_IF_ERROR(ShowImages({reference}, &holdings, &carriers));
  }
  std::set<std::string> own;
  for (const Match& match : carriers) {
    if (match.own && own.insert(match.record_id).second) {
      out.erasure.own_records.push_back(match.record_id);
    }
  }
  VERVET_ASSIGN_OR_RETURN(auto erased, vault_->EraseSubject(keys.all, reference));
  for (const vault::CacheKey& key : erased.deleted_tokens) state_->RemoveToken(key);
  if (kept_ != nullptr) kept_->Removed(erased.deleted_images);
  VERVET_RETURN_IF_ERROR(vault_->Scrub());
  out.erasure.tokens = erased.deleted_tokens.size();
  out.erasure.shared_tokens = erased.shared_tokens;
  out.erasure.images = erased.deleted_images.size();
  out.erasure.references = erased.references;
  out.erasure.matches = erased.matches;
  out.erasure.actions = erased.actions;
  out.erasure.objections = erased.objections;
  out.records = std::move(erased.records);
  return out;
}

}  // namespace vervet::engine
