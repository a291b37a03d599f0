#include "segment.h"

#include <cstring>

#include "hash.h"

namespace engram {
namespace {

uint64_t Align(uint64_t at) { return (at + 7) & ~uint64_t{7}; }

// Calls visit(pointer to set, byte length) for each section in order; segment-image.ts has the same list.
template <typename Into, typename Visit>
void EachSection(const SegmentSizes& s, Into* to, Visit visit) {
  visit(&to->first_chunks, 4 * (uint64_t{s.files} + 1));
  visit(&to->path_offsets, 4 * (uint64_t{s.files} + 1));
  visit(&to->paths, uint64_t{s.path_bytes});
  visit(&to->oids, uint64_t{s.files} * s.oid_bytes);
  visit(&to->modes, 4 * uint64_t{s.files});
  visit(&to->skips, uint64_t{s.files});
  visit(&to->start_lines, 4 * uint64_t{s.chunks});
  visit(&to->spans, 2 * uint64_t{s.chunks});
  visit(&to->lengths, 4 * uint64_t{s.chunks});
  visit(&to->dictionary, 4 * uint64_t{s.tokens});
  visit(&to->buckets, 4 * ((uint64_t{1} << BucketBits(s.tokens)) + 1));
  visit(&to->offsets, 4 * (uint64_t{s.tokens} + 1));
  visit(&to->ids, 2 * uint64_t{s.postings});
  visit(&to->impacts, uint64_t{s.postings});
  visit(&to->forward_offsets, 4 * (uint64_t{s.chunks} + 1));
  visit(&to->forward, uint64_t{s.forward_bytes});
  visit(&to->path_forward_offsets, 4 * (uint64_t{s.files} + 1));
  visit(&to->path_forward, uint64_t{s.path_forward_bytes});
}

template <bool kWritable>
void PointInto(typename Sections<kWritable>::Byte* bytes, const SegmentSizes& sizes, Sections<kWritable>* segment) {
  segment->sizes = sizes;
  segment->bucket_bits = BucketBits(sizes.tokens);
  uint64_t at = kHeaderBytes;
  EachSection(sizes, segment, [&](auto section, uint64_t size) {
    *section = reinterpret_cast<std::remove_pointer_t<decltype(section)>>(bytes + at);
    at = Align(at + size);
  });
}

uint64_t TotalBytes(const SegmentSizes& sizes) {
  uint64_t at = kHeaderBytes;
  Segment ignored;
  EachSection(sizes, &ignored, [&at](auto, uint64_t size) { at = Align(at + size); });
  return at;
}

// From 0 to `last`, never falling.
bool Ascends(const uint32_t* column, uint32_t count, uint32_t last) {
  uint32_t before = 0;
  for (uint32_t i = 0; i <= count; i++) {
    if (column[i] < before) return false;
    before = column[i];
  }
  return column[0] == 0 && before == last;
}

}  // namespace

uint32_t BucketBits(uint32_t tokens) {
  uint32_t bits = 0;
  while (bits < 31 && tokens >> (bits + 1) != 0) bits++;
  return tokens < 4 ? 0 : bits - 2;
}

size_t SegmentBytes(const SegmentSizes& sizes) {
  const uint64_t total = TotalBytes(sizes);
  return total > 0xffffffffu ? 0 : static_cast<size_t>(total);
}

NewSegment LayOutSegment(const SegmentSizes& sizes, uint8_t* bytes) {
  const uint32_t header[16] = {kSegmentMagic,
                               kSegmentVersion,
                               sizes.files,
                               sizes.chunks,
                               sizes.tokens,
                               sizes.postings,
                               sizes.path_bytes,
                               sizes.oid_bytes,
                               sizes.forward_bytes,
                               sizes.path_forward_bytes,
                               BucketBits(sizes.tokens),
                               static_cast<uint32_t>(SegmentBytes(sizes))};
  std::memcpy(bytes, header, sizeof header);
  NewSegment segment;
  PointInto(bytes, sizes, &segment);
  return segment;
}

bool ViewSegment(const uint8_t* bytes, size_t size, Segment* segment) {
  if (size < kHeaderBytes || reinterpret_cast<uintptr_t>(bytes) % 8 != 0) return false;
  uint32_t header[16];
  std::memcpy(header, bytes, sizeof header);
  if (header[0] != kSegmentMagic || header[1] != kSegmentVersion) return false;
  SegmentSizes sizes;
  sizes.files = header[2];
  sizes.chunks = header[3];
  sizes.tokens = header[4];
  sizes.postings = header[5];
  sizes.path_bytes = header[6];
  sizes.oid_bytes = header[7];
  sizes.forward_bytes = header[8];
  sizes.path_forward_bytes = header[9];
  if (header[10] != BucketBits(sizes.tokens) || sizes.chunks > kSegmentChunks) return false;
  if (header[11] != size || TotalBytes(sizes) != size) return false;
  PointInto(bytes, sizes, segment);
  return Ascends(segment->first_chunks, sizes.files, sizes.chunks) &&
         Ascends(segment->path_offsets, sizes.files, sizes.path_bytes);
}

}  // namespace engram
