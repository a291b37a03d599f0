import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseOriginalEngram } from "../../../../src/engram/original/original-engram.ts";
import { parseOriginalManifest } from "../../../../src/engram/original/original-manifest.ts";
import { originalSource, type OriginalSource } from "../../../../src/engram/original/original-source.ts";

/** Engrams that the original program itself wrote, version 0.25.0 of its library, from these files of ours. */
export type Encoder = "holographic" | "legacy";

const place = (name: string) => fileURLToPath(new URL(`../../../../fixtures/original/${name}`, import.meta.url));
export const engramFile = (encoder: Encoder) => place(`${encoder}.engram`);
export const manifestFile = (encoder: Encoder) => place(`${encoder}.json.txt`);
export const engramBytes = (encoder: Encoder) => readFileSync(engramFile(encoder));
export const manifestBytes = (encoder: Encoder) => readFileSync(manifestFile(encoder));

/** In both, `removed.txt` was ingested and removed, and `changed.txt` replaced. */
const both = {
  "README.md": "# Paging\n\nPages are counted from one; “first” is inclusive.\n",
  "empty.txt": "",
  "one.txt": "1",
  "changed.txt": "This text came by an update, and it is longer.\n",
};

export const contents: Record<Encoder, ReadonlyMap<string, Buffer>> = {
  holographic: toMap({
    ...both,
    "eight.txt": "8 bytes\n",
    "bytes.bin": Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 41) % 256)),
    "src/deep/paging.ts":
      "export function page(rows: Row[], size: number): Row[] {\r\n  return rows.slice(0, size);\r\n}\r\n",
    "with space/ünï-日本.md": "# Ünï 日本語 😀\n",
    "latin1.txt": Buffer.from("caf\xe9 au lait\n", "latin1"),
    "docs/added.txt": "This text was added by an update.\n",
  }),
  // Its decoder gets zeros right, and little else: so that every kind of correction is there.
  legacy: toMap({
    ...both,
    "zeros.bin": Buffer.alloc(600),
    "high.bin": Buffer.alloc(90, 0x80),
    "sparse.bin": patched(300, [17, 1], [140, 0x83], [299, 2]),
    "clustered.bin": patched(400, ...Array.from({ length: 30 }, (_, i): [number, number] => [100 + i, 30 + i])),
    "long/text.txt": Array.from({ length: 100 }, (_, i) => `Line ${i} of a text that is longer than a chunk.\n`).join(
      "",
    ),
    "with space/ünï-日本.bin": patched(81, [40, 5]),
  }),
};

/** What comes out of an engram's and a manifest's bytes, as by `assistant import`. */
export async function takeOut(engram: Buffer, manifest: Buffer): Promise<[OriginalSource, Map<string, Buffer>]> {
  const parsed = parseOriginalEngram(engram, "some.engram");
  const source = await originalSource(parsed, parseOriginalManifest(manifest, "some.json", parsed));
  const files = new Map<string, Buffer>();
  for (const { path, oid } of await source.entries()) {
    for await (const { data } of source.blobs([oid])) files.set(path, data);
  }
  return [source, files];
}

/** A manifest with something else in it. */
export function changedManifest(encoder: Encoder, change: (manifest: ManifestJson) => unknown): Buffer {
  const manifest = JSON.parse(manifestBytes(encoder).toString("utf8")) as ManifestJson;
  return Buffer.from(JSON.stringify(change(manifest) ?? manifest));
}

export interface ManifestJson {
  files: { path: string; is_text: boolean; size: number; chunks: number[]; deleted?: boolean }[];
  total_chunks: number;
  chunk_size?: number;
  holographic?: boolean;
}

function toMap(files: Record<string, string | Buffer>): Map<string, Buffer> {
  return new Map(Object.entries(files).map(([path, data]) => [path, Buffer.from(data)]));
}

function patched(length: number, ...bytes: [at: number, byte: number][]): Buffer {
  const data = Buffer.alloc(length);
  for (const [at, byte] of bytes) data[at] = byte;
  return data;
}
