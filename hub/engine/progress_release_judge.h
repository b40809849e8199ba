// Which figures of a release members may see, beside all that they have seen before
// (progress/suppression.h). Surveys and activity have a file each.
#ifndef VERVET_HUB_ENGINE_PROGRESS_RELEASE_JUDGE_H_
#define VERVET_HUB_ENGINE_PROGRESS_RELEASE_JUDGE_H_

#include <set>
#include <string>
#include <vector>

#include "hub/log/shared_state.h"
#include "hub/views/progress/suppression.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::hub {

// Replaces what may not be shown by the reason why. Each reads the state once, and judges for
// seconds where many members have contributed.
void JudgeSurveys(const SharedState& state, const v1::Panel& panel, bool independent,
                  v1::PeriodReleased* released);
void JudgeActivity(const SharedState& state, v1::PeriodReleased* released);
// Whose records displacement rests on: as many, and as evenly, as for any other figure.
void JudgeDisplacement(const HubState& state, v1::Displacement* displacement);

// For the files of this header:

// Sums of one kind that could be compared with one another. Pieces of different domains are never
// in one figure, so each is judged by itself.
struct JudgedDomain {
  std::vector<progress::Figure> shown, wanted;
  std::set<std::string> known;  // `shown` by content: releases repeat each other

  void Show(progress::Figure figure);
};

void Withhold(progress::Withheld withheld, v1::ReductionFigure* figure);
void Withhold(progress::Withheld withheld, v1::Series* series);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_RELEASE_JUDGE_H_
