import { posix } from "node:path";
import { readObjects } from "../../shared/git-object-reader.ts";
import { limits } from "../../shared/limits.ts";
import { isTestPath } from "../ordinary-path.ts";
import { extractRules, type WrittenRule } from "./written-rules.ts";

/** The rules of a commit's tree. */
export interface RuleBook {
  /** Those that hold for a file: of the whole repository, and of the folders that it stands in, nearest last. */
  rulesFor(path: string): WrittenRule[];
  /** Lines of a rule as they stand in its file. */
  textOf(rule: WrittenRule): string;
}

const WHOLE = ["CONTRIBUTING.md", "docs/CONTRIBUTING.md", ".github/CONTRIBUTING.md", ".github/copilot-instructions.md"];

/**
 * Reads AGENTS.md at the root and in the folders of these paths, CONTRIBUTING.md and copilot-instructions.md, as of a
 * commit. Nobody's change may bring the rules that it is held to: the commit is the base's. One git process.
 */
export async function readRules(
  gitDir: string,
  commit: string,
  paths: Iterable<string>,
  signal?: AbortSignal,
): Promise<RuleBook> {
  const files = [...WHOLE, ...agentFiles(paths)];
  const names = files.map((file) => `${commit}:${file}`);
  const objects = await readObjects(gitDir, names, signal ? { signal } : {});
  const texts = new Map<string, string>();
  for (const file of files) {
    const object = objects.get(`${commit}:${file}`);
    if (object?.type !== "blob" || object.data.length > limits.ruleFileBytes) continue;
    texts.set(file, object.data.toString("utf8"));
  }
  const rules = [...texts].flatMap(([file, text]) => extractRules(file, text));
  return {
    rulesFor: (path) =>
      rules.filter(
        ({ folder, of }) =>
          isWithin(path, folder) && (of === null || (of === "tests" ? isTestPath(path) : isProduction(path))),
      ),
    textOf: ({ path, startLine, endLine }) =>
      (texts.get(path) ?? "")
        .split("\n")
        .slice(startLine - 1, endLine)
        .join("\n"),
  };
}

/** Nearest the root first. */
function agentFiles(paths: Iterable<string>): string[] {
  const folders = new Set<string>(["."]);
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) folders.add(folder);
  }
  const nearest = [...folders].sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
  return nearest.slice(0, limits.ruleFolders).map((folder) => posix.join(folder, "AGENTS.md"));
}

const BESIDE = /(?:^|\/)(?:examples?|samples?|demos?|docs?|tools?|scripts?|benchmarks?|bench|\.github)\//i;

/** What runs where the product does. */
function isProduction(path: string): boolean {
  return !isTestPath(path) && !BESIDE.test(path);
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}
