#include "candidates.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "cpu.h"

namespace engram {
namespace {

// Scores are looked at by blocks: most blocks hold nothing that is wanted. Two cache lines.
constexpr uint32_t kBlock = 32;

ENGRAM_INLINE void BlockBest(const int32_t* __restrict scores, uint32_t blocks, int32_t* __restrict block_best) {
  for (uint32_t block = 0; block < blocks; block++, scores += kBlock) {
    int32_t best = 0;
    for (size_t i = 0; i < kBlock; i++) best = std::max(best, scores[i]);
    block_best[block] = best;
  }
}

void BlockBestPlain(const int32_t* scores, uint32_t blocks, int32_t* block_best) {
  BlockBest(scores, blocks, block_best);
}

#if ENGRAM_X86
// A fifth of the plain one's time, because the least x86-64 has no maximum of integers.
ENGRAM_TARGET("avx2") void BlockBestAvx2(const int32_t* scores, uint32_t blocks, int32_t* block_best) {
  BlockBest(scores, blocks, block_best);
}
const auto FindBlockBest = __builtin_cpu_supports("avx2") ? BlockBestAvx2 : BlockBestPlain;
#else
const auto FindBlockBest = BlockBestPlain;
#endif

}  // namespace

class CandidateSearch {
 public:
  CandidateSearch(const std::vector<Part>& parts, const IndexQuery& query, size_t k, CandidateSpace* space)
      : parts_(parts), query_(query), k_(k), space_(*space) {
    space_.found.clear();
  }

  bool Run() {
    for (uint32_t part = 0; part < parts_.size() && k_ > 0; part++) {
      if (!GatherLists(parts_[part])) return false;
      if (space_.lists.empty()) continue;
      for (const auto& list : space_.lists) Accumulate(list);
      TakeBest(part);
      std::memset(space_.scores.get(), 0, size_t{parts_[part].chunks()} * sizeof(int32_t));
    }
    return true;
  }

 private:
  using WeightedList = CandidateSpace::WeightedList;

  bool GatherLists(const Part& part) {
    space_.lists.clear();
    space_.numbers.resize(query_.count);
    part.NumbersOf(query_.tokens, query_.count, space_.numbers.data());
    for (size_t t = 0; t < query_.count; t++) {
      if (space_.numbers[t] == kNoNumber) continue;
      PostingRange range;
      if (!part.PostingsOf(space_.numbers[t], &range)) return false;
      const Segment& segment = part.segment();
      space_.lists.push_back(
          {segment.ids + range.start, segment.impacts + range.start, range.end - range.start, query_.weights[t]});
    }
    return true;
  }

  void Accumulate(const WeightedList& list) {
    // Unsigned, because only unsigned arithmetic may wrap around in C++.
    uint32_t* __restrict scores = reinterpret_cast<uint32_t*>(space_.scores.get());
    const uint16_t* __restrict ids = list.ids;
    const uint8_t* __restrict impacts = list.impacts;
    const uint32_t weight = static_cast<uint32_t>(list.weight);
    for (uint32_t p = 0; p < list.size; p++) scores[ids[p]] += weight * impacts[p];
  }

  void TakeBest(uint32_t part) {
    const uint32_t chunks = parts_[part].chunks();
    const uint32_t blocks = (chunks + kBlock - 1) / kBlock;
    ForgetDead(parts_[part]);
    const int32_t* scores = space_.scores.get();
    space_.block_best.resize(blocks);
    FindBlockBest(scores, blocks, space_.block_best.data());
    const int32_t least = LeastWanted(blocks);
    for (uint32_t block = 0; block < blocks; block++) {
      if (space_.block_best[block] < least) continue;
      const uint32_t end = std::min(chunks, (block + 1) * kBlock);
      for (uint32_t chunk = block * kBlock; chunk < end; chunk++) {
        if (scores[chunk] >= least) space_.found.push_back({scores[chunk], part, chunk});
      }
    }
    KeepBest();
  }

  void ForgetDead(const Part& part) {
    for (size_t word = 0; word < part.dead().size(); word++) {
      const uint32_t bits = part.dead()[word];
      for (uint32_t bit = 0; bits >> bit != 0; bit++) {
        if (bits >> bit & 1) space_.scores[word * 32 + bit] = 0;
        if (bit == 31) break;
      }
    }
  }

  // A score below this cannot be among the best k.
  int32_t LeastWanted(uint32_t blocks) {
    if (space_.found.size() == k_) return least_found_;
    if (blocks <= k_) return 1;
    // k blocks have a chunk each that is as good as the k-th best block.
    space_.sorted_best = space_.block_best;
    const auto kth = space_.sorted_best.begin() + static_cast<ptrdiff_t>(k_ - 1);
    std::nth_element(space_.sorted_best.begin(), kth, space_.sorted_best.end(), std::greater<int32_t>());
    return std::max(1, *kth);
  }

  void KeepBest() {
    std::vector<Candidate>& found = space_.found;
    if (found.size() < k_) return;
    const auto kth = found.begin() + static_cast<ptrdiff_t>(k_ - 1);
    std::nth_element(found.begin(), kth, found.end(), BestFirst{parts_});
    found.resize(k_);
    least_found_ = found.back().score;
  }

  const std::vector<Part>& parts_;
  const IndexQuery& query_;
  const size_t k_;
  CandidateSpace& space_;
  int32_t least_found_ = 1;
};

const std::vector<Candidate>* FindCandidates(const std::vector<Part>& parts, const IndexQuery& query, size_t k,
                                             CandidateSpace* space) {
  return CandidateSearch(parts, query, k, space).Run() ? &space->found : nullptr;
}

}  // namespace engram
