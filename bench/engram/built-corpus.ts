import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { encoderOf, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { encoderVersion, formatVersion } from "../../src/engram/versions.ts";
import { say } from "../bench.ts";
import type { Corpus } from "./corpus.ts";
import { type TokenStatistics, writeTokenCorpus } from "./token-corpus.ts";

/** A corpus as an engram file and as the token file of the peers. */
export interface BuiltCorpus {
  file: string;
  tokenFile: string;
  files: number;
  /** Bytes of the indexed files. */
  sourceBytes: number;
  /** Milliseconds of the first ingest: listing, reading, parsing, encoding, compressing, committing, opening. */
  ingestMs: number;
  /** Processor time of it, all threads. */
  ingestCpuMs: number;
  fileBytes: number;
  /** Bytes of the segments: what is searched. */
  imageBytes: number;
  /** Everything in the file but the texts. */
  indexBytes: number;
  tokens: TokenStatistics;
}

/** Ingests a corpus, or takes what an earlier run with the same folder left there. */
export async function buildCorpus({ source }: Corpus, work: string, kernel: Kernel): Promise<BuiltCorpus> {
  mkdirSync(work, { recursive: true });
  const { units, seed } = encoderOf({ kernel });
  const state = [source.revision, formatVersion, encoderVersion, units.version, seed].join("\n");
  const name = createHash("sha256").update(state).digest("hex").slice(0, 12);
  const [file, tokenFile, facts] = ["engram", "tokens", "json"].map((end) => join(work, `corpus-${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  if (existsSync(facts)) {
    say("the engram of an earlier run is taken, with that run's time of ingest");
    return JSON.parse(readFileSync(facts, "utf8")) as BuiltCorpus;
  }
  rmSync(file, { force: true });
  await source.entries(); // a folder is hashed here, once; a repository lists its tree again
  say("ingest");
  const started = performance.now();
  const cpuStarted = process.cpuUsage();
  const { engram } = await updateEngramFile(file, source, { kernel });
  const ingestMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuStarted);
  say(`tokens for the peers (ingest took ${(ingestMs / 1_000).toFixed(1)} s)`);
  const tokens = await writeTokenCorpus(engram, tokenFile);
  const files = engram.info().indexedFiles;
  const indexed = engram.files().filter(({ skipped }) => skipped === null);
  const sizes = await source.sizes([...new Set(indexed.map(({ oid }) => oid))]);
  const sourceBytes = indexed.reduce((sum, { oid }) => sum + (sizes.get(oid) ?? 0), 0);
  engram.close();
  const built = {
    file,
    tokenFile,
    files,
    sourceBytes,
    ingestMs,
    ingestCpuMs: (user + system) / 1_000,
    ...measureFile(file),
    tokens,
  };
  writeFileSync(facts, JSON.stringify(built));
  return built;
}

function measureFile(file: string): Pick<BuiltCorpus, "fileBytes" | "imageBytes" | "indexBytes"> {
  const db = new Database(file, { readonly: true });
  const sum = (sql: string) => (db.prepare(sql).all([]) as { bytes: number }[])[0]?.bytes ?? 0;
  const imageBytes = sum("SELECT sum(length(image)) AS bytes FROM segments");
  const texts = sum("SELECT sum(length(deflated)) AS bytes FROM contents");
  db.close();
  const fileBytes = statSync(file).size;
  return { fileBytes, imageBytes, indexBytes: fileBytes - texts };
}

/** A copy that may be changed. */
export function copyEngram({ file }: BuiltCorpus, work: string): string {
  const copy = join(work, "changed.engram");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true });
  copyFileSync(file, copy);
  return copy;
}
