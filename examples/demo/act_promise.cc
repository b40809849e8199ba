#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "examples/coalition/needle_scanner.h"
#include "examples/coalition/store_text.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::NeedleScanner;
using coalition::StoreText;

struct Place {
  std::string name;
  std::string bytes;
  std::string control;  // what it must contain, or the search looked at nothing
};

NeedleScanner ScannerFor(const Stage& stage) {
  NeedleScanner scanner;
  uint64_t seen = 0;
  for (const RawIdentifier& identifier : stage.identifiers) {
    for (const std::string& notation : AllNotations(identifier)) scanner.Add(notation);
    if (++seen % 256 == 0)
      stage.timeline.Progress("identifiers written in all their notations", seen,
                              stage.identifiers.size());
  }
  scanner.Build();
  return scanner;
}

// What the hub's process kept, said and received; its store in clear text.
absl::StatusOr<std::vector<Place>> PlacesOfTheHub(Stage& stage) {
  coalition::HubProcess& hub = stage.coalition->hub();
  VERVET_ASSIGN_OR_RETURN(const int exit_code, hub.Stop());
  VERVET_RETURN_IF_ERROR(Expect(exit_code == 0, absl::StrCat("the hub ended with ", exit_code)));
  VERVET_ASSIGN_OR_RETURN(StoreText store,
                          coalition::ReadWholeStore(hub.store_path(), hub.store_key_path()));
  VERVET_ASSIGN_OR_RETURN(std::string received, coalition::ReadFile(hub.settings().tap_path));
  stage.timeline.Done(
      absl::StrCat("the hub stops; its log is decrypted with its own key: ", store.tables,
                   " tables, ", WithCommas(static_cast<uint64_t>(store.rows)), " rows"));
  return std::vector<Place>{{"the decrypted store", std::move(store.bytes), kDecision},
                            {"the hub's log lines", hub.Output(), absl::StrCat("member/", kMarket)},
                            {"everything its process received", std::move(received), kDecision}};
}

// The search must find an identifier that is really there: one is put in the middle of what was
// just searched.
absl::Status ProveThatItCouldFail(const NeedleScanner& scanner, const Place& place) {
  VERVET_RETURN_IF_ERROR(Expect(
      absl::StrContains(place.bytes, place.control),
      absl::StrCat(
          place.name, " lacks \"", place.control,
          "\", which is no secret and must be there: the search looked at the wrong bytes")));
  std::string planted = place.bytes;
  planted.insert(planted.size() / 2, absl::StrCat(" ", TraderAtTheMarket()[1].value, " "));
  return Expect(
      scanner.Scan(planted, 1).size() == 1,
      absl::StrCat("the search did not find an address that was planted into ", place.name));
}

absl::Status SearchPlace(Stage& stage, const NeedleScanner& scanner, const Place& place) {
  const absl::Duration start = Environment::System()->Monotonic();
  const std::vector<NeedleScanner::Hit> hits = scanner.Scan(place.bytes);
  const absl::Duration took = Environment::System()->Monotonic() - start;
  if (!hits.empty()) {
    // Whoever leaks an identifier must be able to find the place; the run is invented data on one's
    // own machine.
    return absl::FailedPreconditionError(
        absl::StrCat(hits.size(), " raw identifiers in ", place.name, ", the first, \"",
                     scanner.needle(hits[0].needle), "\", at byte ", hits[0].offset));
  }
  VERVET_RETURN_IF_ERROR(ProveThatItCouldFail(scanner, place));
  const double megabytes_per_s =
      static_cast<double>(place.bytes.size()) / 1e6 / absl::ToDoubleSeconds(took);
  stage.timeline.Done(absl::StrCat(place.name, ": ", BytesForPeople(place.bytes.size()), ", none (",
                                   WithCommas(static_cast<uint64_t>(megabytes_per_s)),
                                   " MB/s); both controls found"));
  return absl::OkStatus();
}

}  // namespace

absl::Status SearchForRawData(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(8, "The promise: raw data never left the platforms");
  VERVET_ASSIGN_OR_RETURN(std::vector<Place> places, PlacesOfTheHub(stage));
  const NeedleScanner scanner = ScannerFor(stage);
  timeline.Done(absl::StrCat(WithCommas(stage.identifiers.size()),
                             " raw identifiers were used: in all notations ",
                             WithCommas(scanner.size()), " texts to search for"));
  timeline.Detail(absl::StrCat("left out: ", WithCommas(scanner.refused()),
                               " notations of fewer than ", NeedleScanner::kWindowBytes,
                               " letters and digits, which chance alone would find"));
  timeline.Detail(
      "letters match in either case; digits alone count where no digit stands beside them");
  for (const auto& member : stage.coalition->options().members) {
    VERVET_ASSIGN_OR_RETURN(StoreText vault,
                            coalition::ReadWholeStore(stage.coalition->vault_of(member.name),
                                                      stage.coalition->vault_key_of(member.name)));
    places.push_back(
        {absl::StrCat(member.name, "'s decrypted vault"), std::move(vault.bytes), kDecision});
  }
  timeline.StartStep();
  for (const Place& place : places) VERVET_RETURN_IF_ERROR(SearchPlace(stage, scanner, place));
  return absl::OkStatus();
}

}  // namespace vervet::demo
