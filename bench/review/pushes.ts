import { git, gitText } from "../../src/shared/git.ts";
import { readFileAt } from "../../src/shared/git-objects.ts";
import { isCode } from "./plant.ts";

export interface Push {
  label: string;
  head: string;
  /** Where the base branch goes first, or null. */
  base: string | null;
}

const author = "Bench <bench@example.invalid> 1700000000 +0000";

/**
 * Five pushes and a rebase of one change, none of which alters what it does: files beside it, a comment above and below in a file that it
 * changes, the same tree in another commit, and at last the same on a newer base.
 */
export async function writePushes(gitDir: string, base: string, head: string): Promise<Push[]> {
  const path = await changedCode(gitDir, base, head);
  const text = path === null ? null : ((await readFileAt(gitDir, head, path))?.toString("utf8") ?? null);
  const comment = path?.endsWith(".py") || path?.endsWith(".rb") ? "# noted" : "// noted";
  const above = path === null || text === null ? null : `M 100644 inline ${path}\n${data(`${comment}\n${text}`)}`;
  const below =
    path === null || text === null ? null : `M 100644 inline ${path}\n${data(`${comment}\n${text}\n${comment}\n`)}`;
  const fileAt = (name: string): string => `M 100644 inline ${name}\n${data(`${name}\n`)}`;
  const commits = [
    { label: "a file beside it", from: head, edit: fileAt("bench-1.txt") },
    { label: "a line above, in a changed file", from: ":1", edit: above ?? fileAt("bench-2.txt") },
    { label: "a line below, in a changed file", from: ":2", edit: below ?? fileAt("bench-3.txt") },
    { label: "one commit taken back, forced", from: ":2", edit: fileAt("bench-4.txt") },
    { label: "another message, forced", from: ":2", edit: fileAt("bench-4.txt"), message: "Said better" },
  ];
  const pushes = commits.map(({ from, edit, message }, index) => commitOf(index + 1, from, edit, message));
  const tree = await gitText(gitDir, ["rev-parse", `${head}^{tree}`]);
  const onto = commitOf(6, base, fileAt("bench-base.txt"));
  const rebased = commitOf(7, ":6", `M 040000 ${tree} \n${fileAt("bench-base.txt")}${fileAt("bench-5.txt")}`);
  await git(gitDir, ["fast-import", "--quiet", "--force"], { input: [...pushes, onto, rebased].join("") });
  const refs = Array.from({ length: 7 }, (_, index) => `refs/bench/${index + 1}`);
  const ids = (await gitText(gitDir, ["rev-parse", ...refs])).split("\n");
  return [
    ...commits.map(({ label }, index) => ({ label, head: ids[index] ?? "", base: null })),
    { label: "rebased onto a newer base", head: ids[6] ?? "", base: ids[5] ?? "" },
  ];
}

function commitOf(mark: number, from: string, edit: string, message = "Pushed"): string {
  const who = `author ${author}\ncommitter ${author}\n`;
  return `commit refs/bench/${mark}\nmark :${mark}\n${who}${data(message)}from ${from}\n${edit}`;
}

async function changedCode(gitDir: string, base: string, head: string): Promise<string | null> {
  const raw = await gitText(gitDir, ["diff", "--name-only", "--diff-filter=M", "--no-renames", base, head]);
  const paths = raw.split("\n").filter((path) => isCode(path) && /^[\w./-]+$/.test(path));
  return paths[0] ?? null;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
