import type { LanguageFamily } from "../language-family.ts";

/** What a file imports, as written; `names` are what it takes from there where these may be modules themselves. */
export interface ImportSpecifier {
  module: string;
  names: string[];
}

const patterns: Partial<Record<LanguageFamily, RegExp>> = {
  c: /^[ \t]*#[ \t]*include[ \t]*["<](?<module>[^">\n]+)[">]/gm,
  ecmascript: /["'](?<module>(?:\.{1,2}|@|~|#|src)\/[^"'\n]*|\.{1,2})["']/g,
  go: /"(?<module>[\w.~-]+(?:\/[\w.~-]+)*)"/g,
  java: /^[ \t]*import[ \t]+(?:static[ \t]+)?(?<module>[\w.]+)/gm,
  php: /^[ \t]*use[ \t]+(?:function[ \t]+)?\\?(?<module>[\w\\]+)/gm,
  python:
    /^[ \t]*(?:from[ \t]+(?<module>\.*[\w.]*)[ \t]+import[ \t]+(?<names>\([^)]*\)|[^\n#]*)|import[ \t]+(?<modules>[\w., \t]+))/gm,
  ruby: /^[ \t]*(?:require|require_relative|load)[ \t(]+["'](?<module>[^"'\n]+)["']/gm,
  rust: /\b(?<module>(?:crate|super|self)(?:::\w+)+)/g,
};

/**
 * What looks like the name of an imported module in a text. Not all of it is: what the grammar took for imports is in the
 * engram, and the caller compares.
 */
export function importSpecifiers(family: LanguageFamily, text: string): ImportSpecifier[] {
  const pattern = patterns[family];
  if (pattern === undefined) return [];
  const found = new Map<string, ImportSpecifier>();
  for (const { groups = {} } of text.matchAll(pattern)) {
    const names = (groups["names"] ?? "").match(/\w+/g)?.filter((name) => name !== "as") ?? [];
    for (const module of (groups["module"] ?? groups["modules"] ?? "").split(",")) {
      const bare = module.trim().split(/\s/)[0] ?? "";
      if (bare !== "") found.set(`${bare} ${names.join(" ")}`, { module: bare, names });
    }
  }
  return [...found.values()];
}
