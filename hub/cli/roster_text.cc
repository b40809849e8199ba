#include "hub/cli/roster_text.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/table.h"
#include "core/cli/text.h"

namespace vervet::coordinator_cli {
namespace {

using Align = cli::Table::Align;

// Members alone keep a vault in step with the log.
bool Syncs(const v1::RosterEntry& entry) { return absl::StartsWith(entry.party(), "member/"); }

cli::Cell StateCell(const v1::RosterEntry& entry) {
  if (entry.suspended()) return {"suspended", cli::Paint::kRed};
  if (!Syncs(entry)) return {"admitted"};
  if (entry.connected()) return {"connected", cli::Paint::kGreen};
  return {"away", cli::Paint::kYellow};
}

cli::Cell BehindCell(const v1::RosterEntry& entry, const v1::SignedTreeHead& head) {
  if (!Syncs(entry)) return {""};
  const uint64_t behind = Behind(entry, head);
  return {cli::WithThousands(behind), behind == 0 ? cli::Paint::kPlain : cli::Paint::kYellow};
}

std::string HeardText(const v1::RosterEntry& entry, absl::Time now) {
  if (!Syncs(entry)) return "";
  if (entry.applied_us() == 0) return "never";
  return absl::StrCat(cli::DurationForPeople(now - absl::FromUnixMicros(entry.applied_us())),
                      " ago");
}

}  // namespace

uint64_t Behind(const v1::RosterEntry& entry, const v1::SignedTreeHead& head) {
  return head.size() > entry.applied_position() ? head.size() - entry.applied_position() : 0;
}

std::string MembersTable(const v1::ListResponse& list, absl::Time now,
                         const cli::Streams& streams) {
  cli::Table table({{"PARTY"},
                    {"NAME"},
                    {"REGION"},
                    {"STATE"},
                    {"GROUPS"},
                    {"POSITION", Align::kRight},
                    {"BEHIND", Align::kRight},
                    {"HEARD", Align::kRight},
                    {"RECORDS", Align::kRight}});
  std::string suspensions;
  for (const v1::RosterEntry& entry : list.parties()) {
    const bool syncs = Syncs(entry);
    table.AddRow({entry.party(), entry.display_name(), entry.region(), StateCell(entry),
                  absl::StrJoin(entry.groups(), ","),
                  syncs ? cli::WithThousands(entry.applied_position()) : "",
                  BehindCell(entry, list.head()), HeardText(entry, now),
                  syncs ? cli::WithThousands(entry.records_published()) : ""});
    if (entry.suspended()) {
      absl::StrAppend(&suspensions, entry.party(),
                      " is suspended: ", cli::Printable(entry.suspension_reason()), "\n");
    }
  }
  if (table.empty()) return "nobody is admitted yet: vervet members admit --help\n";
  return absl::StrCat(table.Render(streams), suspensions.empty() ? "" : "\n", suspensions);
}

std::string GroupsTable(const v1::ListResponse& list, const cli::Streams& streams) {
  cli::Table table(
      {{"GROUP"}, {"NAME"}, {"MEMBERS", Align::kRight}, {"REGIONS"}, {"TRANSFER INSTRUMENT"}});
  for (const v1::GroupEntry& entry : list.groups()) {
    table.AddRow(
        {entry.group(), entry.display_name(), cli::WithThousands(entry.members()),
         entry.permitted_regions().empty() ? "all" : absl::StrJoin(entry.permitted_regions(), ","),
         entry.transfer_instrument()});
  }
  if (table.empty()) return "there is no sharing group yet: vervet groups create --help\n";
  return table.Render(streams);
}

void AppendMembers(const v1::ListResponse& list, cli::JsonWriter& json) {
  json.Key("members").BeginArray();
  for (const v1::RosterEntry& entry : list.parties()) {
    json.BeginObject()
        .Field("party", entry.party())
        .Field("display_name", entry.display_name())
        .Field("region", entry.region())
        .Field("suspended", entry.suspended())
        .Field("suspension_reason", entry.suspension_reason())
        .StringArray("groups", entry.groups())
        .Field("admitted", cli::TimeForPrograms(absl::FromUnixMicros(entry.admitted_us())))
        .Field("connected", entry.connected())
        .Field("applied_position", static_cast<uint64_t>(entry.applied_position()))
        .Field("behind", Behind(entry, list.head()));
    json.Key("applied");
    if (entry.applied_us() == 0) {
      json.Null();
    } else {
      json.String(cli::TimeForPrograms(absl::FromUnixMicros(entry.applied_us())));
    }
    json.Field("records_published", static_cast<uint64_t>(entry.records_published())).EndObject();
  }
  json.EndArray();
}

void AppendGroups(const v1::ListResponse& list, cli::JsonWriter& json) {
  json.Key("groups").BeginArray();
  for (const v1::GroupEntry& entry : list.groups()) {
    json.BeginObject()
        .Field("group", entry.group())
        .Field("display_name", entry.display_name())
        .Field("members", static_cast<uint32_t>(entry.members()))
        .StringArray("permitted_regions", entry.permitted_regions())
        .Field("transfer_instrument", entry.transfer_instrument())
        .EndObject();
  }
  json.EndArray();
}

}  // namespace vervet::coordinator_cli
