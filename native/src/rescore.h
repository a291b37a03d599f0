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

// The query's tokens as one part numbers them: a hash table with open addressing, small enough for the innermost cache.
class WantedNumbers {
 public:
  void Fill(const Part& part, const ExactQuery& query);
  // filter()[number & filter_mask()] is 0 for nearly all numbers that are not wanted, 1 for all that are.
  const uint8_t* filter() const { return filter_.data(); }
  uint32_t filter_mask() const { return static_cast<uint32_t>(filter_.size() - 1); }
  // Its weight, or null.
  const double* Find(uint32_t number) const {
    for (uint32_t at = number & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      if (entries_[slots_[at]].number == number) return &entries_[slots_[at]].weight;
    }
    return nullptr;
  }

 private:
  struct Entry {
    double weight;
    uint32_t number;
  };
  // The first entry is none, so that 0 marks a free slot.
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;
  std::vector<uint8_t> filter_;
  std::vector<uint32_t> numbers_;
  uint32_t mask_ = 0;
};

// Memory that calls use one after the other.
struct RescoreSpace {
  // An entry of a row as it was read.
  struct Entry {
    uint32_t number;
    const uint8_t* at;
  };
  WantedNumbers wanted;
  // Hits by part.
  std::vector<uint32_t> order, part_ends;
  // Entries that may be wanted: of two rows that are read side by side, and of a path.
  std::vector<Entry> entries[3];
  // A copy of a row at the end of an image, with room behind it.
  std::vector<uint8_t> last_row;
};

// Sets the scores of hits whose parts and chunks exist. False where an image is damaged.
bool Rescore(const std::vector<Part>& parts, const ExactQuery& query, ExactHit* hits, size_t count,
             RescoreSpace* space);

}  // namespace engram
