/**
 * The numbers 0 to count − 1 in the order in which Rust's `rand` 0.9 and 0.10 shuffle them with a standard generator of
 * this seed: ChaCha with 12 rounds (Bernstein 2008), and Durstenfeld's shuffle from the front, where one random number in
 * [0, i · (i + 1) · …) serves several steps.
 * @param seed 32 bytes
 */
export function shuffledNumbers(seed: Buffer, count: number): Uint16Array {
  const numbers = Uint16Array.from({ length: count }, (_, i) => i);
  const next = chacha12(seed);
  // The first step has one choice and needs no chance.
  let [chance, steps] = [0, 1];
  for (let i = 0; i < count; i++) {
    const choices = i + 1;
    if (steps === 0) {
      const [bound, uses] = joinedChoices(choices);
      chance = below(next, bound);
      steps = uses;
    }
    steps--;
    const choice = steps === 0 ? chance : chance % choices;
    chance = Math.floor(chance / choices);
    const moved = numbers[i] as number;
    numbers[i] = numbers[choice] as number;
    numbers[choice] = moved;
  }
  return numbers;
}

/** The largest product first · (first + 1) · … of 32 bits, and how many factors it has. */
function joinedChoices(first: number): [product: number, factors: number] {
  let product = first;
  let factor = first + 1;
  while (product * factor < 2 ** 32) product *= factor++;
  return [product, factor - first];
}

/** A number below a bound of 32 bits by Canon's method: the high half of a product, corrected once where it is biased. */
function below(next: () => number, bound: number): number {
  const [high, low] = multiply(next(), bound);
  if (low <= 2 ** 32 - bound) return high;
  const [carry] = multiply(next(), bound);
  return low + carry >= 2 ** 32 ? high + 1 : high;
}

/** Both halves of a product of 32-bit numbers; each step stays below 2^53. */
function multiply(a: number, b: number): [high: number, low: number] {
  const [upper, lower] = [(a >>> 16) * b, (a & 0xffff) * b];
  const high = Math.floor((upper + Math.floor(lower / 2 ** 16)) / 2 ** 16);
  return [high, Math.imul(a, b) >>> 0];
}

/** The key stream in words of 32 bits, with a nonce of zeros and a 64-bit counter from zero. Exported for its tests. */
export function chacha12(key: Buffer): () => number {
  const state = new Uint32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]); // "expand 32-byte k"
  for (let i = 0; i < 8; i++) state[4 + i] = key.readUInt32LE(4 * i);
  const block = new Uint32Array(16);
  let used = 16;
  return () => {
    if (used === 16) {
      fillBlock(block, state);
      // 2^32 blocks of 64 bytes are more than anybody shuffles: the counter's upper half stays zero.
      state[12] = (state[12] as number) + 1;
      used = 0;
    }
    return block[used++] as number;
  };
}

function fillBlock(block: Uint32Array, state: Uint32Array): void {
  block.set(state);
  for (let round = 0; round < 12; round += 2) {
    for (let i = 0; i < 4; i++) quarterRound(block, i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) quarterRound(block, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
  }
  for (let i = 0; i < 16; i++) block[i] = (block[i] as number) + (state[i] as number);
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(x, a, b, d, 16);
  mix(x, c, d, b, 12);
  mix(x, a, b, d, 8);
  mix(x, c, d, b, 7);
}

/** to += from; turned = (turned ^ to) <<< bits. Typed arrays keep the 32 bits. */
function mix(x: Uint32Array, to: number, from: number, turned: number, bits: number): void {
  const sum = (x[to] as number) + (x[from] as number);
  x[to] = sum;
  const mixed = (x[turned] as number) ^ sum;
  x[turned] = (mixed << bits) | (mixed >>> (32 - bits));
}
