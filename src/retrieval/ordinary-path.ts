const LOCK_FILE =
  /^(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|composer\.lock|gemfile\.lock|cargo\.lock|poetry\.lock|pdm\.lock|uv\.lock|pipfile\.lock|go\.sum|packages\.lock\.json|podfile\.lock|mix\.lock|flake\.lock|gradle\.lockfile|pubspec\.lock)$/;
const FOREIGN_FOLDER =
  /(^|\/)(node_modules|vendor|vendored|third[_-]?party|external|bower_components|dist|build|out|target|coverage|\.yarn|__generated__|generated|__snapshots__)\//;
const GENERATED_FILE =
  /([.-]min\.(js|css|mjs)|\.bundle\.js|\.map|\.snap|[._-](generated|gen)\.\w+|\.pb\.(go|cc|h)|_pb2?\.(py|js|d\.ts)|\.g\.dart|\.designer\.cs|\.svg|\.csv|\.tsv|\.jsonl|\.ipynb)$/;
const RELEASE_FILE = /^(changelog|changes|history|news|release[-_]?notes|releases|version)(\.\w+)?$/;
const TEST_PATH =
  /(^|\/)(tests?|__tests__|specs?|e2e|testdata|fixtures)\/|[._-](test|tests|spec)\.\w+$|(^|\/)test_[^/]*$/;
const PROSE_FILE = /\.(md|mdx|markdown|rst|adoc|txt)$/;

/** False for lock files and for what nobody writes by hand: vendored, generated, minified, built or recorded files. */
export function isOrdinaryPath(path: string): boolean {
  const lower = path.toLowerCase();
  return !LOCK_FILE.test(baseName(lower)) && !FOREIGN_FOLDER.test(lower) && !GENERATED_FILE.test(lower);
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
