#include "encode.h"

#include <algorithm>
#include <cstring>

#include "hash.h"
#include "words.h"

namespace engram {
namespace {

// A chunk has about 70 distinct tokens and rarely more than 256.
constexpr int kLeastBits = 9;
// Bytes that may be read behind a token.
constexpr size_t kRoom = 4;
// Below this an insertion sort is faster, because the tokens stand nearly in order.
constexpr size_t kInsertionSort = 1024;

// Places, and room behind the last one, so that a probe need not turn round.
size_t SlotCount(int bits) { return (size_t{1} << bits) + (size_t{1} << bits) / 8; }

void SortNearlySorted(std::vector<uint64_t>* keys) {
  if (keys->size() > kInsertionSort) {
    std::sort(keys->begin(), keys->end());
    return;
  }
  for (size_t i = 1; i < keys->size(); i++) {
    const uint64_t key = (*keys)[i];
    size_t at = i;
    for (; at > 0 && (*keys)[at - 1] > key; at--) (*keys)[at] = (*keys)[at - 1];
    (*keys)[at] = key;
  }
}

// Reads the words of one window and counts their tokens; tokenize.ts says what they are.
class WindowReader {
 public:
  WindowReader(const TextToEncode& text, EncodeSpace* space) : text_(text), space_(*space) {}

  // False where `most` distinct tokens were exceeded; then the counts are void.
  bool Read(const uint8_t* at, const uint8_t* end, uint32_t most) {
    const uint8_t* kinds = tables_.ascii_kind;
    while (at != end) {
      const uint8_t kind = kinds[*at];
      if (kind == kNone) {
        at++;
      } else if (kind != CharacterTables::kBeyondAscii) {
        at = ReadWord(at, end);
        if (space_.counts.distinct() > most) return false;
      } else {
        const Character character = ReadCharacter(at, end);
        const uint8_t wide_kind = tables_.kind[character.unit];
        if (wide_kind == kNone || wide_kind == kMark) {
          at += character.size;
        } else {
          at = ReadWideWord(at, end);
          if (space_.counts.distinct() > most) return false;
        }
      }
    }
    return true;
  }

 private:
  // Bytes with room behind them.
  void Count(const uint8_t* bytes, size_t size) { space_.counts.Add(TokenOf<true>(bytes, size, text_.seed)); }

  // A word that begins in ASCII. Returns its end.
  const uint8_t* ReadWord(const uint8_t* start, const uint8_t* end) {
    const uint8_t* bits = tables_.ascii_bit;
    uint8_t seen = 0;
    const uint8_t* at = start;
    for (; at != end && bits[*at] != 0; at++) seen |= bits[*at];
    if (at != end && *at > 127) return ReadWideWord(start, end);
    const size_t size = static_cast<size_t>(at - start);
    if (seen == 1 << kLower || seen == 1 << kDigit) {
      if (static_cast<size_t>(text_.utf8 + text_.size - at) >= kRoom) {
        Count(start, size);
      } else {
        space_.counts.Add(TokenOf(start, size, text_.seed));
      }
      return at;
    }
    MakeRoom(size);
    for (size_t i = 0; i < size; i++) {
      space_.kinds[i] = tables_.ascii_kind[start[i]];
      space_.word[i] = static_cast<uint8_t>(start[i] + tables_.distance[start[i]]);
    }
    Count(space_.word.data(), size);
    if (size <= text_.split_word_characters) CountParts(size, nullptr);
    return at;
  }

  void MakeRoom(size_t size) {
    if (space_.word.size() < size + kRoom) space_.word.resize(2 * size + kRoom);
    if (space_.kinds.size() < size) space_.kinds.resize(2 * size);
  }

  // Any word. Returns its end.
  const uint8_t* ReadWideWord(const uint8_t* at, const uint8_t* end) {
    space_.unit_ends.clear();
    size_t size = 0, units = 0;
    while (at != end) {
      const Character character = ReadCharacter(at, end);
      const uint8_t kind = tables_.kind[character.unit];
      if (kind == kNone) break;
      MakeRoom(size + kRoom);
      WriteLower(at, character, space_.word.data() + size);
      size += character.size;
      at += character.size;
      space_.kinds[units] = kind;
      space_.kinds[units + 1] = kMark;
      space_.unit_ends.insert(space_.unit_ends.end(), character.units, static_cast<uint32_t>(size));
      units += character.units;
    }
    Count(space_.word.data(), size);
    if (units <= text_.split_word_characters) CountParts(units, space_.unit_ends.data());
    return at;
  }

  // Lower case takes as many bytes as upper case.
  void WriteLower(const uint8_t* from, const Character& character, uint8_t* to) const {
    const uint16_t distance = tables_.distance[character.unit];
    if (distance == 0) {
      std::memcpy(to, from, character.size);
      return;
    }
    uint32_t code = character.unit + distance;
    if (character.size == 1) {
      to[0] = static_cast<uint8_t>(code);
      return;
    }
    for (int i = character.size - 1; i > 0; i--, code >>= 6) to[i] = static_cast<uint8_t>(0x80 | (code & 0x3f));
    to[0] = static_cast<uint8_t>((character.size == 2 ? 0xc0 : 0xe0) | code);
  }

  // `units` code units with their classes in space_.kinds. @param unit_ends where each ends in bytes; null: each is a byte
  void CountParts(size_t units, const uint32_t* unit_ends) {
    const uint8_t* kinds = space_.kinds.data();
    size_t start = 0;
    for (size_t i = 1; i <= units; i++) {
      if (i < units && !IsBoundary(kinds, i, units)) continue;
      if (i - start < units) CountPart(start, i, unit_ends);
      start = i;
    }
  }

  // Without underscores around it. Parts of one unit say nothing and are left out.
  void CountPart(size_t start, size_t end, const uint32_t* unit_ends) {
    while (start < end && space_.kinds[start] == kUnderscore) start++;
    while (end > start && space_.kinds[end - 1] == kUnderscore) end--;
    if (end - start < 2) return;
    if (unit_ends != nullptr) {
      start = start == 0 ? 0 : unit_ends[start - 1];
      end = unit_ends[end - 1];
    }
    Count(space_.word.data() + start, end - start);
  }

  static bool IsBoundary(const uint8_t* kinds, size_t i, size_t units) {
    const uint8_t before = kinds[i - 1];
    const uint8_t here = kinds[i];
    if (here == kMark) return false;
    if (before == kUnderscore) return here != kUnderscore;
    if ((before == kDigit) != (here == kDigit)) return true;
    if (here != kUpper) return false;
    if (before != kUpper) return true;
    return i + 1 < units && kinds[i + 1] == kLower;
  }

  const TextToEncode& text_;
  EncodeSpace& space_;
  const CharacterTables& tables_ = Characters();
};

// Where each line begins, and where the last one ends.
void FindLines(const TextToEncode& text, std::vector<size_t>* starts) {
  starts->clear();
  for (size_t at = 0; at < text.size;) {
    starts->push_back(at);
    const void* feed = std::memchr(text.utf8 + at, '\n', text.size - at);
    at = feed == nullptr ? text.size : static_cast<size_t>(static_cast<const uint8_t*>(feed) - text.utf8) + 1;
  }
  starts->push_back(text.size);
}

bool WindowsFit(const TextToEncode& text, size_t lines) {
  uint32_t last = 0;
  for (size_t w = 0; w < text.window_count; w++) {
    const uint32_t start = text.windows[2 * w];
    const uint32_t end = text.windows[2 * w + 1];
    if (start < last || end <= start || end > lines) return false;
    last = end;
  }
  return true;
}

// As deep as the number of lines has bits.
void EncodeWindow(const TextToEncode& text, uint32_t start, uint32_t end, EncodeSpace* space) {
  const uint32_t most = end - start == 1 ? 0xffffffffu : text.most_distinct;
  const uint8_t* from = text.utf8 + space->line_starts[start];
  const uint8_t* to = text.utf8 + space->line_starts[end];
  if (!WindowReader(text, space).Read(from, to, most)) {
    space->counts.Clear();
    const uint32_t middle = start + (end - start) / 2;
    EncodeWindow(text, start, middle, space);
    EncodeWindow(text, middle, end, space);
    return;
  }
  EncodedColumns& columns = space->columns;
  space->counts.MoveTo(&columns);
  columns.start_lines.push_back(start + 1);
  columns.end_lines.push_back(end);
  columns.row_ends.push_back(static_cast<uint32_t>(columns.tokens.size()));
}

}  // namespace

TokenCounts::TokenCounts() : slots_(SlotCount(kLeastBits)), bits_(kLeastBits) {}

void TokenCounts::Add(uint32_t token) {
  for (size_t at = token >> (32 - bits_); at < slots_.size(); at++) {
    if (slots_[at] == 0) {
      slots_[at] = uint64_t{token} << 32 | 1;
      distinct_++;
      if (distinct_ > (uint32_t{5} << bits_) / 8) Grow();
      return;
    }
    if (slots_[at] >> 32 == token) {
      slots_[at]++;
      return;
    }
  }
  Grow();
  Add(token);
}

void TokenCounts::Clear() {
  if (bits_ == kLeastBits) {
    std::fill(slots_.begin(), slots_.end(), 0);
  } else {
    *this = TokenCounts();
  }
  distinct_ = 0;
}

void TokenCounts::MoveTo(EncodedColumns* columns) {
  sorted_.clear();
  for (uint64_t slot : slots_) {
    if (slot != 0) sorted_.push_back(slot);
  }
  SortNearlySorted(&sorted_);
  for (uint64_t slot : sorted_) {
    columns->tokens.push_back(static_cast<uint32_t>(slot >> 32));
    columns->counts.push_back(static_cast<uint8_t>(std::min<uint64_t>(slot & 0xffffffffu, 255)));
  }
  Clear();
}

void TokenCounts::Grow() {
  sorted_.clear();
  for (uint64_t slot : slots_) {
    if (slot != 0) sorted_.push_back(slot);
  }
  do {
    bits_++;
  } while (!Place(sorted_));
}

bool TokenCounts::Place(const std::vector<uint64_t>& counted) {
  slots_.assign(SlotCount(bits_), 0);
  for (uint64_t slot : counted) {
    size_t at = slot >> (64 - bits_);
    while (at < slots_.size() && slots_[at] != 0) at++;
    if (at == slots_.size()) return false;
    slots_[at] = slot;
  }
  return true;
}

const char* EncodeText(const TextToEncode& text, EncodeSpace* space) {
  FindLines(text, &space->line_starts);
  if (!WindowsFit(text, space->line_starts.size() - 1)) return "windows do not fit the lines";
  space->columns = EncodedColumns();
  for (size_t w = 0; w < text.window_count; w++) {
    EncodeWindow(text, text.windows[2 * w], text.windows[2 * w + 1], space);
  }
  return nullptr;
}

}  // namespace engram
