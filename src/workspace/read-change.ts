import { AssistantError } from "../shared/errors.ts";
import { git, gitText } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { readAttributes } from "./attributes.ts";
import type { Change, FileDiff } from "./diff.ts";
import { readGeneratedHeaders } from "./generated-header.ts";
import { parseDiff } from "./parse-diff.ts";

/**
 * Where a change begins: the merge base of its head and the branch it goes to, so that what the branch gained meanwhile is
 * not taken for part of the change. Needs no blobs.
 * Errors: AssistantError `no-merge-base`.
 */
export async function findMergeBase(gitDir: string, target: string, head: string): Promise<string> {
  const output = await git(gitDir, ["merge-base", target, head], { okCodes: [0, 1] });
  const base = output.toString("utf8").trim().split("\n")[0] ?? "";
  if (base !== "") return base;
  const shallow = (await gitText(gitDir, ["rev-parse", "--is-shallow-repository"])) === "true";
  throw new AssistantError("the change and its target branch have no commit in common", {
    code: "no-merge-base",
    remedy: shallow
      ? "This is a shallow clone: fetch the missing history with git fetch --unshallow."
      : "Name the commit to compare with: --base REF.",
  });
}

/**
 * Reads the change between two commits from git. GitHub's own API stops at 300 files; git does not. What a file is said to
 * be (generated, vendored) is read from the base: a change cannot take itself out of its review.
 */
export async function readChange(gitDir: string, base: string, head: string, signal?: AbortSignal): Promise<Change> {
  const { read, unread } = await filesWithinLimits(gitDir, base, head, signal);
  const paths = unread.length > 0 ? ["--", ...read.map((path) => `:(top,literal)${path}`)] : [];
  if (unread.length > 0 && read.length === 0) return { base, head, files: [], unread };
  const args = [...diffTree, "-M", `-l${limits.diffRenames}`];
  const options = { signal, env: withoutAttributes(base) };
  const raw = await git(gitDir, [...args, "--raw", "-z", "--no-abbrev", base, head, ...paths], options);
  // Git quotes control characters of names in patches; only the raw listing has them as they are.
  const asText = ["-p", "-U3", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color"];
  const patch = await git(gitDir, [...args, ...asText, base, head, ...paths], options);
  const files = parseDiff(raw.toString("utf8"), patch.toString("utf8"));
  await nameOversized(gitDir, files, signal);
  await describeFiles(gitDir, base, files, signal);
  return { base, head, files, unread };
}

/**
 * Larger files are compared as binary ones are, without their lines. The settings and the work tree of this machine must not
 * show in a review: git would take the attributes of what is checked out, which may be the change's own.
 */
const settings = [`core.bigFileThreshold=${limits.diffFileBytes}`, "core.bare=true", "core.attributesFile=/dev/null"];
const diffTree = [...settings.flatMap((one) => ["-c", one]), "diff-tree", "-r", "--ignore-submodules=none"];

/** From 2.43 on git reads the attributes of a bare repository's HEAD; an empty tree has none. */
function withoutAttributes(commit: string): Record<string, string> {
  const sha256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
  const emptyTree = commit.length === sha256.length ? sha256 : "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
  return { GIT_ATTR_SOURCE: emptyTree, GIT_ATTR_NOSYSTEM: "1" };
}

/** The biggest files of a change that is over the limits as a whole are left out, and named. */
async function filesWithinLimits(
  gitDir: string,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<{ read: string[]; unread: Change["unread"] }> {
  const args = [...diffTree, "--numstat", "-z", "--no-renames", base, head];
  const records = (await git(gitDir, args, { signal, env: withoutAttributes(base) }))
    .toString("utf8")
    .split("\0")
    .filter(Boolean);
  const files = records.map((record) => {
    const [, added = "0", removed = "0", path = ""] = /^(\S+)\t(\S+)\t([^]*)$/.exec(record) ?? [];
    return { path, lines: (Number(added) || 0) + (Number(removed) || 0) }; // "-" for binary files
  });
  files.sort((a, b) => a.lines - b.lines || (a.path < b.path ? -1 : 1));
  const read: string[] = [];
  const unread: Change["unread"] = [];
  let lines = 0;
  let bytes = 0;
  for (const file of files) {
    lines += file.lines;
    bytes += Buffer.byteLength(file.path) + 16;
    if (read.length >= limits.diffFiles || bytes > limits.diffPathBytes) {
      unread.push({ path: file.path, reason: `the change has over ${read.length} files` });
    } else if (lines > limits.diffLines) {
      unread.push({ path: file.path, reason: `the change has over ${limits.diffLines} lines` });
    } else {
      read.push(file.path);
    }
  }
  return { read, unread };
}

/** Marks the files that git calls binary for their size alone. */
async function nameOversized(gitDir: string, files: FileDiff[], signal?: AbortSignal): Promise<void> {
  const binary = files.filter((file) => file.binary);
  const oids = binary.flatMap(({ oldBlob, newBlob }) => [oldBlob, newBlob].filter((oid) => oid !== null));
  if (oids.length === 0) return;
  const args = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
  const sizes = new Map<string, number>();
  for (const line of (await gitText(gitDir, args, { input: `${oids.join("\n")}\n`, signal })).split("\n")) {
    const [oid = "", size = ""] = line.split(" ");
    sizes.set(oid, Number(size) || 0);
  }
  for (const file of binary) {
    const size = Math.max(sizes.get(file.oldBlob ?? "") ?? 0, sizes.get(file.newBlob ?? "") ?? 0);
    if (size > limits.diffFileBytes) file.oversized = true;
  }
}

async function describeFiles(gitDir: string, base: string, files: FileDiff[], signal?: AbortSignal): Promise<void> {
  const attributesOf = await readAttributes(
    gitDir,
    base,
    files.map(({ oldPath }) => oldPath),
    signal,
  );
  for (const file of files) {
    // A renamed file keeps what its old path was said to be: the new one is the change's own choice.
    const { generated, vendored, diff } = attributesOf(file.oldPath);
    if (generated === true) file.said = { what: "generated", by: ".gitattributes" };
    else if (vendored === true) file.said = { what: "vendored", by: ".gitattributes" };
    else if (diff === false) file.said = { what: "binary", by: ".gitattributes" };
    else if (generated === false || vendored === false) file.said = { what: "hand-written", by: ".gitattributes" };
  }
  const silent = files.filter(({ said, hunks }) => said === undefined && hunks.length > 0);
  for (const file of await readGeneratedHeaders(gitDir, silent, signal)) {
    file.said = { what: "generated", by: "its first lines" };
  }
}
