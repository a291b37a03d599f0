/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Pieces on which readers of text stumble. */
const words = [
  "\0",
  "\r\n",
  "\n\n",
  "\u2028",
  "\ufeff",
  "\u202e",
  "\ud800",
  "💥",
  "\\",
  '"',
  "'",
  "`",
  "```",
  "~~~",
  "<!--",
  "-->",
  "@@ -1,9 +1,9 @@",
  "@@ -0,0 +999999999999 @@",
  "diff --git a/x b/x",
  "--- /dev/null",
  "rename from ",
  "Binary files",
  "\\ No newline",
  "/assistant ",
  "/assistant review",
  "/assistant ask ",
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "true",
  "-1",
  "1e999",
  "9007199254740993",
  "NaN",
  "&a",
  "*a",
  "!!js/function",
  "<<: *a",
  "---",
  "- ",
  "? ",
  "| ",
  "__proto__",
  "constructor",
  "$ref",
  "#/components/schemas/x",
  "<<<<<<< SEARCH",
  "=======",
  ">>>>>>> REPLACE",
  "../",
  "/etc/passwd",
  "C:\\",
  "%00",
];

/** One of the seeds with a few changes, at most `most` bytes long. */
export function mutated(seeds: readonly Buffer[], random: () => number, most: number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const one = (): Buffer => seeds[below(seeds.length)] as Buffer;
  let bytes: Buffer = Buffer.from(one());
  for (let changes = 1 + below(6); changes > 0; changes -= 1) {
    const at = below(bytes.length + 1);
    const length = Math.min(bytes.length - at, 1 + below(below(2) === 0 ? 4 : 200));
    const splice = (middle: Uint8Array, gone = 0): Buffer =>
      Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + gone)]);
    switch (below(9)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes = splice(Buffer.alloc(0), length);
        break;
      case 2:
        bytes = splice(Buffer.from(words[below(words.length)] as string), below(2) === 0 ? length : 0);
        break;
      case 3:
        bytes = splice(Buffer.concat(Array<Buffer>(1 + below(30)).fill(bytes.subarray(at, at + length))));
        break;
      case 4: {
        const other = one();
        const from = below(other.length + 1);
        bytes = splice(other.subarray(from, from + below(400)), below(2) === 0 ? length : 0);
        break;
      }
      case 5:
        bytes = splice(Buffer.from(Array.from({ length: 1 + below(12) }, () => below(256))));
        break;
      case 6:
        bytes = bytes.subarray(0, at);
        break;
      case 7:
        bytes = splice(Buffer.from(String(Math.round((random() - 0.5) * 10 ** below(20)))));
        break;
      default:
        bytes = splice(Buffer.from((words[below(words.length)] as string).repeat(1 + below(300))));
    }
  }
  return Buffer.from(bytes.subarray(0, most));
}
