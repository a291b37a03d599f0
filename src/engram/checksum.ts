import { timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Lens } from "./lens.ts";

/** As it is stored: a CRC-32, which finds accidents; or 32 bytes of HMAC, which nobody can make without the key. */
export type Checksum = number | Buffer;

/** @param name what the bytes are, so that a keyed checksum holds in one place only */
export function checksum(lens: Lens | undefined, name: string, ...parts: readonly Uint8Array[]): Checksum {
  if (lens !== undefined) return lens.mac(name, parts);
  return parts.reduce((sum, part) => crc32(part, sum), 0);
}

/** @param found as it was read: in a damaged file of any type */
export function isChecksum(found: unknown, wanted: Checksum): boolean {
  if (typeof wanted === "number") return found === wanted;
  return (
    found instanceof ArrayBuffer && found.byteLength === wanted.length && timingSafeEqual(Buffer.from(found), wanted)
  );
}
