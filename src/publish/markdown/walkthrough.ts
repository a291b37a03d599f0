import { posix } from "node:path";
import { limits } from "../../shared/limits.ts";
import type { ChangedFile } from "../outcome.ts";
import { details, list, type Group } from "./body.ts";
import { codeSpan } from "./escape.ts";

/** What changed, by folder, the largest first; nothing for one file, which a reader sees anyway. */
export function walkthrough(files: readonly ChangedFile[]): Group {
  if (files.length < 2) return list([]);
  const folders = byFolder(files);
  const shown = folders.slice(0, limits.walkthroughFolders);
  const rest = folders.slice(shown.length).flatMap((folder) => folder.files);
  const lines = shown.map(({ folder, files: inFolder }) => folderLine(folder, inFolder));
  if (rest.length > 0) lines.push(`- elsewhere: ${counted(rest)}`);
  return details(`What changed: ${counted(files)}`, [list(lines)]);
}

interface Folder {
  folder: string;
  files: ChangedFile[];
}

function byFolder(files: readonly ChangedFile[]): Folder[] {
  const folders = new Map<string, ChangedFile[]>();
  for (const file of files) {
    const folder = posix.dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return Array.from(folders, ([folder, inFolder]) => ({ folder, files: bySize(inFolder) })).sort(
    (a, b) => size(b.files) - size(a.files) || (a.folder < b.folder ? -1 : 1),
  );
}

function bySize(files: readonly ChangedFile[]): ChangedFile[] {
  return files.toSorted((a, b) => size([b]) - size([a]) || (a.path < b.path ? -1 : 1));
}

function size(files: readonly ChangedFile[]): number {
  return files.reduce((sum, { added, removed }) => sum + added + removed, 0);
}

function folderLine(folder: string, files: ChangedFile[]): string {
  const named = files.slice(0, limits.walkthroughFiles).map(fileEntry);
  const rest = files.length - named.length;
  if (rest > 0) named.push(`${rest} more`);
  return `- ${codeSpan(`${folder}/`)}: ${named.join(", ")}`;
}

function fileEntry({ path, oldPath, status, added, removed }: ChangedFile): string {
  const name = codeSpan(posix.basename(path));
  switch (status) {
    case "added":
      return `${name} new, +${added}`;
    case "deleted":
      return `${name} deleted`;
    case "renamed":
      return `${name} ${lines(added, removed)} (was ${codeSpan(oldPath)})`;
    case "mode-changed":
      return `${name} mode`;
    case "modified":
      return `${name} ${lines(added, removed)}`;
  }
}

function counted(files: readonly ChangedFile[]): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return `${files.length} ${files.length === 1 ? "file" : "files"}, ${lines(added, removed)}`;
}

function lines(added: number, removed: number): string {
  return `+${added} −${removed}`;
}
