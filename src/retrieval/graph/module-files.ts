import { posix } from "node:path";
import { limits } from "../../shared/limits.ts";
import type { LanguageFamily } from "../language-family.ts";
import type { ImportSpecifier } from "./import-specifiers.ts";
import { createPathIndex, type PathIndex } from "./path-index.ts";

/** Files that a specifier in the file `from` means; none where it means something outside of the tree. */
export type ResolveModule = (family: LanguageFamily, from: string, specifier: ImportSpecifier) => readonly string[];

interface Tree extends PathIndex {
  /** Folder of a Go package of the tree by its import path, or null. */
  goFolder(module: string): string | null;
}

/**
 * @param paths every file of the tree
 * @param textOf text of a file of the tree, or null
 */
export function createModuleResolver(paths: readonly string[], textOf: (path: string) => string | null): ResolveModule {
  const index = createPathIndex(paths);
  const tree = { ...index, goFolder: goFolders(index, textOf) };
  return (family, from, specifier) => resolvers[family]?.(tree, from, specifier) ?? [];
}

type Resolver = (tree: Tree, from: string, specifier: ImportSpecifier) => readonly string[];

const resolvers: Partial<Record<LanguageFamily, Resolver>> = {
  c: (tree, from, { module }) => beside(tree, from, module) ?? tree.endingWith(module),
  ecmascript: resolveScript,
  go: resolveGo,
  java: resolveJava,
  php: (tree, _, { module }) => tree.endingWith(`${module.split("\\").slice(-2).join("/")}.php`),
  python: resolvePython,
  ruby: (tree, from, { module }) =>
    beside(tree, from, `${module}.rb`) ?? (module.startsWith(".") ? [] : tree.endingWith(`${module}.rb`)),
  rust: resolveRust,
};

function beside(tree: Tree, from: string, path: string): string[] | null {
  const found = tree.first([posix.join(posix.dirname(from), path)]);
  return found.length > 0 ? found : null;
}

const scriptEnds = ["", ".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs", ".vue", ".d.ts"];

function resolveScript(tree: Tree, from: string, { module }: ImportSpecifier): string[] {
  if (module.startsWith(".")) return tree.first(scriptNames(posix.join(posix.dirname(from), module)));
  for (const name of scriptNames(module.replace(/^(?:@|~|#|src)\//, ""))) {
    const found = tree.endingWith(name);
    if (found.length > 0) return found;
  }
  return [];
}

/** TypeScript is imported by the name that it will be compiled to, or without an end; a folder means its index. */
function* scriptNames(base: string): Generator<string> {
  for (const end of scriptEnds) yield base + end;
  const bare = base.replace(/\.[cm]?jsx?$/, "");
  if (bare !== base) for (const end of scriptEnds) yield bare + end;
  for (const end of scriptEnds.slice(1)) yield `${base}/index${end}`;
}

function resolvePython(tree: Tree, from: string, { module, names }: ImportSpecifier): string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const inner = module.slice(dots).replaceAll(".", "/");
  const up = Array.from({ length: Math.max(0, dots - 1) }, () => "..");
  for (const root of dots > 0 ? [posix.join(posix.dirname(from), ...up)] : pythonRoots(from)) {
    const base = posix.join(root, inner);
    const modules = names.flatMap((name) => tree.first(pythonNames(posix.join(base, name))));
    const found = modules.length > 0 ? modules : tree.first(pythonNames(base));
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

function pythonNames(base: string): string[] {
  return [`${base}.py`, `${base}/__init__.py`, `${base}.pyi`];
}

/** Folders that absolute imports may start from: the tree, its `src` and `lib`, and whatever is around the file. */
function pythonRoots(path: string): string[] {
  const parts = posix.dirname(path).split("/");
  return ["", "src", "lib", ...parts.map((_, i) => parts.slice(0, parts.length - i).join("/"))];
}

/** All files of the package, but for its tests. */
function resolveGo(tree: Tree, _: string, { module }: ImportSpecifier): string[] {
  const folder = tree.goFolder(module);
  if (folder === null) return [];
  const files = tree.inFolder(folder).filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  return files.length > limits.graphPackageFiles ? [] : files;
}

function goFolders(index: PathIndex, textOf: (path: string) => string | null): Tree["goFolder"] {
  const modules = index.named("go.mod").flatMap((path) => {
    const module = /^module\s+(\S+)/m.exec(textOf(path) ?? "")?.[1];
    return module === undefined ? [] : [{ module, folder: posix.dirname(path) }];
  });
  // The innermost module has it.
  modules.sort((a, b) => b.module.length - a.module.length);
  return (imported) => {
    const home = modules.find(({ module }) => imported === module || imported.startsWith(`${module}/`));
    return home === undefined ? null : posix.join(home.folder, imported.slice(home.module.length + 1));
  };
}

/** A class, or what a static import takes from it. */
function resolveJava(tree: Tree, _: string, { module }: ImportSpecifier): string[] {
  const path = module.replaceAll(".", "/");
  const found = tree.endingWith(`${path}.java`);
  return found.length > 0 ? found : tree.endingWith(`${posix.dirname(path)}.java`);
}

/** The longest part of `crate::a::b::Name` that is a file. */
function resolveRust(tree: Tree, from: string, { module }: ImportSpecifier): string[] {
  const parts = module.split("::");
  const ups = parts.filter((part) => part === "super").length;
  const inner = parts.filter((part) => !/^(?:crate|super|self)$/.test(part));
  const base =
    parts[0] === "crate" ? (/^(?:.*\/)?src(?=\/)/.exec(from)?.[0] ?? posix.dirname(from)) : rustModule(from, ups);
  for (let length = inner.length; length > 0; length--) {
    const path = posix.join(base, ...inner.slice(0, length));
    const found = tree.first([`${path}.rs`, `${path}/mod.rs`]);
    if (found.length > 0) return found;
  }
  return [];
}

/** Folder of the modules below a file's module, `ups` modules further up. */
function rustModule(path: string, ups: number): string {
  const stands = /^(?:mod|lib|main)\.rs$/.test(posix.basename(path));
  let folder = stands ? posix.dirname(path) : path.replace(/\.rs$/, "");
  for (let i = 0; i < ups; i++) folder = posix.dirname(folder);
  return folder;
}
