#include "hub/views/progress_taxa.h"

#include "hub/views/progress_periods.h"

namespace vervet::hub {

void ProgressTaxa::Apply(const log::ParsedEvent& event, const views::OffenderRecords& records) {
  if (event.body.has_record_published()) {
    const int32_t day = DayNumberOf(absl::FromUnixMicros(event.header.time_us()));
    for (const std::string& taxon : event.body.record_published().facts().offence().taxa()) {
      ++published_[taxon][day];
    }
    return;
  }
  if (!event.body.has_record_erased()) return;
  // Where the log is folded again, the publication has no body any more and was never counted.
  const views::RecordPtr record = records.Find(event.body.record_erased().record_id());
  if (record == nullptr || record->state == views::RecordState::kErased) return;
  const v1::RecordFacts facts = record->facts;
  for (const std::string& taxon : facts.offence().taxa()) {
    Forget(taxon, DayNumberOf(record->published));
  }
}

void ProgressTaxa::Forget(const std::string& taxon, int32_t day) {
  const auto days = published_.find(taxon);
  if (days == published_.end()) return;
  const auto count = days->second.find(day);
  if (count == days->second.end()) return;
  if (--count->second == 0) days->second.erase(count);
  if (days->second.empty()) published_.erase(days);
}

}  // namespace vervet::hub
