// Classes and lower case of characters, src/engram/word-characters.ts in C++.
#pragma once

#include <cstddef>
#include <cstdint>

#include "word_characters.h"

namespace engram {

struct CharacterTables {
  // By UTF-16 code unit.
  uint8_t kind[65536];
  uint16_t distance[65536];
  // By byte: the class of an ASCII character, kBeyondAscii for others.
  uint8_t ascii_kind[256];
  // By byte: one bit for the class of an ASCII character, none for kNone and for other bytes.
  uint8_t ascii_bit[256];
  CharacterTables() {
    for (const CharacterRun& run : kCharacterRuns) {
      for (uint32_t unit = run.first; unit <= run.last; unit++) {
        kind[unit] = run.kind;
        distance[unit] = run.distance;
      }
    }
    for (int byte = 0; byte < 256; byte++) {
      ascii_kind[byte] = byte < 128 ? kind[byte] : kBeyondAscii;
      ascii_bit[byte] = static_cast<uint8_t>(byte > 127 || kind[byte] == kNone ? 0 : 1 << kind[byte]);
    }
  }
  static constexpr uint8_t kBeyondAscii = 6;
};

inline const CharacterTables& Characters() {
  static const CharacterTables tables;
  return tables;
}

// A character of UTF-8.
struct Character {
  // The first of its UTF-16 code units.
  uint16_t unit;
  // Bytes; at least one, never beyond the end.
  uint8_t size;
  // Two where it lies outside of the Basic Multilingual Plane. The second is a mark.
  uint8_t units;
};

inline Character ReadCharacter(const uint8_t* at, const uint8_t* end) {
  const uint8_t lead = *at;
  if (lead < 0x80) return {lead, 1, 1};
  const uint8_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (end - at < size) return {0xfffd, static_cast<uint8_t>(end - at), 1};
  uint32_t code = lead & (0xffu >> (size + 1));
  for (int i = 1; i < size; i++) code = code << 6 | (at[i] & 0x3fu);
  if (size < 4) return {static_cast<uint16_t>(code), size, 1};
  return {static_cast<uint16_t>(0xd800 + ((code - 0x10000) >> 10 & 0x3ff)), size, 2};
}

}  // namespace engram
