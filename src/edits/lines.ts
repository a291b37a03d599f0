/** A text as lines without their ends, and what its ends are like, so that a change keeps them. */
export interface Lines {
  lines: string[];
  /** The end of each line; empty for the last line of a text that ends without one. */
  ends: string[];
  /** What most lines end in. */
  end: "\n" | "\r\n";
}

export function splitText(text: string): Lines {
  const lines: string[] = [];
  const ends: string[] = [];
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const end = /\r?\n$/.exec(line)?.[0] ?? "";
    lines.push(line.slice(0, line.length - end.length));
    ends.push(end);
  }
  const windows = ends.filter((end) => end === "\r\n").length;
  return { lines, ends, end: windows * 2 > ends.filter((end) => end !== "").length ? "\r\n" : "\n" };
}

/** Puts other lines in the place of `count` lines at `at` (0-based); ends are those of the text, also at its very end. */
export function replaceLines({ lines, ends, end }: Lines, at: number, count: number, put: readonly string[]): string {
  const isTail = at + count >= lines.length;
  const lastEnd = count > 0 ? ends[at + count - 1] : undefined;
  const added = put.map((line, i) => line + (isTail && i === put.length - 1 ? (lastEnd ?? end) : end));
  // A text whose last line has no end gets one where lines follow.
  const before = lines.slice(0, at).map((line, i) => line + (ends[i] === "" && put.length > 0 ? end : ends[i]));
  const after = lines.slice(at + count).map((line, i) => line + ends[at + count + i]);
  return [...before, ...added, ...after].join("");
}

/** Lines of what a model wrote, whatever its line ends. */
export function writtenLines(text: string): string[] {
  return text === "" ? [] : text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
}

export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

export function isBlank(line: string): boolean {
  return line.trim() === "";
}
