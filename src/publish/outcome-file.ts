import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../shared/limits.ts";
import type { ImplementOutcome } from "./implement-outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Receipt } from "./publisher.ts";

export interface OutcomeRecord {
  outcome: Outcome;
  /** Null where nothing was written to GitHub (preview). */
  receipt: Receipt | null;
  at: string;
}

/**
 * Keeps what a run found, wrote and kept back, as one JSON file a subject and state, for the people who run the assistant.
 * Replaced whole, so a reader never sees half a file; the oldest go when there are too many.
 * @returns the file's path
 */
export async function writeOutcome(dir: string, record: OutcomeRecord): Promise<string> {
  return write(dir, nameOf(record.outcome), record);
}

async function write(dir: string, name: string, record: object): Promise<string> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${name}.json`);
  await writeFile(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${path}.new`, path);
  await removeOldest(dir);
  return path;
}

/**
 * Keeps what came of a request for a change before any of it is put on GitHub: what is tried again after a crash goes on
 * with the same change, and writes no other one.
 * @param comment the one that asked
 */
export async function writeImplementation(dir: string, comment: number, outcome: ImplementOutcome): Promise<string> {
  return write(dir, implementationName(comment, outcome.number), { outcome, at: new Date().toISOString() });
}

/** Null where nothing was kept, or it cannot be read any more. */
export async function readImplementation(
  dir: string,
  comment: number,
  number: number,
): Promise<ImplementOutcome | null> {
  try {
    const text = await readFile(join(dir, `${implementationName(comment, number)}.json`), "utf8");
    return (JSON.parse(text) as { outcome: ImplementOutcome }).outcome;
  } catch {
    return null;
  }
}

function implementationName(comment: number, number: number | null): string {
  return `implement-${number ?? "local"}-comment-${comment}`;
}

function nameOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "review":
      return `${outcome.subject ? `pull-${outcome.subject.number}` : "push"}-${outcome.head.slice(0, 12)}`;
    case "triage":
      return `issue-${outcome.subject?.number ?? "local"}-triage`;
    case "answer":
      return `${outcome.subject.kind}-${outcome.subject.number}-comment-${outcome.commentId}`;
  }
}

async function removeOldest(dir: string): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".json"));
  if (names.length <= limits.outcomesKept) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(dir, name), time: (await stat(join(dir, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.time - a.time);
  await Promise.all(aged.slice(limits.outcomesKept).map(({ path }) => rm(path, { force: true })));
}
