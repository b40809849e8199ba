// How a client is opened.
#ifndef VERVET_OPTIONS_H_
#define VERVET_OPTIONS_H_

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "vervet/image.h"
#include "vervet/match.h"

namespace vervet {

struct ClientOptions {
  // The hub, "host:port", and who is meant to be there: the certificate must carry this host and a
  // URI of this coalition.
  std::string hub_target;
  std::string coalition;  // trust domain, "coalition.example"
  std::string
      log_public_key;  // 64 hex digits: the hub's log key, as a coordinator reads it out. Pinned.

  // PEM files. The key must be readable by its owner alone. They are looked at again while the
  // client is open: a renewed pair of the same member is used at the next connection, without a
  // restart; one that is not right is told by on_notice, and the old pair stays in use until it
  // expires.
  std::string certificate_path;
  std::string private_key_path;
  std::string ca_path;

  // The vault: one encrypted file, one process at a time. Created where missing.
  std::string vault_path;
  // Its key, one of the two: a file of 64 hex digits and mode 0600 (vervet-member init makes one),
  // or a command that writes them to its standard output within 30 s: a program's absolute path and
  // its arguments, run once by Client::Open without a shell.
  std::string vault_key_path;
  std::vector<std::string> vault_key_command;

  // Defaults for RecordFacts.
  std::string legal_entity;
  std::string purpose = "prevention of wildlife trafficking";
  std::string lawful_basis;
  std::vector<std::string> default_groups;

  // Called on a thread of the SDK, one call at a time, in log order. Must not call Client::Close or
  // destroy the client. A match is reported again after a crash that came before the callback
  // returned (at least once).
  std::function<void(const MatchEvent&)> on_match;
  std::function<void(const MatchEndedEvent&)> on_match_ended;
  // An opinion that arrived while the client ran. Not repeated after a crash: Client::ShowRecord
  // shows what stands.
  std::function<void(const OpinionEvent&)> on_opinion;
  // What became of an objection that Client::ObjectForSubject carried, each time that it changes.
  // At least once.
  std::function<void(const Objection&)> on_objection_outcome;
  // A picture of somebody's record suddenly matched far more than ever before, and is set aside.
  std::function<void(const ImageQuarantine&)> on_quarantine;
  // Changes of state worth a log line: "connected", "hub unreachable", "suspended", ... Never holds
  // a raw identifier.
  std::function<void(const std::string& line)> on_notice;

  // False: no Sync stream and no outbox delivery in the background: for a one-shot program that
  // only checks locally.
  bool background = true;

  // Tell the hub how many of this platform's users matched another's record: everybody learns the
  // sum, the hub alone whose users they were. Of one record at most once an interval, and only when
  // the number has changed. Off in all but one of a member's vaults.
  bool report_sightings = true;
  std::chrono::milliseconds sighting_interval{3'600'000};
  // Acknowledge with "none", without asking, that a record was retracted or erased which nobody
  // here had matched. Off in all but one of a member's vaults.
  bool acknowledge_unaffected = true;

  // Up to which distance a picture is taken for one of a record's, 0-31 bits; a record's own radius
  // may be tighter. docs/images.md says how to choose it.
  int image_radius = kMaxImageRadius;
  // How long the hashes of a checked picture are kept after its last check, for records that arrive
  // later. 0: not at all.
  std::chrono::seconds image_memory{90 * 24 * 3600};
  // A record's picture that matches at least `floor` new subjects within an hour, and `factor`
  // times the hourly mean of its last 30 days, is set aside. A floor of 0: none ever is.
  uint32_t image_flood_floor = 50;
  double image_flood_factor = 20;

  std::chrono::milliseconds rpc_deadline{10'000};
  // Reconnect after a random time up to `min * 2^n`, at most max.
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{30'000};
};

struct CheckOptions {
  // Never touches the network: what the vault has not seen comes back as kNotKnown.
  bool local_only = false;
  // Keep the tokens and references, so that a record that arrives later is reported by on_match.
  bool remember = true;
};

}  // namespace vervet

#endif  // VERVET_OPTIONS_H_
