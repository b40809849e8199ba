#include "member-sdk/src/engine/checker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/retry_after.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/outbox/record_rules.h"

namespace vervet::engine {
namespace {

// A check of so many waits for what another one is evaluating, and pays for none of it again.
// Behind a smaller one somebody waits: it asks at once, whatever else is in work.
constexpr size_t kSharesFrom = 256;
// Longer than a request of the other takes that fails.
constexpr std::chrono::seconds kLongestWaitForAnother(15);

}  // namespace

Checker::Question Checker::Ask(const Identifier& identifier, const std::string& reference,
                               const TypeTable& types, Work* work) {
  Question question;
  auto forms = FormsOf(identifier, canonical::Strictness::kCheck, types);
  if (!forms.ok()) {
    question.refused = forms.status();
    return question;
  }
  for (Form& form : *forms) {
    const vault::CacheKey key = vault_->KeyOf(form.type, form.rules_version, form.text);
    const auto [it, inserted] = work->by_key.try_emplace(key, work->lookups.size());
    if (inserted) {
      Lookup lookup;
      lookup.form = std::move(form);
      lookup.key = key;
      work->lookups.push_back(std::move(lookup));
    }
    if (!reference.empty()) work->lookups[it->second].references.insert(reference);
    question.lookups.push_back(it->second);
  }
  return question;
}

void Checker::FindCached(const TypeTable& types, Lookup* lookup) const {
  const auto cached = state_->FindToken(lookup->key);
  const auto announced = types.find(lookup->form.type);
  // A token of an old key matches nothing that is published now: it is evaluated again.
  if (!cached || (announced != types.end() && cached->epoch != announced->second.epoch)) return;
  lookup->known = true;
  lookup->id = cached->id;
  lookup->token = cached->token;
}

absl::Status Checker::Remember(Work* work, const std::vector<size_t>& evaluated,
                               const std::vector<absl::StatusOr<Evaluation>>& evaluations) {
  std::vector<vault::NewToken> tokens;
  std::vector<std::vector<std::string>> references;
  std::vector<Lookup*> kept;
  for (size_t i = 0; i < evaluated.size(); ++i) {
    if (!evaluations[i].ok()) continue;
    Lookup& lookup = work->lookups[evaluated[i]];
    vault::NewToken row;
    row.token.key = lookup.key;
    row.token.type = lookup.form.type;
    row.token.rules_version = lookup.form.rules_version;
    row.token.epoch = evaluations[i]->epoch;
    row.token.token = evaluations[i]->token;
    const auto& element = evaluations[i]->element.bytes();
    row.element.assign(element.begin(), element.end());
    tokens.push_back(std::move(row));
    references.emplace_back(lookup.references.begin(), lookup.references.end());
    kept.push_back(&lookup);
  }
  if (tokens.empty()) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(const auto ids, vault_->StoreTokens(tokens, references));
  for (size_t i = 0; i < ids.size(); ++i) {
    kept[i]->id = ids[i];
    tokens[i].token.id = ids[i];
    // After the vault, and before the matches are looked up: whichever of this check and a record
    // that arrives now comes second sees the other.
    state_->AddToken(tokens[i].token);
  }
  return absl::OkStatus();
}

void Checker::EvaluateMissing(const CheckOptions& options, const TypeTable& types, Work* work) {
  std::vector<size_t> missing;
  for (size_t i = 0; i < work->lookups.size(); ++i) {
    if (!work->lookups[i].known) missing.push_back(i);
  }
  for (size_t begin = 0; begin < missing.size(); begin += kEvaluationsAtATime) {
    const size_t end = std::min(missing.size(), begin + kEvaluationsAtATime);
    const std::vector<size_t> part(missing.begin() + begin, missing.begin() + end);
    if (!options.remember || work->lookups.size() < kSharesFrom) {
      Evaluate(part, options.remember, types, work);
      continue;
    }
    const std::vector<size_t> claimed = EvaluateUnclaimed(part, types, work);
    if (claimed.empty()) continue;
    std::vector<vault::CacheKey> keys;
    for (const size_t at : claimed) keys.push_back(work->lookups[at].key);
    claims_.WaitUntilFree(keys, kLongestWaitForAnother);
    // What is still not there, the other was not answered, or is late: this check asks itself.
    for (const size_t at : claimed) FindCached(types, &work->lookups[at]);
    Evaluate(claimed, true, types, work);
  }
}

std::vector<size_t> Checker::EvaluateUnclaimed(const std::vector<size_t>& part,
                                               const TypeTable& types, Work* work) {
  std::vector<vault::CacheKey> keys;
  for (const size_t at : part) keys.push_back(work->lookups[at].key);
  const EvaluationClaims::Held held(claims_, keys);
  std::vector<size_t> free, claimed;
  for (size_t i = 0; i < part.size(); ++i) {
    (held.has(i) ? free : claimed).push_back(part[i]);
    if (held.has(i)) FindCached(types, &work->lookups[part[i]]);  // by another, meanwhile
  }
  Evaluate(free, true, types, work);
  return claimed;
}

void Checker::Evaluate(const std::vector<size_t>& part, bool remember, const TypeTable& types,
                       Work* work) {
  std::vector<size_t> missing;
  std::vector<Form> forms;
  for (const size_t at : part) {
    if (work->lookups[at].known) continue;
    missing.push_back(at);
    Form& form = forms.emplace_back(work->lookups[at].form);
    // What has a reference is an account of the platform's; what has none may be anybody's.
    form.own_user = !work->lookups[at].references.empty();
  }
  if (missing.empty()) return;
  const auto evaluations = evaluator_->Evaluate(forms, types);
  const absl::Status stored = remember ? Remember(work, missing, evaluations) : absl::OkStatus();
  for (size_t i = 0; i < missing.size(); ++i) {
    Lookup& lookup = work->lookups[missing[i]];
    lookup.status = evaluations[i].ok() ? stored : evaluations[i].status();
    if (!evaluations[i].ok()) continue;
    lookup.known = true;
    lookup.evaluated_now = true;
    lookup.token = evaluations[i]->token;
  }
}

absl::Status Checker::AddReferences(const Work& work) {
  std::vector<std::pair<int64_t, std::string>> references;
  for (const Lookup& lookup : work.lookups) {
    if (!lookup.known || lookup.evaluated_now) continue;
    for (const std::string& reference : lookup.references) {
      references.emplace_back(lookup.id, reference);
    }
  }
  if (references.empty()) return absl::OkStatus();
  return vault_->AddReferences(references);
}

void Checker::FindThoseThatMayMatch(Work* work) const {
  std::vector<oprf::Token> tokens;
  std::vector<size_t> lookups;
  for (size_t i = 0; i < work->lookups.size(); ++i) {
    if (!work->lookups[i].known) continue;
    tokens.push_back(work->lookups[i].token);
    lookups.push_back(i);
  }
  const std::vector<bool> may_match = state_->MayMatch(tokens);
  for (size_t i = 0; i < lookups.size(); ++i) {
    work->lookups[lookups[i]].may_match = may_match[i];
  }
}

CheckResult Checker::Answer(const Question& question, const Work& work,
                            const absl::Status& vault_status) {
  CheckResult result;
  if (!question.refused.ok()) {
    // No canonical form is the identifier's fault; rules or types that do not fit are not.
    const bool unusable = absl::IsInvalidArgument(question.refused);
    result.outcome = unusable ? CheckOutcome::kRefused : CheckOutcome::kNotKnown;
    result.status = question.refused;
    return result;
  }
  std::vector<oprf::Token> tokens;
  bool all_known = true;
  for (const size_t at : question.lookups) {
    const Lookup& lookup = work.lookups[at];
    if (lookup.may_match) tokens.push_back(lookup.token);
    all_known = all_known && lookup.known;
    result.evaluated_now = result.evaluated_now || lookup.evaluated_now;
    result.status.Update(lookup.status);
  }
  if (!tokens.empty()) result.matches = state_->Matches(tokens, env_->Now());
  if (!result.matches.empty()) {
    result.outcome = CheckOutcome::kMatch;
  } else {
    result.outcome = all_known ? CheckOutcome::kNoMatch : CheckOutcome::kNotKnown;
  }
  if (all_known) result.status.Update(vault_status);
  if (result.outcome == CheckOutcome::kNotKnown) {
    const auto wait = net::RetryAfter(result.status);
    if (wait) result.retry_after = absl::ToChronoMilliseconds(*wait);
  }
  return result;
}

absl::Status Checker::MarkReported(const std::vector<Subject>& subjects,
                                   const std::vector<SubjectResult>& results) {
  absl::flat_hash_map<std::string, std::set<std::string>> known;  // references by record
  std::vector<vault::ReportMark> marks;
  for (size_t i = 0; i < subjects.size(); ++i) {
    const std::string& reference = subjects[i].reference;
    if (reference.empty()) continue;
    for (const CheckResult& identifier : results[i].results) {
      for (const Match& match : identifier.matches) {
        if (match.own) continue;
        const std::string record_id = FromHex(match.record_id, kRecordIdBytes);
        const auto [it, first_time] = known.try_emplace(record_id);
        if (first_time) {
          VERVET_ASSIGN_OR_RETURN(const vault::Report report, vault_->Reported(record_id));
          it->second.insert(report.references.begin(), report.references.end());
        }
        if (!it->second.insert(reference).second) continue;
        marks.push_back({record_id, match.publisher, reference});
      }
    }
  }
  if (marks.empty()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(vault_->MarkReported(marks));
  std::set<std::string> records;
  for (const vault::ReportMark& mark : marks) records.insert(mark.record_id);
  if (on_matched_) on_matched_({records.begin(), records.end()});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SubjectResult>> Checker::Check(const std::vector<Subject>& subjects,
                                                          const CheckOptions& options,
                                                          const TypeTable& types,
                                                          const absl::Status& types_status) {
  Work work;
  for (size_t i = 0; i < subjects.size(); ++i) {
    if (subjects[i].reference.size() > kMaxReferenceBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("subjects[", i, "].reference: has ", subjects[i].reference.size(),
                       " bytes, at most ", kMaxReferenceBytes, "; give your own opaque reference"));
    }
    std::vector<Question>& questions = work.questions.emplace_back();
    for (const Identifier& identifier : subjects[i].identifiers) {
      questions.push_back(Ask(identifier, subjects[i].reference, types, &work));
    }
  }
  for (Lookup& lookup : work.lookups) FindCached(types, &lookup);
  if (options.local_only || types.empty()) {
    const absl::Status why =
        options.local_only ? absl::NotFoundError(
                                 "never checked before, and local_only keeps the hub from being "
                                 "asked")
                           : types_status;
    for (Lookup& lookup : work.lookups) {
      if (!lookup.known) lookup.status = why;
    }
  } else {
    EvaluateMissing(options, types, &work);
  }
  FindThoseThatMayMatch(&work);
  const absl::Status vault_status = options.remember ? AddReferences(work) : absl::OkStatus();

  std::vector<SubjectResult> results(subjects.size());
  for (size_t i = 0; i < subjects.size(); ++i) {
    for (const Question& question : work.questions[i]) {
      results[i].results.push_back(Answer(question, work, vault_status));
    }
  }
  // At worst on_match repeats what this check has said.
  if (options.remember) (void)MarkReported(subjects, results);
  return results;
}

}  // namespace vervet::engine
