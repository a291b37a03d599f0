import type { ChangedFile } from "../../publish/outcome.ts";
import type { Change, DiffLine, FileDiff } from "../../workspace/diff.ts";

/** What a change did to each of its files, for the summary. */
export function changedFiles({ files }: Pick<Change, "files">): ChangedFile[] {
  return files.map((file) => {
    const { path, oldPath, status } = file;
    return { path, oldPath, status, added: countLines(file, "+"), removed: countLines(file, "-") };
  });
}

function countLines({ hunks }: FileDiff, kind: DiffLine["kind"]): number {
  return hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length, 0);
}
