import type { ClassMembers, UnitParser } from "../../engram/units/unit-parser.ts";
import { limits } from "../../shared/limits.ts";
import { languageOf } from "../languages.ts";
import { maskCode } from "../mask-code.ts";
import { isTestPath } from "../ordinary-path.ts";
import { importStatements, isInternal } from "../symbols/import-statements.ts";
import { wholeWord } from "../symbols/signature.ts";
import type { SymbolFiles } from "../symbols/symbol-files.ts";
import type { ChangedMember } from "./lost-members.ts";

export interface MemberUse {
  path: string;
  /** 1-based. */
  line: number;
}

/**
 * Where what a class lost, or takes otherwise, is still used: through `this` or `self` in the class itself, through the class, and
 * through variables that a file declares to be objects of it. Empty where anything else may give the class that name: a base class
 * that cannot be read, a subclass, another declaration of the class, an assignment from outside.
 */
export async function memberUses(member: ChangedMember, files: SymbolFiles, units: UnitParser): Promise<MemberUse[]> {
  const { owner, name, file, isStatic } = member;
  const home = file.path;
  const around = await filesWithClass(member, files, units);
  if (around === null || around.some((one) => givesName(one, member))) return [];
  if (member.newLine === null && (await isInherited(owner, home, name, files, units))) return [];
  const own = (owner.reads.get(name) ?? []).map((line) => ({ path: home, line: line + 1 }));
  const rivals = files
    .definers(owner.name, home)
    .filter((path) => path !== home && declares(files.text(path), owner.name));
  const others = rivals.length > 0 ? [] : around.flatMap((one) => usesOfObjects(one, member, units, isStatic));
  const uses = new Map([...own, ...others].map((use) => [`${use.path} ${use.line}`, use]));
  return [...uses.values()];
}

/** A file that names the class. */
interface ClassFile {
  path: string;
  text: string;
  classes: ClassMembers[];
}

/** Null where there are too many, or one that cannot be read names both. */
async function filesWithClass(
  { owner, name, file }: ChangedMember,
  files: SymbolFiles,
  units: UnitParser,
): Promise<ClassFile[] | null> {
  const word = wholeWord(name);
  const holders = files.holders(owner.name, file.path);
  if (holders.length > limits.filesPerName) return null;
  const found: ClassFile[] = [];
  for (const path of new Set([file.path, ...holders])) {
    const text = files.text(path);
    if (!word.test(text)) continue;
    if (found.length > limits.danglingFiles) return null;
    const classes = await classesIn(path, files, units);
    if (classes === null) return null;
    found.push({ path, text, classes });
  }
  return found;
}

/** Several members of one class are looked for in the same files. */
const read = new WeakMap<SymbolFiles, Map<string, ClassMembers[] | null>>();

async function classesIn(path: string, files: SymbolFiles, units: UnitParser): Promise<ClassMembers[] | null> {
  const known = read.get(files) ?? new Map<string, ClassMembers[] | null>();
  read.set(files, known);
  let classes = known.get(path);
  if (classes === undefined) {
    await units.prepare([path]);
    known.set(path, (classes = units.members(path, files.text(path))));
  }
  return classes;
}

/** Whether a file that names the class gives it this name, or one of its subclasses. */
function givesName({ text, path, classes }: ClassFile, { owner, name, file, newLine }: ChangedMember): boolean {
  if (newLine !== null) return false;
  const [of, word] = [wholeWord(owner.name).source, wholeWord(name).source];
  if (new RegExp(`\\b(?:interface|namespace)\\s+${of}|${of}\\.prototype`).test(text)) return true;
  if (new RegExp(`(?<!\\bthis|\\bself|\\bcls)\\.${word}\\s*=(?!=)`).test(text)) return true;
  if (new RegExp(`\\bclass\\s+\\w+\\([^)]*(?:,\\s*${of}|${of}\\s*,)`).test(text)) return true;
  return classes.some((one) => {
    const isItself = path === file.path && one.name === owner.name;
    return !isItself && one.bases.length > 0 && (one.defines.has(name) || one.isOpen);
  });
}

/** Deeper trees of classes are somebody's framework. */
const mostBases = 5;

/** Whether a base class has the name, or cannot be read. */
async function isInherited(
  { bases }: ClassMembers,
  home: string,
  name: string,
  files: SymbolFiles,
  units: UnitParser,
  depth = 0,
): Promise<boolean> {
  if (bases.length > 0 && depth === mostBases) return true;
  for (const base of bases) {
    const homes = new Set([home, ...files.definers(base, home)].filter((path) => definesClass(files.text(path), base)));
    const [path, ...more] = homes;
    if (path === undefined || more.length > 0) return true;
    const found = (await classesIn(path, files, units))?.filter((one) => one.name === base) ?? [];
    const [only] = found;
    if (only === undefined || found.length > 1 || only.isOpen || only.defines.has(name)) return true;
    if (await isInherited(only, path, name, files, units, depth + 1)) return true;
  }
  return false;
}

/** Whether a text has a thing of that name, whatever it is. Names that differ in case share a token. */
function declares(text: string, name: string): boolean {
  return new RegExp(
    `\\b(?:class|function|interface|type|enum|namespace|const|let|var|def)\\s+${wholeWord(name).source}`,
  ).test(text);
}

function definesClass(text: string, name: string): boolean {
  return new RegExp(`\\bclass\\s+${wholeWord(name).source}`).test(text);
}

/** Lines that use the member through the class, or through what the file declares to be one of its objects and nothing else. */
function usesOfObjects(
  { path, text, classes }: ClassFile,
  { owner, name, family, file }: ChangedMember,
  units: UnitParser,
  isStatic: boolean,
): MemberUse[] {
  if (isTestPath(file.path) && !isTestPath(path)) return [];
  if (path !== file.path && !bringsClass(path, text, owner.name, units)) return [];
  const language = languageOf(path);
  const code = language === null ? text : maskCode(text, language);
  const lines = code.split("\n");
  const variables = units.variables(path, text);
  const of = wholeWord(owner.name).source;
  const typed = declarations[family === "python" ? "python" : "ecmascript"](of);
  const declared = new Map<string, Set<number>>();
  for (const [at, line] of lines.entries()) {
    for (const pattern of typed) {
      for (const [, object = ""] of line.matchAll(pattern))
        declared.set(object, (declared.get(object) ?? new Set()).add(at));
    }
  }
  const isAlways = (at: readonly number[] | undefined, object: string): boolean =>
    at !== undefined && at.every((line) => declared.get(object)?.has(line));
  const reached = [...declared.keys()].flatMap((object) => {
    const word = wholeWord(object).source;
    const isVariable =
      variables !== null && !variables.unclear.has(object) && isAlways(variables.binds.get(object), object);
    const fields = classes.flatMap(({ defines }) => defines.get(object) ?? []);
    const isField =
      fields.length > 0 && fields.every((line) => declared.get(object)?.has(line) || assigns(lines[line], object));
    return [...(isVariable ? [`(?<![\\w$.])${word}`] : []), ...(isField ? [`\\b(?:this|self)\\.${word}`] : [])];
  });
  if (isStatic) reached.push(`(?<![\\w$.])${of}`);
  if (reached.length === 0) return [];
  const use = new RegExp(`(?:${reached.join("|")})\\s*[?!]?\\.\\s*${wholeWord(name).source}(?!\\s*=(?!=))`);
  return lines.flatMap((line, at) => (use.test(line) ? [{ path, line: at + 1 }] : []));
}

/** A field's type is told where it is declared; its constructor puts one there. */
function assigns(line: string | undefined, object: string): boolean {
  return new RegExp(`\\bthis\\.${wholeWord(object).source}\\s*=`).test(line ?? "");
}

const declarations = {
  ecmascript: (of: string): RegExp[] => [
    new RegExp(`(?<![\\w$.])([\\w$]+)\\s*[?!]?\\s*:\\s*${of}(?=\\s*(?:[,;)=]|$))`, "g"),
    new RegExp(`\\bconst\\s+([\\w$]+)\\s*=\\s*new\\s+${of}\\s*[(<]`, "g"),
  ],
  python: (of: string): RegExp[] => [
    new RegExp(`(?<![\\w.])(\\w+)\\s*:\\s*${of}(?=\\s*(?:[,)=]|$))`, "g"),
    new RegExp(`^\\s*(\\w+)\\s*=\\s*${of}\\(`, "g"),
  ],
};

/** Whether the class comes into the file under its own name, from this repository. */
function bringsClass(path: string, text: string, name: string, units: UnitParser): boolean {
  const names = units.parse(path, text)?.names ?? [];
  if (/\.pyi?$/.test(path)) return names.some(({ role, name: one }) => role === "imports" && one === name);
  return importStatements(text, names).some(
    ({ specifier, sourceNames, localNames }) =>
      isInternal(specifier) &&
      localNames.includes(name) &&
      (sourceNames.includes(name) || sourceNames.includes("default")),
  );
}
