// Tokens of a text by windows of lines: src/engram/kernel/kernel.ts, `encodeText`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engram {

struct TextToEncode {
  const uint8_t* utf8;
  size_t size;
  // Start and end line of each window in turn.
  const uint32_t* windows;
  size_t window_count;
  uint32_t seed;
  // A window with more distinct tokens is halved.
  uint32_t most_distinct;
  // A longer word, in UTF-16 code units, is not split into parts.
  uint32_t split_word_characters;
};

// EncodedText of kernel.ts.
struct EncodedColumns {
  std::vector<uint32_t> start_lines, end_lines, row_ends, tokens;
  std::vector<uint8_t> counts;
};

// How often each token stands in a chunk. Tokens are uniform hashes: placed by their upper bits they stand nearly in order.
class TokenCounts {
 public:
  TokenCounts();
  void Add(uint32_t token);
  uint32_t distinct() const { return distinct_; }
  void Clear();
  // Appends all, ascending, and clears.
  void MoveTo(EncodedColumns* columns);

 private:
  void Grow();
  // False where there is no room for all.
  bool Place(const std::vector<uint64_t>& counted);

  // Token and count; a count of zero marks a free slot. The upper bits of a token, bits_ of them, are its place.
  std::vector<uint64_t> slots_;
  std::vector<uint64_t> sorted_;
  uint32_t distinct_ = 0;
  int bits_;
};

// Memory that calls use one after the other.
struct EncodeSpace {
  TokenCounts counts;
  std::vector<size_t> line_starts;
  std::vector<uint8_t> word;
  std::vector<uint8_t> kinds;
  std::vector<uint32_t> unit_ends;
  EncodedColumns columns;
};

// Null and the answer in `space->columns`, or why the windows do not fit. Text that is not well-formed UTF-8 gives some
// tokens.
const char* EncodeText(const TextToEncode& text, EncodeSpace* space);

}  // namespace engram
