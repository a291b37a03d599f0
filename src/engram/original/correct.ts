import { createHash } from "node:crypto";
import type { Correction } from "./original-engram.ts";

/** What the bytes of a chunk become by its correction; null where they do not have the stored hash or length then. */
export function correct(decoded: Buffer, correction: Correction, length: number): Buffer | null {
  const corrected = apply(decoded, correction);
  const hash = createHash("sha256").update(corrected).digest();
  return corrected.length === length && hash.subarray(0, 8).equals(correction.hash) ? corrected : null;
}

/** As the original does it: what lies behind the end of the decoded bytes is passed over. */
function apply(decoded: Buffer, { kind, body, offset }: Correction): Buffer {
  switch (kind) {
    case "verbatim":
      return body;
    case "block-replace":
      if (offset < decoded.length) body.copy(decoded, offset);
      return decoded;
    case "bit-flips":
      for (let at = 0; at < body.length; at += flipBytes) flip(decoded, body.subarray(at, at + flipBytes));
      return decoded;
    default:
      // The original knows flips of single trits and never writes them: such a chunk fails its hash.
      return decoded;
  }
}

const flipBytes = 9;

function flip(decoded: Buffer, record: Buffer): void {
  const position = record.readUInt32LE(0);
  const isInside = record.readUInt32LE(4) === 0 && position < decoded.length;
  if (isInside) decoded[position] = (decoded[position] as number) ^ (record[8] as number);
}
