// An index over segments: src/engram/kernel/kernel.ts, `openIndex` and `KernelIndex`.
#pragma once

#include <vector>

#include "candidates.h"
#include "rescore.h"

namespace engram {

// Memory that searches use one after the other; one thread at a time.
struct SearchSpace {
  CandidateSpace candidates;
  RescoreSpace rescore;
};

class Index {
 public:
  // Adds a part as Part::Open does; false where that fails.
  bool Add(const uint8_t* image, size_t size, const uint32_t* dead, size_t dead_words);
  size_t parts() const { return parts_.size(); }
  bool HasChunk(uint32_t part, uint32_t chunk) const { return part < parts_.size() && chunk < parts_[part].chunks(); }

  // All of these return false where an image turns out to be damaged; then the answer is void.
  bool Frequencies(const uint32_t* tokens, size_t count, uint32_t* frequencies);
  bool ChunksWith(uint32_t part, uint32_t token, std::vector<uint32_t>* chunks) const;
  // The best k, in order.
  bool Candidates(const IndexQuery& query, size_t k, SearchSpace* space, std::vector<Candidate>* hits) const;
  // Sets the scores of hits whose parts and chunks exist.
  bool Rescore(const ExactQuery& query, std::vector<ExactHit>* hits, SearchSpace* space) const;
  // The best k of the `wanted` best of the first step, by their exact scores, in order.
  bool Search(const IndexQuery& query, size_t k, const ExactQuery& exact, size_t wanted, SearchSpace* space,
              std::vector<ExactHit>* hits) const;

 private:
  std::vector<Part> parts_;
};

}  // namespace engram
