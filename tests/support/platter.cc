#include "tests/support/platter.h"

#include <algorithm>
#include <cstdlib>

namespace vervet::test_support {
namespace {

enum Strategy { kNothing, kEverything, kFirstPart, kAnyPart };

bool Coin(std::mt19937_64& random) { return (random() & 1) != 0; }

size_t Below(std::mt19937_64& random, size_t limit) {
  return limit == 0 ? 0 : static_cast<size_t>(random() % limit);
}

// A hole that a lost write left: blocks that were allocated and never written hold zeros, or what
// was there before.
void GrowTo(std::string& content, size_t size, std::mt19937_64& random) {
  if (content.size() >= size) return;
  const size_t old_size = content.size();
  content.resize(size, '\0');
  if (!Coin(random)) return;
  for (size_t i = old_size; i < size; ++i) content[i] = static_cast<char>(random());
}

// The sectors of one write that reached the disk.
void ApplyTorn(std::string& content, const Operation& write, std::mt19937_64& random) {
  const bool only_first_part = Coin(random);
  const size_t sectors =
      (write.offset % kSectorBytes + write.bytes.size() + kSectorBytes - 1) / kSectorBytes;
  const size_t whole = Below(random, sectors + 1);
  size_t sector = 0;
  for (size_t at = 0; at < write.bytes.size(); ++sector) {
    const size_t size =
        std::min(kSectorBytes - (write.offset + at) % kSectorBytes, write.bytes.size() - at);
    if (only_first_part ? sector < whole : Coin(random)) {
      GrowTo(content, write.offset + at, random);
      ApplyTo(content, {Operation::Kind::kWrite, write.file, write.offset + at,
                        write.bytes.substr(at, size), false});
    }
    at += size;
  }
}

}  // namespace

void ApplyTo(std::string& content, const Operation& operation) {
  if (operation.kind == Operation::Kind::kTruncate) {
    content.resize(operation.offset, '\0');
  } else if (operation.kind == Operation::Kind::kWrite) {
    const size_t end = operation.offset + operation.bytes.size();
    if (content.size() < end) content.resize(end, '\0');
    content.replace(operation.offset, operation.bytes.size(), operation.bytes);
  }
}

Platter::Platter(const Files& durable) {
  for (const auto& [name, content] : durable) {
    folder_[name] = static_cast<int>(inodes_.size());
    inodes_.push_back({content, {}});
  }
}

int Platter::InodeOf(const std::string& name) const {
  for (auto it = folder_changes_.rbegin(); it != folder_changes_.rend(); ++it) {
    if (it->name == name) return it->inode;
  }
  const auto it = folder_.find(name);
  return it == folder_.end() ? -1 : it->second;
}

void Platter::SyncFolder() {
  for (const FolderChange& change : folder_changes_) {
    if (change.inode < 0) {
      folder_.erase(change.name);
    } else {
      folder_[change.name] = change.inode;
    }
  }
  folder_changes_.clear();
}

void Platter::MakeDurable(Inode& inode) {
  for (Pending& pending : inode.pending) pending.durable |= !pending.doomed;
  size_t done = 0;
  while (done < inode.pending.size() && inode.pending[done].durable) {
    ApplyTo(inode.base, inode.pending[done++].operation);
  }
  inode.pending.erase(inode.pending.begin(),
                      inode.pending.begin() + static_cast<std::ptrdiff_t>(done));
}

void Platter::Apply(const Operation& operation) {
  using Kind = Operation::Kind;
  if (operation.kind == Kind::kCreate) {
    folder_changes_.push_back({operation.file, static_cast<int>(inodes_.size())});
    inodes_.emplace_back();
  } else if (operation.kind == Kind::kDelete) {
    folder_changes_.push_back({operation.file, -1});
  } else {
    const int number = InodeOf(operation.file);
    if (number < 0) std::abort();  // the recording is wrong
    Inode& inode = inodes_[static_cast<size_t>(number)];
    if (operation.kind == Kind::kSync) {
      MakeDurable(inode);
    } else if (operation.kind == Kind::kSyncFailed) {
      for (Pending& pending : inode.pending) pending.doomed |= !pending.durable;
    } else {
      inode.pending.push_back({operation, false, false});
    }
  }
  if (operation.syncs_folder) SyncFolder();
}

std::string Platter::Surviving(const Inode& inode, int strategy, std::mt19937_64& random) {
  std::string content = inode.base;
  const size_t first_part = Below(random, inode.pending.size() + 1);
  for (size_t i = 0; i < inode.pending.size(); ++i) {
    const Operation& operation = inode.pending[i].operation;
    bool whole = inode.pending[i].durable || strategy == kEverything;
    bool torn = false;
    if (!whole && strategy == kFirstPart) {
      whole = i < first_part;
      torn = i == first_part;
    } else if (!whole && strategy == kAnyPart) {
      const size_t fate = Below(random, 8);
      whole = fate < 4;
      torn = fate == 4;
    }
    if (whole) {
      if (operation.kind == Operation::Kind::kWrite) GrowTo(content, operation.offset, random);
      ApplyTo(content, operation);
    } else if (torn && operation.kind == Operation::Kind::kWrite) {
      ApplyTorn(content, operation, random);
    }
  }
  return content;
}

Files Platter::AfterPowerLoss(uint64_t seed, const Operation* in_flight) const {
  std::mt19937_64 random(seed);
  const int strategy = seed == 0      ? kNothing
                       : seed == 1    ? kEverything
                       : Coin(random) ? kFirstPart
                                      : kAnyPart;
  if (in_flight != nullptr) {
    Platter with = *this;
    Operation started = *in_flight;
    // An interrupted flush made nothing certain.
    started.syncs_folder = false;
    const bool is_sync =
        started.kind == Operation::Kind::kSync || started.kind == Operation::Kind::kSyncFailed;
    if (!is_sync) with.Apply(started);
    return with.AfterPowerLoss(seed);
  }
  std::map<std::string, int> folder = folder_;
  const size_t changes = strategy == kNothing      ? 0
                         : strategy == kEverything ? folder_changes_.size()
                                                   : Below(random, folder_changes_.size() + 1);
  for (size_t i = 0; i < changes; ++i) {
    const FolderChange& change = folder_changes_[i];
    if (change.inode < 0) {
      folder.erase(change.name);
    } else {
      folder[change.name] = change.inode;
    }
  }
  Files files;
  for (const auto& [name, number] : folder) {
    files[name] = Surviving(inodes_[static_cast<size_t>(number)], strategy, random);
  }
  return files;
}

}  // namespace vervet::test_support
