import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobId, treeRevision } from "../../src/engram/blob-id.ts";
import type { TreeSource } from "../../src/engram/tree-source.ts";

/** One entry of a tree: a file's bytes, a symbolic link's target, or a submodule's commit. */
export interface TreeFile {
  mode: "100644" | "100755" | "120000" | "160000";
  data: Buffer;
}

export type Tree = ReadonlyMap<string, TreeFile>;

export interface GitHistory {
  dir: string;
  /** One commit for each tree, in order. */
  commits: string[];
  dispose: () => void;
}

export function textFile(text: string): TreeFile {
  return { mode: "100644", data: Buffer.from(text) };
}

export function treeOf(files: Record<string, string | TreeFile>): Tree {
  const entries = Object.entries(files);
  return new Map(entries.map(([path, file]) => [path, typeof file === "string" ? textFile(file) : file]));
}

/** A bare repository with one commit for each tree, written by one `git fast-import`: quick enough for properties. */
export function createHistory(trees: readonly Tree[]): GitHistory {
  const dir = mkdtempSync(join(tmpdir(), "history-"));
  const git = (args: string[], input?: Buffer) =>
    execFileSync("git", ["-C", dir, ...args], { input, encoding: "utf8" });
  git(["init", "--quiet", "--bare", "--initial-branch=main"]);
  git(["fast-import", "--quiet", "--force"], Buffer.concat(trees.flatMap(commitStream)));
  const commits = git(["rev-list", "--reverse", "main"])
    .split("\n")
    .filter((line) => line !== "");
  return { dir, commits, dispose: () => rmSync(dir, { recursive: true, force: true }) };
}

function commitStream(tree: Tree, index: number): Buffer[] {
  const date = `${1_700_000_000 + 60 * index} +0000`;
  const head = `commit refs/heads/main\ncommitter Ada Tester <ada@example.com> ${date}\ndata 0\ndeleteall\n`;
  return [Buffer.from(head), ...[...tree].flatMap(fileStream), Buffer.from("\n")];
}

function fileStream([path, { mode, data }]: [string, TreeFile]): Buffer[] {
  if (mode === "160000") return [Buffer.from(`M ${mode} ${data.toString()} ${quoted(path)}\n`)];
  return [Buffer.from(`M ${mode} inline ${quoted(path)}\ndata ${data.length}\n`), data, Buffer.from("\n")];
}

/** As fast-import reads paths: in quotes, with C's escapes for those characters that would end them. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** The same tree as a source of its own, without git in between. */
export function treeSource(tree: Tree): TreeSource {
  const idOf = ({ mode, data }: TreeFile) => (mode === "160000" ? data.toString() : blobId(data));
  const entries = Array.from(tree, ([path, file]) => ({ path, mode: file.mode as string, oid: idOf(file) }));
  const blobs = new Map(Array.from(tree.values(), (file) => [idOf(file), file.data]));
  return {
    revision: treeRevision(entries),
    entries: async () => entries,
    sizes: async (oids) => new Map(oids.map((oid) => [oid, blobs.get(oid)?.length ?? 0])),
    async *blobs(oids) {
      for (const oid of oids) yield { oid, data: blobs.get(oid) ?? Buffer.alloc(0) };
    },
  };
}

/** Files that all differ from those of another word, without grammars: an update between two words rewrites everything. */
export function wordTree(word: string): Tree {
  const lines = Array.from({ length: 90 }, (_, line) => `const ${word}${line} = ${word}_${line % 7}(value);`);
  const files = Array.from({ length: 40 }, (_, i): [string, TreeFile] => [
    i % 4 === 0 ? `src/${word}${i}.txt` : `src/file${i}.txt`,
    textFile(`${lines.join("\n")}\n${i}\n`),
  ]);
  return new Map(files);
}
