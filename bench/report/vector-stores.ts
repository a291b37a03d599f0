import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Vectors } from "./pieces.ts";

/** What one store did with the same vectors and queries. */
export interface StoreRun {
  name: string;
  buildMs: number;
  /** As saved. */
  bytes: number;
  /** Each query vector's milliseconds, and its hits: row and cosine, best first. */
  searchMs: number[];
  hits: [row: number, cosine: number][][];
  /** Milliseconds to take some rows out and put them in again; null where the store cannot take rows out. */
  updateMs: number | null;
}

export interface StoreWork {
  vectors: Vectors;
  queries: Vectors;
  /** Rows asked for. */
  k: number;
  /** Rows that an update changes. */
  changed: number;
  work: string;
}

/** Every row compared with every query, in plain JavaScript: what all others are held against. */
export function scan({ vectors, queries, k, changed }: StoreWork): StoreRun {
  const { data, rows, dimensions } = vectors;
  const searchMs: number[] = [];
  const hits = Array.from({ length: queries.rows }, (_, query) => {
    const asked = rowOf(queries, query);
    const started = performance.now();
    const scores = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0, at = row * dimensions; i < dimensions; i++, at++)
        sum += (data[at] as number) * (asked[i] as number);
      scores[row] = sum;
    }
    const best = Array.from(scores.keys())
      .sort((a, b) => (scores[b] as number) - (scores[a] as number))
      .slice(0, k);
    searchMs.push(performance.now() - started);
    return best.map((row): [number, number] => [row, scores[row] as number]);
  });
  const started = performance.now();
  data.set(data.slice(0, changed * dimensions));
  return { name: "scan", buildMs: 0, bytes: data.byteLength, searchMs, hits, updateMs: performance.now() - started };
}

/** FAISS by its Python package, one thread. */
export function faiss({ vectors, queries, k, changed, work }: StoreWork, python: string): StoreRun[] {
  const files = [vectors, queries].map(({ data }, i) => {
    const file = join(work, `faiss-${i}.f32`);
    writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return file;
  });
  const peer = fileURLToPath(new URL("faiss_peer.py", import.meta.url));
  const numbers = [vectors.dimensions, k, changed].map(String);
  const printed = execFileSync(python, [peer, ...files, ...numbers], { maxBuffer: 2 ** 30, encoding: "utf8" });
  return (JSON.parse(printed) as { stores: StoreRun[] }).stores;
}

/** The part of usearch's interface that is asked. */
interface UsearchIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  search(vector: Float32Array, k: number, threads: number): { keys: BigUint64Array; distances: Float32Array };
  remove(key: bigint): unknown;
  save(path: string): void;
}

/** usearch from npm, one thread; it is no dependency of ours, so its folder is named. */
export function usearch({ vectors, queries, k, changed, work }: StoreWork, folder: string): StoreRun {
  const module = createRequire(join(folder, "package.json"))(folder) as {
    Index: new (options: Record<string, unknown>) => UsearchIndex;
  };
  const { data, rows, dimensions } = vectors;
  const started = performance.now();
  const options = { metric: "cos", dimensions, quantization: "f32", connectivity: 32, expansion_search: 200 };
  const index = new module.Index(options);
  index.add(
    BigUint64Array.from({ length: rows }, (_, row) => BigInt(row)),
    data,
    1,
  );
  const buildMs = performance.now() - started;
  const searchMs: number[] = [];
  const hits = Array.from({ length: queries.rows }, (_, query) => {
    const asked = performance.now();
    const { keys, distances } = index.search(rowOf(queries, query), k, 1);
    searchMs.push(performance.now() - asked);
    return Array.from(keys, (key, i): [number, number] => [Number(key), 1 - (distances[i] as number)]);
  });
  const file = join(work, "usearch.index");
  index.save(file);
  const updated = performance.now();
  for (let row = 0; row < changed; row++) index.remove(BigInt(row));
  const keys = BigUint64Array.from({ length: changed }, (_, row) => BigInt(row));
  index.add(keys, data.subarray(0, changed * dimensions), 1);
  const updateMs = performance.now() - updated;
  return { name: "usearch-hnsw", buildMs, bytes: statSync(file).size, searchMs, hits, updateMs };
}

function rowOf({ data, dimensions }: Vectors, row: number): Float32Array {
  return data.slice(row * dimensions, (row + 1) * dimensions);
}
