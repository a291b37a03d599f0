// The arithmetic of the engram, free of Node: see src/engram/kernel/kernel.ts for the contract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engram {

// murmur3_x86_32 (Austin Appleby, public domain).
uint32_t Murmur3(const uint8_t* bytes, size_t size, uint32_t seed);

// Hashes `count` tokens that stand one after another in `utf8`; `ends` must ascend.
void HashTokens(const uint8_t* utf8, const uint32_t* ends, size_t count, uint32_t seed, uint32_t* hashes);

struct Query {
  const uint32_t* chunks;
  const uint8_t* impacts;
  // Per token: its first posting, its number of postings, its weight.
  const uint32_t* offsets;
  const uint32_t* lengths;
  const int32_t* weights;
  size_t token_count;
  uint32_t chunk_count;
  uint32_t k;
};

// Memory that a search uses and the next one uses again.
struct SearchState {
  std::vector<int32_t> scores;  // by chunk id
  std::vector<uint32_t> best;   // chunk ids, best first after Search
};

// Leaves the answer in `state.best` and the scores of all chunks in `state.scores`. Postings of chunks that do not
// exist are left out. Sums wrap around as int32 does.
void Search(const Query& query, SearchState* state);

}  // namespace engram
