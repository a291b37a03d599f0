import { git } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";

export interface PastCommit {
  commit: string;
  /** Committer time, seconds since 1970. */
  time: number;
  subject: string;
  /** The rest of the message, cut at limits.commitMessageCharacters. */
  body: string;
  /** Paths that it changed, by the names that they had at the newest commit read. None for merges. */
  files: string[];
}

export interface History {
  /** Newest first. */
  commits: PastCommit[];
  /** Whether older commits were left out. */
  truncated: boolean;
}

/**
 * The commits before and including `commit`, from one `git log`. Trees are compared, no file is read: renames are
 * followed only where the contents stayed the same.
 */
export async function readHistory(
  gitDir: string,
  commit: string,
  { limit = limits.historyCommits, signal }: { limit?: number; signal?: AbortSignal | undefined } = {},
): Promise<History> {
  const format = "--format=%H%x00%ct%x00%s%x00%b";
  const args = ["log", "-z", "--name-status", "-M100%", format, `--max-count=${limit + 1}`];
  const output = await git(gitDir, [...args, "--end-of-options", commit, "--"], { signal });
  const commits = parseLog(output.toString("utf8").split("\0"));
  return { commits: commits.slice(0, limit), truncated: commits.length > limit };
}

/** `closes #12` and the like are read from this. */
export function messageText({ subject, body }: PastCommit): string {
  return `${subject}\n\n${body}`;
}

/** The pull request that a commit came with, by what GitHub writes into squashed and merge commits. */
export function pullNumberOf(subject: string): number | null {
  const [, squashed, merged] = /\(#(\d+)\)\s*$|^Merge pull request #(\d+)\b/.exec(subject) ?? [];
  const number = Number(squashed ?? merged ?? 0);
  return number > 0 ? number : null;
}

/** Per commit four fields, then per file a status letter (the first after a line end) and a path, two for renames. */
function parseLog(fields: string[]): PastCommit[] {
  const commits: PastCommit[] = [];
  const currentNames = new Map<string, string>();
  let at = 0;
  const next = (): string => fields[at++] ?? "";
  while (fields.length - at >= 4) {
    const commit: PastCommit = {
      commit: next(),
      time: Number(next()),
      subject: next(),
      body: next().slice(0, limits.commitMessageCharacters).trim(),
      files: [],
    };
    while (/^\n?[A-Z]\d*$/.test(fields[at] ?? "")) {
      const renamed = next().trimStart().startsWith("R");
      const oldPath = next();
      const path = renamed ? next() : oldPath;
      const current = currentNames.get(path) ?? path;
      // Older commits, which come later, know the file by its old name.
      if (renamed) currentNames.set(oldPath, current);
      commit.files.push(current);
    }
    commits.push(commit);
  }
  return commits;
}
