import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { type CatalogueEntry, expectedWeights } from "./catalogue.ts";
import type { ExpectedWeights, Weights } from "./weights.ts";

const pinSchema = z.object({
  /** Where the file came from, for a person. */
  source: z.string(),
  bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** When this was written down, ISO 8601. */
  at: z.string(),
  /** The terms that somebody accepted when the file was installed; null where none asked for it. */
  acceptedLicence: z.string().nullable(),
});

/**
 * What an installed file was when it was first used, beside it as `NAME.gguf.json`. The catalogue does not know the digests
 * of most files; with a pin, what is loaded tomorrow is what was loaded today.
 */
export type Pin = z.infer<typeof pinSchema>;

/** Null where the file has no pin. Errors: `pin-invalid`. */
export async function readPin(path: string): Promise<Pin | null> {
  const text = await readFile(pinPath(path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return pinSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AssistantError(`${pinPath(path)} is not the record of an installed model: ${messageOf(error)}`, {
      code: "pin-invalid",
      remedy: "Delete it if you trust the file beside it; its digest is then recorded anew.",
      cause: error,
    });
  }
}

export async function writePin(path: string, pin: Pin): Promise<void> {
  const partial = `${pinPath(path)}.partial`;
  await writeFile(partial, `${JSON.stringify(pin, null, 2)}\n`);
  await rename(partial, pinPath(path));
}

export async function removePin(path: string): Promise<void> {
  await rm(pinPath(path), { force: true });
}

function pinPath(path: string): string {
  return `${path}.json`;
}

/**
 * What an installed file can be checked by: the catalogue's digest, else the pin's, else nothing. Whoever then reads the
 * digest of a file without either hands it to `pinAtFirstUse`. Errors: `pin-invalid`.
 */
export async function expectedInstalled(path: string, entry: CatalogueEntry | undefined): Promise<ExpectedWeights> {
  if (entry?.sha256) return expectedWeights(entry);
  const pin = await readPin(path);
  return pin === null ? {} : { bytes: pin.bytes, sha256: pin.sha256 };
}

/** Records what a file is, where nothing is recorded yet and the catalogue does not know it. */
export async function pinAtFirstUse(
  path: string,
  entry: CatalogueEntry | undefined,
  weights: Pick<Weights, "bytes" | "sha256">,
): Promise<void> {
  if (entry?.sha256 || (await readPin(path)) !== null) return;
  const { bytes, sha256 } = weights;
  const at = new Date().toISOString();
  await writePin(path, { source: "found in the models folder", bytes, sha256, at, acceptedLicence: null });
}
