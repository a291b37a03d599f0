import { createNameTokens } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import { familyOf } from "../language-family.ts";
import { isOrdinaryPath } from "../ordinary-path.ts";
import { wholeWord } from "./signature.ts";
import type { ReadFile } from "./use-lines.ts";

/** Where names stand in a tree, by tokens first and by their spelling then. */
export interface SymbolFiles {
  /** Files of the family of `path` in which a name written this way stands and is defined, as far as tokens say. */
  definers(name: string, path: string): string[];
  /** The same for files that call or import it. */
  users(name: string, path: string): string[];
  /** The same for files in which it stands at all. */
  holders(name: string, path: string): string[];
  text(path: string): string;
  /** Reads a file's names; null where no grammar can. */
  read(path: string): Promise<ReadFile | null>;
}

/** Files are read and parsed once for each such object. */
export function createSymbolFiles(view: EngramView, units: UnitParser): SymbolFiles {
  const tokens = createNameTokens(view.info().seed);
  const texts = new Map<string, string>();
  const parsed = new Map<string, ReadFile | null>();

  function text(path: string): string {
    let known = texts.get(path);
    if (known === undefined) texts.set(path, (known = view.text(path) ?? ""));
    return known;
  }

  function written(paths: Iterable<string>, name: string, path: string): string[] {
    const family = familyOf(path);
    const word = wholeWord(name);
    return [...new Set(paths)].filter((one) => familyOf(one) === family && isOrdinaryPath(one) && word.test(text(one)));
  }

  /** The first word of a name is enough: its spelling is looked at. */
  function bound(name: string, role: "defines" | "calls" | "imports"): string[] {
    const [token] = tokens.ofName(name);
    return token === undefined ? [] : view.pathsWithTokenId(tokens.bind(token, role));
  }

  return {
    definers: (name, path) => written(bound(name, "defines"), name, path),
    users: (name, path) => written([...bound(name, "calls"), ...bound(name, "imports")], name, path).sort(),
    holders: (name, path) => written(view.pathsWithToken(name), name, path),
    text,
    async read(path) {
      let file = parsed.get(path);
      if (file !== undefined) return file;
      await units.prepare([path]);
      const names = units.parse(path, text(path))?.names;
      file = names === undefined ? null : { path, text: text(path), names };
      parsed.set(path, file);
      return file;
    },
  };
}
