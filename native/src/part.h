// One segment of an index with what is known of it, and the order of hits over several.
#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "bits.h"
#include "segment.h"

namespace engram {

// Where a token's postings are.
struct PostingRange {
  uint32_t start;
  uint32_t end;
};

constexpr uint32_t kNoNumber = 0xffffffffu;

class Part {
 public:
  // False where the image is none or `dead` (null: all live) has too few bits. The image must stay where it is; the bits
  // are copied.
  bool Open(const uint8_t* image, size_t size, const uint32_t* dead, size_t dead_words);

  const Segment& segment() const { return segment_; }
  uint32_t chunks() const { return segment_.sizes.chunks; }
  uint32_t FileOf(uint32_t chunk) const { return file_of_[chunk]; }
  void PrefetchFileOf(uint32_t chunk) const { Prefetch(file_of_.data() + chunk); }
  bool Lives(uint32_t chunk) const { return dead_.empty() || (dead_[chunk >> 5] >> (chunk & 31) & 1) == 0; }
  // One bit a chunk, words of it; empty where all live.
  const std::vector<uint32_t>& dead() const { return dead_; }

  // Numbers of tokens, kNoNumber for those that the part has not. Each output may be an input of the same call's caller.
  void NumbersOf(const uint32_t* tokens, size_t count, uint32_t* numbers) const;
  // False where the image is damaged.
  bool PostingsOf(uint32_t number, PostingRange* range) const;
  // Living chunks that hold the token of this number, each once though it may have a posting in several blocks. Counted on
  // the first call and remembered. False where the image is damaged.
  bool FrequencyOf(uint32_t number, uint32_t* frequency);
  bool ChunksWith(uint32_t token, std::vector<uint32_t>* chunks) const;

 private:
  struct Free {
    void operator()(uint32_t* memory) const { std::free(memory); }
  };
  void BucketOf(uint32_t token, uint32_t* low, uint32_t* high) const;

  Segment segment_;
  std::vector<uint32_t> dead_;
  std::vector<uint32_t> file_of_;
  // By token number: frequency plus one, 0 where it was not counted yet. From calloc, so that what is never asked for takes
  // no memory.
  std::unique_ptr<uint32_t, Free> frequencies_;
};

// The order of hits with the same score: path (UTF-8 bytes), chunk, part.
bool StandsBefore(const std::vector<Part>& parts, uint32_t part_a, uint32_t chunk_a, uint32_t part_b, uint32_t chunk_b);

// Best first: by score descending, then as StandsBefore says.
struct BestFirst {
  const std::vector<Part>& parts;
  template <typename Hit>
  bool operator()(const Hit& a, const Hit& b) const {
    if (a.score != b.score) return a.score > b.score;
    if (a.part == b.part) return a.chunk < b.chunk;
    return StandsBefore(parts, a.part, a.chunk, b.part, b.chunk);
  }
};

}  // namespace engram
