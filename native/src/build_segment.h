// Postings and forward rows of some files as one segment: src/engram/kernel/kernel.ts, `buildSegment`.
#pragma once

#include <string>
#include <vector>

#include "segment.h"

namespace engram {

template <typename Item>
struct Span {
  const Item* data = nullptr;
  size_t size = 0;
  const Item& operator[](size_t i) const { return data[i]; }
};

// A FileRow (src/engram/file-row.ts).
struct FileColumns {
  std::string path;
  // In binary; empty where the file has none.
  std::string oid;
  uint32_t mode = 0;
  uint8_t skip = 0;
  Span<uint32_t> start_lines, end_lines, row_ends, tokens;
  Span<uint8_t> counts;
  Span<uint32_t> role_ends, role_tokens;
  Span<uint8_t> role_counts;
  Span<uint32_t> path_tokens;
  Span<uint8_t> path_counts;
};

// Plan, make room for SegmentBytes(sizes()) zeroed bytes, Write. The columns must stay until then.
class SegmentBuilder {
 public:
  // Null, or why these files are no segment.
  const char* Plan(const std::vector<FileColumns>& files);
  const SegmentSizes& sizes() const { return sizes_; }
  void Write(const std::vector<FileColumns>& files, uint8_t* bytes) const;

 private:
  const char* CheckFiles(const std::vector<FileColumns>& files);
  void NumberTokens(const std::vector<FileColumns>& files);
  void AppendRow(const uint32_t* numbers, const uint8_t* counts, size_t size, std::vector<uint8_t>* bytes) const;
  void AppendForwardRows(const std::vector<FileColumns>& files);
  void WriteFiles(const std::vector<FileColumns>& files, NewSegment* segment) const;
  void WriteDictionary(NewSegment* segment) const;
  void WritePostings(const std::vector<FileColumns>& files, NewSegment* segment) const;

  SegmentSizes sizes_;
  std::vector<uint32_t> dictionary_;
  // Number of each token of each file in turn: all of its text, then of its roles, then of its path.
  std::vector<uint32_t> numbers_;
  std::vector<uint8_t> forward_, path_forward_;
  std::vector<uint32_t> forward_ends_, path_forward_ends_;
};

}  // namespace engram
