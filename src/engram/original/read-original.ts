import { readFileSync, statSync } from "node:fs";
import { AssistantError, messageOf } from "../../shared/errors.ts";
import { limits } from "../../shared/limits.ts";
import { type OriginalEngram, parseOriginalEngram } from "./original-engram.ts";
import { type OriginalManifest, parseOriginalManifest } from "./original-manifest.ts";

/** Errors: AssistantError `original-unreadable`, `original-too-large`; as parseOriginalEngram and parseOriginalManifest. */
export function readOriginal(engramFile: string, manifestFile: string): [OriginalEngram, OriginalManifest] {
  const engram = parseOriginalEngram(readWhole(engramFile, limits.originalEngramBytes), engramFile);
  const data = readWhole(manifestFile, limits.originalManifestBytes);
  return [engram, parseOriginalManifest(data, manifestFile, engram)];
}

function readWhole(file: string, most: number): Buffer {
  const { size } = readable(file, () => statSync(file));
  if (size <= most) return readable(file, () => readFileSync(file));
  throw new AssistantError(`${file} has ${size} bytes; at most ${most} are read`, {
    code: "original-too-large",
    remedy: "Extract it with its own program, and ingest the folder.",
  });
}

function readable<T>(file: string, access: () => T): T {
  try {
    return access();
  } catch (error) {
    throw new AssistantError(`${file} cannot be read: ${messageOf(error)}`, {
      code: "original-unreadable",
      remedy: "Name the original's engram with -e and its manifest with -m.",
      cause: error,
    });
  }
}
