#include "index.h"

#include <algorithm>
#include <utility>

namespace engram {
namespace {

// Hits of a usual search; below this an insertion sort is faster.
constexpr size_t kFewHits = 64;

// Keeps the best k in order. Neither way leaves the array where scores are no numbers, which have no order.
void SortBest(size_t k, BestFirst before, std::vector<ExactHit>* hits) {
  if (hits->size() > kFewHits) {
    std::partial_sort(hits->begin(), hits->begin() + static_cast<ptrdiff_t>(k), hits->end(), before);
  } else {
    for (size_t i = 1; i < hits->size(); i++) {
      const ExactHit hit = (*hits)[i];
      size_t at = i;
      for (; at > 0 && before(hit, (*hits)[at - 1]); at--) (*hits)[at] = (*hits)[at - 1];
      (*hits)[at] = hit;
    }
  }
  hits->resize(k);
}

}  // namespace

bool Index::Add(const uint8_t* image, size_t size, const uint32_t* dead, size_t dead_words) {
  Part part;
  if (!part.Open(image, size, dead, dead_words)) return false;
  parts_.push_back(std::move(part));
  return true;
}

bool Index::Frequencies(const uint32_t* tokens, size_t count, uint32_t* frequencies) {
  std::fill(frequencies, frequencies + count, 0);
  std::vector<uint32_t> numbers(count);
  for (Part& part : parts_) {
    part.NumbersOf(tokens, count, numbers.data());
    for (size_t t = 0; t < count; t++) {
      if (numbers[t] == kNoNumber) continue;
      uint32_t frequency;
      if (!part.FrequencyOf(numbers[t], &frequency)) return false;
      frequencies[t] += frequency;
    }
  }
  return true;
}

bool Index::ChunksWith(uint32_t part, uint32_t token, std::vector<uint32_t>* chunks) const {
  return parts_[part].ChunksWith(token, chunks);
}

bool Index::Candidates(const IndexQuery& query, size_t k, SearchSpace* space, std::vector<Candidate>* hits) const {
  const std::vector<Candidate>* found = FindCandidates(parts_, query, k, &space->candidates);
  if (found == nullptr) return false;
  *hits = *found;
  std::sort(hits->begin(), hits->end(), BestFirst{parts_});
  return true;
}

bool Index::Rescore(const ExactQuery& query, std::vector<ExactHit>* hits, SearchSpace* space) const {
  return engram::Rescore(parts_, query, hits->data(), hits->size(), &space->rescore);
}

bool Index::Search(const IndexQuery& query, size_t k, const ExactQuery& exact, size_t wanted, SearchSpace* space,
                   std::vector<ExactHit>* hits) const {
  const std::vector<Candidate>* found = FindCandidates(parts_, query, wanted, &space->candidates);
  if (found == nullptr) return false;
  hits->clear();
  for (const Candidate& candidate : *found) hits->push_back({0, candidate.part, candidate.chunk});
  if (!engram::Rescore(parts_, exact, hits->data(), hits->size(), &space->rescore)) return false;
  SortBest(std::min(k, hits->size()), BestFirst{parts_}, hits);
  return true;
}

}  // namespace engram
