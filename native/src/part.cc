#include "part.h"

#include <algorithm>
#include <cstring>

#include "bits.h"

namespace engram {
namespace {

constexpr size_t kLookAhead = 8;

// All chunk numbers exist. Cheap (8 bytes or more a cycle), and what writes by chunk number need not look again.
bool IdsAreWithin(const Segment& segment) {
  if (segment.sizes.chunks == kSegmentChunks) return true;
  uint16_t most = 0;
  for (uint32_t p = 0; p < segment.sizes.postings; p++) most = std::max(most, segment.ids[p]);
  return segment.sizes.postings == 0 || most < segment.sizes.chunks;
}

int ComparePaths(const Part& a, uint32_t chunk_a, const Part& b, uint32_t chunk_b) {
  const uint32_t* offsets_a = a.segment().path_offsets + a.FileOf(chunk_a);
  const uint32_t* offsets_b = b.segment().path_offsets + b.FileOf(chunk_b);
  const uint32_t size_a = offsets_a[1] - offsets_a[0];
  const uint32_t size_b = offsets_b[1] - offsets_b[0];
  const uint8_t* path_a = a.segment().paths + offsets_a[0];
  const uint8_t* path_b = b.segment().paths + offsets_b[0];
  const int order = std::memcmp(path_a, path_b, std::min(size_a, size_b));
  if (order != 0) return order;
  return size_a == size_b ? 0 : size_a < size_b ? -1 : 1;
}

}  // namespace

bool Part::Open(const uint8_t* image, size_t size, const uint32_t* dead, size_t dead_words) {
  if (!ViewSegment(image, size, &segment_)) return false;
  if (!IdsAreWithin(segment_)) return false;
  const size_t words = (size_t{chunks()} + 31) / 32;
  if (dead != nullptr) {
    if (dead_words < words) return false;
    dead_.assign(dead, dead + words);
    // Bits behind the last chunk mean nothing.
    if (chunks() % 32 != 0) dead_.back() &= (1u << (chunks() % 32)) - 1;
    if (std::all_of(dead_.begin(), dead_.end(), [](uint32_t word) { return word == 0; })) dead_.clear();
  }
  file_of_.resize(chunks());
  for (uint32_t file = 0; file < segment_.sizes.files; file++) {
    for (uint32_t c = segment_.first_chunks[file]; c < segment_.first_chunks[file + 1]; c++) file_of_[c] = file;
  }
  frequencies_.reset(static_cast<uint32_t*>(std::calloc(size_t{segment_.sizes.tokens} + 1, sizeof(uint32_t))));
  return frequencies_ != nullptr;
}

void Part::BucketOf(uint32_t token, uint32_t* low, uint32_t* high) const {
  // Widened, because a shift by 32 is undefined on 32 bits.
  const uint32_t bucket = static_cast<uint32_t>(uint64_t{token} >> (32 - segment_.bucket_bits));
  *high = std::min(segment_.buckets[bucket + 1], segment_.sizes.tokens);
  *low = std::min(segment_.buckets[bucket], *high);
}

void Part::NumbersOf(const uint32_t* tokens, size_t count, uint32_t* numbers) const {
  // Each look-up misses the cache twice: the dictionary's lines are asked for some tokens ahead.
  const auto ask = [&](size_t t) {
    uint32_t low, high;
    BucketOf(tokens[t], &low, &high);
    Prefetch(segment_.dictionary + low);
  };
  for (size_t t = 0; t < std::min(count, kLookAhead); t++) ask(t);
  for (size_t t = 0; t < count; t++) {
    if (t + kLookAhead < count) ask(t + kLookAhead);
    uint32_t low, high;
    BucketOf(tokens[t], &low, &high);
    const uint32_t* end = segment_.dictionary + high;
    const uint32_t* found = std::lower_bound(segment_.dictionary + low, end, tokens[t]);
    const bool is_there = found != end && *found == tokens[t];
    numbers[t] = is_there ? static_cast<uint32_t>(found - segment_.dictionary) : kNoNumber;
    if (is_there) Prefetch(segment_.offsets + numbers[t]);
  }
}

bool Part::PostingsOf(uint32_t number, PostingRange* range) const {
  *range = {segment_.offsets[number], segment_.offsets[number + 1]};
  return range->start <= range->end && range->end <= segment_.sizes.postings;
}

bool Part::FrequencyOf(uint32_t number, uint32_t* frequency) {
  uint32_t* known = frequencies_.get() + number;
  if (*known == 0) {
    PostingRange range;
    if (!PostingsOf(number, &range)) return false;
    const uint16_t* ids = segment_.ids;
    uint32_t living = 0;
    if (dead_.empty()) {
      living = range.start < range.end ? 1 : 0;
      for (uint32_t p = range.start + 1; p < range.end; p++) living += ids[p] != ids[p - 1] ? 1 : 0;
    } else {
      for (uint32_t p = range.start; p < range.end; p++) {
        living += (p == range.start || ids[p] != ids[p - 1]) && Lives(ids[p]) ? 1 : 0;
      }
    }
    *known = living + 1;
  }
  *frequency = *known - 1;
  return true;
}

bool Part::ChunksWith(uint32_t token, std::vector<uint32_t>* chunks_with) const {
  uint32_t number;
  NumbersOf(&token, 1, &number);
  if (number == kNoNumber) return true;
  PostingRange range;
  if (!PostingsOf(number, &range)) return false;
  for (uint32_t p = range.start; p < range.end; p++) {
    const uint32_t chunk = segment_.ids[p];
    if ((p == range.start || chunk != segment_.ids[p - 1]) && Lives(chunk)) chunks_with->push_back(chunk);
  }
  return true;
}

bool StandsBefore(const std::vector<Part>& parts, uint32_t part_a, uint32_t chunk_a, uint32_t part_b,
                  uint32_t chunk_b) {
  if (part_a == part_b) return chunk_a < chunk_b;
  const int order = ComparePaths(parts[part_a], chunk_a, parts[part_b], chunk_b);
  if (order != 0) return order < 0;
  return chunk_a == chunk_b ? part_a < part_b : chunk_a < chunk_b;
}

}  // namespace engram
