import { positionOf, signOf } from "../token-space.ts";

/** `Kernel.foldInto`. Sums wrap around as int32 does. */
export function foldInto(sum: Int32Array, tokens: Uint32Array, values: Int32Array, times: number): void {
  checkColumns(sum, tokens, values);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number;
    const at = positionOf(token) % sum.length;
    sum[at] = (sum[at] as number) + signOf(token) * Math.imul(values[i] as number, times);
  }
}

/** `Kernel.dotProducts`. */
export function dotProducts(
  dense: Int32Array,
  tokens: Uint32Array,
  values: Int32Array,
  ends: Uint32Array,
): Float64Array {
  checkColumns(dense, tokens, values);
  const products = new Float64Array(ends.length);
  let i = 0;
  for (let v = 0; v < ends.length; v++) {
    const end = ends[v] as number;
    if (end < i || end > tokens.length) throw new RangeError("ends do not fit the tokens");
    let product = 0;
    for (; i < end; i++) {
      const token = tokens[i] as number;
      product += (values[i] as number) * signOf(token) * (dense[positionOf(token) % dense.length] as number);
    }
    products[v] = product;
  }
  return products;
}

function checkColumns(dense: Int32Array, tokens: Uint32Array, values: Int32Array): void {
  if (dense.length === 0) throw new RangeError("a vector has at least one dimension");
  if (tokens.length !== values.length) throw new RangeError("one value for each token");
}
