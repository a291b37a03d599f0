import { open, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher, Response } from "undici";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { Interrupted, request, StartAnew, WrongFile } from "./download-request.ts";

export interface DownloadOptions {
  url: string;
  /** Sent as a bearer token, to the host of `url` alone. */
  token: string | undefined;
  /** Where the bytes go; beside it, `<target>.json` says what they are of, so that the next call goes on from there. */
  target: string;
  /** How the file must begin. */
  magic: string;
  /** Exact size, where it is known before. */
  bytes?: number;
  dispatcher: Dispatcher;
  onProgress: (bytes: number, totalBytes: number | null) => void;
  signal: AbortSignal | undefined;
  /** Defaults: the limits of the same names. */
  stallMs?: number;
  retryMs?: number;
}

export interface Downloaded {
  bytes: number;
  /** SHA-256 that the hub says the file has; null where it says nothing. */
  announcedSha256: string | null;
}

/** What is known of a file that was begun. */
interface Begun {
  url: string;
  /** A strong validator: with it a server can tell whether the rest still belongs to the beginning. */
  etag: string | null;
  totalBytes: number | null;
  announcedSha256: string | null;
}

/**
 * Downloads a file, and goes on where an earlier call was cut off, killed or cancelled. Waits and tries again while the
 * server is busy or the line breaks; each try that brings bytes earns new ones. What arrived stays unless it turns out to be
 * of another version. Errors: Error in words; the signal's reason.
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { signal, retryMs = limits.downloadRetryMs } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(options.target);
    try {
      return await attempt(options, failures === 0);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      if (error instanceof StartAnew) await discardDownload(options.target);
      failures = (await sizeOf(options.target)) > before ? 1 : failures + 1;
      if (failures >= limits.downloadAttempts) throw new Error(`${error.message}, ${failures} times`, { cause: error });
      const wait = error.retryAfterMs ?? retryMs * 2 ** (failures - 1) * (1 + Math.random() / 2);
      if (wait > limits.downloadRetryMaxMs) throw error;
      await sleep(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Forgets a download that turned out to be wrong. */
export async function discardDownload(target: string): Promise<void> {
  await rm(target, { force: true });
  await rm(`${target}.json`, { force: true });
}

/** `first`: nothing was heard of the server yet. One that cannot be reached must not hold up the next source. */
async function attempt(options: DownloadOptions, first: boolean): Promise<Downloaded> {
  const { url, target, signal, stallMs = limits.downloadStallMs } = options;
  const begun = await readBegun(options);
  const offset = begun.etag === null ? 0 : await sizeOf(target);
  if (offset > 0 && offset === begun.totalBytes) return { bytes: offset, announcedSha256: begun.announcedSha256 };
  const control = new AbortController();
  const giveUpAfter = (ms: number, error: Error) => setTimeout(() => control.abort(error), ms);
  const silent = new Interrupted(`nothing came for ${seconds(stallMs)}`);
  const { origin } = new URL(url);
  const answerMs = Math.min(limits.hubReachableMs, stallMs);
  let stalled = first
    ? giveUpAfter(answerMs, new Error(`${origin} cannot be reached (no answer for ${seconds(answerMs)})`))
    : giveUpAfter(stallMs, silent);
  const both = signal === undefined ? control.signal : AbortSignal.any([signal, control.signal]);
  try {
    const headers = offset > 0 ? { range: `bytes=${offset}-`, "if-range": begun.etag ?? "" } : undefined;
    const { response, announcedSha256 } = await request(url, { ...options, headers, first, signal: both });
    clearTimeout(stalled);
    stalled = giveUpAfter(stallMs, silent);
    const from = startOf(response, offset, begun.etag);
    const now: Begun = {
      url,
      etag: strongEtag(response),
      totalBytes: totalOf(response, from),
      announcedSha256: announcedSha256 ?? (from > 0 ? begun.announcedSha256 : null),
    };
    checkTotal(now.totalBytes, options.bytes);
    await checkSpace(target, (now.totalBytes ?? 0) - from);
    const bytes = await append(response, from, now, options, () => {
      stalled.refresh();
    });
    return { bytes, announcedSha256: now.announcedSha256 };
  } catch (error) {
    signal?.throwIfAborted();
    if (control.signal.aborted) throw control.signal.reason;
    throw error;
  } finally {
    clearTimeout(stalled);
    control.abort();
  }
}

/** Where the answer's first byte belongs: the whole file again where the server knows no ranges, or the file changed. */
function startOf(response: Response, offset: number, etag: string | null): number {
  if (response.status !== 206) return 0;
  const start = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);
  if (start === offset && (response.headers.get("etag") ?? etag) === etag) return offset;
  throw new StartAnew("the server sent another part of the file than was asked for");
}

async function append(
  response: Response,
  from: number,
  now: Begun,
  { target, magic, onProgress }: DownloadOptions,
  alive: () => void,
): Promise<number> {
  const { totalBytes } = now;
  const file = await open(target, from > 0 ? "a" : "w");
  let bytes = from;
  try {
    // After an older beginning was emptied: whoever is killed in between begins anew.
    await writeFile(`${target}.json`, JSON.stringify(now));
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      alive();
      if (bytes < magic.length) checkBeginning(chunk, bytes, magic);
      await file.appendFile(chunk);
      bytes += chunk.length;
      onProgress(bytes, totalBytes);
    }
  } catch (error) {
    const { syscall = "" } = error as NodeJS.ErrnoException;
    // These are calls to the disk; what else ends a body is the line.
    if (["open", "write"].includes(syscall) || error instanceof WrongFile) throw error;
    throw new Interrupted(`the connection broke after ${bytes} bytes (${messageOf(error)})`);
  } finally {
    await file.close();
  }
  if (totalBytes !== null && bytes < totalBytes) throw new Interrupted(`the server ended after ${bytes} bytes`);
  if (totalBytes !== null && bytes > totalBytes) throw new WrongFile(`${bytes} bytes came instead of ${totalBytes}`);
  return bytes;
}

function checkBeginning(chunk: Uint8Array, offset: number, magic: string): void {
  const begin = Buffer.from(chunk.subarray(0, magic.length - offset)).toString("latin1");
  if (!magic.startsWith(begin, offset)) throw new WrongFile(`what came is not a ${magic} file`);
}

function checkTotal(totalBytes: number | null, expected: number | undefined): void {
  if (totalBytes === null || expected === undefined || totalBytes === expected) return;
  throw new WrongFile(`the file there has ${totalBytes} bytes instead of ${expected}`);
}

async function checkSpace(target: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(target));
  const free = bavail * bsize;
  if (bytes + limits.downloadSpareBytes <= free) return;
  throw new WrongFile(`${megabytes(bytes)} MB are to come, and the disk has ${megabytes(free)} MB free`);
}

/** Size of the whole file by the headers of an answer that begins at `from`. */
function totalOf({ headers }: Response, from: number): number | null {
  const range = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  if (range !== undefined) return Number(range);
  const length = headers.get("content-length");
  return length === null ? null : from + Number(length);
}

function strongEtag({ headers }: Response): string | null {
  const etag = headers.get("etag");
  return etag === null || etag.startsWith("W/") ? null : etag;
}

/** What an earlier call knew of the same file; a record that cannot be read is none. */
async function readBegun({ url, target }: DownloadOptions): Promise<Begun> {
  const nothing: Begun = { url, etag: null, totalBytes: null, announcedSha256: null };
  const text = await readFile(`${target}.json`, "utf8").catch(() => "");
  try {
    const begun = JSON.parse(text) as Begun;
    return begun.url === url ? begun : nothing;
  } catch {
    return nothing;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
