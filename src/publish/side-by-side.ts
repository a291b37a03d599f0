/**
 * Two columns of text, `width` columns in all, cut on the right. Common indentation is taken off and tabs become two
 * spaces; characters count as one column each.
 */
export function sideBySide([leftTitle, ...left]: string[], [rightTitle, ...right]: string[], width: number): string {
  const half = Math.floor((width - 3) / 2);
  const leftLines = [leftTitle ?? "", ...withoutIndent(left)];
  const rightLines = [rightTitle ?? "", ...withoutIndent(right)];
  const rows = Math.max(leftLines.length, rightLines.length);
  return Array.from({ length: rows }, (_, row) =>
    `${fitted(leftLines[row] ?? "", half).padEnd(half)} │ ${fitted(rightLines[row] ?? "", half)}`.trimEnd(),
  ).join("\n");
}

function withoutIndent(lines: string[]): string[] {
  const spaced = lines.map((line) => line.replaceAll("\t", "  "));
  const indents = spaced.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const common = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return spaced.map((line) => line.slice(common));
}

function fitted(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
