import { gitText } from "../shared/git.ts";

/**
 * Where git may keep the heads of pull requests: as GitHub names them, in a mirror or as somebody's clone fetched them
 * (`refs/remotes/origin/pull/N/head`, `refs/remotes/origin/pr/N`).
 */
const patterns = ["refs/pull/*/head", "refs/remotes/*/pull/*/head", "refs/remotes/*/pr/*"];

/**
 * Head of each pull request that the repository has a ref for, by number. GitHub's own name counts before a clone's. GitHub
 * keeps `refs/pull/0/head` in some repositories, which is nobody's.
 */
export async function listPullRefs(gitDir: string, signal?: AbortSignal): Promise<Map<number, string>> {
  const output = await gitText(gitDir, ["for-each-ref", "--format=%(objectname) %(refname)", ...patterns], { signal });
  const heads = new Map<number, string>();
  for (const line of output.split("\n")) {
    const [, head = "", number = ""] =
      /^([0-9a-f]+) refs\/(?:remotes\/[^/]+\/)?(?:pull|pr)\/([1-9]\d{0,8})(?:\/head)?$/.exec(line) ?? [];
    // Sorted by name: refs/pull comes before refs/remotes.
    if (head !== "" && !heads.has(Number(number))) heads.set(Number(number), head);
  }
  return heads;
}

/** Those of the objects that are commits. A ref may point to anything, or to nothing. */
export async function keepCommits(gitDir: string, oids: readonly string[], signal?: AbortSignal): Promise<Set<string>> {
  if (oids.length === 0) return new Set();
  const input = oids.join("\n") + "\n";
  const output = await gitText(gitDir, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], { input, signal });
  return new Set(
    output.split("\n").flatMap((line) => (line.endsWith(" commit") ? [line.slice(0, line.indexOf(" "))] : [])),
  );
}
