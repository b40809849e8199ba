// Answers one person's request at the platform: what is held, and its deletion.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SUBJECTS_SUBJECT_DESK_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SUBJECTS_SUBJECT_DESK_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/images/kept_images.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/client.h"
#include "vervet/subject.h"

namespace vervet::engine {

// Thread-safe.
class SubjectDesk {
 public:
  // Without `kept`, nothing is known of pictures.
  SubjectDesk(vault::Vault* vault, LiveState* state, Environment* env, KeptImages* kept = nullptr)
      : vault_(vault), state_(state), env_(env), kept_(kept) {}

  // As Client::ShowSubject.
  absl::StatusOr<SubjectHoldings> Show(const Subject& subject);

  struct Erased {
    SubjectErasure erasure;
    std::vector<std::string> records;  // whose count of matched users has changed
  };
  // As Client::EraseSubject. When it returns OK, no file holds what was deleted.
  absl::StatusOr<Erased> Erase(const Subject& subject);

 private:
  // The keys under which the vault may have the identifiers, by every version of the rules that
  // this SDK knows; one status an identifier.
  struct Keys {
    std::vector<vault::CacheKey> all;
    std::vector<std::vector<vault::CacheKey>> by_identifier;
    std::vector<absl::Status> statuses;
  };
  Keys KeysOf(const std::vector<Identifier>& identifiers) const;
  // Of the references' kept pictures; appends what is held, and every record that matches one, own
  // ones and paused ones too.
  absl::Status ShowImages(const std::set<std::string>& references, SubjectHoldings* holdings,
                          std::vector<Match>* matches) const;

  vault::Vault* const vault_;
  LiveState* const state_;
  Environment* const env_;
  KeptImages* const kept_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SUBJECTS_SUBJECT_DESK_H_
