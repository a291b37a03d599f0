import { limits } from "../shared/limits.ts";
import type { TouchedFile } from "./past-pulls.ts";
import { streamGit } from "./stream-git.ts";
import { unquotePath } from "./unquote-path.ts";

/** Two commits whose trees are compared. */
export interface CommitPair {
  from: string;
  to: string;
}

export interface Touched {
  files: TouchedFile[];
  /** Whether the lines are known: false where the files are too many to be read, or git lacks one of them. */
  lined: boolean;
}

/**
 * What the second commit of each pair changes against the first, in the order given. Trees tell the files, in one process;
 * a second one reads the files for the lines. It ends where git lacks a file: that pair has no lines, and another process
 * goes on behind it. Nothing is fetched.
 */
export async function readTouched(
  gitDir: string,
  pairs: readonly CommitPair[],
  signal?: AbortSignal,
): Promise<Touched[]> {
  const touched: Touched[] = [];
  // Renames are followed where the contents stayed the same: no file is read.
  for await (const files of comparePairs(gitDir, pairs, ["-M100%"], signal)) {
    touched.push({ files: files.slice(0, limits.pullFiles), lined: files.length === 0 });
  }
  if (touched.length < pairs.length) throw new Error(`git compared ${touched.length} of ${pairs.length} pull requests`);
  const places = [...touched.keys()].filter((place) => {
    const { length } = touched[place]?.files ?? [];
    return length > 0 && length < limits.pullFiles;
  });
  let failures = 0; // one after another
  for (let at = 0; at < places.length && failures < limits.pullReadFailures; at++) {
    const rest = places.slice(at);
    const read = rest.flatMap((place) => pairs[place] ?? []);
    for await (const files of comparePairs(gitDir, read, ["-M", `-l${limits.pullRenames}`, "-p", "-U0"], signal)) {
      touched[places[at++] ?? -1] = { files, lined: true };
      failures = 0;
    }
    failures++;
  }
  return touched;
}

/** git takes what follows the first commit for its parents. */
function inputOf(pairs: readonly CommitPair[]): string {
  return pairs.map(({ from, to }) => `${to} ${from}\n`).join("");
}

/** What each pair changes, in order; ends at the first pair that git cannot read. */
async function* comparePairs(
  gitDir: string,
  pairs: readonly CommitPair[],
  how: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<TouchedFile[]> {
  if (pairs.length === 0) return;
  const settings = ["-c", "core.quotePath=false", "-c", `core.bigFileThreshold=${limits.indexedFileBytes}`];
  const git = streamGit(gitDir, [...settings, ...compare, ...how], inputOf(pairs), signal);
  let current: PairReader | null = null;
  try {
    for await (const line of headerLines(git.output)) {
      if (isCommit(line)) {
        if (current !== null) yield current.files;
        current = createPairReader();
      } else {
        current?.read(line);
      }
    }
    // The last pair is whole only if git got to its end.
    if ((await git.ended) && current !== null) yield current.files;
  } finally {
    git.stop();
  }
}

const compare = ["diff-tree", "--stdin", "--always", "-r", "--raw", "--no-color", "--no-ext-diff", "--no-textconv"];

function isCommit(line: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(line);
}

interface PairReader {
  files: TouchedFile[];
  read(line: string): void;
}

function createPairReader(): PairReader {
  const files: TouchedFile[] = [];
  const byOldPath = new Map<string, TouchedFile>();
  let file: TouchedFile | undefined;
  return {
    files,
    read(line) {
      const listed = fileOf(line);
      if (listed !== null) {
        if (files.length < limits.pullFiles) files.push(listed);
        byOldPath.set(listed.path, listed);
      } else if (line.startsWith("diff --git ")) {
        file = undefined;
      } else if (line.startsWith("--- ")) {
        // A tab ends a name that has spaces in it. /dev/null, the old side of a new file, is nobody's path.
        file = byOldPath.get(unquotePath(line.slice(4).replace(/\t$/, "")).slice(2));
      } else if (file !== undefined && !addRange(file.ranges, line)) {
        file.ranges.length = 0;
        file = undefined;
      }
    },
  };
}

/** `:100644 100644 OID OID M<tab>path`, with two paths for renames. */
function fileOf(line: string): TouchedFile | null {
  if (!line.startsWith(":")) return null;
  const [, path = "", newPath = path] = line.split("\t");
  return { path: unquotePath(path), newPath: unquotePath(newPath), ranges: [] };
}

/**
 * Lines that are taken out; for lines that are only put in, those on both sides of them.
 * @returns false where there are too many places for them to say anything
 */
function addRange(ranges: TouchedFile["ranges"], header: string): boolean {
  const [, start, count = "1"] = hunkHeader.exec(header) ?? [];
  if (start === undefined) return true;
  const first = Number(start);
  const [from, to] = Number(count) === 0 ? [Math.max(1, first), first + 1] : [first, first + Number(count) - 1];
  const last = ranges.at(-1);
  if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
  else ranges.push([from, to]);
  return ranges.length <= limits.pullRanges;
}

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const [lineFeed, at, backslash] = [0x0a, 0x40, 0x5c];

/** All lines but those of the files themselves: hunk headers say how many follow, and these are not even decoded. */
async function* headerLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let skipped = 0;
  for await (const chunk of stream) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, start)) {
      const from = start;
      start = end + 1;
      if (skipped > 0) {
        if (data[from] !== backslash) skipped--; // "\ No newline at end of file" is not counted
        continue;
      }
      const line = data.toString("utf8", from, end);
      if (data[from] === at) {
        const [, , removed = "1", , added = "1"] = hunkHeader.exec(line) ?? [];
        skipped = Number(removed) + Number(added);
      }
      yield line;
    }
    rest = data.subarray(start);
  }
}
