import { createHash } from "node:crypto";
import type { Encoder } from "../model/encoder.ts";
import { limits } from "../shared/limits.ts";
import type { IssueVector, IssueVectors } from "../tracker/issue-vectors.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { Past } from "./past.ts";
import { writtenLines } from "./issue-text.ts";

/** What a text means, as far as issues can be compared with it. */
export interface QueryMeaning {
  /** Cosine with an issue's text, -1..1; null for an issue without a vector yet. */
  cosineOf(issue: number): number | null;
}

/** What the issues of a tracker mean, as far as that was computed. */
export interface IssueMeanings {
  /** Who made the vectors: scores that rest on different ones, or on none, cannot be compared. */
  readonly encoder: string;
  /** Issues that have a vector. */
  readonly size: number;
  /** Of an issue that has a vector, without computing one. */
  of(issue: number): QueryMeaning | null;
  /**
   * Of any text: one vector is computed, unless the issue has it; then it is kept. Null where it does not come within
   * limits.encodeWaitMs or cannot be had: then words alone decide. Errors: the signal's reason.
   */
  read(text: IssueWords & { number: number | null }, signal?: AbortSignal): Promise<QueryMeaning | null>;
}

interface IssueWords {
  title: string;
  body: string;
}

/** What two vectors must have in common to be compared. */
function makerOf({ identity }: Encoder): string {
  return identity.sha256 ?? identity.name;
}

/** As much of an issue as people wrote; the encoder cuts it. */
function encodedText({ title, body }: IssueWords): string {
  return [title, ...writtenLines(body)].join("\n");
}

/** Of what is read: what nobody sees is taken out of some copies of a text. */
function hashOf(words: IssueWords): string {
  return createHash("sha256").update(encodedText(words)).digest("base64url");
}

interface Opened {
  stamp: string;
  meanings: IssueMeanings;
}

const openedOf = new WeakMap<Tracker, Opened>();
/** By number: of thousands of issues, few have changed since the last look. */
const hashesOf = new WeakMap<Tracker, Map<number, { updatedAt: string; hash: string }>>();

/** Vectors that are still those of their issues' texts; read again only when there is something new. */
export function openIssueMeanings(tracker: Tracker, vectors: IssueVectors, encoder: Encoder): IssueMeanings {
  const stamp = `${makerOf(encoder)} ${vectors.stamp()} ${tracker.readTo().issues}`;
  const known = openedOf.get(tracker);
  if (known?.stamp === stamp) return known.meanings;
  const meanings = meaningsOf(tracker, vectors, encoder);
  openedOf.set(tracker, { stamp, meanings });
  return meanings;
}

function meaningsOf(tracker: Tracker, vectors: IssueVectors, encoder: Encoder): IssueMeanings {
  const maker = makerOf(encoder);
  const kept = currentVectors(tracker, vectors.read(maker));
  const meaningOf = (vector: Float32Array): QueryMeaning => ({
    cosineOf(issue) {
      const other = kept.get(issue);
      return other === undefined ? null : product(vector, other.vector);
    },
  });
  return {
    encoder: maker,
    size: kept.size,
    of(issue) {
      const known = kept.get(issue);
      return known === undefined ? null : meaningOf(known.vector);
    },
    async read(text, signal) {
      const hash = hashOf(text);
      const known = text.number === null ? undefined : kept.get(text.number);
      if (known?.text === hash) return meaningOf(known.vector);
      const vector = await soon(encoder, encodedText(text), signal);
      if (vector === null) return null;
      const { number } = text;
      // Not of a text that GitHub has by now, and the tracker does not.
      const issue = number === null ? null : tracker.issue(number);
      if (issue !== null && hashOf(issue) === hash) vectors.save(maker, [{ issue: issue.number, text: hash, vector }]);
      return meaningOf(vector);
    },
  };
}

function currentVectors(tracker: Tracker, read: IssueVector[]): Map<number, IssueVector> {
  const byNumber = new Map(read.map((one) => [one.issue, one]));
  const current = new Map<number, IssueVector>();
  if (byNumber.size === 0) return current;
  const hashes = hashesOf.get(tracker) ?? new Map<number, { updatedAt: string; hash: string }>();
  hashesOf.set(tracker, hashes);
  for (const issue of tracker.issues()) {
    const { number, updatedAt } = issue;
    const one = byNumber.get(number);
    if (one === undefined) continue;
    const known = hashes.get(number);
    const hash = known?.updatedAt === updatedAt ? known.hash : hashOf(issue);
    hashes.set(number, { updatedAt, hash });
    if (one.text === hash) current.set(number, one);
  }
  return current;
}

/** A vector of zeros means nothing: it is like no other. */
function product(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}

async function soon(encoder: Encoder, text: string, signal: AbortSignal | undefined): Promise<Float32Array | null> {
  const late = AbortSignal.timeout(limits.encodeWaitMs);
  try {
    const within = signal === undefined ? late : AbortSignal.any([signal, late]);
    const [vector = null] = await encoder.encode([text], { priority: "person", signal: within });
    return vector;
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

/** What a text means, where there is an encoder and it answers in time. Errors: the signal's reason. */
export async function readMeaning(
  text: IssueWords & { number: number | null },
  { meanings }: Pick<Past, "meanings">,
  signal?: AbortSignal,
): Promise<QueryMeaning | null> {
  const opened = (await meanings?.()) ?? null;
  return opened && opened.read(text, signal);
}

export interface EmbedOptions {
  /** Epoch ms after which nothing more is begun; the next call goes on. */
  deadline?: number;
  signal?: AbortSignal;
  /** Vectors computed by this call, and how many were missing. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Computes the vectors that are missing, newest issues first, and saves them a few at a time: wherever this ends, the next
 * call goes on. Pull requests have none.
 * @returns how many are still missing
 * Errors: the signal's reason; those of the encoder.
 */
export async function embedIssues(
  tracker: Tracker,
  vectors: IssueVectors,
  encoder: Encoder,
  { deadline = Infinity, signal, onProgress }: EmbedOptions = {},
): Promise<number> {
  const maker = makerOf(encoder);
  const current = currentVectors(tracker, vectors.read(maker));
  const missing: number[] = [];
  for (const { number, pull } of tracker.issues()) if (!pull && !current.has(number)) missing.unshift(number);
  let done = 0;
  while (done < missing.length && Date.now() < deadline) {
    signal?.throwIfAborted();
    const batch = missing.slice(done, done + limits.embedBatch);
    // Read now: it may have been edited or forgotten meanwhile.
    const issues = batch.flatMap((number) => tracker.issue(number) ?? []);
    const made = await encoder.encode(issues.map(encodedText), { priority: "background", ...(signal && { signal }) });
    vectors.save(
      maker,
      issues.map((issue, index) => ({
        issue: issue.number,
        text: hashOf(issue),
        vector: made[index] as Float32Array,
      })),
    );
    done += batch.length;
    onProgress?.(done, missing.length);
  }
  return missing.length - done;
}
