import { AssistantError } from "../shared/errors.ts";
import { git, GitError, gitText } from "../shared/git.ts";
import { listTree, readBlobs } from "../shared/git-objects.ts";
import type { TreeSource } from "./tree-source.ts";

/**
 * The tree of a commit, read from the object store without a checkout. Submodules are entries without a blob.
 * Errors: AssistantError `unknown-commit`.
 */
export async function gitSource(gitDir: string, commit: string, signal?: AbortSignal): Promise<TreeSource> {
  const revision = await resolveCommit(gitDir, commit, signal);
  return {
    revision,
    entries: (until) => entriesOf(gitDir, revision, until),
    sizes: (oids, until) => sizesOf(gitDir, oids, until),
    blobs: (oids, until) => readBlobs(gitDir, [...oids], until),
  };
}

async function resolveCommit(gitDir: string, commit: string, signal?: AbortSignal): Promise<string> {
  try {
    return await gitText(gitDir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`], {
      signal,
    });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new AssistantError(`There is no commit ${commit} in ${gitDir}`, {
      code: "unknown-commit",
      remedy: "Fetch the commit first, or name one that the repository holds.",
      cause: error,
    });
  }
}

/** Paths that are not UTF-8 may become the same by decoding; the first then stands for all. */
async function entriesOf(gitDir: string, revision: string, signal?: AbortSignal) {
  const entries = await listTree(gitDir, revision, signal);
  const paths = new Set<string>();
  return entries.filter(({ path }) => !paths.has(path) && paths.add(path));
}

async function sizesOf(gitDir: string, oids: readonly string[], signal?: AbortSignal): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  if (oids.length === 0) return sizes;
  const input = oids.join("\n") + "\n";
  const output = await git(gitDir, ["cat-file", "--batch-check=%(objectname) %(objectsize)"], { input, signal });
  for (const line of output.toString("utf8").split("\n")) {
    const [oid = "", size = "missing"] = line.split(" ");
    if (size !== "missing") sizes.set(oid, Number(size));
  }
  return sizes;
}
