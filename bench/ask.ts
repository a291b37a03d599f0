import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceOf } from "../src/api/open-sources.ts";
import type { Engram } from "../src/engram/engram.ts";
import { createSqliteEngramStore } from "../src/engram/sqlite-engram-store.ts";
import { gitText } from "../src/shared/git.ts";
import { AssistantError } from "../src/shared/errors.ts";
import { contentStems } from "../src/tasks/ask/content-words.ts";
import { gatherPassages } from "../src/tasks/ask/gather-passages.ts";
import type { PassageSource } from "../src/tasks/ask/passage.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";

/** What a commit says it does, asked of the tree that it is in: its files are right answers. */
interface Question {
  repo: string;
  text: string;
  files: ReadonlySet<string>;
}

interface Asked {
  isOwn: boolean;
  isAnswered: boolean;
  isRight: boolean;
}

/** Of nothing but housekeeping a tree has nothing to say. */
const housekeeping = /\b(?:bump|release|version|typo|changelog|upgrade|lint|prettier|ci)\b|\bto v?\d/i;
/** A subject of fewer words asks nothing, and one of more files has no answer. */
const fewestWords = 3;
const mostFiles = 8;

/**
 * Subjects of commits as questions: each asked of its own repository, where its files are the answer, and of the others, where
 * silence is. With the floor that weighs words by their rarity, and with each word counting the same.
 */
export async function benchAsk({ repos, quick }: BenchOptions): Promise<BenchResult> {
  if (repos.length < 2) {
    throw new AssistantError("questions to other repositories are measured, and one alone is named", {
      code: "few-repositories",
      remedy: "Name two or three: --repo A --repo B.",
    });
  }
  const directory = mkdtempSync(join(tmpdir(), "bench-ask-"));
  const store = createSqliteEngramStore({ directory });
  try {
    const engrams = new Map<string, Engram>();
    const questions: Question[] = [];
    for (const [i, repo] of repos.entries()) {
      say(`reading ${repo} …`);
      const { gitDir } = await openLocalClone(repo);
      const head = await gitText(gitDir, ["rev-parse", "HEAD"]);
      const { engram } = await store.update(`bench/${i}`, gitDir, head);
      engrams.set(repo, engram);
      questions.push(...(await questionsOf(repo, gitDir, engram, quick ? 20 : 80)));
    }
    const rows: BenchResult["rows"] = [["questions", String(questions.length)]];
    const figures: BenchResult["figures"] = { questions: questions.length };
    for (const how of ["plain", "weighed"] as const) {
      const asked: Asked[] = [];
      for (const repo of engrams.keys()) {
        const weighed = sourceOf([repo], engrams);
        const source: PassageSource = how === "weighed" ? weighed : { search: (text, k) => weighed.search(text, k) };
        for (const question of questions) asked.push(await ask(question, repo, source));
      }
      const counted = tabulate(asked);
      figures[how] = counted;
      rows.push(
        ...Object.entries(counted).map(([key, share]): [string, string] => [`${how}.${key}`, share.toFixed(3)]),
      );
    }
    return { rows, figures };
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function questionsOf(repo: string, gitDir: string, engram: Engram, most: number): Promise<Question[]> {
  const log = await gitText(gitDir, ["log", "--no-merges", "-n", "1500", "--format=%x01%s", "--name-only", "HEAD"]);
  const all = log.split("\u0001").flatMap((entry): Question[] => {
    const [subject = "", ...paths] = entry.split("\n");
    const text = subject.replace(/\(#\d+\)/g, "").replace(/^\w+(?:\([^)]*\))?!?:\s*/, "");
    const files = new Set(paths.filter((path) => path !== "" && engram.file(path) !== null));
    const isOne = files.size > 0 && files.size <= mostFiles && contentStems(text).size >= fewestWords;
    return isOne && !housekeeping.test(text) ? [{ repo, text, files }] : [];
  });
  return all.slice(0, most);
}

async function ask({ repo, text, files }: Question, of: string, source: PassageSource): Promise<Asked> {
  const countTokens = async (): Promise<number> => 1;
  const passages = await gatherPassages(text, [source], { tokens: Number.MAX_SAFE_INTEGER, countTokens });
  const isRight = passages.some(({ document }) => files.has(document));
  return { isOwn: repo === of, isAnswered: passages.length > 0, isRight };
}

/** Shares of the questions: to their own repository answered and with a right file; to others answered at all. */
function tabulate(asked: readonly Asked[]): Record<"own_answered" | "own_right" | "others_answered", number> {
  const own = asked.filter(({ isOwn }) => isOwn);
  const others = asked.filter(({ isOwn }) => !isOwn);
  const share = (all: readonly Asked[], holds: (one: Asked) => boolean): number =>
    all.filter(holds).length / all.length;
  return {
    own_answered: share(own, ({ isAnswered }) => isAnswered),
    own_right: share(own, ({ isRight }) => isRight),
    others_answered: share(others, ({ isAnswered }) => isAnswered),
  };
}
