// src/engram/bm25.ts in C++: the same operations on doubles in the same order, so that the results are the same bits.
// The build forbids contraction to fused multiply-add, which would round once where JavaScript rounds twice.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace engram {

constexpr double kK1 = 1.2;
constexpr double kB = 0.75;
constexpr double kSaturationLimit = kK1 + 1;
constexpr double kUsualLength = 200;
// Of path and role tokens, which do not depend on how long the text is.
constexpr double kPathRelativeLength = 1;

// What is added to the count in the denominator of the saturation.
inline double SaturationNorm(double relative_length) { return kK1 * (1 - kB + kB * relative_length); }

inline double Saturation(double count, double norm) { return (count * kSaturationLimit) / (count + norm); }

// Saturation in eight bits: 1 to 255. Halves are rounded up, as Math.round does.
inline uint8_t ImpactOf(double count, double norm) {
  const double value = (Saturation(count, norm) / kSaturationLimit) * 255;
  const double below = std::floor(value);
  const double rounded = value - below >= 0.5 ? below + 1 : below;
  return static_cast<uint8_t>(std::min(255.0, std::max(1.0, rounded)));
}

}  // namespace engram
