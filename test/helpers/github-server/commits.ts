import { git, gitText } from "../../../src/shared/git.ts";
import type { Repository } from "./state.ts";

export interface Person {
  name: string;
  email: string;
  date: string;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}

/** The full id of a commit that a branch, tag or abbreviated id names; null where there is none. */
export async function resolveCommit(gitDir: string, revision: string): Promise<string | null> {
  if (revision.startsWith("-")) return null;
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const output = await git(gitDir, args, { okCodes: [0, 1, 128] });
  return output.toString("utf8").trim() || null;
}

export async function readCommit(gitDir: string, sha: string): Promise<Commit> {
  const [commit] = await listCommits(gitDir, ["--max-count=1", sha]);
  if (!commit) throw new Error(`no commit ${sha}`);
  return commit;
}

/** Writes a commit that one person has made; no branch has it yet. */
export async function writeCommit(
  gitDir: string,
  { tree, parents, message, by }: { tree: string; parents: string[]; message: string; by: Person },
): Promise<string> {
  const who = (role: string) => ({
    [`GIT_${role}_NAME`]: by.name,
    [`GIT_${role}_EMAIL`]: by.email,
    [`GIT_${role}_DATE`]: by.date,
  });
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  return gitText(gitDir, args, { input: message, env: { ...who("AUTHOR"), ...who("COMMITTER") } });
}

/** Commits as `git log` with these arguments gives them, newest first. */
export async function listCommits(gitDir: string, args: string[]): Promise<Commit[]> {
  const format = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x1f");
  const output = await gitText(gitDir, ["log", "-z", `--format=${format}`, ...args]);
  return output.split("\0").filter(Boolean).map(parseCommit);
}

/** Commits of `head` that `base` does not have. Both are full ids. */
export async function commitCount(repository: Repository, base: string, head: string): Promise<number> {
  return Number(await askOnce(repository, ["rev-list", "--count", `${base}..${head}`]));
}

/** What git says to arguments that name commits by their full ids: it never changes, and is remembered. */
export function askOnce(repository: Repository, args: string[], okCodes?: number[]): Promise<string> {
  const key = args.join(" ");
  const known = repository.answers.get(key) ?? gitText(repository.gitDir, args, { okCodes });
  repository.answers.set(key, known);
  return known;
}

function parseCommit(record: string): Commit {
  const [sha = "", tree = "", parents = "", an = "", ae = "", ai = "", cn = "", ce = "", ci = "", ...message] =
    record.split("\x1f");
  return {
    sha,
    tree,
    parents: parents.split(" ").filter(Boolean),
    author: { name: an, email: ae, date: ai },
    committer: { name: cn, email: ce, date: ci },
    message: message.join("\x1f").trimEnd(),
  };
}
