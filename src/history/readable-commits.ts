import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { git, gitText, withoutFetching } from "../shared/git.ts";

/**
 * Those of these commits whose diff can be read from here, in the same order. Left out are the oldest commits of a shallow
 * clone, whose parents are missing and which therefore look as if they had added everything, and in a partial clone those
 * that changed a file which is not here. Fetches nothing.
 */
export async function readableCommits(
  gitDir: string,
  commits: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const shallow = await shallowCommits(gitDir);
  const rooted = commits.filter((commit) => !shallow.has(commit));
  if (rooted.length === 0 || !(await isPartial(gitDir))) return rooted;
  const missing = await missingObjects(gitDir, rooted, signal);
  if (missing.size === 0) return rooted;
  const lacking = await commitsWith(gitDir, rooted, missing, signal);
  return rooted.filter((commit) => !lacking.has(commit));
}

async function shallowCommits(gitDir: string): Promise<Set<string>> {
  const file = await gitText(gitDir, ["rev-parse", "--git-path", "shallow"]);
  const text = await readFile(join(gitDir, file), "utf8").catch(() => "");
  return new Set(text.split("\n"));
}

async function isPartial(gitDir: string): Promise<boolean> {
  const keys = String.raw`^(remote\..*\.promisor|extensions\.partialclone)$`;
  return (await git(gitDir, ["config", "--get-regexp", keys], { okCodes: [0, 1] })).length > 0;
}

/** rev-list alone names what is missing without fetching it object by object. */
async function missingObjects(
  gitDir: string,
  commits: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const list = ["rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", "--stdin"];
  const input = commits.map((commit) => `${commit}\n${commit}^@\n`).join("");
  const text = await gitText(gitDir, list, { input, ...reading(signal) });
  return new Set(text.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : [])));
}

/** Commits that changed a file to or from one of these blobs: from trees alone. */
async function commitsWith(
  gitDir: string,
  commits: readonly string[],
  blobs: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const show = ["-c", "log.showRoot=true", "log", "--no-walk=unsorted", "--stdin", "--no-show-signature"];
  const raw = ["--format=%x01%H", "--diff-merges=off", "--raw", "--no-abbrev", "--no-renames", "--no-color"];
  const text = await gitText(gitDir, [...show, ...raw], { input: `${commits.join("\n")}\n`, ...reading(signal) });
  const found = new Set<string>();
  let commit = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("\x01")) commit = line.slice(1);
    const [, before = "", after = ""] = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) /.exec(line) ?? [];
    if (blobs.has(before) || blobs.has(after)) found.add(commit);
  }
  return found;
}

function reading(signal: AbortSignal | undefined) {
  return { env: withoutFetching, ...(signal && { signal }) };
}
