// The sentences of reduction.h.
#include "hub/views/progress/reduction.h"

namespace vervet::hub::progress {

std::string InWords(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "It can be told.";
    case Reason::kNoBaseline:
      return "No survey of the baseline period has come in yet. A reduction is against a baseline.";
    case Reason::kNoFollowUp:
      return "No survey of the follow-up period has come in yet for these strata.";
    case Reason::kPpvUnknown:
      return "Some positives were not reviewed again, nor any other of their team, so nobody knows "
             "how many of them are false alarms. Review the positives, or a random part of them, a "
             "second time.";
    case Reason::kNoBaselinePositives:
      return "The baseline's samples hold no positive, so there is nothing that could have fallen. "
             "The samples were too small, or the trade is elsewhere.";
    case Reason::kBaselinePpvZero:
      return "No positive of the baseline stood the second review, so there is nothing that could "
             "have fallen.";
    case Reason::kFollowUpPpvZero:
      return "No positive of the follow-up stood the second review, but some were not reviewed "
             "again. Review those too.";
    case Reason::kOneContributor:
      return "Only one member contributed to both periods. One platform is not a coalition.";
    case Reason::kStrataWithoutFollowUp:
      return "Some strata of the baseline have no survey in the follow-up. What a panel leaves "
             "out could be where the trade is.";
    case Reason::kIntervalSpansTarget:
      return "The samples are too small to say on which side of the target the truth is. The "
             "planner says how many listings it takes.";
  }
  return "";
}

std::string InWords(Note note) {
  switch (note) {
    case Note::kSensitivityNotMeasured:
      return "The share of positives that reviewers overlook was not measured for every team. It "
             "is taken to be the same in both periods; then it cancels.";
    case Note::kNothingFoundInFollowUp:
      return "Nothing was confirmed in the follow-up. That is no proof of none: the figure is the "
             "middle of what the sample leaves possible.";
    case Note::kPartOfBaseline:
      return "Surveys cover a part of the baseline's days, and stand for all of them.";
    case Note::kPartOfFollowUp:
      return "Surveys cover a part of the follow-up's days, and stand for all of them.";
    case Note::kLengthsDiffer:
      return "Baseline and follow-up differ in length. Totals are compared per day; seasons are "
             "not.";
    case Note::kLateJoinerWaits:
      return "Some strata of the follow-up have no survey in the baseline. They are left out: a "
             "late joiner waits for a new panel.";
    case Note::kFewPositives:
      return "A period has fewer than 10 positives.";
    case Note::kDefinitionsDiffer:
      return "Not all surveys were counted under the same version of the definitions. What changed "
             "between versions may be a part of the difference.";
  }
  return "";
}

absl::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMet:
      return "met";
    case Verdict::kNotMet:
      return "not met";
    case Verdict::kCannotTell:
      break;
  }
  return "cannot tell";
}

absl::string_view NameOf(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kNoBaseline:
      return "no_baseline";
    case Reason::kNoFollowUp:
      return "no_follow_up";
    case Reason::kPpvUnknown:
      return "ppv_unknown";
    case Reason::kNoBaselinePositives:
      return "no_baseline_positives";
    case Reason::kBaselinePpvZero:
      return "baseline_ppv_zero";
    case Reason::kFollowUpPpvZero:
      return "follow_up_ppv_zero";
    case Reason::kOneContributor:
      return "one_contributor";
    case Reason::kStrataWithoutFollowUp:
      return "strata_without_follow_up";
    case Reason::kIntervalSpansTarget:
      return "interval_spans_target";
  }
  return "";
}

absl::string_view NameOf(Note note) {
  switch (note) {
    case Note::kSensitivityNotMeasured:
      return "sensitivity_not_measured";
    case Note::kNothingFoundInFollowUp:
      return "nothing_found_in_follow_up";
    case Note::kPartOfBaseline:
      return "part_of_baseline";
    case Note::kPartOfFollowUp:
      return "part_of_follow_up";
    case Note::kLengthsDiffer:
      return "lengths_differ";
    case Note::kLateJoinerWaits:
      return "late_joiner_waits";
    case Note::kFewPositives:
      return "few_positives";
    case Note::kDefinitionsDiffer:
      return "definitions_differ";
  }
  return "";
}

}  // namespace vervet::hub::progress
