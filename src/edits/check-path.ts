import { minimatch } from "minimatch";
import { limits } from "../shared/limits.ts";

/** Regular files of the tree, and its symbolic links and submodules. */
export interface TreePaths {
  files: ReadonlySet<string>;
  others: readonly string[];
}

/** Why nothing may be written to a path; null where it may. */
export interface PathRefusal {
  reason: "bad-path" | "protected-path";
  explanation: string;
}

/**
 * Files that decide what runs with rights, or who may do what: workflows and other settings of GitHub, hooks, settings of
 * package managers and submodules, lock files, our own configuration. In any case of letters: some file systems know none.
 */
const protectedPaths: readonly (readonly [RegExp, string])[] = [
  [/^\.github\//, "the settings of GitHub and of this assistant"],
  [/(?:^|\/)codeowners$/, "who has to approve what"],
  [/(?:^|\/)\.git(?!ignore$|keep$)[^/]*(?:\/|$)/, "settings of git"],
  [
    /(?:^|\/)\.(?:husky|circleci|buildkite|devcontainer|claude|cursor|gemini|vscode|idea)(?:\/|$)/,
    "settings of tools that run code",
  ],
  [
    /(?:^|\/)\.(?:gitlab-ci|travis|drone|appveyor)\.ya?ml$|(?:^|\/)(?:azure-pipelines\.ya?ml|jenkinsfile)$/,
    "a pipeline",
  ],
  [
    /(?:^|\/)\.(?:npmrc|yarnrc(?:\.ya?ml)?|pnpmfile\.cjs|pypirc|netrc|env(?:\.[^/]*)?|mcp\.json|pre-commit-config\.ya?ml)$/,
    "settings with secrets or of package managers",
  ],
  [/(?:^|\/)(?:claude|agents|gemini)\.md$/, "instructions to tools"],
  [
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|pipfile\.lock|pdm\.lock|uv\.lock|cargo\.lock|go\.sum|composer\.lock|gemfile\.lock|podfile\.lock|packages\.lock\.json|gradle\.lockfile|flake\.lock|pubspec\.lock|mix\.lock)$/,
    "a lock file",
  ],
  [
    /(?:^|\/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|tox\.ini|pytest\.ini|conftest\.py|noxfile\.py|makefile|justfile|rakefile|build\.gradle(?:\.kts)?|pom\.xml|\.(?:eslintrc|mocharc|babelrc|nycrc|jestrc)[^/]*|(?:vitest|jest|vite|eslint|babel|webpack|rollup|karma|playwright|cypress|ava|tap)\.config\.[^/]+)$/,
    "it decides what the commands run, by which the change is checked",
  ],
];

/** Whether an edit may name this path. @param protect globs of the repository's own configuration */
export function checkPath(path: string, { files, others }: TreePaths, protect: readonly string[]): PathRefusal | null {
  const bad = badPath(path);
  if (bad !== null) return { reason: "bad-path", explanation: bad };
  const forbidden = whyProtected(path, protect);
  if (forbidden !== null) return { reason: "protected-path", explanation: `${forbidden} Leave it out.` };
  const link = others.find((other) => path === other || path.startsWith(`${other}/`));
  if (link !== undefined) {
    return {
      reason: "bad-path",
      explanation: `${link} is a symbolic link or a submodule: nothing is written through it.`,
    };
  }
  const folders = path
    .split("/")
    .slice(0, -1)
    .map((_, at, parts) => parts.slice(0, at + 1).join("/"));
  const file = folders.find((folder) => files.has(folder));
  if (file !== undefined) return { reason: "bad-path", explanation: `${file} is a file, not a folder.` };
  const below = `${path}/`;
  if (!files.has(path) && [...files].some((other) => other.startsWith(below))) {
    return { reason: "bad-path", explanation: `${path} is a folder.` };
  }
  const twin = files.has(path) ? undefined : [...files].find((other) => other.toLowerCase() === path.toLowerCase());
  if (twin !== undefined)
    return { reason: "bad-path", explanation: `There is ${twin}, which differs in letters' case alone.` };
  return null;
}

/** Why no change of ours may touch a path, whatever is in the tree; null where nothing forbids it. */
export function whyProtected(path: string, protect: readonly string[]): string | null {
  const [, known] = protectedPaths.find(([pattern]) => pattern.test(path.toLowerCase())) ?? [];
  const glob = protect.find((one) => matches(path, one));
  const what = known ?? (glob === undefined ? null : `the repository's configuration protects ${glob}`);
  return what === null ? null : `${path} must not be changed: ${what}.`;
}

function badPath(path: string): string | null {
  if (path === "" || path.length > limits.editPathCharacters) return "The path is empty or too long.";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\\]/u.test(path))
    return "The path holds characters that no path here has.";
  if (path.startsWith("/") || /^[a-z]:/i.test(path) || path.startsWith("~"))
    return "The path must be relative to the repository.";
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return "The path must not hold empty parts, . or ..";
  if (parts.some((part) => part.endsWith(".") || part.trim() !== part))
    return "No part of a path may end in a dot or a space.";
  return null;
}

function matches(path: string, glob: string): boolean {
  const options = { dot: true, nocase: true, nonegate: true, nocomment: true };
  return minimatch(path, glob, options) || minimatch(path, `${glob.replace(/\/$/, "")}/**`, options);
}
