/** Where in a document a line stands. */
export interface Place {
  page: number | null;
  /** The headings above it, outermost first, for example ["Installation", "Linux"]. */
  heading: string[] | null;
}

/** The line that begins a page of a converted document. */
export function pageMark(page: number): string {
  return `<!-- page ${page} -->`;
}

/**
 * Page and headings of a line, read from the lines above it: `<!-- page 12 -->`, `# Title`, and titles that are underlined with
 * = or -. Code between fences holds no headings.
 * @param line 1-based
 */
export function placeOf(lines: readonly string[], line: number): Place {
  let page: number | null = null;
  let fence: string | null = null;
  const path: { level: number; title: string }[] = [];
  for (let i = 0; i < Math.min(line, lines.length); i++) {
    const text = lines[i] ?? "";
    page = pageNumber(text) ?? page;
    const opens = /^\s{0,3}(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence !== null) {
      if (opens !== undefined && opens.startsWith(fence) && text.trim() === opens) fence = null;
      continue;
    }
    if (opens !== undefined) {
      fence = opens;
      continue;
    }
    const heading = headingAt(lines, i);
    if (heading === null) continue;
    while ((path.at(-1)?.level ?? 0) >= heading.level) path.pop();
    path.push(heading);
  }
  return { page, heading: path.length === 0 ? null : path.map(({ title }) => title) };
}

function pageNumber(line: string): number | null {
  const digits = /^<!-- page (\d+) -->$/.exec(line)?.[1];
  return digits === undefined ? null : Number(digits);
}

function headingAt(lines: readonly string[], i: number): { level: number; title: string } | null {
  const line = lines[i] ?? "";
  const [, marks = "", title = ""] = /^(#{1,6})[ \t]+(\S.*)$/.exec(line) ?? [];
  if (marks !== "") return { level: marks.length, title: title.replace(/[ \t]+#+[ \t]*$/, "").trim() };
  const underline = /^(=|-)\1+\s*$/.exec(lines[i + 1] ?? "")?.[1];
  const isTitle = /^\S/.test(line) && /[\p{L}\p{N}]/u.test(line) && (lines[i - 1] ?? "").trim() === "";
  return underline === undefined || !isTitle ? null : { level: underline === "=" ? 1 : 2, title: line.trim() };
}
