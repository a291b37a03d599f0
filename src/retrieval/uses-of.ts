import type { EngramView } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { limits } from "../shared/limits.ts";
import type { Evidence } from "./evidence.ts";
import { definitionsOf } from "./symbols/definitions.ts";
import { createSymbolFiles } from "./symbols/symbol-files.ts";
import { useLines } from "./symbols/use-lines.ts";

export interface UsesOptions {
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
  /** Evidence entries, one for each file; the rest are counted in `files` and `lines`. */
  most?: number;
}

export interface Uses {
  /** Files that call or import the symbol, and lines in all of them. */
  files: number;
  lines: number;
  /** Whether a file was left unread because too many mention the name. */
  complete: boolean;
  /** One for each file: its first use; most uses first. */
  evidence: Evidence[];
}

/**
 * Who uses a symbol: calls and imports, as the grammars see them, of a name that this file defines. Other things of the same
 * name are left out where imports and qualifiers say so; members are told by their name alone.
 */
export async function usesOf(
  view: EngramView,
  units: UnitParser,
  { path, name }: { path: string; name: string },
  { citeCommit, most = limits.evidencePerFinding }: UsesOptions,
): Promise<Uses> {
  const files = createSymbolFiles(view, units);
  await units.prepare([path]);
  const definition = definitionsOf(units, path, files.text(path)).find((one) => one.name === name);
  const target = { name, path, member: definition?.member ?? false };
  const users = files.users(name, path);
  const found: { path: string; lines: number[]; text: string }[] = [];
  for (const user of users.slice(0, limits.filesPerName)) {
    const read = await files.read(user);
    const lines = read === null ? [] : useLines(read, target);
    if (read !== null && lines.length > 0) found.push({ path: user, lines, text: read.text });
  }
  found.sort((a, b) => b.lines.length - a.lines.length || (a.path < b.path ? -1 : 1));
  const total = found.reduce((sum, { lines }) => sum + lines.length, 0);
  return {
    files: found.length,
    lines: total,
    complete: users.length <= limits.filesPerName,
    evidence: found.slice(0, most).map((one) => evidenceOf(one, name, total, citeCommit)),
  };
}

function evidenceOf(
  { path, lines, text }: { path: string; lines: number[]; text: string },
  name: string,
  total: number,
  citeCommit: (path: string) => string,
): Evidence {
  const line = lines[0] as number;
  const others = lines.slice(1, 6).join(", ");
  return {
    kind: "related-file",
    citation: { kind: "code", path, startLine: line, endLine: line, commit: citeCommit(path) },
    score: lines.length / total,
    why: `uses ${name} on ${lines.length} of ${total} lines${others === "" ? "" : `; also on ${others}`}`,
    text: text.split("\n")[line - 1] ?? "",
  };
}
