// Hashes of pictures that were checked, and what pictures of records matched.
#include <algorithm>

#include "absl/strings/match.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

// A platform checks the same pictures again and again; when, is noted once a day.
constexpr absl::Duration kCheckedExactness = absl::Hours(24);

KeptImage ReadRow(const storage::Statement& select) {
  KeptImage image;
  image.id = select.ColumnInt64(0);
  image.hashes = std::string(select.ColumnBlobAsString(1));
  image.quality = static_cast<int>(select.ColumnInt64(2));
  if (!select.ColumnIsNull(3)) image.radius = static_cast<int>(select.ColumnInt64(3));
  image.first_us = select.ColumnInt64(4);
  image.checked_us = select.ColumnInt64(5);
  return image;
}

QuarantineRow ReadQuarantine(const storage::Statement& select) {
  QuarantineRow row;
  row.record_id = std::string(select.ColumnBlobAsString(0));
  row.hash = std::string(select.ColumnBlobAsString(1));
  row.quality = static_cast<int>(select.ColumnInt64(2));
  row.since_us = select.ColumnInt64(3);
  row.matches = static_cast<uint32_t>(select.ColumnInt64(4));
  row.window_s = static_cast<uint32_t>(select.ColumnInt64(5));
  row.set_aside = static_cast<uint64_t>(select.ColumnInt64(6));
  row.released_us = select.ColumnInt64(7);
  return row;
}

}  // namespace

absl::Status Vault::ForEachImage(const std::function<void(const KeptImage&)>& visit) {
  static constexpr char kSelect[] =
      "SELECT id, hashes, quality, radius, first_us, checked_us FROM images";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return absl::OkStatus();
    visit(ReadRow(*select));
  }
}

// Without references.
absl::StatusOr<std::optional<KeptImage>> Vault::ReadImage(int64_t id) {
  static constexpr char kSelect[] =
      "SELECT id, hashes, quality, radius, first_us, checked_us FROM images WHERE id = ?1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindInt64(1, id).Step());
  return found ? std::optional<KeptImage>(ReadRow(*select)) : std::nullopt;
}

absl::Status Vault::ReadImageReferences(KeptImage* image) {
  static constexpr char kSelect[] =
      "SELECT reference FROM image_references WHERE image_id = ?1 ORDER BY reference";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindInt64(1, image->id);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return absl::OkStatus();
    image->references.emplace_back(select->ColumnText(0));
  }
}

absl::StatusOr<bool> Vault::HasImageReference(int64_t id, const std::string& reference) {
  static constexpr char kSelect[] =
      "SELECT 1 FROM image_references WHERE image_id = ?1 AND reference = ?2";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  return select->BindInt64(1, id).BindText(2, reference).Step();
}

absl::StatusOr<bool> Vault::IsNews(const KeptImage& image) {
  VERVET_ASSIGN_OR_RETURN(const std::optional<KeptImage> known, ReadImage(image.id));
  if (!known || known->hashes != image.hashes || known->radius != image.radius) return true;
  if (absl::FromUnixMicros(known->checked_us) + kCheckedExactness <= env_->Now()) return true;
  for (const std::string& reference : image.references) {
    VERVET_ASSIGN_OR_RETURN(const bool has, HasImageReference(image.id, reference));
    if (!has) return true;
  }
  return false;
}

absl::StatusOr<int64_t> Vault::InsertImage(const KeptImage& image) {
  static constexpr char kInsert[] =
      "INSERT INTO images (hashes, quality, radius, first_us, checked_us) "
      "VALUES (?1, ?2, ?3, ?4, ?4)";
  static constexpr char kLast[] = "SELECT last_insert_rowid()";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  insert->BindBlob(1, image.hashes)
      .BindInt64(2, image.quality)
      .BindInt64(4, absl::ToUnixMicros(env_->Now()));
  image.radius ? insert->BindInt64(3, *image.radius) : insert->BindNull(3);
  VERVET_RETURN_IF_ERROR(insert->Run());
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const last, Prepared(kLast));
  storage::StatementReset reset(*last);
  VERVET_ASSIGN_OR_RETURN(const bool found, last->Step());
  if (!found) return absl::InternalError("last_insert_rowid() gave no row");
  return last->ColumnInt64(0);
}

absl::Status Vault::StoreImage(const KeptImage& image, int64_t id) {
  static constexpr char kUpdate[] =
      "UPDATE images SET hashes = ?2, quality = ?3, radius = ?4, checked_us = ?5 WHERE id = ?1";
  static constexpr char kReference[] =
      "INSERT OR IGNORE INTO image_references (image_id, reference) VALUES (?1, ?2)";
  if (image.id != 0) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
    update->BindInt64(1, id)
        .BindBlob(2, image.hashes)
        .BindInt64(3, image.quality)
        .BindInt64(5, absl::ToUnixMicros(env_->Now()));
    image.radius ? update->BindInt64(4, *image.radius) : update->BindNull(4);
    VERVET_RETURN_IF_ERROR(update->Run());
  }
  for (const std::string& reference : image.references) {
    erased_references_.erase(reference);
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kReference));
    VERVET_RETURN_IF_ERROR(insert->BindInt64(1, id).BindText(2, reference).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> Vault::KeepImages(absl::Span<const KeptImage> images) {
  MutexLock lock(mutex_);
  std::vector<int64_t> ids;
  std::vector<size_t> news;
  for (const KeptImage& image : images) {
    ids.push_back(image.id);
    bool news_here = image.id == 0;
    if (!news_here) {
      VERVET_ASSIGN_OR_RETURN(news_here, IsNews(image));
    }
    if (news_here) news.push_back(ids.size() - 1);
  }
  if (news.empty()) return ids;
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const size_t at : news) {
    const KeptImage& image = images[at];
    if (image.id != 0) {
      VERVET_ASSIGN_OR_RETURN(const auto known, ReadImage(image.id));
      if (!known) ids[at] = 0;  // forgotten meanwhile
    }
    if (ids[at] == 0) {
      VERVET_ASSIGN_OR_RETURN(ids[at], InsertImage(image));
    }
    VERVET_RETURN_IF_ERROR(StoreImage(image, ids[at]));
  }
  VERVET_RETURN_IF_ERROR(transaction.Commit());
  return ids;
}

absl::StatusOr<std::optional<KeptImage>> Vault::FindImageWith(absl::string_view first_hash,
                                                              absl::Span<const int64_t> ids) {
  MutexLock lock(mutex_);
  for (const int64_t id : ids) {
    VERVET_ASSIGN_OR_RETURN(std::optional<KeptImage> image, ReadImage(id));
    if (image && absl::StartsWith(image->hashes, first_hash)) return image;
  }
  return std::optional<KeptImage>();
}

absl::StatusOr<std::vector<KeptImage>> Vault::FindImages(absl::Span<const int64_t> ids) {
  MutexLock lock(mutex_);
  std::vector<KeptImage> images;
  for (const int64_t id : ids) {
    VERVET_ASSIGN_OR_RETURN(std::optional<KeptImage> image, ReadImage(id));
    if (!image) continue;
    VERVET_RETURN_IF_ERROR(ReadImageReferences(&*image));
    images.push_back(*std::move(image));
  }
  return images;
}

absl::StatusOr<std::vector<KeptImage>> Vault::ImagesOf(const std::string& reference) {
  // A scan: a person asks seldom, and an index would cost every check.
  static constexpr char kSelect[] =
      "SELECT image_id FROM image_references WHERE reference = ?1 ORDER BY image_id";
  std::vector<int64_t> ids;
  {
    MutexLock lock(mutex_);
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
    storage::StatementReset reset(*select);
    select->BindText(1, reference);
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      ids.push_back(select->ColumnInt64(0));
    }
  }
  return FindImages(ids);
}

absl::Status Vault::DeleteImage(int64_t id) {
  static constexpr char kImage[] = "DELETE FROM images WHERE id = ?1";
  static constexpr char kReferences[] = "DELETE FROM image_references WHERE image_id = ?1";
  for (const char* sql : {kImage, kReferences}) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(sql));
    VERVET_RETURN_IF_ERROR(erase->BindInt64(1, id).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptImage>> Vault::ForgetImages(absl::Time before, size_t limit) {
  static constexpr char kSelect[] =
      "SELECT id, hashes, quality, radius, first_us, checked_us FROM images "
      "WHERE checked_us < ?1 ORDER BY checked_us LIMIT ?2";
  MutexLock lock(mutex_);
  std::vector<KeptImage> images;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
    storage::StatementReset reset(*select);
    select->BindInt64(1, absl::ToUnixMicros(before)).BindInt64(2, static_cast<int64_t>(limit));
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      images.push_back(ReadRow(*select));
    }
  }
  if (images.empty()) return images;
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const KeptImage& image : images) VERVET_RETURN_IF_ERROR(DeleteImage(image.id));
  VERVET_RETURN_IF_ERROR(transaction.Commit());
  return images;
}

absl::StatusOr<std::vector<KeptImage>> Vault::EraseImagesOf(const std::string& reference,
                                                            const std::vector<KeptImage>& images) {
  static constexpr char kReference[] =
      "DELETE FROM image_references WHERE image_id = ?1 AND reference = ?2";
  std::vector<KeptImage> erased;
  for (const KeptImage& image : images) {
    const bool shared = std::any_of(image.references.begin(), image.references.end(),
                                    [&](const std::string& other) { return other != reference; });
    if (!shared) {
      VERVET_RETURN_IF_ERROR(DeleteImage(image.id));
      erased.push_back(image);
      continue;
    }
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kReference));
    VERVET_RETURN_IF_ERROR(erase->BindInt64(1, image.id).BindText(2, reference).Run());
  }
  return erased;
}

absl::StatusOr<std::vector<ImageHits>> Vault::AllImageHits() {
  static constexpr char kSelect[] =
      "SELECT record_id, hash, hour, matches FROM image_hits ORDER BY record_id, hash, hour";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  std::vector<ImageHits> hits;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return hits;
    hits.push_back({std::string(select->ColumnBlobAsString(0)),
                    std::string(select->ColumnBlobAsString(1)), select->ColumnInt64(2),
                    static_cast<uint32_t>(select->ColumnInt64(3))});
  }
}

absl::StatusOr<std::vector<QuarantineRow>> Vault::Quarantines() {
  static constexpr char kSelect[] =
      "SELECT record_id, hash, quality, since_us, matches, window_s, set_aside, released_us "
      "FROM image_quarantines ORDER BY since_us, record_id, hash";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  std::vector<QuarantineRow> rows;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return rows;
    rows.push_back(ReadQuarantine(*select));
  }
}

absl::Status Vault::StoreFloods(const FloodUpdate& update) {
  static constexpr char kNewHour[] =
      "INSERT OR IGNORE INTO image_hits (record_id, hash, hour, matches) VALUES (?1, ?2, ?3, 0)";
  static constexpr char kHits[] =
      "UPDATE image_hits SET matches = matches + ?4 "
      "WHERE record_id = ?1 AND hash = ?2 AND hour = ?3";
  static constexpr char kOld[] =
      "DELETE FROM image_hits WHERE record_id = ?1 AND hash = ?2 AND hour < ?3";
  static constexpr char kAside[] =
      "UPDATE image_quarantines SET set_aside = set_aside + ?3 WHERE record_id = ?1 AND hash = ?2";
  static constexpr char kQuarantine[] =
      "INSERT OR REPLACE INTO image_quarantines (record_id, hash, quality, since_us, matches, "
      "window_s, set_aside, released_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const ImageHits& hits : update.hits) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kNewHour));
    VERVET_RETURN_IF_ERROR(
        insert->BindBlob(1, hits.record_id).BindBlob(2, hits.hash).BindInt64(3, hits.hour).Run());
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const add, Prepared(kHits));
    VERVET_RETURN_IF_ERROR(add->BindBlob(1, hits.record_id)
                               .BindBlob(2, hits.hash)
                               .BindInt64(3, hits.hour)
                               .BindInt64(4, hits.matches)
                               .Run());
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const old, Prepared(kOld));
    VERVET_RETURN_IF_ERROR(old->BindBlob(1, hits.record_id)
                               .BindBlob(2, hits.hash)
                               .BindInt64(3, update.first_hour)
                               .Run());
  }
  for (const QuarantineRow& row : update.quarantined) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kQuarantine));
    VERVET_RETURN_IF_ERROR(insert->BindBlob(1, row.record_id)
                               .BindBlob(2, row.hash)
                               .BindInt64(3, row.quality)
                               .BindInt64(4, row.since_us)
                               .BindInt64(5, row.matches)
                               .BindInt64(6, row.window_s)
                               .Run());
  }
  for (const QuarantineRow& row : update.set_aside) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const add, Prepared(kAside));
    VERVET_RETURN_IF_ERROR(add->BindBlob(1, row.record_id)
                               .BindBlob(2, row.hash)
                               .BindInt64(3, static_cast<int64_t>(row.set_aside))
                               .Run());
  }
  for (const OutboxEntry& entry : update.entries) VERVET_RETURN_IF_ERROR(InsertOutboxEntry(entry));
  return transaction.Commit();
}

absl::Status Vault::ReleaseQuarantine(const std::string& record_id, const std::string& hash) {
  static constexpr char kUpdate[] =
      "UPDATE image_quarantines SET released_us = ?3 "
      "WHERE record_id = ?1 AND hash = ?2 AND released_us = 0";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
  VERVET_RETURN_IF_ERROR(update->BindBlob(1, record_id)
                             .BindBlob(2, hash)
                             .BindInt64(3, absl::ToUnixMicros(env_->Now()))
                             .Run());
  if (database_->ChangedRows() != 0) return absl::OkStatus();
  return absl::NotFoundError("this picture of the record is not set aside");
}

}  // namespace vervet::vault
