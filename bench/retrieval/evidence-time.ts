import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layChangeOver } from "../../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { GitError, gitText } from "../../src/shared/git.ts";
import { AssistantError } from "../../src/shared/errors.ts";
import { gatherEvidence } from "../../src/tasks/review/gather-evidence.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";
import { readChange } from "../../src/workspace/read-change.ts";
import { openBenchPast } from "../past.ts";
import { quantile } from "../statistics.ts";
import { lenientSource } from "./lenient-source.ts";

/** Changes that count as one of about 300 lines, added and removed together. */
const fewestLines = 200;
const mostLines = 450;
/** Commits that are looked through for such changes. */
const commitsRead = 3_000;
/** Older changes that are asked about first and not counted: they start git, grammars and caches, and make the code quick. */
const warmUp = 10;

export interface EvidenceTime {
  changes: number;
  p50: number;
  p95: number;
  /** Processor time of all threads of this process: on a busy machine the clock says little. git's own is not in it. */
  cpu: { p50: number; p95: number };
}

/**
 * How long all evidence for a change of about 300 lines takes in a process that is warm, for the newest such commits, each asked
 * for the first time; null where there are none.
 * @param budgetMs after which no further change is begun, reading the past not counted
 */
export async function timeEvidence(repo: string, count: number, budgetMs: number): Promise<EvidenceTime | null> {
  const workspace = await openLocalClone(repo);
  const store = createMemoryEngramStore();
  const directory = mkdtempSync(join(tmpdir(), "bench-evidence-"));
  const commits = (await commitsOfSize(workspace.gitDir, count + warmUp)).toReversed();
  const past = await openBenchPast(workspace.gitDir, commits.at(-1)?.commit ?? "HEAD", directory);
  const times: number[] = [];
  const cpuTimes: number[] = [];
  const deadline = performance.now() + budgetMs;
  for (const { commit, parent } of commits) {
    if (times.length > 1 && performance.now() > deadline) break;
    const { engram } = await store.updateFrom("bench", await lenientSource(workspace.gitDir, parent));
    try {
      const change = await readChange(workspace.gitDir, parent, commit);
      const view = await layChangeOver(engram, change, workspace.gitDir);
      const { signal } = new AbortController();
      const then = { past: past.at(parent), units: past.units, others: [] };
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      await gatherEvidence({ subject: null, change, view, ...then, engramCommit: parent, workspace, signal });
      const { user, system } = process.cpuUsage(cpu);
      times.push(performance.now() - started);
      cpuTimes.push((user + system) / 1_000);
    } catch (error) {
      // A partial clone lacks some blob of it.
      if (!(error instanceof GitError) && !(error instanceof AssistantError)) throw error;
    }
  }
  past.close();
  store.close();
  rmSync(directory, { recursive: true, force: true });
  // Where there are few, at least the first one is left out.
  const left = Math.min(warmUp, Math.ceil(times.length / 2));
  times.splice(0, left);
  cpuTimes.splice(0, left);
  if (times.length === 0) return null;
  const spread = (all: number[]) => ({ p50: quantile(all, 0.5), p95: quantile(all, 0.95) });
  return { changes: times.length, ...spread(times), cpu: spread(cpuTimes) };
}

interface SizedCommit {
  commit: string;
  parent: string;
}

/** Newest first, without merges. Read page by page: where git lacks a blob, a page is read commit by commit. */
async function commitsOfSize(gitDir: string, wanted: number): Promise<SizedCommit[]> {
  const log = ["rev-list", "--no-merges", "--min-parents=1", `--max-count=${commitsRead}`, "HEAD"];
  const commits = (await gitText(gitDir, log)).split("\n").filter(Boolean);
  const found: SizedCommit[] = [];
  for (let at = 0; at < commits.length && found.length < wanted; at += pageSize) {
    const page = commits.slice(at, at + pageSize);
    const whole = await sizedCommits(gitDir, page);
    if (whole !== null) found.push(...whole);
    else for (const commit of page) found.push(...((await sizedCommits(gitDir, [commit])) ?? []));
  }
  return found.slice(0, wanted);
}

const pageSize = 50;

async function sizedCommits(gitDir: string, commits: readonly string[]): Promise<SizedCommit[] | null> {
  const args = ["log", "--no-walk=unsorted", "--stdin", "--shortstat", "--format=%x01%H %P"];
  try {
    const log = await gitText(gitDir, args, { input: `${commits.join("\n")}\n` });
    return log.split("\x01").flatMap(readRecord);
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

function readRecord(record: string): SizedCommit[] {
  const [commit = "", parent = ""] = record.split("\n", 1)[0]?.split(" ") ?? [];
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(record)?.[1] ?? 0);
  const lines = count("insertion") + count("deletion");
  return lines >= fewestLines && lines <= mostLines ? [{ commit, parent }] : [];
}
