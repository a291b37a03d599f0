import { join } from "node:path";
import { EnvHttpProxyAgent } from "undici";
import type { Delivered, Delivery } from "./delivery.ts";
import { discardDownload, download } from "./download.ts";

/** What stays of an interrupted download, in the delivery's folder. */
const partialName = "hub.gguf";

/**
 * Downloads a file from the model hub, or from its mirror: `MODEL_ENDPOINT` or `HF_ENDPOINT`, with a path before the
 * repositories where it has one, and `HF_TOKEN` for what is not public. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.
 * `path`: `USER/REPOSITORY/FILE`.
 */
export async function fetchFromHub(path: string, source: string, delivery: Delivery): Promise<Delivered> {
  const { folder, expected, onProgress, signal, waits } = delivery;
  const target = join(folder, partialName);
  const dispatcher = new EnvHttpProxyAgent({ proxyTunnel: false });
  let reported = -Infinity;
  try {
    const { announcedSha256 } = await download({
      url: hubUrl(path),
      token: process.env["HF_TOKEN"],
      target,
      magic: "GGUF",
      bytes: expected.bytes,
      dispatcher,
      onProgress(bytes, totalBytes) {
        if (bytes !== totalBytes && Math.abs(bytes - reported) < 1e6) return;
        reported = bytes;
        onProgress({ source, step: "downloading", bytes, totalBytes });
      },
      signal,
      ...waits,
    });
    return { path: target, sha256: announcedSha256 };
  } finally {
    await dispatcher.destroy();
  }
}

export function hubUrl(path: string): string {
  const [user, repository, ...file] = path.split("/");
  const endpoint = process.env["MODEL_ENDPOINT"] || process.env["HF_ENDPOINT"] || "https://huggingface.co";
  return `${endpoint.replace(/\/+$/, "")}/${user}/${repository}/resolve/main/${file.join("/")}`;
}

export async function discardHubDownload(folder: string): Promise<void> {
  await discardDownload(join(folder, partialName));
}

/** Whether a file of a delivery's folder is worth keeping for the next call. */
export function isResumable(name: string): boolean {
  return name === partialName || name === `${partialName}.json`;
}
