/** The beginning of a text, without half a character at its end. `most` counts UTF-16 units, as GitHub does. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/;

/**
 * The end of a hunk, where the line commented on stands, under a header that says where it begins now. A comment far down
 * in a new file comes with everything above it. A text that is no hunk loses its beginning.
 */
export function cutHunk(hunk: string, most: number): string {
  if (hunk.length <= most) return hunk;
  const [first = "", ...lines] = hunk.split("\n");
  const parts = header.exec(first);
  const kept: string[] = [];
  let length = 0;
  for (const line of lines.toReversed()) {
    length += line.length + 1;
    if (length > most && kept.length > 0) break;
    kept.push(cutText(line, most));
  }
  kept.reverse();
  if (!parts) return kept.length > 0 ? kept.join("\n") : cutText(first, most);
  const [, oldStart, oldCount = "1", newStart, newCount = "1", context = ""] = parts;
  const gone = lines.slice(0, lines.length - kept.length);
  const oldGone = gone.filter((line) => !/^[+\\]/.test(line)).length;
  const newGone = gone.filter((line) => !/^[-\\]/.test(line)).length;
  const side = (start = "0", count: string, lost: number): string =>
    `${Number(start) + lost},${Math.max(0, Number(count) - lost)}`;
  return [`@@ -${side(oldStart, oldCount, oldGone)} +${side(newStart, newCount, newGone)} @@${context}`, ...kept].join(
    "\n",
  );
}
