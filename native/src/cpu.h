// Functions for processors that can do more than the least of their kind. Used only where a measurement showed a gain, and
// always with the same results.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define ENGRAM_X86 1
#define ENGRAM_TARGET(features) __attribute__((target(features)))
#define ENGRAM_INLINE inline __attribute__((always_inline))
#else
#define ENGRAM_X86 0
#define ENGRAM_INLINE inline
#endif
