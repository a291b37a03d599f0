// Ids of tokens: src/engram/kernel/murmur3.ts and src/engram/token-space.ts in C++.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The kernel reads and writes little-endian images in place."
#endif

namespace engram {

// Of the token space, see token-space.ts.
constexpr uint32_t kTokenPositions = 2048000000u;

inline uint32_t RotateLeft(uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); }

inline uint32_t Scramble(uint32_t block) { return RotateLeft(block * 0xcc9e2d51u, 15) * 0x1b873593u; }

// murmur3_x86_32 (Austin Appleby, public domain). @param kRoom whether four bytes behind `bytes` may be read: tokens are
// short, and a loop over the last bytes of each is hard to predict.
template <bool kRoom = false>
inline uint32_t Murmur3(const uint8_t* bytes, size_t size, uint32_t seed) {
  uint32_t hash = seed;
  const size_t blocks_end = size & ~size_t{3};
  for (size_t i = 0; i < blocks_end; i += 4) {
    uint32_t block;
    std::memcpy(&block, bytes + i, 4);
    hash = RotateLeft(hash ^ Scramble(block), 13) * 5 + 0xe6546b64u;
  }
  uint32_t tail = 0;
  if constexpr (kRoom) {
    std::memcpy(&tail, bytes + blocks_end, 4);
    tail &= (1u << (8 * (size & 3))) - 1;
  } else {
    for (size_t i = size; i > blocks_end; i--) tail = tail << 8 | bytes[i - 1];
  }
  hash ^= Scramble(tail);
  hash ^= static_cast<uint32_t>(size);
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

inline uint32_t ToTokenId(uint32_t hash) {
  const uint32_t position = hash & 0x7fffffffu;
  // One subtraction is the remainder, because 2^31 is less than twice the number of positions.
  return (hash & 0x80000000u) | (position < kTokenPositions ? position : position - kTokenPositions);
}

template <bool kRoom = false>
inline uint32_t TokenOf(const uint8_t* bytes, size_t size, uint32_t seed) {
  return ToTokenId(Murmur3<kRoom>(bytes, size, seed));
}

}  // namespace engram
