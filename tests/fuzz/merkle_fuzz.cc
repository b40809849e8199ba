// The tree: roots, frontiers, proofs; made, checked and spoilt.
#include <string>
#include <vector>

#include "core/log/merkle.h"
#include "core/log/proof.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

constexpr uint32_t kMaxLeaves = 80;

log::Hash Leaf(uint32_t i) {
  log::Hash hash = {};
  hash[0] = static_cast<uint8_t>(i + 1);
  return hash;
}

// RFC 6962, section 2.1, as it stands there.
log::Hash RootOf(uint64_t first, uint64_t end) {
  if (end - first == 1) return Leaf(static_cast<uint32_t>(first));
  uint64_t k = 1;
  while (k * 2 < end - first) k *= 2;
  return log::NodeHash(RootOf(first, first + k), RootOf(first + k, end));
}

absl::StatusOr<log::Hash> RangeRoot(const log::LeafRange& range) {
  VERVET_FUZZ_CHECK(log::IsNode(range), "a proof is made of nodes");
  return RootOf(range.first, range.end);
}

void Frontier(Input& in) {
  const uint32_t size = in.Below(kMaxLeaves);
  log::MerkleFrontier frontier;
  for (uint32_t i = 0; i < size; ++i) frontier.Append(Leaf(i));
  VERVET_FUZZ_CHECK(frontier.size() == size, "a leaf counts once");
  VERVET_FUZZ_CHECK(size == 0 || frontier.Root() == RootOf(0, size), "the root is the RFC's");
  const auto again = log::MerkleFrontier::Parse(frontier.Serialize());
  VERVET_FUZZ_CHECK(again.ok() && again->Root() == frontier.Root() && again->size() == size,
                    "a frontier reads back");
}

void RawFrontier(const std::string& bytes) {
  const auto frontier = log::MerkleFrontier::Parse(bytes);
  if (!frontier.ok()) {
    return CheckRefusal(frontier.status(),
                        {absl::StatusCode::kInvalidArgument, absl::StatusCode::kDataLoss});
  }
  VERVET_FUZZ_CHECK(frontier->Serialize() == bytes, "a frontier has one form");
  if (frontier->size() == ~uint64_t{0}) return;
  log::MerkleFrontier longer = *frontier;
  longer.Append(Leaf(1));
  VERVET_FUZZ_CHECK(longer.size() == frontier->size() + 1, "it grows");
}

// One bit anywhere.
bool Spoil(Input& in, std::vector<log::Hash>& path) {
  if (path.empty()) return false;
  const uint32_t at = in.Below(static_cast<uint32_t>(path.size()));
  path[at][in.Below(log::kHashBytes)] ^= static_cast<uint8_t>(1u << in.Below(8));
  return true;
}

void Inclusion(Input& in) {
  const uint32_t size = 1 + in.Below(kMaxLeaves), index = in.Below(size);
  auto path = log::RootsOf(log::InclusionRanges(index, size), &RangeRoot);
  VERVET_FUZZ_CHECK(path.ok() && path->size() <= log::kMaxProofHashes, "there is a path");
  const log::Hash root = RootOf(0, size);
  VERVET_FUZZ_CHECK(log::VerifyInclusion(Leaf(index), index, size, *path, root).ok(),
                    "the path leads to the root");
  VERVET_FUZZ_CHECK(!log::VerifyInclusion(Leaf(index + 1), index, size, *path, root).ok(),
                    "of this leaf alone");
  if (in.Flag()) path->push_back(Leaf(3));
  const bool spoilt = path->size() > log::InclusionRanges(index, size).size() || Spoil(in, *path);
  if (spoilt) {
    VERVET_FUZZ_CHECK(!log::VerifyInclusion(Leaf(index), index, size, *path, root).ok(),
                      "a spoilt path leads nowhere");
  }
}

void Consistency(Input& in) {
  const uint32_t size = 1 + in.Below(kMaxLeaves), old_size = 1 + in.Below(size);
  auto proof = log::RootsOf(log::ConsistencyRanges(old_size, size), &RangeRoot);
  VERVET_FUZZ_CHECK(proof.ok() && proof->size() <= log::kMaxProofHashes, "there is a proof");
  const log::Hash old_root = RootOf(0, old_size), root = RootOf(0, size);
  VERVET_FUZZ_CHECK(log::VerifyConsistency(old_size, old_root, size, root, *proof).ok(),
                    "a log is the beginning of itself");
  log::Hash other = old_root;
  other[in.Below(log::kHashBytes)] ^= 1;
  VERVET_FUZZ_CHECK(!log::VerifyConsistency(old_size, other, size, root, *proof).ok(),
                    "of no other log");
  if (Spoil(in, *proof)) {
    VERVET_FUZZ_CHECK(!log::VerifyConsistency(old_size, old_root, size, root, *proof).ok(),
                      "a spoilt proof proves nothing");
  }
}

// Whatever a hub may answer.
void Anything(Input& in) {
  const uint64_t a = in.Number(), b = in.Number();
  log::Hash leaf = Leaf(in.Byte()), root = Leaf(in.Byte());
  std::vector<std::string> bytes;
  while (!in.empty()) bytes.push_back(in.Bytes(in.Below(8) == 0 ? in.Byte() : 32));
  std::vector<const std::string*> pointers;
  for (const std::string& one : bytes) pointers.push_back(&one);
  const auto path = log::ProofFromBytes(pointers);
  if (!path.ok()) return CheckRefusal(path.status(), {absl::StatusCode::kInvalidArgument});
  const absl::Status included = log::VerifyInclusion(leaf, a, b, *path, root);
  VERVET_FUZZ_CHECK(!included.ok() || (a == 0 && b == 1 && path->empty() && leaf == root),
                    "nothing is included by chance");
  const absl::Status consistent = log::VerifyConsistency(a, leaf, b, root, *path);
  VERVET_FUZZ_CHECK(!consistent.ok() || (a == b && leaf == root),
                    "nothing is consistent by chance");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(5)) {
    case 0:
      vervet::fuzz::Frontier(in);
      break;
    case 1:
      vervet::fuzz::RawFrontier(in.Rest());
      break;
    case 2:
      vervet::fuzz::Inclusion(in);
      break;
    case 3:
      vervet::fuzz::Consistency(in);
      break;
    default:
      vervet::fuzz::Anything(in);
      break;
  }
  return 0;
}
