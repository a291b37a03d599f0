// The bytes of a segment: src/engram/kernel/segment-image.ts in C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace engram {

constexpr uint32_t kSegmentMagic = 0x47455345u;
constexpr uint32_t kSegmentVersion = 1;
constexpr size_t kHeaderBytes = 64;
// Numbers of chunks have 16 bits.
constexpr uint32_t kSegmentChunks = 65536;

struct SegmentSizes {
  uint32_t files = 0;
  uint32_t chunks = 0;
  uint32_t tokens = 0;
  uint32_t postings = 0;
  uint32_t path_bytes = 0;
  uint32_t oid_bytes = 0;
  uint32_t forward_bytes = 0;
  uint32_t path_forward_bytes = 0;
};

// Pointers into an image, for reading or for writing.
template <bool kWritable>
struct Sections {
  using Byte = std::conditional_t<kWritable, uint8_t, const uint8_t>;
  using Half = std::conditional_t<kWritable, uint16_t, const uint16_t>;
  using Word = std::conditional_t<kWritable, uint32_t, const uint32_t>;

  SegmentSizes sizes;
  uint32_t bucket_bits = 0;
  Word* first_chunks = nullptr;
  Word* path_offsets = nullptr;
  Byte* paths = nullptr;
  Byte* oids = nullptr;
  Word* modes = nullptr;
  Byte* skips = nullptr;
  Word* start_lines = nullptr;
  Half* spans = nullptr;
  Word* lengths = nullptr;
  Word* dictionary = nullptr;
  Word* buckets = nullptr;
  Word* offsets = nullptr;
  Half* ids = nullptr;
  Byte* impacts = nullptr;
  Word* forward_offsets = nullptr;
  Byte* forward = nullptr;
  Word* path_forward_offsets = nullptr;
  Byte* path_forward = nullptr;
};

using Segment = Sections<false>;
using NewSegment = Sections<true>;

uint32_t BucketBits(uint32_t tokens);

// Total bytes of an image; 0 where they do not fit 32 bits.
size_t SegmentBytes(const SegmentSizes& sizes);

// Writes the header into zeroed bytes, SegmentBytes(sizes) of them, and points at the sections.
NewSegment LayOutSegment(const SegmentSizes& sizes, uint8_t* bytes);

// False where the header is foreign or does not fit the number of bytes, or where the tables by file are unsound. Offsets
// of postings and rows are checked when they are used.
bool ViewSegment(const uint8_t* bytes, size_t size, Segment* segment);

}  // namespace engram
