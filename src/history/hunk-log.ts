import { limits } from "../shared/limits.ts";
import { streamGit } from "./stream-git.ts";
import { unquotePath } from "./unquote-path.ts";

/** A hunk as git prints it without context. Lines are without markers and line ends. */
export interface LoggedHunk {
  /** On the new side; on the old one where the file was deleted. */
  path: string;
  oldStart: number;
  newStart: number;
  removed: string[];
  added: string[];
}

export interface LoggedCommit {
  commit: string;
  /** None of a file or a commit that has too many, and without those that are too large (limits). */
  hunks: LoggedHunk[];
}

/**
 * What each of these commits did against its first parent, in the order given, streamed from one `git log`. Merges have no
 * hunks. Files above limits.indexedFileBytes are binary to git, and hunks over a limit are passed over unread.
 *
 * git ends at the first file that it lacks: the commits from there on are missing from the answer, and nothing is thrown.
 * Nothing is fetched. Errors: the signal's.
 */
export async function* readHunks(
  gitDir: string,
  commits: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<LoggedCommit> {
  if (commits.length === 0) return;
  const args = [...settings, "log", ...options];
  const git = streamGit(gitDir, args, `${commits.join("\n")}\n`, signal);
  const parser = createHunkParser();
  try {
    for await (const line of linesOf(git.output)) {
      const done = parser.read(line);
      if (done !== null) yield done;
    }
    // The last commit is whole only if git got to its end.
    const last = parser.end();
    if ((await git.ended) && last !== null) yield last;
  } finally {
    git.stop();
  }
}

/** What a person's own configuration could change in the output. */
const settings = [
  ["-c", "core.quotePath=false"],
  ["-c", `core.bigFileThreshold=${limits.indexedFileBytes}`],
  ["-c", "log.showRoot=true"],
].flat();
const options = [
  ["--no-walk=unsorted", "--stdin", "--diff-merges=off", "--no-show-signature", "--format=%x01%H"],
  ["--patch", "--unified=0", "--inter-hunk-context=0", "--find-renames", "--diff-algorithm=myers"],
  ["--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"],
].flat();

interface HunkParser {
  /** Takes the next line. Returns the commit that it ends, if it does. */
  read(line: Buffer): LoggedCommit | null;
  end(): LoggedCommit | null;
}

/** Hunk headers say how many lines follow, so that a line of a file is never taken for a header. */
function createHunkParser(): HunkParser {
  let commit: LoggedCommit | null = null;
  let path = "";
  let hunk: LoggedHunk | null = null;
  let [linesLeft, bytesLeft] = [0, 0];
  let hunksBefore = 0;
  let [isFileOver, isCommitOver] = [false, false];

  function readHeader(line: string): void {
    if (line.startsWith("diff --git ")) [hunksBefore, isFileOver] = [commit?.hunks.length ?? 0, false];
    else if (line.startsWith("--- ") || line.startsWith("+++ ")) path = pathOf(line) ?? path;
    const [, oldStart, removed = "1", newStart, added = "1"] = hunkHeader.exec(line) ?? [];
    if (oldStart === undefined || commit === null) return;
    linesLeft = Number(removed) + Number(added);
    bytesLeft = limits.pastHunkBytes;
    isFileOver ||= commit.hunks.length - hunksBefore >= limits.pastHunksPerFile;
    if (isFileOver) commit.hunks.length = hunksBefore;
    isCommitOver ||= commit.hunks.length >= limits.pastHunksPerCommit;
    if (isCommitOver) commit.hunks.length = hunksBefore = 0;
    if (isFileOver || isCommitOver || linesLeft > limits.pastHunkLines) return;
    hunk = { path, oldStart: Number(oldStart), newStart: Number(newStart), removed: [], added: [] };
    commit.hunks.push(hunk);
  }

  function readLine(line: Buffer): void {
    if (line[0] === backslash) return; // "\ No newline at end of file"
    linesLeft--;
    if (hunk === null) return;
    bytesLeft -= line.length;
    if (bytesLeft < 0) {
      commit?.hunks.pop();
      hunk = null;
      return;
    }
    const text = line.toString("utf8", 1, line.at(-1) === carriageReturn ? line.length - 1 : line.length);
    (line[0] === plus ? hunk.added : hunk.removed).push(text);
    if (linesLeft === 0) hunk = null;
  }

  return {
    read(line) {
      if (linesLeft > 0) {
        readLine(line);
        return null;
      }
      if (line[0] === startOfCommit) {
        const done = commit;
        commit = { commit: line.toString("latin1", 1), hunks: [] };
        isCommitOver = false;
        return done;
      }
      // Headers are short; what is not is the end of a hunk that no header announced.
      readHeader(line.toString("utf8"));
      return null;
    },
    end: () => commit,
  };
}

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const [plus, backslash, carriageReturn, startOfCommit] = [0x2b, 0x5c, 0x0d, 0x01];

/** Null for /dev/null. A tab ends a name that has spaces in it. */
function pathOf(line: string): string | null {
  const name = unquotePath(line.slice(4).replace(/\t$/, ""));
  return name === "/dev/null" ? null : name.slice(2);
}

/** Lines without their ends; of a line over limits.pastHunkBytes no more than one byte beyond it. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const most = limits.pastHunkBytes + 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const line = chunk.subarray(start, end);
      yield rest.length === 0 ? line : Buffer.concat([rest, line.subarray(0, Math.max(0, most - rest.length))]);
      rest = Buffer.alloc(0);
      start = end + 1;
    }
    const open = chunk.subarray(start);
    if (open.length > 0) rest = Buffer.concat([rest, open.subarray(0, Math.max(0, most - rest.length))]);
  }
  if (rest.length > 0) yield rest;
}

const lineFeed = 0x0a;
