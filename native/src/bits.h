// What C++17 does not say about bits and memory.
#pragma once

#include <cstdint>
#if defined(_MSC_VER)
#include <intrin.h>
#endif

namespace engram {

// Of a number that is not zero.
inline int CountTrailingZeros(uint64_t value) {
#if defined(_MSC_VER)
  unsigned long index;
  _BitScanForward64(&index, value);
  return static_cast<int>(index);
#else
  return __builtin_ctzll(value);
#endif
}

// The memory will be read soon.
inline void Prefetch(const void* address) {
#if defined(_MSC_VER)
  (void)address;
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace engram
