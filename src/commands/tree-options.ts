import type { Command } from "commander";
import { treeRevision } from "../engram/blob-id.ts";
import { directorySource } from "../engram/directory-source.ts";
import { gitSource } from "../engram/git-source.ts";
import type { ManifestSource } from "../engram/manifest.ts";
import type { TreeSource } from "../engram/tree-source.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { AssistantError } from "../shared/errors.ts";
import { repositoryKey } from "../shared/repository.ts";
import { localRepository, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";

/** Where the files of an engram come from, as a person names it. */
export interface TreeOptions {
  input?: string[];
  git?: string;
  ref?: string;
}

export interface OpenTree {
  tree: TreeSource;
  source: ManifestSource;
}

export function treeOptions(command: Command): Command {
  return command
    .option("-i, --input <dir...>", "folders; of several, each becomes a folder of the engram")
    .option("--git <dir>", "a repository, bare or not: read from its objects, without a checkout")
    .option("--ref <ref>", "the commit to take from --git (default: HEAD)");
}

/**
 * Says on standard error what of a folder is left out.
 * @param except files that are no part of a folder's tree: the engram that is being written, and what belongs to it
 * Errors: AssistantError `no-input`, `two-inputs`, `empty-input`; as directorySource; as openLocalClone and resolveCommit.
 */
export async function openTree(
  options: TreeOptions,
  except: readonly string[],
  signal?: AbortSignal,
): Promise<OpenTree> {
  const { input, git, ref } = options;
  if (git !== undefined && input !== undefined) {
    throw new AssistantError("the files are named twice, by -i and by --git", {
      code: "two-inputs",
      remedy: "Give one of the two.",
    });
  }
  if (git !== undefined) return openCommit(git, ref ?? "HEAD", signal);
  if (input !== undefined && ref === undefined) return openFolders(input, except, signal);
  throw new AssistantError(ref === undefined ? "no input is named" : "--ref needs the repository that it is in", {
    code: "no-input",
    remedy: "Name folders with -i DIR, or a repository with --git DIR --ref REF.",
  });
}

async function openCommit(dir: string, ref: string, signal?: AbortSignal): Promise<OpenTree> {
  const { gitDir } = await openLocalClone(dir).catch((error: unknown) => {
    throw withRemedy(error, "not-a-repository", "Name a clone or a bare repository with --git, or a folder with -i.");
  });
  const commit = await resolveCommit(gitDir, ref);
  const repository = repositoryKey(await localRepository(gitDir));
  return { tree: await gitSource(gitDir, commit, signal), source: { repository, ref, commit } };
}

async function openFolders(folders: string[], except: readonly string[], signal?: AbortSignal): Promise<OpenTree> {
  const found = await directorySource(folders, signal, except);
  for (const { path, reason } of found.skipped) {
    process.stderr.write(`note: ${oneLine(path)} is left out: ${reason}\n`);
  }
  const tree = await withoutGit(found);
  if ((await tree.entries()).length > 0) return { tree, source: { folders } };
  throw new AssistantError(`there is no file in ${folders.join(", ")}`, {
    code: "empty-input",
    remedy: "Check the path: -i names the folder whose files shall be remembered.",
  });
}

/** `.git` is a file in worktrees and submodules; it belongs to this disk, and extract would refuse it. */
async function withoutGit(tree: TreeSource): Promise<TreeSource> {
  const entries = await tree.entries();
  const own = entries.filter(({ path }) => !path.split("/").includes(".git"));
  if (own.length === entries.length) return tree;
  return { ...tree, revision: treeRevision(own), entries: async () => own };
}

function withRemedy(error: unknown, code: string, remedy: string): unknown {
  if (!(error instanceof AssistantError) || error.code !== code) return error;
  return new AssistantError(error.message, { code, remedy, cause: error });
}
