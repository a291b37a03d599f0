import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { createLens, type Lens } from "../../src/engram/lens.ts";
import { type EngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { textFile, type Tree, treeSource } from "../conformance/engram-store-history.ts";

export const kernel = createJsKernel();
export const key = Buffer.from(Array.from({ length: 32 }, (_, i) => 7 * i + 3));
export const lens = createLens(key);
export const other = createLens(Buffer.alloc(32, 1));
export const pageBytes = 16_384;

/** Words and paths that stand nowhere but here, so that finding one on the disk means that it was written there. */
export const secret = "zygomorphic";
export const before: Tree = new Map(
  Array.from({ length: 24 }, (_, i) => [`src/${secret}${i}.txt`, textFile(textOf(i))]),
);
export const after: Tree = new Map(
  [...before].map(([path, file], i) => [path, i % 3 === 0 ? textFile(textOf(i + 70)) : file]),
);

function textOf(i: number): string {
  return Array.from({ length: 60 }, (_, line) => `${secret} word${(i * line) % 97} value${line} thing${i}`).join("\n");
}

export async function makeKeyed(file: string, tree: Tree = before, keyed: Lens = lens): Promise<EngramFile> {
  const { engram } = await updateEngramFile(file, treeSource(tree), { keep: "all", kernel, lens: keyed });
  return engram;
}

/** What a user can learn, as one number: comparing megabytes value by value takes its time. */
export function answers(engram: EngramFile): string {
  const files = engram.files();
  const all = {
    commit: engram.info().commit,
    files,
    hits: ["word7 value3", `thing4 ${secret}`, "thing72 word5", "nothing"].map((text) =>
      engram.search(text, { k: 10 }),
    ),
    bytes: files.map(({ path }) => engram.bytes(path)?.toString("hex") ?? null),
    rows: files.map(({ path }) => engram.row(path)),
    hypervector: Buffer.from(engram.hypervector().buffer).toString("hex"),
  };
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

/** A name of its own each time: SQLite goes on with what it knows of a file that is replaced under the same name. */
export function temporaryEngrams(): { path: string; fresh: () => string; dispose: () => void } {
  const path = mkdtempSync(join(tmpdir(), "lens-"));
  let names = 0;
  return {
    path,
    fresh: () => join(path, `${names++}.engram`),
    dispose: () => rmSync(path, { recursive: true, force: true }),
  };
}
