import { baseName } from "./ordinary-path.ts";
import { identifiersIn, partsOf, queryWords } from "./words.ts";

export interface MentionedPlace {
  /** As written, with forward slashes; may be absolute, or a file name alone. */
  path: string;
  line: number | null;
}

/** What a text names: places (paths, stack frames), and identifiers. */
export interface Mentions {
  places: MentionedPlace[];
  identifiers: string[];
}

/** `a/b.ts`, `b.ts:12:5`, `b.cs(12,5)`, `b.ts#L12`, `File "b.py", line 12`, `C:\a\b.ts`, `at f (file:///a/b.ts:12)`. */
const PLACE =
  /(?<![\w.@~+/\\-])(?<path>(?:[A-Za-z]:)?[\w@.+~-]*(?:[\\/]+[\w@.+~[\]-]+)*\.[A-Za-z]\w{0,9})(?:(?::|\(|#L|", line )(?<line>\d{1,7}))?/g;
const CODE_SPAN = /`([^`\n]{2,200})`/g;
const FRAME_NAME = /^[ \t]*at (?:async )?(?:new )?([\w$.]+) \(/gm;
const COMPOUND_NAME = /[a-z\d][A-Z]|[A-Za-z\d]_[A-Za-z]/;

/** Each once, in the order of the text. */
export function readMentions(text: string): Mentions {
  const places = new Map<string, MentionedPlace>();
  for (const { groups } of text.matchAll(PLACE)) {
    const path = (groups?.["path"] ?? "").replace(/[\\/]+/g, "/");
    const line = groups?.["line"] === undefined ? null : Number(groups["line"]);
    places.set(`${path}:${line}`, { path, line });
  }
  const quoted = [...text.matchAll(CODE_SPAN), ...text.matchAll(FRAME_NAME)].flatMap(([, code = ""]) =>
    identifiersIn(code),
  );
  // Nobody writes maxRetryCount or max_retry_count without meaning the thing of that name.
  const compound = identifiersIn(text).filter((word) => COMPOUND_NAME.test(word));
  return { places: [...places.values()], identifiers: [...new Set([...quoted, ...compound])].filter(isName) };
}

function isName(identifier: string): boolean {
  return identifier.length > 2 && partsOf(identifier).some((part) => queryWords(part).size > 0);
}

/** Finds mentioned paths in a tree. */
export interface PathResolver {
  /**
   * The paths that agree with the mention on most trailing segments; none where too many do.
   * @param least so many segments have to agree, or the whole path of the tree. Default 1
   */
  resolve(path: string, least?: number): string[];
}

/** `index.ts` alone names nothing where every folder has one. */
const MAX_MEANINGS = 3;

export function createPathResolver(paths: string[]): PathResolver {
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = baseName(path);
    const same = byName.get(name);
    if (same) same.push(path);
    else byName.set(name, [path]);
  }

  return {
    resolve(mention, least = 1) {
      const segments = mention.split("/").filter((segment) => segment !== "" && segment !== "." && segment !== "..");
      const candidates = (byName.get(segments.at(-1) ?? "") ?? []).map((path) => ({
        path,
        common: commonEnd(path.split("/"), segments),
      }));
      const most = Math.max(0, ...candidates.map(({ common }) => common));
      const best = candidates
        .filter(({ path, common }) => common === most && (common >= least || common === path.split("/").length))
        .map(({ path }) => path);
      return best.length > MAX_MEANINGS ? [] : best;
    },
  };
}

function commonEnd(a: string[], b: string[]): number {
  let common = 0;
  while (common < Math.min(a.length, b.length) && a.at(-1 - common) === b.at(-1 - common)) common++;
  return common;
}
