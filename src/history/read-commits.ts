import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { git, gitText } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { CommitRecord } from "./commit-record.ts";

/** What git shows must be what the commits say, whatever replacements a clone holds. */
const env = { GIT_NO_REPLACE_OBJECTS: "1" };

/**
 * The newest `limit` of these commits and what they descend from, without what `except` descend from, in git's own order: by
 * committer time, from the tips on. Commits that git does not have are passed over.
 */
export async function listCommits(
  gitDir: string,
  tips: readonly string[],
  { except, limit, signal }: { except: readonly string[]; limit: number; signal?: AbortSignal | undefined },
): Promise<string[]> {
  const input = [...tips, ...except.map((id) => `^${id}`), ""].join("\n");
  const args = ["rev-list", "--ignore-missing", `--max-count=${limit}`, "--stdin"];
  const output = await gitText(gitDir, args, { input, env, ...(signal && { signal }) });
  return output === "" ? [] : output.split("\n");
}

/** Commits whose parents a shallow clone lacks; none for other repositories. */
export async function shallowCommits(gitDir: string, signal?: AbortSignal): Promise<Set<string>> {
  const args = ["rev-parse", "--is-shallow-repository", "--git-path", "shallow"];
  const [isShallow, path = ""] = (await gitText(gitDir, args, signal && { signal })).split("\n");
  if (isShallow !== "true") return new Set();
  return new Set((await readFile(resolve(gitDir, path), "utf8")).split("\n").filter((line) => line !== ""));
}

/**
 * Commits with messages and changed files, in the order asked for. Trees are compared and no file is read, which a clone
 * without blobs can do: a renamed file is recognised only where its contents stayed the same.
 * @param cut commits whose parents git lacks
 */
export async function readCommits(
  gitDir: string,
  ids: readonly string[],
  cut: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<CommitRecord[]> {
  const format = "--format=%H%x00%P%x00%ct%x00%an%x00%ae%x00%s%x00%b%x00";
  const changes = ["-r", "-z", "--root", "--always", "--name-status", "-M100%", "--no-ext-diff"];
  const args = ["diff-tree", "--stdin", ...changes, "--encoding=UTF-8", format];
  const output = await git(gitDir, args, { input: ids.join("\n") + "\n", env, ...(signal && { signal }) });
  return parseCommits(output.toString("utf8").split("\0"), cut);
}

/** Per commit seven fields and an empty one, then per file a status (the first after a line end) and a path, two for renames. */
function parseCommits(fields: string[], cut: ReadonlySet<string>): CommitRecord[] {
  const records: CommitRecord[] = [];
  let at = 0;
  const next = (): string => fields[at++] ?? "";
  while (fields.length - at > 7) {
    const commit = next();
    const parents = next();
    const time = Number(next());
    const author = { name: shortened(next()), email: shortened(next()) };
    const subject = shortened(next());
    const body = shortened(next()).trim();
    at++;
    const record: CommitRecord = {
      commit: { commit, parents: parents === "" ? [] : parents.split(" "), time, author, subject, body, files: [] },
      cut: cut.has(commit),
      statuses: "",
      oldPaths: [],
    };
    while (/^\n?[A-Z]\d*$/.test(fields[at] ?? "")) {
      const status = next().trimStart().charAt(0);
      const isRenamed = status === "R";
      const path = next();
      // Without its parents, a commit would seem to add every file.
      if (record.cut) continue;
      record.statuses += status;
      if (isRenamed) record.oldPaths.push(path);
      record.commit.files.push(isRenamed ? next() : path);
    }
    records.push(record);
  }
  return records;
}

/** Whole characters only: half of one would come back from a file as another one. */
function shortened(text: string): string {
  return text.length <= limits.commitMessageCharacters
    ? text
    : text.slice(0, limits.commitMessageCharacters).replace(/[\uD800-\uDBFF]$/, "");
}
