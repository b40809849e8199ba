// What the hub's configuration says of disputes and remedy.
#ifndef VERVET_HUB_ENGINE_REMEDY_POLICY_H_
#define VERVET_HUB_ENGINE_REMEDY_POLICY_H_

#include "absl/time/time.h"

namespace vervet::hub {

struct RemedyPolicy {
  // A record matches nobody while more than this share of the members that have it dispute it, in
  // percent.
  int dispute_share_percent = 20;
  // For the publisher to answer a dispute.
  absl::Duration answer_deadline = absl::Hours(24) * 7;
  // The same where a person objects: a month, as the GDPR's Art. 12(3) gives controllers.
  absl::Duration subject_answer_deadline = absl::Hours(24) * 30;
  // For each member to say what it did after a retraction or an erasure.
  absl::Duration remedy_deadline = absl::Hours(24) * 7;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_REMEDY_POLICY_H_
