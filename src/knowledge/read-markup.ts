/** Headings of AsciiDoc (`== Title`) as `#` lines; blocks of code become fenced. Line numbers stay. */
export function markAsciiDoc(text: string): string {
  let delimiter: string | null = null;
  return mapLines(text, (line) => {
    if (delimiter !== null ? line === delimiter : /^(-{4,}|\.{4,}|\+{4,})$/.test(line)) {
      delimiter = delimiter === null ? line : null;
      return "```";
    }
    const heading = delimiter === null ? /^(={1,6})\s+(\S.*)$/.exec(line) : null;
    return heading === null ? line : `${"#".repeat(heading[1]?.length ?? 1)} ${heading[2]}`;
  });
}

/**
 * Titles of reStructuredText as `#` lines. A title stands over a line of punctuation at least as long as itself, and perhaps
 * under another one; levels follow the order in which the styles appear. The lines of punctuation become empty, so that line
 * numbers stay.
 */
export function markRestructuredText(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
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
  return lines.join("\n");
}

/** The character that a line consists of, or null. */
function adornment(line = ""): string | null {
  return /^([!-/:-@[-`{-~])\1{1,}$/.exec(line)?.[1] ?? null;
}

function mapLines(text: string, change: (line: string) => string): string {
  return text
    .split("\n")
    .map((line) => change(line.trimEnd()))
    .join("\n");
}
