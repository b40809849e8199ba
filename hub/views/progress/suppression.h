// Which coalition figures members may see, so that nobody's contribution can be worked out of them.
//
// A figure is a sum over contributions. From several figures, of one release or of many, a reader
// can form any weighted difference. So one rule is kept for all that was ever shown together:
//
//   no combination of the figures shown, other than 0, depends on fewer than five members.
//
// A figure itself is such a combination (so it has at least five contributors), and so are the
// difference of two queries, of two releases that one member's revision separates, and what is left
// of a total when its parts are taken away. In addition, no member has more than 60% of a figure,
// of the difference of two figures, or of such a remainder. docs/measuring-reduction.md argues why
// this suffices, and what it leaves to trust.
#ifndef VERVET_HUB_VIEWS_PROGRESS_SUPPRESSION_H_
#define VERVET_HUB_VIEWS_PROGRESS_SUPPRESSION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vervet::hub::progress {

// A member's smallest piece of data that a figure takes as a whole: its surveys in the finest cell
// of the breakdown, in one revision. Figures that rest on the same data name the same piece; a
// revision is another piece.
struct Contribution {
  std::string member;
  std::string piece;
  // Of the sum that is shown, without sign. Where a figure shows several sums, ask for each, and
  // show it only where all may be.
  double magnitude = 0;
};

struct Figure {
  std::string name;
  std::vector<Contribution> contributions;
};

struct SuppressionRules {
  int least_contributors = 5;
  double largest_share = 0.60;
  // Sets of members looked at for one figure; above, it is withheld (kTooEntangled).
  size_t most_sets = 20'000;
};

enum class Withheld {
  kNo,  // may be shown
  kTooFewContributors,
  kOneDominates,
  kDifference,   // from a figure shown already, too few or one dominate
  kRemainder,    // of a total without its shown parts, too few or one dominate
  kCombination,  // several shown figures together would single out fewer than five members
  kTooEntangled,
};

absl::string_view NameOf(Withheld withheld);

// One answer for each wanted figure, in their order: earlier ones go first, so put totals before
// their parts. `shown` is everything that members have seen, in all releases; figures found fit to
// be shown count as shown for those after them. What was shown cannot be unseen: figures of `shown`
// are not judged, and a figure that adds nothing to them may be shown.
// Pure. Work for when a release is made, not for when it is read: 80 figures over 60 members took
// up to six seconds.
std::vector<Withheld> Judge(absl::Span<const Figure> shown, absl::Span<const Figure> wanted,
                            const SuppressionRules& rules);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_SUPPRESSION_H_
