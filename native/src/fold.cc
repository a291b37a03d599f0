#include "fold.h"

namespace engram {
namespace {

constexpr uint32_t kPositionBits = 0x7fffffffu;

}  // namespace

void FoldInto(int32_t* sum, uint32_t dimensions, const uint32_t* tokens, const int32_t* values, size_t count,
              int32_t times) {
  for (size_t i = 0; i < count; i++) {
    // Unsigned, because only unsigned arithmetic may wrap around in C++.
    const uint32_t value = static_cast<uint32_t>(values[i]) * static_cast<uint32_t>(times);
    const uint32_t at = (tokens[i] & kPositionBits) % dimensions;
    const uint32_t signed_value = tokens[i] > kPositionBits ? 0u - value : value;
    sum[at] = static_cast<int32_t>(static_cast<uint32_t>(sum[at]) + signed_value);
  }
}

void DotProducts(const int32_t* dense, uint32_t dimensions, const uint32_t* tokens, const int32_t* values,
                 const uint32_t* ends, size_t vectors, double* products) {
  size_t i = 0;
  for (size_t v = 0; v < vectors; v++) {
    double product = 0;
    for (; i < ends[v]; i++) {
      const double value = tokens[i] > kPositionBits ? -static_cast<double>(values[i]) : values[i];
      product += value * dense[(tokens[i] & kPositionBits) % dimensions];
    }
    products[v] = product;
  }
}

}  // namespace engram
