#include "kernel.h"

#include <algorithm>

namespace engram {
namespace {

uint32_t RotateLeft(uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); }

uint32_t Scramble(uint32_t block) { return RotateLeft(block * 0xcc9e2d51u, 15) * 0x1b873593u; }

void Accumulate(const Query& query, int32_t* scores) {
  for (size_t t = 0; t < query.token_count; t++) {
    // Unsigned, because only unsigned arithmetic may wrap around in C++.
    const uint32_t weight = static_cast<uint32_t>(query.weights[t]);
    const size_t end = size_t{query.offsets[t]} + query.lengths[t];
    for (size_t p = query.offsets[t]; p < end; p++) {
      const uint32_t chunk = query.chunks[p];
      if (chunk >= query.chunk_count) continue;
      scores[chunk] = static_cast<int32_t>(static_cast<uint32_t>(scores[chunk]) + weight * query.impacts[p]);
    }
  }
}

// Keeps the best k in a heap whose root is the worst of them, then sorts them.
void SelectBest(const std::vector<int32_t>& scores, uint32_t k, std::vector<uint32_t>* best) {
  best->clear();
  if (k == 0) return;
  const auto better = [&scores](uint32_t a, uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  for (uint32_t id = 0; id < scores.size(); id++) {
    if (scores[id] == 0) continue;
    if (best->size() == k) {
      // Ids ascend, so of two equal scores the one that is already there comes first.
      if (scores[id] <= scores[best->front()]) continue;
      std::pop_heap(best->begin(), best->end(), better);
      best->pop_back();
    }
    best->push_back(id);
    std::push_heap(best->begin(), best->end(), better);
  }
  std::sort_heap(best->begin(), best->end(), better);
}

}  // namespace

uint32_t Murmur3(const uint8_t* bytes, size_t size, uint32_t seed) {
  uint32_t hash = seed;
  const size_t blocks_end = size & ~size_t{3};
  for (size_t i = 0; i < blocks_end; i += 4) {
    const uint32_t block = bytes[i] | uint32_t{bytes[i + 1]} << 8 | uint32_t{bytes[i + 2]} << 16 |
                           uint32_t{bytes[i + 3]} << 24;
    hash = RotateLeft(hash ^ Scramble(block), 13) * 5 + 0xe6546b64u;
  }
  uint32_t tail = 0;
  for (size_t i = size; i > blocks_end; i--) tail = tail << 8 | bytes[i - 1];
  hash ^= Scramble(tail);
  hash ^= static_cast<uint32_t>(size);
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

void HashTokens(const uint8_t* utf8, const uint32_t* ends, size_t count, uint32_t seed, uint32_t* hashes) {
  uint32_t start = 0;
  for (size_t i = 0; i < count; i++) {
    hashes[i] = Murmur3(utf8 + start, ends[i] - start, seed);
    start = ends[i];
  }
}

void Search(const Query& query, SearchState* state) {
  state->scores.assign(query.chunk_count, 0);
  Accumulate(query, state->scores.data());
  SelectBest(state->scores, query.k, &state->best);
}

}  // namespace engram
