import { structuredPatch } from "diff";
import type { EditedFile } from "./edit.ts";

/** Changes of files as a patch that `git apply` takes, in either direction; empty where nothing differs. */
export function unifiedDiff(files: readonly EditedFile[]): string {
  return files
    .filter(({ before, after }) => before !== after)
    .map(fileDiff)
    .join("");
}

function fileDiff({ path, before, after }: EditedFile): string {
  const [from, to] = [quoted(`a/${path}`), quoted(`b/${path}`)];
  const modes = before === null ? "new file mode 100644\n" : after === null ? "deleted file mode 100644\n" : "";
  // Without an id of the blob git would take an empty file for no change at all.
  const empty = (before ?? "") === "" && (after ?? "") === "" ? "index 0000000..e69de29\n" : "";
  const head = `diff --git ${from} ${to}\n${modes}${empty}`;
  const { hunks } = structuredPatch(path, path, before ?? "", after ?? "", undefined, undefined, { context: 3 });
  if (hunks.length === 0) return head;
  const names = `--- ${before === null ? "/dev/null" : ended(from)}\n+++ ${after === null ? "/dev/null" : ended(to)}\n`;
  const body = hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => {
    const range = `@@ -${start(oldStart, oldLines)},${oldLines} +${start(newStart, newLines)},${newLines} @@`;
    return `${range}\n${lines.map((line) => `${line}\n`).join("")}`;
  });
  return head + names + body.join("");
}

/** A range without lines stands behind the line before it. */
function start(first: number, lines: number): number {
  return lines === 0 ? Math.max(0, first - 1) : first;
}

/** A name with a space ends in a tab there, so that a date is not looked for in it. */
function ended(name: string): string {
  return name.includes(" ") ? `${name}\t` : name;
}

/** As git writes names with odd characters. */
function quoted(name: string): string {
  if (!/["\\\p{Cc}]/u.test(name)) return name;
  return `"${name.replace(/["\\]/g, "\\$&").replace(/\p{Cc}/gu, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`)}"`;
}
