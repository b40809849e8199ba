#include "member-sdk/cli/progress_revisions.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::member_cli {
namespace {

// What a cell is.
struct CellOf {
  std::string operator()(const Activity& a) const {
    return absl::StrCat("a\n", a.days.begin, "\n", a.days.end, "\n", a.action, "\n", a.detected_by,
                        "\n", a.taxon_group, "\n", a.surface);
  }
  std::string operator()(const Survey& s) const {
    return absl::StrCat("s\n", s.days.begin, "\n", s.days.end, "\n", s.surface, "\n", s.taxon_group,
                        "\n", s.language);
  }
  std::string operator()(const ReviewTeam& t) const { return absl::StrCat("t\n", t.team); }
};

auto Figures(const Activity& a) {
  return std::tie(a.count, a.views_before_removal, a.views_known_of, a.withdrawn);
}
auto Figures(const SurveySample& s) {
  return std::tie(s.sampled, s.positives, s.reviewed_again, s.confirmed, s.inclusion_probability);
}
auto Figures(const ReviewTeam& t) {
  return std::tie(t.found, t.missed, t.missed_weight, t.withdrawn);
}

// Whether both say the same of their cell.
struct SaysTheSame {
  bool operator()(const Activity& a, const Activity& b) const {
    return Figures(a) == Figures(b) && (a.unit.empty() || b.unit.empty() || a.unit == b.unit);
  }
  bool operator()(const Survey& a, const Survey& b) const {
    if (std::tie(a.exposure, a.unit, a.design, a.frame_listings, a.design_effect, a.team,
                 a.withdrawn) != std::tie(b.exposure, b.unit, b.design, b.frame_listings,
                                          b.design_effect, b.team, b.withdrawn) ||
        a.samples.size() != b.samples.size()) {
      return false;
    }
    for (size_t i = 0; i < a.samples.size(); ++i) {
      if (Figures(a.samples[i]) != Figures(b.samples[i])) return false;
    }
    return true;
  }
  bool operator()(const ReviewTeam& a, const ReviewTeam& b) const {
    return Figures(a) == Figures(b);
  }
  template <typename A, typename B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

}  // namespace

absl::StatusOr<Revised> Revise(Client& client, std::vector<ContributionRow> rows) {
  ContributionQuery query;
  query.history = true;
  VERVET_ASSIGN_OR_RETURN(const std::vector<StoredContribution> stored,
                          client.ListContributions(query));
  // In the log's order, so that the newest of a cell stays.
  std::map<std::string, Contribution> newest;
  for (const StoredContribution& one : stored) {
    if (!one.independent_surveyor.empty()) continue;
    newest[std::visit(CellOf(), one.contribution)] = one.contribution;
  }
  Revised revised;
  for (ContributionRow& row : rows) {
    const auto found = newest.find(std::visit(CellOf(), row.contribution));
    uint32_t next = 1;
    if (found != newest.end()) {
      if (std::visit(SaysTheSame(), row.contribution, found->second)) {
        ++revised.unchanged;
        continue;
      }
      next = std::visit([](const auto& one) { return one.revision; }, found->second) + 1;
    }
    std::visit([next](auto& one) { one.revision = next; }, row.contribution);
    revised.rows.push_back(std::move(row));
  }
  return revised;
}

}  // namespace vervet::member_cli
