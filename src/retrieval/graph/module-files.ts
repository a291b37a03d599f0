import { posix } from "node:path";
import { limits } from "../../shared/limits.ts";
import type { LanguageFamily } from "../language-family.ts";
import type { ImportSpecifier } from "./import-specifiers.ts";

/** Files of a tree by what others call them in imports. */
export interface ModuleFiles {
  /** Files that a specifier in this file means; none where it means something outside of the tree. */
  resolve(family: LanguageFamily, from: string, specifier: ImportSpecifier): string[];
}

const scriptEnds = ["", ".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs", ".vue", ".d.ts"];

/**
 * @param paths every file of the tree
 * @param textOf text of a file of the tree, or null
 */
export function createModuleFiles(paths: readonly string[], textOf: (path: string) => string | null): ModuleFiles {
  const all = new Set(paths);
  const byName = groupBy(paths, (path) => posix.basename(path));
  const byFolder = groupBy(paths, (path) => posix.dirname(path));
  let goModules: { module: string; folder: string }[] | null = null;

  const first = (candidates: Iterable<string>): string[] => {
    for (const path of candidates) if (all.has(path)) return [path];
    return [];
  };

  /** Files whose path ends so, where there are not several. */
  function endingWith(end: string): string[] {
    const found = (byName.get(posix.basename(end)) ?? []).filter((path) => path === end || path.endsWith(`/${end}`));
    return found.length === 1 ? found : found.filter((path) => path === shortest(found)).slice(0, 1);
  }

  function script(from: string, module: string): string[] {
    if (!module.startsWith(".")) {
      const end = module.replace(/^(?:@|~|#|src)\//, "");
      for (const name of scriptNames(end)) {
        const found = endingWith(name);
        if (found.length > 0) return found;
      }
      return [];
    }
    return first(scriptNames(posix.join(posix.dirname(from), module)));
  }

  function python(from: string, { module, names }: ImportSpecifier): string[] {
    const dots = /^\.*/.exec(module)?.[0].length ?? 0;
    const inner = module.slice(dots).replaceAll(".", "/");
    const roots = dots > 0 ? [posix.join(posix.dirname(from), ...Array<string>(dots - 1).fill(".."))] : rootsOf(from);
    for (const root of roots) {
      const base = posix.join(root, inner);
      const modules = names.flatMap((name) => first(pythonNames(posix.join(base, name))));
      const found = [...new Set([...modules, ...(modules.length > 0 ? [] : first(pythonNames(base)))])];
      if (found.length > 0) return found;
    }
    return [];
  }

  function go(module: string): string[] {
    goModules ??= (byName.get("go.mod") ?? []).flatMap((path) => {
      const name = /^module\s+(\S+)/m.exec(textOf(path) ?? "")?.[1];
      return name === undefined ? [] : [{ module: name, folder: posix.dirname(path) }];
    });
    const home = goModules
      .filter((one) => module === one.module || module.startsWith(`${one.module}/`))
      .sort((a, b) => b.module.length - a.module.length)[0];
    if (home === undefined) return [];
    const folder = posix.join(home.folder, module.slice(home.module.length + 1));
    return filesIn(folder, (path) => path.endsWith(".go") && !path.endsWith("_test.go"));
  }

  function filesIn(folder: string, keep: (path: string) => boolean): string[] {
    const found = (byFolder.get(folder) ?? []).filter(keep);
    return found.length > limits.graphPackageFiles ? [] : found;
  }

  function rust(from: string, module: string): string[] {
    const parts = module.split("::");
    const base = rustBase(from, parts);
    for (let length = parts.length; length > 0; length--) {
      const path = posix.join(base, ...parts.slice(0, length));
      const found = first([`${path}.rs`, `${path}/mod.rs`]);
      if (found.length > 0) return found;
    }
    return [];
  }

  return {
    resolve(family, from, specifier) {
      const { module } = specifier;
      switch (family) {
        case "ecmascript":
          return script(from, module);
        case "python":
          return python(from, specifier);
        case "go":
          return go(module);
        case "java": {
          const end = module.replaceAll(".", "/");
          const found = endingWith(`${end}.java`);
          return found.length > 0 ? found : endingWith(`${posix.dirname(end)}.java`);
        }
        case "c": {
          const near = first([posix.join(posix.dirname(from), module)]);
          return near.length > 0 ? near : endingWith(module);
        }
        case "ruby": {
          const near = first([`${posix.join(posix.dirname(from), module)}.rb`]);
          return near.length > 0 || module.startsWith(".") ? near : endingWith(`${module}.rb`);
        }
        case "php":
          return endingWith(`${module.split("\\").slice(-2).join("/")}.php`);
        case "rust":
          return rust(from, module);
        default:
          return [];
      }
    },
  };
}

function* scriptNames(base: string): Generator<string> {
  for (const end of scriptEnds) yield base + end;
  const bare = base.replace(/\.[cm]?jsx?$/, "");
  if (bare !== base) for (const end of scriptEnds) yield bare + end;
  for (const end of scriptEnds.slice(1)) yield `${base}/index${end}`;
}

function pythonNames(base: string): string[] {
  return [`${base}.py`, `${base}/__init__.py`, `${base}.pyi`];
}

/** Folders that absolute imports may start from: the tree, its `src` and `lib`, and whatever is around the file. */
function rootsOf(path: string): string[] {
  const parts = posix.dirname(path).split("/");
  return ["", "src", "lib", ...parts.map((_, i) => parts.slice(0, parts.length - i).join("/"))];
}

/** Takes the words that lead to a folder off `parts`. */
function rustBase(from: string, parts: string[]): string {
  const isRoot = /^(?:mod|lib|main)\.rs$/.test(posix.basename(from));
  const own = isRoot ? posix.dirname(from) : from.replace(/\.rs$/, "");
  if (parts[0] === "crate") {
    parts.shift();
    const source = /^(.*\/)?src(?=\/)/.exec(from)?.[0];
    return source ?? posix.dirname(from);
  }
  let base = own;
  for (let word = parts.shift(); word === "super" || word === "self"; word = parts.shift()) {
    if (word === "super") base = posix.dirname(base);
    if (parts[0] !== "super" && parts[0] !== "self") break;
  }
  return base;
}

function shortest(paths: readonly string[]): string | undefined {
  return paths.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

function groupBy(paths: readonly string[], keyOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return groups;
}
