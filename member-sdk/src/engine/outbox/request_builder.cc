#include "member-sdk/src/engine/outbox/request_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/own_status.h"

namespace vervet::engine {
namespace {

// The hub compares an expiry with its own clock: stay this far below the type's maximum, for a hub
// whose clock is behind ours and for the time that the request waits.
constexpr absl::Duration kClockMargin = absl::Hours(1);

absl::Duration LongestLife(const views::SignatureTypes::Announcement& announced) {
  return announced.maximum_life - std::min(kClockMargin, announced.maximum_life / 10);
}

}  // namespace

absl::Status RequestBuilder::FindCached(const TypeTable& types, const vault::CacheKey& key,
                                        Evaluated* evaluated) {
  const auto cached = state_->FindToken(key);
  const auto announced = types.find(evaluated->form.type);
  if (!cached || announced == types.end() || cached->epoch != announced->second.epoch) {
    return absl::NotFoundError("not cached");
  }
  VERVET_ASSIGN_OR_RETURN(evaluated->element, vault_->ElementOf(cached->id));
  evaluated->epoch = cached->epoch;
  evaluated->status = absl::OkStatus();
  return absl::OkStatus();
}

RequestBuilder::Elements RequestBuilder::Evaluate(const std::vector<vault::OutboxEntry>& drafts,
                                                  const TypeTable& types, BuildOutcome* outcome) {
  Elements elements;
  for (const vault::OutboxEntry& draft : drafts) {
    for (const vault::OutboxIdentifier& identifier : draft.identifiers) {
      const vault::CacheKey key =
          vault_->KeyOf(identifier.type, identifier.rules_version, identifier.canonical);
      Evaluated& evaluated = elements[key];
      // Whoever is published was an account of the platform's: it acted on that account.
      evaluated.form = {identifier.type, identifier.rules_version, identifier.canonical,
                        /*own_user=*/true};
      if (!draft.subject_reference.empty()) {
        evaluated.references.push_back(draft.subject_reference);
      }
    }
  }
  std::vector<Evaluated*> asked;
  std::vector<Form> forms;
  for (auto& [key, evaluated] : elements) {
    if (FindCached(types, key, &evaluated).ok()) continue;
    if (types.find(evaluated.form.type) == types.end()) {
      evaluated.status = absl::FailedPreconditionError(absl::StrCat(
          "the log has not announced a key for ", SignatureTypeName(evaluated.form.type), " yet"));
      continue;
    }
    asked.push_back(&evaluated);
    forms.push_back(evaluated.form);
  }
  const auto evaluations = evaluator_->Evaluate(forms, types);
  for (size_t i = 0; i < asked.size(); ++i) {
    asked[i]->status = evaluations[i].status();
    if (!evaluations[i].ok()) continue;
    const auto& bytes = evaluations[i]->element.bytes();
    asked[i]->element.assign(bytes.begin(), bytes.end());
    asked[i]->epoch = evaluations[i]->epoch;
  }
  const absl::Status stored = Store(elements, types, outcome);
  if (!stored.ok()) {
    for (auto& [key, evaluated] : elements) evaluated.status.Update(stored);
  }
  return elements;
}

absl::Status RequestBuilder::Store(const Elements& elements, const TypeTable& types,
                                   BuildOutcome* outcome) {
  std::vector<vault::NewToken> tokens;
  std::vector<std::vector<std::string>> references;
  for (const auto& [key, evaluated] : elements) {
    if (!evaluated.status.ok()) continue;
    VERVET_ASSIGN_OR_RETURN(const auto element,
                            oprf::Element::Decode(oprf::AsBytes(evaluated.element)));
    vault::NewToken row;
    row.token.key = key;
    row.token.type = evaluated.form.type;
    row.token.rules_version = evaluated.form.rules_version;
    row.token.epoch = evaluated.epoch;
    row.token.token = oprf::DeriveToken(evaluated.form.type, evaluated.epoch, element);
    row.element = evaluated.element;
    tokens.push_back(std::move(row));
    references.push_back(evaluated.references);
  }
  if (tokens.empty()) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(const auto ids, vault_->StoreTokens(tokens, references));
  for (size_t i = 0; i < ids.size(); ++i) {
    tokens[i].token.id = ids[i];
    state_->AddToken(tokens[i].token);
    if (references[i].empty()) continue;
    for (std::string& id : state_->RecordsWith(tokens[i].token.token)) {
      outcome->touched.push_back(std::move(id));
    }
  }
  return absl::OkStatus();
}

absl::Status RequestBuilder::FinishImages(const vault::OutboxEntry& draft, const TypeTable& types,
                                          v1::PublishRequest* request) const {
  if (request->images().empty()) return absl::OkStatus();
  const auto announced = types.find(v1::IMAGE_PDQ);
  if (announced == types.end()) {
    return absl::FailedPreconditionError(
        "the log has not announced yet how long pictures may match");
  }
  const views::SignatureTypes::Announcement& pictures = announced->second;
  const absl::Time now = env_->Now();
  if (draft.lifetime_s && absl::Seconds(*draft.lifetime_s) > pictures.maximum_life) {
    return absl::InvalidArgumentError(absl::StrCat(
        "lifetime: is ", *draft.lifetime_s, " s, and a picture may match for ",
        absl::ToInt64Seconds(pictures.maximum_life), " s; publish again with less, or without"));
  }
  absl::Duration life = LongestLife(pictures);
  if (draft.lifetime_s) life = std::min(life, absl::Seconds(*draft.lifetime_s));
  const int64_t latest_us = absl::ToUnixMicros(now + life);
  for (v1::ImageSignature& image : *request->mutable_images()) {
    const int64_t wanted_us = image.expires_us();
    image.set_expires_us(wanted_us == 0 ? latest_us : std::min(wanted_us, latest_us));
  }
  return absl::OkStatus();
}

void RequestBuilder::BuildOne(vault::OutboxEntry draft, const Elements& elements,
                              const TypeTable& types, BuildOutcome* outcome) {
  v1::PublishRequest request;
  if (!request.ParseFromString(draft.request)) {
    draft.status = absl::DataLossError("the outbox entry does not parse");
    draft.state = vault::OutboxState::kRefused;
    outcome->refused.push_back(std::move(draft));
    return;
  }
  const absl::Time now = env_->Now();
  for (const vault::OutboxIdentifier& identifier : draft.identifiers) {
    const Evaluated& evaluated =
        elements.at(vault_->KeyOf(identifier.type, identifier.rules_version, identifier.canonical));
    if (!evaluated.status.ok()) {
      // Without the time to retry after: the evaluator keeps it for each type, and what needs
      // another type, or has a grant by then, is not to wait for it.
      draft.status = OwnStatus(evaluated.status);
      outcome->pending.push_back(std::move(draft));
      return;
    }
    const auto& announced = types.at(identifier.type);
    if (draft.lifetime_s && absl::Seconds(*draft.lifetime_s) > announced.maximum_life) {
      draft.status = absl::InvalidArgumentError(absl::StrCat(
          "lifetime: is ", *draft.lifetime_s, " s, and a signature of type ",
          SignatureTypeName(identifier.type), " may live ",
          absl::ToInt64Seconds(announced.maximum_life), " s; publish again with less, or without"));
      draft.state = vault::OutboxState::kRefused;
      outcome->refused.push_back(std::move(draft));
      return;
    }
    absl::Duration life = LongestLife(announced);
    if (draft.lifetime_s) life = std::min(life, absl::Seconds(*draft.lifetime_s));
    v1::NewSignature* const signature = request.add_signatures();
    signature->set_type(identifier.type);
    signature->set_rules_version(identifier.rules_version);
    signature->set_epoch(evaluated.epoch);
    signature->set_element(evaluated.element);
    signature->set_expires_us(absl::ToUnixMicros(now + life));
  }
  const absl::Status images = FinishImages(draft, types, &request);
  if (!images.ok()) {
    draft.status = images;
    const bool for_good = absl::IsInvalidArgument(images);
    if (for_good) draft.state = vault::OutboxState::kRefused;
    (for_good ? outcome->refused : outcome->pending).push_back(std::move(draft));
    return;
  }
  draft.request = request.SerializeAsString();
  draft.state = vault::OutboxState::kBuilt;
  outcome->built.push_back(std::move(draft));
}

BuildOutcome RequestBuilder::Build(std::vector<vault::OutboxEntry> drafts) {
  BuildOutcome outcome;
  const auto types = state_->types();
  const Elements elements = types->empty() ? Elements() : Evaluate(drafts, *types, &outcome);
  for (vault::OutboxEntry& draft : drafts) {
    if (draft.kind != vault::OutboxKind::kPublish) {
      draft.state = vault::OutboxState::kBuilt;
      outcome.built.push_back(std::move(draft));
    } else if (types->empty()) {
      draft.status =
          absl::UnavailableError("the hub's keys are not known yet: nothing of the log was synced");
      outcome.pending.push_back(std::move(draft));
    } else {
      BuildOne(std::move(draft), elements, *types, &outcome);
    }
  }
  return outcome;
}

}  // namespace vervet::engine
