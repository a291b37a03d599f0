import type { RoleName } from "../../engram/units/unit-parser.ts";
import { familyOf, type LanguageFamily } from "../language-family.ts";
import { importStatements, isInternal, type ImportStatement } from "./import-statements.ts";
import { wholeWord } from "./signature.ts";

export interface Target {
  name: string;
  /** File that defines it, or did. */
  path: string;
  member: boolean;
}

export interface ReadFile {
  path: string;
  text: string;
  names: readonly RoleName[];
}

/**
 * Lines (1-based, ascending) on which a file calls or imports what the target means. Empty where it means something else by
 * the name: its own variable or parameter, or an import from another module. Where anything is in doubt it means something
 * else.
 */
export function useLines(file: ReadFile, target: Target): number[] {
  const family = familyOf(file.path);
  const uses = file.names.filter(({ name, role }) => name === target.name && role !== "defines");
  if (uses.length === 0 || family === null || family !== familyOf(target.path)) return [];
  if (file.path !== target.path && file.names.some(({ name, role }) => name === target.name && role === "defines")) {
    return [];
  }
  const lines = file.text.split("\n");
  const calls = uses.filter(({ role }) => role === "calls").map(({ line }) => line);
  const found = target.member
    ? memberCalls(family, file, target, lines, calls)
    : functionUses(family, file, target, lines, calls);
  return [...new Set(found.map((line) => line + 1))].sort((a, b) => a - b);
}

/** Languages in which a method is called by its name alone inside of its class. */
const impliesThis: ReadonlySet<LanguageFamily> = new Set(["c", "csharp", "dart", "java", "swift", "ruby", "solidity"]);

function memberCalls(
  family: LanguageFamily,
  file: ReadFile,
  { name, path }: Target,
  lines: readonly string[],
  calls: readonly number[],
): number[] {
  const reached = new RegExp(`(?:\\.|->|::)\\s*${wholeWord(name).source}`);
  const bareInHome = file.path === path && impliesThis.has(family);
  return calls.filter((line) => reached.test(lines[line] ?? "") || bareInHome);
}

function functionUses(
  family: LanguageFamily,
  file: ReadFile,
  target: Target,
  lines: readonly string[],
  calls: readonly number[],
): number[] {
  if (family === "ecmascript") return scriptUses(file, target, lines, calls);
  const imported = file.names.filter(({ role, name }) => role === "imports" && name === target.name);
  const home = homeNames(target.path);
  const isFromHome = ({ line }: RoleName) => home.some((part) => wholeWord(part).test(statementAt(lines, line)));
  if (imported.some((one) => !isFromHome(one))) return [];
  if (imported.length === 0 && file.path !== target.path && binds(file.text, target.name)) return [];
  const qualified = new RegExp(`(?:\\.|::|\\\\)\\s*${wholeWord(target.name).source}`);
  const visible = calls.filter((line) => {
    const text = lines[line] ?? "";
    if (qualified.test(text)) return isQualifiedByHome(family, text, target, file, home);
    return file.path === target.path || imported.length > 0 || isInScope(family, file.path, target.path);
  });
  return [...imported.map(({ line }) => line), ...visible];
}

/** Whether names of one file are known in another without an import. */
function isInScope(family: LanguageFamily, path: string, home: string): boolean {
  if (family === "python" || family === "rust") return false;
  return family !== "go" && family !== "java" ? true : folderOf(path) === folderOf(home);
}

/** `prices.net_price(1)`: the part before must be a name of the home, and the file must import it. */
function isQualifiedByHome(
  family: LanguageFamily,
  line: string,
  { name, path }: Target,
  file: ReadFile,
  home: readonly string[],
): boolean {
  const qualifier = new RegExp(`([\\w$]+)\\s*(?:\\.|::|\\\\)\\s*${wholeWord(name).source}`).exec(line)?.[1] ?? "";
  if (file.path === path || family === "ruby" || family === "php" || family === "c" || family === "csharp") return true;
  if (family === "rust" && /^(?:Self|self|crate|super)$/.test(qualifier)) return true;
  return home.includes(qualifier);
}

function scriptUses(file: ReadFile, target: Target, lines: readonly string[], calls: readonly number[]): number[] {
  const statements = importStatements(file.text, file.names);
  const naming = statements.filter(({ clause }) => wholeWord(target.name).test(clause));
  const own = file.path === target.path;
  // A file does not import itself: what it imports by this name is another's, a `./name.json` for example.
  const isHome = ({ specifier }: ImportStatement) => !own && moduleName(specifier) === moduleName(target.path);
  const imported = naming.filter(
    (one) =>
      isInternal(one.specifier) &&
      !own &&
      (one.sourceNames.includes(target.name) || (isHome(one) && one.localNames.includes(target.name))),
  );
  // Another module's default export, or a namespace, by this name.
  if (naming.some((one) => one.localNames.includes(target.name) && !imported.includes(one))) return [];
  const namespaces = statements.filter(isHome).flatMap(({ localNames }) => localNames);
  const through = (text: string) =>
    namespaces.some((space) =>
      new RegExp(`${wholeWord(space).source}\\s*\\.\\s*${wholeWord(target.name).source}`).test(text),
    );
  const bare = new RegExp(`(?<![.\\w$]\\s*)${wholeWord(target.name).source}`);
  const known =
    imported.some(({ localNames }) => localNames.includes(target.name)) || (own && !binds(file.text, target.name));
  const visible = calls.filter((line) => {
    const text = lines[line] ?? "";
    return (known && bare.test(text)) || through(text);
  });
  return [...imported.map(({ line }) => line), ...visible];
}

/** The last part of a path or specifier, without extension; the folder's for an index file. */
function moduleName(path: string): string {
  const segments = path.replace(/\/index(?:\.\w+)?$/, "").split("/");
  return (segments.at(-1) ?? "").replace(/\.\w+$/, "");
}

/** By these names other files import from a file: its own, and that of its folder. */
function homeNames(path: string): string[] {
  return path
    .replace(/\.\w+$/, "")
    .split("/")
    .slice(-2);
}

/** Whether a name is bound in a text by other means than a definition: assigned, iterated, imported as, a parameter. */
function binds(text: string, name: string): boolean {
  const exact = wholeWord(name).source;
  const statement = "(?<!\\b(?:if|while|for|switch|catch|with|return)[ \\t]*)";
  return new RegExp(
    [
      `${exact}[ \\t]*(?::=|=(?![=>]))`,
      `\\bfor[ \\t(]+${exact}`,
      `\\bas[ \\t]+${exact}`,
      `\\b(?:const|let|var)[ \\t]*[{[][^}\\]=]*${exact}`,
      `${statement}\\([^()\\n]*(?<![.=])${exact}[^()\\n]*\\)[ \\t]*(?:=>|->|\\{|:)`,
      `${exact}[ \\t]*=>`,
    ].join("|"),
  ).test(text);
}

/** A statement of imports that begins up to some lines above, as one text. */
function statementAt(lines: readonly string[], line: number): string {
  let first = line;
  while (
    first > 0 &&
    line - first < 30 &&
    !/^\s*(?:pub\s+)?(?:import|from|use|using|require\w*)\b/.test(lines[first] ?? "")
  ) {
    first--;
  }
  return lines.slice(first, line + 1).join("\n");
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
