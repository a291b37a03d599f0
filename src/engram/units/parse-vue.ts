import type { Grammar } from "./grammar.ts";
import { javascript, tsx, typescript } from "./grammars/ecmascript.ts";
import { vue } from "./grammars/web.ts";
import type { ParsedText } from "./unit-parser.ts";

/**
 * A Vue component: its blocks at the top level, the units of its scripts one below. A script stands, as everywhere in
 * the wild, between a line that begins with `<script` and one that begins with `</script>`.
 */
export function parseVue(
  text: string,
  parseWith: (grammar: Grammar, text: string) => ParsedText | null,
): ParsedText | null {
  const outline = parseWith(vue, text);
  if (outline === null) return null;
  const { starts, names } = outline;
  const script = /^<script\b([^>]*)>[ \t]*\r?\n([^]*?)^<\/script>/gm;
  for (const match of text.matchAll(script)) {
    const [whole, attributes = "", code = ""] = match;
    const first = countLines(text.slice(0, match.index + whole.indexOf(code)));
    const inner = parseWith(grammarOfScript(attributes), code) ?? { starts: [], names: [] };
    starts.push(...inner.starts.map(({ line, depth }) => ({ line: line + first, depth: depth + 1 })));
    names.push(...inner.names.map((name) => ({ ...name, line: name.line + first })));
  }
  return { starts: starts.sort((a, b) => a.line - b.line), names };
}

function grammarOfScript(attributes: string): Grammar {
  const language = /\blang\s*=\s*["']?(\w+)/.exec(attributes)?.[1];
  if (language === "ts") return typescript;
  return language === "tsx" || language === "jsx" ? tsx : javascript;
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
