#include "rescore.h"

#include "bm25.h"

namespace engram {
namespace {

using NumberedWeight = RescoreSpace::NumberedWeight;

// Reads a LEB128 varint. Null where it does not end before `end`.
const uint8_t* ReadVarint(const uint8_t* at, const uint8_t* end, uint32_t* value) {
  uint32_t result = 0;
  for (int shift = 0; at != end && shift < 35; shift += 7) {
    const uint8_t byte = *at++;
    result |= uint32_t{byte & 127u} << shift;
    if (byte < 128) {
      *value = result;
      return at;
    }
  }
  return nullptr;
}

// Walks a row and the query's numbers side by side: both ascend. False where the row is damaged.
bool AddRow(const uint8_t* at, const uint8_t* end, const NumberedWeight* wanted, double norm, double* score) {
  uint32_t number = 0;
  while (at != end) {
    uint32_t value;
    at = ReadVarint(at, end, &value);
    if (at == nullptr) return false;
    number += value >> 2;
    uint32_t count = (value & 3) + 1;
    if (count == 4) {
      if (at == end) return false;
      count = *at++;
    }
    while (wanted->number < number) wanted++;
    if (wanted->number == number) {
      if (number == kNoNumber) return true;
      *score += wanted->weight * Saturation(count, norm);
    }
  }
  return true;
}

bool RowIsWithin(const uint32_t* offsets, uint32_t row, uint32_t size) {
  return offsets[row] <= offsets[row + 1] && offsets[row + 1] <= size;
}

bool ScoreHit(const Part& part, const NumberedWeight* wanted, double mean_length, ExactHit* hit) {
  const Segment& s = part.segment();
  const uint32_t file = part.FileOf(hit->chunk);
  if (!RowIsWithin(s.forward_offsets, hit->chunk, s.sizes.forward_bytes)) return false;
  if (!RowIsWithin(s.path_forward_offsets, file, s.sizes.path_forward_bytes)) return false;
  hit->score = 0;
  return AddRow(s.forward + s.forward_offsets[hit->chunk], s.forward + s.forward_offsets[hit->chunk + 1], wanted,
                SaturationNorm(s.lengths[hit->chunk] / mean_length), &hit->score) &&
         AddRow(s.path_forward + s.path_forward_offsets[file], s.path_forward + s.path_forward_offsets[file + 1], wanted,
                SaturationNorm(kPathRelativeLength), &hit->score);
}

void LookUp(const Part& part, const ExactQuery& query, RescoreSpace* space, RescoreSpace::Range* range) {
  range->start = space->weights.size();
  space->numbers.resize(query.count);
  part.NumbersOf(query.tokens, query.count, space->numbers.data());
  for (size_t t = 0; t < query.count; t++) {
    if (space->numbers[t] != kNoNumber) space->weights.push_back({space->numbers[t], query.weights[t]});
  }
  space->weights.push_back({kNoNumber, 0});
  range->end = space->weights.size();
}

}  // namespace

bool Rescore(const std::vector<Part>& parts, const ExactQuery& query, ExactHit* hits, size_t count,
             RescoreSpace* space) {
  space->weights.clear();
  space->ranges.assign(parts.size(), {0, 0});
  for (size_t i = 0; i < count; i++) {
    const Part& part = parts[hits[i].part];
    RescoreSpace::Range& range = space->ranges[hits[i].part];
    if (range.end == 0) LookUp(part, query, space, &range);
    if (!ScoreHit(part, space->weights.data() + range.start, query.mean_length, &hits[i])) return false;
  }
  return true;
}

}  // namespace engram
