/** murmur3_x86_32 (Austin Appleby, public domain) of the bytes from `start` to `end`. Returns a uint32. */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number): number {
  const c1 = 0xcc9e2d51;
  const c2 = 0x1b873593;
  const blocksEnd = start + ((end - start) & ~3);
  let hash = seed | 0;
  for (let i = start; i < blocksEnd; i += 4) {
    const block =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash ^= Math.imul(rotateLeft(Math.imul(block, c1), 15), c2);
    hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = end - 1; i >= blocksEnd; i--) tail = (tail << 8) | (bytes[i] as number);
  hash ^= Math.imul(rotateLeft(Math.imul(tail, c1), 15), c2);
  return finalMix(hash ^ (end - start));
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finalMix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
