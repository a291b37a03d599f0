import { AssistantError } from "../shared/errors.ts";
import { GitError } from "../shared/git.ts";
import { readObjects } from "../shared/git-object-reader.ts";
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
  const name = `${commit}^{commit}`;
  try {
    const found = (await readObjects(gitDir, [name], { detail: "size", ...(signal && { signal }) })).get(name);
    if (found !== undefined) return found.oid;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw unknownCommit(gitDir, commit, error);
  }
  throw unknownCommit(gitDir, commit);
}

function unknownCommit(gitDir: string, commit: string, cause?: Error): AssistantError {
  return new AssistantError(`There is no commit ${commit} in ${gitDir}`, {
    code: "unknown-commit",
    remedy: "Fetch the commit first, or name one that the repository holds.",
    cause,
  });
}

/** Paths that are not UTF-8 may become the same by decoding; the first then stands for all. */
async function entriesOf(gitDir: string, revision: string, signal?: AbortSignal) {
  const entries = await listTree(gitDir, revision, signal);
  const paths = new Set<string>();
  return entries.filter(({ path }) => !paths.has(path) && paths.add(path));
}

async function sizesOf(gitDir: string, oids: readonly string[], signal?: AbortSignal): Promise<Map<string, number>> {
  const objects = await readObjects(gitDir, oids, { detail: "size", ...(signal && { signal }) });
  return new Map([...objects].map(([oid, { size }]) => [oid, size]));
}
