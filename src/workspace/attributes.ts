import { Minimatch } from "minimatch";
import { readObjects } from "../shared/git-object-reader.ts";
import { limits } from "../shared/limits.ts";

/** What a repository says of a file; null where it says nothing. */
export interface Attributes {
  generated: boolean | null;
  vendored: boolean | null;
  /** False: its contents are not to be compared line by line. */
  diff: boolean | null;
}

/**
 * Reads the `.gitattributes` of a commit that matter to these paths. Git itself reads them from a commit only since 2.40
 * (`check-attr --source`), and a mirror has no work tree, so they are read here, by the rules of gitattributes(5).
 */
export async function readAttributes(
  gitDir: string,
  commit: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<(path: string) => Attributes> {
  const folders = new Set(paths.flatMap(foldersAbove));
  const nameOf = (folder: string): string => `${commit}:${folder}.gitattributes`;
  const objects = await readObjects(gitDir, [...folders].map(nameOf), signal && { signal });
  const texts = new Map<string, string>();
  for (const folder of folders) {
    const object = objects.get(nameOf(folder));
    if (object?.type === "blob") texts.set(folder, object.data.toString("utf8"));
  }
  const macros = new Map([["binary", ["-diff", "-merge", "-text"]]]);
  const rules = new Map([...texts].map(([folder, text]) => [folder, parseRules(text, folder === "", macros)] as const));
  return (path) => attributesOf(path, rules, macros);
}

/** `""`, `src/`, `src/app/`: the top first, because what stands nearer to a file counts more. */
function foldersAbove(path: string): string[] {
  return [...path.matchAll(/\//g)].reduce((folders, { index }) => [...folders, path.slice(0, index + 1)], [""]);
}

interface Rule {
  /** Of paths below the folder of its file. */
  matches: (path: string) => boolean;
  /** `name`, `-name`, `!name`, `name=value`. */
  settings: string[];
}

function parseRules(text: string, isTop: boolean, macros: Map<string, string[]>): Rule[] {
  const rules: Rule[] = [];
  for (const line of text.split("\n")) {
    if (rules.length >= limits.attributeRules) break;
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || line.length > limits.attributeLineCharacters) continue;
    const [pattern, rest] = splitPattern(trimmed);
    const settings = rest.split(/\s+/).filter(Boolean);
    if (pattern.startsWith("[attr]")) {
      if (isTop) macros.set(pattern.slice("[attr]".length), settings);
    } else if (!pattern.startsWith("!")) {
      rules.push({ matches: matcherOf(pattern), settings });
    }
  }
  return rules;
}

/** A pattern with blanks stands in quotes, with the escapes of C. */
function splitPattern(line: string): [pattern: string, rest: string] {
  const [quoted, inside] = /^"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  if (quoted !== undefined) return [unquote(inside ?? ""), line.slice(quoted.length)];
  const [pattern = ""] = /^\S+/.exec(line) ?? [];
  return [pattern, line.slice(pattern.length)];
}

function unquote(text: string): string {
  const plain: Record<string, string> = { n: "\n", t: "\t", r: "\r", '"': '"', "\\": "\\" };
  return text.replace(/\\(.)/g, (whole, letter: string) => plain[letter] ?? whole);
}

/** Without a slash the name alone counts, wherever the file stands below; with one the whole path does. */
function matcherOf(pattern: string): Rule["matches"] {
  const options = { dot: true, nobrace: true, noext: true, nocomment: true, nonegate: true } as const;
  const glob = new Minimatch(pattern.replace(/^\//, ""), { ...options, matchBase: !pattern.includes("/") });
  return (path) => glob.match(path);
}

function attributesOf(path: string, rules: Map<string, Rule[]>, macros: Map<string, string[]>): Attributes {
  const found = new Map<string, boolean | null>();
  for (const folder of foldersAbove(path)) {
    const below = path.slice(folder.length);
    for (const { matches, settings } of rules.get(folder) ?? []) {
      if (settings.length > 0 && matches(below)) for (const setting of settings) apply(setting, macros, found);
    }
  }
  const said = (name: string): boolean | null => found.get(name) ?? null;
  return { generated: said("linguist-generated"), vendored: said("linguist-vendored"), diff: said("diff") };
}

function apply(setting: string, macros: Map<string, string[]>, found: Map<string, boolean | null>): void {
  const [, sign = "", name = "", value] = /^([-!]?)([^=]*)(?:=(.*))?$/.exec(setting) ?? [];
  // A driver of the repository's own (`diff=python`) compares lines, too.
  found.set(name, sign === "!" ? null : sign !== "-" && value !== "false");
  // Only a macro that is set stands for others; what it stands for may be no macro again.
  if (sign === "" && value === undefined) for (const one of macros.get(name) ?? []) apply(one, noMacros, found);
}

const noMacros = new Map<string, string[]>();
