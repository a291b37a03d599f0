import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";

/** What a key makes of an engram: all that is derived from the 32 bytes of a key file (docs/lens.md). */
export interface Lens {
  /** Of the token hashes, uint32: without it nobody can tell which position stands for which word. */
  readonly seed: number;
  /** For the database's cipher, as hexadecimal digits. */
  readonly databaseKey: string;
  /** HMAC-SHA-256 of parts under a name: the same bytes under another name or cut elsewhere give another one. */
  mac(name: string, parts: readonly Uint8Array[]): Buffer;
  /** AES-256-GCM with a nonce of its own: nonce (12 bytes), tag (16), sealed bytes. */
  seal(name: string, data: Uint8Array): Buffer;
  /** The inverse; null where key, name or bytes are not those of `seal`. */
  unseal(name: string, sealed: Uint8Array): Buffer | null;
}

/** One key for each purpose, by HKDF-SHA-256 (RFC 5869). @param key 32 bytes */
export function createLens(key: Uint8Array): Lens {
  const derived = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), `engram lens 1 ${purpose}`, bytes));
  const macKey = derived("sums", 32);
  const sealKey = derived("seal", 32);
  return {
    seed: derived("seed", 4).readUInt32LE(),
    databaseKey: derived("database", 32).toString("hex"),
    mac(name, parts) {
      const hmac = createHmac("sha256", macKey);
      for (const part of [Buffer.from(name), ...parts]) {
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(part.byteLength));
        hmac.update(length).update(part);
      }
      return hmac.digest();
    },
    seal(name, data) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", sealKey, nonce).setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(data), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    unseal(name, sealed) {
      if (sealed.byteLength < nonceBytes + tagBytes) return null;
      const nonce = sealed.subarray(0, nonceBytes);
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
      const decipher = createDecipheriv("aes-256-gcm", sealKey, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
      } catch {
        return null;
      }
    },
  };
}

/**
 * Reads a key file: 32 bytes as 64 hexadecimal digits or as base64, and nothing else. It is never made here: who makes a key
 * knows that there is one to be kept.
 * Errors: AssistantError `key-file-missing`, `key-file-exposed`, `key-file-malformed`.
 */
export function readKeyFile(file: string): Lens {
  const { text, mode } = readSmallFile(file);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new AssistantError(`the key file ${file} can be read or written by others (mode ${octal(mode)})`, {
      code: "key-file-exposed",
      remedy: `chmod 600 ${file}; where others may have read it, make a new key and ingest again.`,
    });
  }
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : fromBase64(text);
  if (key !== null && key.some((byte) => byte !== key[0])) return createLens(key);
  throw malformed(
    file,
    key === null ? "it is not 32 bytes as hexadecimal digits or base64" : "all its bytes are equal",
  );
}

const nonceBytes = 12;
const tagBytes = 16;

function readSmallFile(file: string): { text: string; mode: number } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const stat = fstatSync(descriptor);
    if (stat.size > limits.keyFileBytes) throw malformed(file, `it has ${stat.size} bytes`);
    return { text: readFileSync(descriptor, "latin1").trim(), mode: stat.mode & 0o777 };
  } catch (error) {
    if (error instanceof AssistantError) throw error;
    throw new AssistantError(`the key file ${file} cannot be read: ${messageOf(error)}`, {
      code: "key-file-missing",
      remedy: `Name the file that the engram was made with; for a new engram make one: ${makeKey(file)}`,
      cause: error,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Standard or URL alphabet, with or without padding. */
function fromBase64(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  return Buffer.from(text, "base64url");
}

function malformed(file: string, reason: string): AssistantError {
  return new AssistantError(`${file} is no key file: ${reason}`, {
    code: "key-file-malformed",
    remedy: `Make one: ${makeKey(file)}`,
  });
}

/** The file is made with narrow rights before anything is in it. */
function makeKey(file: string): string {
  return `(umask 077; openssl rand -hex 32 > ${file})`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, "0");
}
