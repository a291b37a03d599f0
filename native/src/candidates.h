// First step of a search: integer scores from the postings, the best of them.
#pragma once

#include <memory>
#include <vector>

#include "part.h"

namespace engram {

struct Candidate {
  int32_t score;
  uint32_t part;
  uint32_t chunk;
};

// `count` tokens, ascending and distinct, with their weights.
struct IndexQuery {
  const uint32_t* tokens;
  const int32_t* weights;
  size_t count;
};

// Memory that searches use one after the other.
struct CandidateSpace {
  // A posting list of a part with its token's weight.
  struct WeightedList {
    const uint16_t* ids;
    const uint8_t* impacts;
    uint32_t size;
    int32_t weight;
  };
  CandidateSpace() : scores(new int32_t[kSegmentChunks]()) {}

  // By chunk number, all zero between searches.
  std::unique_ptr<int32_t[]> scores;
  std::vector<int32_t> block_best, sorted_best;
  std::vector<uint32_t> numbers;
  std::vector<WeightedList> lists;
  std::vector<Candidate> found;
};

// The best k chunks with a score above zero, in no order. Null where an image is damaged. The answer stays in `space`.
const std::vector<Candidate>* FindCandidates(const std::vector<Part>& parts, const IndexQuery& query, size_t k,
                                             CandidateSpace* space);

}  // namespace engram
