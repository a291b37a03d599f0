import { posix } from "node:path";
import { createNameTokens } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import { limits } from "../../shared/limits.ts";
import { familyOf } from "../language-family.ts";
import { importSpecifiers } from "./import-specifiers.ts";
import { createModuleResolver, type ResolveModule } from "./module-files.ts";
import type { Ties } from "./name-ties.ts";
import { remember } from "./remember.ts";

/**
 * Files tied by imports: a text says which module, the engram's tokens that the grammar took it for an import. A package of
 * n files is tied to each with 1/n.
 * @returns ties of weight 1 or less
 */
export function createImportTies(view: EngramView): (path: string) => Ties {
  const tokens = createNameTokens(view.info().seed);
  let resolve: ResolveModule | null = null;

  const importedBy = remember((path: string): ReadonlyMap<string, number> => {
    const found = new Map<string, number>();
    const family = familyOf(path);
    const text = family === null ? null : view.text(path);
    if (family === null || text === null) return found;
    const roleTokens = new Set(view.row(path)?.roleTokens);
    const isImport = (module: string) =>
      tokens.ofName(module).every((token) => roleTokens.has(tokens.bind(token, "imports")));
    resolve ??= createModuleResolver(view.paths(), (one) => view.text(one));
    for (const specifier of importSpecifiers(family, text)) {
      if (family !== "rust" && !isImport(specifier.module)) continue;
      const files = resolve(family, path, specifier).filter((file) => file !== path);
      for (const file of files) found.set(file, Math.max(found.get(file) ?? 0, 1 / files.length));
    }
    return found;
  });

  /** Files that mention the word by which others import this one. */
  function mayImport(path: string): string[] {
    const [first, ...others] = tokens
      .ofName(importedAs(path))
      .map((token) => view.pathsWithTokenId(tokens.bind(token, "imports")));
    const family = familyOf(path);
    const sets = others.map((paths) => new Set(paths));
    const found = (first ?? []).filter(
      (one) => one !== path && familyOf(one) === family && sets.every((paths) => paths.has(one)),
    );
    return found.length > limits.graphImporters ? nearest(found, path) : found;
  }

  return (path) => {
    const users = new Map<string, number>();
    for (const other of mayImport(path)) {
      const weight = importedBy(other).get(path);
      if (weight !== undefined) users.set(other, weight);
    }
    return { users, uses: new Map(importedBy(path)) };
  };
}

/** The last word of a path in imports: a file's name without its end, or its folder's where the file stands for that. */
function importedAs(path: string): string {
  const name = posix.basename(path).replace(/\.\w+$/, "");
  const isFolder = path.endsWith(".go") || /^(?:index|__init__|mod|lib|main)$/.test(name);
  return isFolder ? posix.basename(posix.dirname(path)) : name;
}

/** Those that share most of the folders above, of equals the first. */
function nearest(paths: readonly string[], path: string): string[] {
  const shared = (other: string) => {
    let at = 0;
    while (at < other.length && other[at] === path[at]) at++;
    return path.slice(0, at).split("/").length;
  };
  return paths.toSorted((a, b) => shared(b) - shared(a) || (a < b ? -1 : 1)).slice(0, limits.graphImporters);
}
