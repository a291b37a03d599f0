import { createNameTokens } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import { familyOf, type LanguageFamily } from "../language-family.ts";
import { readSignature, type Signature, wholeWord } from "./signature.ts";

export interface Definition {
  name: string;
  /** 1-based. */
  line: number;
  /** Whether it belongs to something else and is reached through it: a method, a field, a key. */
  member: boolean;
  /** Null where it takes no arguments. */
  signature: Signature | null;
}

/**
 * What a file defines, in the order of its lines; empty where no grammar reads it. The grammars of the path must have been
 * prepared (`UnitParser.prepare`).
 */
export function definitionsOf(units: UnitParser, path: string, text: string): Definition[] {
  const family = familyOf(path);
  const parsed = family === null ? null : units.parse(path, text);
  if (family === null || parsed === null) return [];
  const lines = text.split("\n");
  return parsed.names.flatMap(({ role, name, line }) => {
    if (role !== "defines") return [];
    const member = isMember(family, lines[line] ?? "", name);
    return [{ name, line: line + 1, member, signature: readSignature(family, lines, line, name) }];
  });
}

/** Whether a file of the tree defines this name, written this way. Reads no more than the file's row and text. */
export function definesName(view: EngramView, path: string, name: string): boolean {
  const tokens = createNameTokens(view.info().seed);
  const row = view.row(path);
  const words = tokens.ofName(name);
  if (row === null || words.length === 0) return false;
  const defined = words.every((word) => row.roleTokens.includes(tokens.bind(word, "defines")));
  return defined && wholeWord(name).test(view.text(path) ?? "");
}

function isMember(family: LanguageFamily, line: string, name: string): boolean {
  const before = line.slice(0, Math.max(0, line.search(wholeWord(name))));
  const indented = /^\s/.test(line);
  switch (family) {
    case "ecmascript":
      return !/\b(?:function\s*\*?|class|interface|enum|type|namespace|module|const|let|var|exports\s*\.)\s*$/.test(
        before,
      );
    case "go":
      return /^func\s*\(/.test(line) || (indented && !/^\s+\w+(?:\s+\w+)?\s*(?:=|$)/.test(line));
    case "java":
    case "csharp":
      return !/\b(?:class|interface|enum|record|struct|@interface)\s+$/.test(before);
    case "ruby":
      return false;
    default:
      return indented;
  }
}
