import { limits } from "../shared/limits.ts";

/** Characters that no text has a use for: they would make a file look binary to the engram. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g;

/**
 * Text that an engram indexes: \n as line end, no control characters, no line longer than the engram takes (a line above that
 * is divided at its spaces), one line end at the end. Lines of a document that is text already keep their numbers.
 */
export function tidyText(text: string): string {
  const lines = text
    .replace(/^\ufeff/, "")
    .replace(/\r\n?|\u2028|\u2029/g, "\n")
    .replace(/\f/g, "")
    .replace(controls, "")
    .split("\n");
  return `${lines.flatMap(foldLine).join("\n").trimEnd()}\n`;
}

function foldLine(line: string): string[] {
  if (line.length <= limits.indexedLineCharacters) return [line];
  const folded: string[] = [];
  for (let start = 0; start < line.length;) {
    const most = start + limits.wrappedLineCharacters;
    const space = most < line.length ? line.slice(start, most + 1).lastIndexOf(" ") : -1;
    folded.push(line.slice(start, space > 0 ? start + space : most));
    start = space > 0 ? start + space + 1 : most;
  }
  return folded;
}
