// Sums of token vectors folded to D dimensions: src/engram/kernel/kernel.ts, `foldInto` and `dotProducts`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace engram {

// sum[position(i) % dimensions] += sign(i) * values[i] * times, wrapping around as int32 does.
void FoldInto(int32_t* sum, uint32_t dimensions, const uint32_t* tokens, const int32_t* values, size_t count,
              int32_t times);

// products[v] is the inner product of `dense` with the entries of vector v, which ends before entry ends[v].
void DotProducts(const int32_t* dense, uint32_t dimensions, const uint32_t* tokens, const int32_t* values,
                 const uint32_t* ends, size_t vectors, double* products);

}  // namespace engram
