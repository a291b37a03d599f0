import type { CodeFile } from "./code-file.ts";
import { lineCounter } from "./code-file.ts";
import type { DefinitionKind } from "./definitions.ts";
import { importsOf, type ScriptImport } from "./js-imports.ts";

export interface Name {
  name: string;
  kind: DefinitionKind;
  /** File that defined it. */
  path: string;
}

/**
 * Lines of a file that use a name which is defined nowhere any more, in order. Empty where the file means something else
 * by the name: its own variable or parameter, or an import from another module.
 * JavaScript and TypeScript are strict about that: a file uses the name if it imports it, or if it defined it.
 */
export function referenceLines(file: CodeFile, target: Name): number[] {
  if (target.kind === "method")
    return linesOf(file.code, new RegExp(`(?:\\.|->|::)${exactly(target.name)}[ \\t]*\\(`, "g"));
  return file.language.name === "javascript" ? scriptReferences(file, target) : plainReferences(file, target);
}

function scriptReferences(file: CodeFile, target: Name): number[] {
  const imports = importsOf(file).filter(({ clause }) => mentions(clause, target.name));
  const isHome = ({ specifier }: ScriptImport): boolean => moduleName(specifier) === moduleName(target.path);
  const imported = imports.filter(
    (one) => one.sourceNames.includes(target.name) || (isHome(one) && one.localNames.includes(target.name)),
  );
  // Another module's default export, or a namespace, by this name.
  if (imports.some((one) => one.localNames.includes(target.name) && !imported.includes(one))) return [];
  if (imported.length === 0 && (file.path !== target.path || bindsInCode(file, target.name))) return [];
  const importLines = imported.map(({ line }) => line);
  const renamed = imported.length > 0 && imported.every(({ localNames }) => !localNames.includes(target.name));
  const uses = renamed ? [] : linesOf(file.code, freeName(target.name));
  return [...new Set([...importLines, ...uses])].sort((a, b) => a - b);
}

/** The last part of a path or specifier, without extension; the folder's for an index file. */
function moduleName(path: string): string {
  const segments = path.replace(/\/index(?:\.\w+)?$/, "").split("/");
  return (segments.at(-1) ?? "").replace(/\.\w+$/, "");
}

/** Where modules are not told apart by their imports: every use, unless an import says that the name is another's. */
function plainReferences(file: CodeFile, target: Name): number[] {
  const name = exactly(target.name);
  const importLines = file.code
    .split("\n")
    .filter((line) => /^\s*(?:pub\s+)?(?:import|from|use|using|require)\b/.test(line) && mentions(line, target.name));
  const home = homeNames(target.path);
  if (importLines.some((line) => !home.some((part) => mentions(line, part)))) return [];
  const binds = new RegExp(`${name}[ \\t]*(?::=|=(?![=>]))|\\bfor[ \\t(]+${name}\\b|\\bas[ \\t]+${name}\\b`).test(
    file.code,
  );
  if (binds || bindsAsParameter(file.code, target.name)) return [];
  return linesOf(file.code, new RegExp(name, "g"));
}

/** By these names other files import from a file: its own, and that of its folder. */
function homeNames(path: string): string[] {
  const segments = path.replace(/\.\w+$/, "").split("/");
  return segments.slice(-2);
}

function bindsInCode({ code, definitions }: CodeFile, name: string): boolean {
  return (
    definitions.some((definition) => definition.name === name) ||
    new RegExp(`\\b(?:const|let|var)[ \\t]*[{[][^}\\]=]*${exactly(name)}`).test(code) ||
    bindsAsParameter(code, name)
  );
}

function bindsAsParameter(code: string, name: string): boolean {
  const statement = "(?<!\\b(?:if|while|for|switch|catch|with|return)[ \\t]*)";
  const list = `${statement}\\([^()\\n]*(?<![.=])${exactly(name)}[^()\\n]*\\)[ \\t]*(?:=>|->|\\{|:)`;
  return new RegExp(`${list}|${exactly(name)}[ \\t]*=>`).test(code);
}

/** A use of a variable: not a property, not a key. */
function freeName(name: string): RegExp {
  return new RegExp(
    `(?<!(?<!\\.\\.)\\.[ \\t]*)${exactly(name)}(?![ \\t]*:(?!:))|\\?[ \\t]*${exactly(name)}[ \\t]*:`,
    "g",
  );
}

function mentions(text: string, name: string): boolean {
  return new RegExp(exactly(name)).test(text);
}

function exactly(name: string): string {
  return `(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`;
}

function linesOf(code: string, pattern: RegExp): number[] {
  const lineOf = lineCounter(code);
  return [...new Set(Array.from(code.matchAll(pattern), ({ index }) => lineOf(index)))];
}
