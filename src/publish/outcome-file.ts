import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../shared/limits.ts";
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
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${nameOf(record.outcome)}.json`);
  await writeFile(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${path}.new`, path);
  await removeOldest(dir);
  return path;
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
