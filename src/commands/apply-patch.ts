import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import { AssistantError } from "../shared/errors.ts";
import { git, GitError, gitText } from "../shared/git.ts";

/** Errors: AssistantError `no-work-tree`. */
export async function checkWorkTree(repo: string): Promise<void> {
  if ((await gitText(repo, ["rev-parse", "--is-inside-work-tree"])) === "true") return;
  throw new AssistantError("this repository has no work tree that a change could be written into", {
    code: "no-work-tree",
    remedy: "Write the change as a patch instead: --patch FILE.",
  });
}

/**
 * Writes a change into the work tree with git itself, which follows no links and writes nothing where one file does not fit.
 * Errors: AssistantError `dirty-file`, `patch-does-not-apply`.
 */
export async function applyPatch(
  repo: string,
  { files, patch }: Pick<ImplementOutcome, "files" | "patch">,
): Promise<void> {
  const root = await gitText(repo, ["rev-parse", "--show-toplevel"]);
  const paths = files.map(({ path }) => path);
  const status = await gitText(
    root,
    ["status", "--porcelain=v1", "-z", "--ignored", "--untracked-files=all", "--", ...paths],
    {
      env: { GIT_LITERAL_PATHSPECS: "1" },
    },
  );
  const dirty = status.split("\0").flatMap((entry) => (entry.length > 3 ? entry.slice(3) : []));
  if (dirty.length > 0) {
    throw new AssistantError(
      `${dirty.join(", ")} ${dirty.length === 1 ? "has" : "have"} changes that are not committed`,
      {
        code: "dirty-file",
        remedy:
          "Commit or put them aside, and ask again (the model's answers are kept), or write a patch: --patch FILE.",
      },
    );
  }
  try {
    await git(root, ["apply", "--whitespace=nowarn", "-"], { input: patch });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new AssistantError(`the change does not fit the work tree: ${error.stderr.split("\n")[0] ?? ""}`, {
      code: "patch-does-not-apply",
      remedy: "Write it as a patch and look at it: --patch FILE.",
      cause: error,
    });
  }
}
