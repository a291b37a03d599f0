import type { DocumentKind } from "./text-document.ts";

/**
 * A document's lines with its headings as `#` lines, whatever its own marks for them are, so that place-of.ts finds them. The
 * number of lines stays. Where `#` lines are no headings (in a text file or on a page they are just as well comments) they
 * are emptied.
 */
export function markHeadings(kind: DocumentKind, lines: readonly string[]): readonly string[] {
  switch (kind) {
    case "asciidoc":
      return markAsciiDoc(lines);
    case "restructuredtext":
      return markRestructuredText(lines);
    case "pdf":
    case "text":
      return lines.map((line) => (/^<!-- page \d+ -->$/.test(line) ? line : ""));
    case "markdown":
    case "html":
    case "docx":
      return lines;
  }
}

/** `== Title`; blocks of code become fenced. */
function markAsciiDoc(lines: readonly string[]): string[] {
  let delimiter: string | null = null;
  return lines.map((untrimmed) => {
    const line = untrimmed.trimEnd();
    if (delimiter !== null ? line === delimiter : /^(-{4,}|\.{4,}|\+{4,})$/.test(line)) {
      delimiter = delimiter === null ? line : null;
      return "```";
    }
    const heading = delimiter === null ? /^(={1,6})\s+(\S.*)$/.exec(line) : null;
    return heading === null ? line : `${"#".repeat(heading[1]?.length ?? 1)} ${heading[2]}`;
  });
}

/**
 * A title stands over a line of punctuation at least as long as itself, and perhaps under another one; levels follow the
 * order in which the styles appear. The lines of punctuation become empty.
 */
function markRestructuredText(document: readonly string[]): string[] {
  const lines = document.map((line) => line.trimEnd());
  const styles: string[] = [];
  for (let i = 1; i < lines.length; i++) {
    const title = lines[i - 1] ?? "";
    const under = adornment(lines[i]);
    if (under === null || title === "" || /^\s/.test(title) || adornment(title) !== null) continue;
    const over = adornment(lines[i - 2]);
    const isOver = over !== null && over === under && lines[i - 2] === lines[i];
    if ((lines[i] ?? "").length < title.length || (!isOver && (lines[i - 2] ?? "") !== "")) continue;
    const style = isOver ? under + under : under;
    if (!styles.includes(style)) styles.push(style);
    lines[i - 1] = `${"#".repeat(Math.min(styles.indexOf(style) + 1, 6))} ${title}`;
    lines[i] = "";
    if (isOver) lines[i - 2] = "";
  }
  return lines;
}

/** The character that a line consists of, or null. Two are no line: `::` and `..` have a meaning of their own. */
function adornment(line = ""): string | null {
  return /^([!-/:-@[-`{-~])\1{2,}$/.exec(line)?.[1] ?? null;
}
