import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { AssistantError } from "../shared/errors.ts";
import { git, GitError, gitText } from "../shared/git.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Opens a clone on this machine for reading.
 * Errors: AssistantError `not-a-repository`, `not-a-clone`, `foreign-repository`.
 */
export async function openLocalClone(dir: string): Promise<Workspace> {
  const gitDir = await findGitDir(dir);
  const nothing = async (): Promise<void> => {};
  const shallow = await isShallow(gitDir);
  return { gitDir, shallow, prefetchTrees: nothing, prefetchHistory: nothing, prefetchAll: nothing };
}

async function findGitDir(dir: string): Promise<string> {
  if (!existsSync(dir)) throw /^(?:\w+:\/\/|[\w.-]+@[\w.-]+:)/.test(dir) ? notHere(dir) : notARepository(dir);
  try {
    return await gitText(dir, ["rev-parse", "--absolute-git-dir"]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw error.stderr.includes("dubious ownership") ? foreignRepository(dir, error) : notARepository(dir, error);
  }
}

function notARepository(dir: string, cause?: unknown): AssistantError {
  return new AssistantError(`${resolve(dir)} is not a git repository`, {
    code: "not-a-repository",
    remedy: "Run the command inside a clone, or name one with --repo DIR.",
    cause,
  });
}

function notHere(address: string): AssistantError {
  return new AssistantError(`${address} is an address, and a clone on this machine is asked for`, {
    code: "not-a-clone",
    remedy: `Clone it first: git clone ${address}. Then name the folder with --repo DIR.`,
  });
}

function foreignRepository(dir: string, cause: GitError): AssistantError {
  return new AssistantError(`git does not read ${resolve(dir)}, because the folder belongs to another user`, {
    code: "foreign-repository",
    remedy: "If you trust it: git config --global --add safe.directory DIR, with the absolute path of the clone.",
    cause,
  });
}

/**
 * Resolves what a person typed to a commit id.
 * Errors: AssistantError `unknown-ref`, `empty-repository`.
 */
export async function resolveCommit(gitDir: string, ref: string): Promise<string> {
  const commit = await findCommit(gitDir, ref);
  if (commit !== null) return commit;
  if ((await findCommit(gitDir, "HEAD")) === null) {
    throw new AssistantError("the repository has no commit yet", {
      code: "empty-repository",
      remedy: "Commit something first.",
    });
  }
  throw new AssistantError(`"${ref}" names no commit in this repository`, {
    code: "unknown-ref",
    remedy: (await isShallow(gitDir))
      ? "This is a shallow clone: fetch the missing history with git fetch --unshallow, or check the spelling."
      : "Check the spelling, or fetch the branch first (git fetch origin). git branch -a lists what is there.",
  });
}

async function isShallow(gitDir: string): Promise<boolean> {
  return (await gitText(gitDir, ["rev-parse", "--is-shallow-repository"])) === "true";
}

async function findCommit(gitDir: string, ref: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const output = (await git(gitDir, args, { okCodes: [0, 1, 128] })).toString("utf8").trim();
  return output === "" ? null : output;
}

/**
 * The branch that changes are compared with where none was named: what the remote calls its default, or the usual names.
 * Errors: AssistantError `no-default-branch`.
 */
export async function findDefaultBranch(gitDir: string): Promise<string> {
  const remoteHead = await git(gitDir, ["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], { okCodes: [0, 1] });
  const candidates = [
    remoteHead.toString("utf8").trim(),
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
  ];
  for (const ref of candidates) if (ref !== "" && (await findCommit(gitDir, ref)) !== null) return ref;
  throw new AssistantError("the default branch is not known here: there is no origin/HEAD, main or master", {
    code: "no-default-branch",
    remedy: "Name the commit to compare with: --base REF.",
  });
}

/** What a local clone is called: as its remote says, else by its folder. Names the repository where links are shown. */
export async function localRepository(gitDir: string): Promise<RepositoryId> {
  const url = (await git(gitDir, ["config", "--get", "remote.origin.url"], { okCodes: [0, 1] }))
    .toString("utf8")
    .trim();
  const [, host, owner, name] = remoteUrl.exec(url) ?? [];
  if (host && owner && name) return { host, owner, name };
  return { host: "local", owner: "local", name: folderName(gitDir) };
}

/** `https://HOST/OWNER/NAME.git`, `ssh://git@HOST:22/OWNER/NAME`, `git@HOST:OWNER/NAME.git`. */
const remoteUrl = /^(?:\w+:\/\/)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?[:/]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/;

/** Key of a clone's own engram: apart from the server's, which follows another commit, and from that of other clones. */
export function localEngramKey(gitDir: string): string {
  return `local/${createHash("sha256").update(gitDir).digest("hex").slice(0, 12)}/${folderName(gitDir)}`;
}

function folderName(gitDir: string): string {
  return basename(gitDir.replace(/\/\.git$/, "")).replace(/\.git$/, "") || "repository";
}

/** Whether tracked files differ from the last commit. A bare repository has none. */
export async function hasUncommittedWork(dir: string): Promise<boolean> {
  const status = await git(dir, ["status", "--porcelain", "--untracked-files=no"], { okCodes: [0, 128] });
  return status.length > 0;
}
