import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { gitEnvironment } from "../src/shared/git.ts";

export interface LoggedHunk {
  path: string;
  removed: string[];
  added: string[];
}

export interface LoggedCommit {
  sha: string;
  parents: string[];
  subject: string;
  message: string;
  hunks: LoggedHunk[];
}

/** Hunks over this many lines are data or moved folders; both sides of a comparison leave them out alike. */
const hunkLines = 5_000;

/** Commits with their diffs against their first parent, newest first, streamed from one `git log`. */
export async function* readHistory(gitDir: string, args: readonly string[]): AsyncGenerator<LoggedCommit> {
  const format = "--format=%x01%H%x02%P%x02%s%x02%B%x03";
  const fixed = ["log", "-p", "-U0", "-M", "--no-color", "--no-ext-diff", "--no-textconv", format];
  const child = spawn("git", ["-C", gitDir, "-c", "core.quotePath=false", ...fixed, ...args], {
    env: gitEnvironment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout, crlfDelay: 0 });
  let header: string | null = null;
  let commit: LoggedCommit | null = null;
  let path = "";
  let inHunk = false;
  try {
    for await (const line of lines) {
      if (line.startsWith("\x01")) {
        if (commit !== null) yield withoutHugeHunks(commit);
        commit = null;
        header = "";
        inHunk = false;
      }
      if (header !== null) {
        header += `${line}\n`;
        if (!line.endsWith("\x03")) continue;
        commit = parseHeader(header);
        header = null;
      } else if (line.startsWith("diff --git ")) {
        inHunk = false;
      } else if (!inHunk && (line.startsWith("+++ ") || line.startsWith("--- "))) {
        const name = line
          .slice(4)
          .replace(/^[ab]\//, "")
          .replace(/\t$/, "");
        if (name !== "/dev/null") path = name;
      } else if (line.startsWith("@@ ")) {
        inHunk = true;
        commit?.hunks.push({ path, removed: [], added: [] });
      } else if (inHunk) {
        const hunk = commit?.hunks.at(-1);
        if (line.startsWith("-")) hunk?.removed.push(line.slice(1));
        else if (line.startsWith("+")) hunk?.added.push(line.slice(1));
      }
    }
    if (commit !== null) yield withoutHugeHunks(commit);
  } finally {
    lines.close();
    child.kill();
  }
}

function withoutHugeHunks(commit: LoggedCommit): LoggedCommit {
  return { ...commit, hunks: commit.hunks.filter(({ removed, added }) => removed.length + added.length <= hunkLines) };
}

function parseHeader(text: string): LoggedCommit {
  const [sha = "", parents = "", subject = "", message = ""] = text.slice(1, -2).split("\x02");
  return { sha, parents: parents.split(" ").filter(Boolean), subject, message, hunks: [] };
}
