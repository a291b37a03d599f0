import { limits } from "../shared/limits.ts";
export type NotOrdinary = "lock file" | "vendored" | "build output" | "snapshot" | "generated" | "recorded data";

/** The one list of what nobody writes by hand, by lower-case path; the first that fits is told. */
const NOT_ORDINARY: readonly (readonly [NotOrdinary, RegExp])[] = [
  [
    "lock file",
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|composer\.lock|gemfile\.lock|cargo\.lock|poetry\.lock|pdm\.lock|uv\.lock|pipfile\.lock|go\.sum|packages\.lock\.json|podfile\.lock|mix\.lock|flake\.lock|gradle\.lockfile|pubspec\.lock)$/,
  ],
  ["vendored", /(^|\/)(node_modules|vendor|vendored|third[_-]?party|external|bower_components|\.yarn)\//],
  ["snapshot", /(^|\/)__snapshots__\/|\.snap$/],
  ["build output", /(^|\/)(dist|build|out|target|coverage)\/|([.-]min\.(js|css|mjs)|\.bundle\.js|\.map)$/],
  [
    "generated",
    /(^|\/)(__generated__|generated)\/|([._-](generated|gen)\.\w+|\.pb\.(go|cc|h)|_pb2?\.(py|js|d\.ts)|\.g\.dart|\.designer\.cs)$/,
  ],
  ["recorded data", /\.(svg|csv|tsv|jsonl|ipynb)$/],
];
const RELEASE_FILE = /^(changelog|changes|history|news|release[-_]?notes|releases|version)(\.\w+)?$/;
const TEST_PATH =
  /(^|\/)(tests?|__tests__|specs?|e2e|testdata|fixtures)\/|[._-](test|tests|spec)\.\w+$|(^|\/)test_[^/]*$/;
const PROSE_FILE = /\.(md|mdx|markdown|rst|adoc|txt)$/;

/** False for lock files and for what nobody writes by hand: vendored, generated, minified, built or recorded files. */
export function isOrdinaryPath(path: string): boolean {
  return whyNotOrdinary(path) === null;
}

/** Every search asks the same of the same paths. */
const judged = new Map<string, NotOrdinary | null>();

/** What a file is, by its path, that nobody wrote it by hand; null for every other. */
export function whyNotOrdinary(path: string): NotOrdinary | null {
  let why = judged.get(path);
  if (why === undefined) {
    const lower = path.toLowerCase();
    why = NOT_ORDINARY.find(([, pattern]) => pattern.test(lower))?.[0] ?? null;
    if (judged.size >= limits.judgedPaths) judged.clear();
    judged.set(path, why);
  }
  return why;
}

/** Changelogs and version files change with every release, whatever it holds. */
export function isReleaseFile(path: string): boolean {
  return RELEASE_FILE.test(baseName(path.toLowerCase()));
}

export function isTestPath(path: string): boolean {
  return TEST_PATH.test(path.toLowerCase());
}

export function isProsePath(path: string): boolean {
  return PROSE_FILE.test(path.toLowerCase());
}

/** Without folders. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
