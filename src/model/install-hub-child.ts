/** Runs in a child process of `install-hub.ts`: `URI FOLDER` as arguments, progress and result as messages. */
import { createModelDownloader } from "node-llama-cpp";
import { messageOf } from "../shared/errors.ts";

export type HubMessage =
  | { kind: "progress"; bytes: number; totalBytes: number }
  | { kind: "done"; path: string }
  | { kind: "failed"; reason: string };

const [modelUri = "", dirPath = ""] = process.argv.slice(2);
try {
  const downloader = await createModelDownloader({
    modelUri,
    dirPath,
    onProgress: ({ downloadedSize, totalSize }) =>
      send({ kind: "progress", bytes: downloadedSize, totalBytes: totalSize }),
  });
  send({ kind: "done", path: await downloader.download() });
} catch (error) {
  send({ kind: "failed", reason: messageOf(error) });
}

function send(message: HubMessage): void {
  process.send?.(message);
}
