import { git } from "../../src/shared/git.ts";

/** What the default branch took in at once: a merged pull request, or a plain commit. */
export interface MergedChange {
  commit: string;
  /** Its first parent. */
  parent: string;
  subject: string;
  /** Text files, renames as one file gone and one new. */
  files: MergedFile[];
}

export interface MergedFile {
  path: string;
  status: "added" | "modified" | "deleted";
  edits: Edit[];
}

/** Lines that went and lines that came in their place, without context. */
export interface Edit {
  /** 1-based; where no line came, the line behind which some went. */
  newStart: number;
  removed: string[];
  added: string[];
}

/** Larger ones are sweeps and imports: no single place of them was thought of. */
const filesMost = 60;
const linesMost = 3_000;

/** The newest changes of the default branch, newest first. */
export async function readMergedChanges(gitDir: string, tip: string, count: number): Promise<MergedChange[]> {
  const diff = ["-p", "--unified=0", "--no-renames", "--no-color", "--no-ext-diff", "--diff-merges=first-parent"];
  const range = ["--first-parent", "--min-parents=1", `--max-count=${count}`, tip];
  const output = await git(gitDir, ["log", ...diff, "--format=%x01%H%x02%P%x02%s%x02", ...range]);
  return output
    .toString("utf8")
    .split("\x01")
    .flatMap((record) => {
      const [commit = "", parents = "", subject = "", patch = ""] = record.split("\x02");
      const files = parsePatch(patch);
      if (commit === "" || files.length === 0 || files.length > filesMost || linesOf(files) > linesMost) return [];
      return [{ commit, parent: parents.split(" ")[0] ?? "", subject, files }];
    });
}

function linesOf(files: MergedFile[]): number {
  return files
    .flatMap(({ edits }) => edits)
    .reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}

/** Reads a patch of git without context. Files whose name git had to quote, and binary ones, are left out. */
export function parsePatch(patch: string): MergedFile[] {
  return patch.split(/^diff --git (?=a\/)/m).flatMap((section) => {
    const head = section.slice(0, Math.max(0, section.search(/^@@ /m)));
    const path = /^\+\+\+ b\/(.*?)\t?$/m.exec(head)?.[1] ?? /^--- a\/(.*?)\t?$/m.exec(head)?.[1];
    if (path === undefined) return [];
    const status = /^new file/m.test(head) ? "added" : /^deleted file/m.test(head) ? "deleted" : "modified";
    return [
      {
        path,
        status,
        edits: section
          .slice(head.length)
          .split(/^(?=@@ )/m)
          .flatMap(parseEdit),
      },
    ];
  });
}

function parseEdit(hunk: string): Edit[] {
  const [header = "", ...lines] = hunk.split("\n");
  const newStart = /^@@ -\S+ \+(\d+)/.exec(header)?.[1];
  if (newStart === undefined) return [];
  const signed = (sign: string): string[] => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
  return [{ newStart: Number(newStart), removed: signed("-"), added: signed("+") }];
}

/** A text with one edit of it taken back; null where the text is not what the edit made. */
export function withoutEdit(text: string, { newStart, removed, added }: Edit): string | null {
  const lines = text.split("\n");
  // git names the line before where nothing was put in.
  const at = added.length === 0 ? newStart : newStart - 1;
  if (added.some((line, index) => lines[at + index] !== line)) return null;
  return lines.toSpliced(at, added.length, ...removed).join("\n");
}
