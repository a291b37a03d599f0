import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Delivered, Delivery, InstallProgress } from "./delivery.ts";

/** Copies a file that the user has already. */
export async function copyLocalFile(localFile: string, source: string, delivery: Delivery): Promise<Delivered> {
  const { size } = await stat(localFile);
  const target = join(delivery.folder, "model.gguf");
  const report = (bytes: number) => delivery.onProgress({ source, step: "unpacking", bytes, totalBytes: size });
  await writeWithProgress(createReadStream(localFile), target, report, delivery.signal);
  return { path: target, sha256: null };
}

/** Appends a stream to a file; `report` hears the bytes so far, at most once in each megabyte. */
export async function writeWithProgress(
  input: Readable,
  target: string,
  report: (bytes: InstallProgress["bytes"]) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let bytes = 0;
  let reported = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes - reported >= 1e6) report((reported = bytes));
      yield chunk;
    }
  };
  await pipeline(input, counted, createWriteStream(target, { flags: "a" }), { signal });
  report(bytes);
}
