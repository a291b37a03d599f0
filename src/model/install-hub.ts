import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Delivery } from "./delivery.ts";
import type { HubMessage } from "./install-hub-child.ts";
import { siblingFile } from "./worker-file.ts";

/**
 * Downloads a file from the model hub with node-llama-cpp, in a child process: where the hub cannot be reached its
 * download neither ends nor listens to a signal, and a child can be ended.
 */
export async function fetchFromHub(uri: string, source: string, delivery: Delivery): Promise<string> {
  await reachHub(delivery.signal);
  const { url, execArgv } = siblingFile(import.meta.url, "install-hub-child");
  const child = fork(fileURLToPath(url), [uri, delivery.folder], {
    execArgv,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      const stalled = watchdog(child, reject);
      delivery.signal?.addEventListener("abort", () => reject(delivery.signal?.reason as Error), { once: true });
      child.on("error", reject);
      child.on("exit", () => reject(new Error("the download ended early")));
      child.on("message", (message: HubMessage) => {
        stalled.refresh();
        if (message.kind === "done") resolve(message.path);
        else if (message.kind === "failed") reject(new Error(message.reason));
        else {
          const { bytes, totalBytes } = message;
          delivery.onProgress({ source, step: "downloading", bytes, totalBytes });
        }
      });
    });
  } finally {
    child.kill("SIGKILL");
  }
}

function watchdog(child: ChildProcess, reject: (error: Error) => void): NodeJS.Timeout {
  const timer = setTimeout(() => reject(new Error("the download stalled")), limits.downloadStallMs);
  child.on("exit", () => clearTimeout(timer));
  return timer;
}

async function reachHub(signal: AbortSignal | undefined): Promise<void> {
  const hub = process.env["MODEL_ENDPOINT"] ?? process.env["HF_ENDPOINT"] ?? "https://huggingface.co";
  const timeout = AbortSignal.timeout(limits.hubReachableMs);
  try {
    await fetch(hub, { method: "HEAD", signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`${hub} cannot be reached (${messageOf(cause)})`, { cause: error });
  }
}
