import { git, gitText } from "../src/shared/git.ts";
import { type LoggedCommit, readHistory } from "./algebra-history.ts";
import { spread } from "./statistics.ts";

/** How many commits before a change are its candidates. */
export const candidates = 2_000;

/** Backports that are asked for in one repository. */
const mostBackports = 150;

/** A change whose counterpart is known. Places are those of the default branch, newest first. */
export interface Pair {
  query: LoggedCommit;
  target: number;
  /** Newest of its candidates. */
  first: number;
}

/** Commits that name exactly one reverted commit, which is on the branch and among the 2,000 before. */
export function findReverts(commits: readonly LoggedCommit[]): Pair[] {
  const places = placesOf(commits);
  return commits.flatMap((query, i) => {
    const named = [...query.message.matchAll(/This reverts commit ([0-9a-f]{7,40})/g)].map((match) => match[1] ?? "");
    const target = named.length === 1 ? findCommit(places, named[0] as string) : undefined;
    if (target === undefined || target <= i || target > i + candidates) return [];
    return [{ query, target, first: i + 1 }];
  });
}

/**
 * Commits elsewhere than on the default branch that repeat one of its commits: labelled by git's own words or, on other
 * branches (not in pull requests, which are the same change and no copy of it), by an equal subject. One for each original,
 * which has to be among the 2,000 commits before it in time.
 */
export async function findBackports(
  commits: readonly LoggedCommit[],
  gitDir: string,
  quick: boolean,
): Promise<{ pairs: Pair[]; labelled: number }> {
  const times = await timesOf(gitDir, ["--no-merges", "HEAD"], "");
  const byTime = commits.map(({ sha }) => times.get(sha) ?? 0);
  const picked = await pickedCommits(gitDir, placesOf(commits));
  const wanted = new Map<string, number>();
  const taken = new Set<number>();
  for (const [sha, target] of [...picked, ...(await sameSubjects(gitDir, commits))]) {
    if (!taken.has(target)) wanted.set(sha, target);
    taken.add(target);
  }
  const shas = spread([...wanted.keys()], quick ? 20 : mostBackports);
  if (shas.length === 0) return { pairs: [], labelled: 0 };
  const own = await timesOf(gitDir, ["--no-walk", "--stdin"], shas.join("\n"));
  const pairs: Pair[] = [];
  for await (const query of readHistory(gitDir, ["--no-walk=unsorted", ...shas])) {
    const target = wanted.get(query.sha) ?? -1;
    const first = byTime.findIndex((time) => time <= (own.get(query.sha) ?? 0));
    if (first >= 0 && target >= first && target < first + candidates) pairs.push({ query, target, first });
  }
  const labels = new Set(picked.map(([sha]) => sha));
  return { pairs, labelled: pairs.filter(({ query }) => labels.has(query.sha)).length };
}

/** Committer's time in seconds, by commit. */
async function timesOf(gitDir: string, args: string[], input: string): Promise<Map<string, number>> {
  const text = await gitText(gitDir, ["log", "--format=%H %ct", ...args], { input });
  return new Map(text.split("\n").map((line) => [line.slice(0, 40), Number(line.slice(41))]));
}

async function pickedCommits(gitDir: string, places: ReadonlyMap<string, number>): Promise<[string, number][]> {
  const args = ["log", "--all", "--no-merges", "--grep=cherry picked from commit", "--format=%x01%H%x02%B", "^HEAD"];
  const text = await gitText(gitDir, args);
  return text.split("\x01").flatMap((record): [string, number][] => {
    const [sha = "", message = ""] = record.split("\x02");
    const named = [...message.matchAll(/\(cherry picked from commit ([0-9a-f]{7,40})\)/g)].map((one) => one[1] ?? "");
    const target = named.length === 1 ? findCommit(places, named[0] as string) : undefined;
    return target === undefined || message.includes("This reverts") ? [] : [[sha, target]];
  });
}

/** Subjects of four words and more that stand once on the default branch. */
async function sameSubjects(gitDir: string, commits: readonly LoggedCommit[]): Promise<[string, number][]> {
  const places = new Map<string, number[]>();
  for (const [i, { subject }] of commits.entries()) {
    const key = bareSubject(subject);
    places.set(key, [...(places.get(key) ?? []), i]);
  }
  const output = await git(gitDir, ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"]);
  const refs = output
    .toString("utf8")
    .split("\n")
    .filter((ref) => ref !== "" && !/pull|merge/.test(ref));
  if (refs.length === 0) return [];
  const input = `${refs.join("\n")}\n^HEAD\n`;
  const text = await gitText(gitDir, ["log", "--no-merges", "--stdin", "--format=%H %s"], { input });
  return text.split("\n").flatMap((line): [string, number][] => {
    const key = bareSubject(line.slice(41));
    const [target, ...others] = places.get(key) ?? [];
    if (target === undefined || others.length > 0 || key.split(" ").length < 4 || /^revert/i.test(key)) return [];
    return [[line.slice(0, 40), target]];
  });
}

/** Without the branch in front and the number of the pull request behind. */
function bareSubject(subject: string): string {
  return subject
    .replace(/^\[[^\]]*\]\s*/, "")
    .replace(/\s*\(#\d+\)/g, "")
    .trim();
}

function placesOf(commits: readonly LoggedCommit[]): Map<string, number> {
  return new Map(commits.map(({ sha }, i) => [sha, i]));
}

/** By full or shortened id. */
function findCommit(places: ReadonlyMap<string, number>, name: string): number | undefined {
  if (name.length === 40) return places.get(name);
  for (const [sha, at] of places) if (sha.startsWith(name)) return at;
  return undefined;
}
