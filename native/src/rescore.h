// Second step of a search: exact BM25 from the forward rows.
#pragma once

#include <vector>

#include "part.h"

namespace engram {

struct ExactHit {
  double score;
  uint32_t part;
  uint32_t chunk;
};

// `count` tokens, ascending and distinct, with their weights.
struct ExactQuery {
  const uint32_t* tokens;
  const double* weights;
  size_t count;
  double mean_length;
};

// Memory that calls use one after the other.
struct RescoreSpace {
  struct NumberedWeight {
    uint32_t number;
    double weight;
  };
  struct Range {
    size_t start;
    size_t end;
  };
  std::vector<uint32_t> numbers;
  // The query's tokens by their numbers in a part, ascending, then one with kNoNumber.
  std::vector<NumberedWeight> weights;
  // By part: its tokens in `weights`; an empty range where they were not looked up yet.
  std::vector<Range> ranges;
};

// Sets the scores of hits whose parts and chunks exist. False where an image is damaged.
bool Rescore(const std::vector<Part>& parts, const ExactQuery& query, ExactHit* hits, size_t count,
             RescoreSpace* space);

}  // namespace engram
