#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::Coalition;
using coalition::CoalitionOptions;
using coalition::GroupSpec;
using coalition::MemberSpec;

CoalitionOptions OptionsFor(const Settings& settings) {
  CoalitionOptions options;
  options.dir = settings.dir;
  options.hub_program = "vervet-hub-tap";
  options.tap_path = settings.dir + "/hub/received.tap";
  options.groups = {{kEverybody, "The whole coalition", {}, "Coalition agreement, 2026"},
                    {kSubCoalition,
                     "Primates desk, a sub-coalition",
                     {"IE", "SG"},
                     "Example clauses for transfers, 2026"}};
  options.members = {{kMarket,
                      "Example Market",
                      "IE",
                      "Example Market Ltd, Dublin",
                      "GDPR Art. 6(1)(f)",
                      {kEverybody, kSubCoalition}},
                     {kSocial,
                      "Example Social",
                      "SG",
                      "Example Social Pte. Ltd., Singapore",
                      "PDPA, Sch. 1, Part 3",
                      {kEverybody, kSubCoalition}},
                     {kSearch,
                      "Example Search",
                      "US",
                      "Example Search Inc., Portland",
                      "legitimate interest",
                      {kEverybody}}};
  return options;
}

absl::Status CheckRoster(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(const auto result,
                          stage.coalition->RunCoordinator({"members", "list", "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const coalition::Json roster, result.ReadJson());
  uint64_t admitted = 0;
  for (const coalition::Json& party : roster["members"].elements()) {
    if (!party["suspended"].truth()) ++admitted;
  }
  return Expect(admitted == stage.coalition->options().members.size() + 1,
                absl::StrCat("the roster lists ", admitted, " admitted parties: ", roster.Print()));
}

}  // namespace

absl::Status FoundCoalition(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(1, "A coalition is founded");
  VERVET_ASSIGN_OR_RETURN(stage.coalition, Coalition::Create(OptionsFor(stage.settings)));
  timeline.Done(
      "a certificate authority; certificates for a hub, a coordinator and three platforms");
  timeline.Detail("every key was made by its owner and never left its directory");
  VERVET_RETURN_IF_ERROR(stage.coalition->StartHub());
  timeline.Done(absl::StrCat("the hub listens on ", stage.coalition->hub().address(),
                             " over mutual TLS; its log and its keys are encrypted files"));
  for (const GroupSpec& group : stage.coalition->options().groups) {
    VERVET_RETURN_IF_ERROR(stage.coalition->CreateGroup(group));
    timeline.Done(absl::StrCat("sharing group ", group.name, ": ", group.display_name));
  }
  for (const MemberSpec& member : stage.coalition->options().members) {
    VERVET_RETURN_IF_ERROR(stage.coalition->Admit(member));
    timeline.Done(absl::StrCat(
        "the coordinator admits ", member.display_name, " (member/", member.name, ", ",
        member.region, ")",
        member.groups.size() > 1 ? absl::StrCat(", also to ", member.groups.back()) : ""));
  }
  return CheckRoster(stage);
}

}  // namespace vervet::demo
