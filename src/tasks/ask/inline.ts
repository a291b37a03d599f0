import type { Evidence } from "../../retrieval/evidence.ts";
import type { Place } from "./ask-input.ts";

/** A code span of untrusted text, as Markdown has it. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = /^`|`$/.test(line) ? " " : "";
  return line === "" ? "` `" : `${fence}${pad}${line}${pad}${fence}`;
}

/** Untrusted words, cut between words. */
export function quote(text: string, most = 200): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= most) return `“${line}”`;
  return `“${line.slice(0, most).replace(/\s+\S*$/, "")} …”`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a, b and c` */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** Lines of a place, as evidence of their own. */
export function citeLines(
  { path, text, history }: Pick<Place, "path" | "text" | "history">,
  startLine: number,
  endLine: number,
  why: string,
): Evidence {
  return {
    kind: "quoted",
    citation: { kind: "code", path, startLine, endLine, commit: history.at },
    score: 1,
    why,
    text: linesOf(text, startLine, endLine).join("\n"),
  };
}

export function linesOf(text: string, startLine: number, endLine: number): string[] {
  return text.split("\n").slice(startLine - 1, endLine);
}
