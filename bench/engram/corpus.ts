import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { directorySource } from "../../src/engram/directory-source.ts";
import { type Encoder, encodeFile } from "../../src/engram/encode.ts";
import { gitSource } from "../../src/engram/git-source.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import type { TreeSource } from "../../src/engram/tree-source.ts";
import { createUnitParser } from "../../src/engram/units/tree-sitter-parser.ts";
import { defaultSeed } from "../../src/engram/versions.ts";
import { AssistantError } from "../../src/shared/errors.ts";
import type { TreeEntry } from "../../src/shared/git-objects.ts";
import { limits } from "../../src/shared/limits.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";
import { spread } from "../statistics.ts";
import { generatedSource } from "./generated-source.ts";
import { type History, readHistory } from "./history.ts";

/** One repository or folder of a corpus. */
export interface CorpusPart {
  /** Where it is on disk; empty for a generated one. */
  dir: string;
  /** Put before its paths; empty where it is the only part. */
  prefix: string;
  source: TreeSource;
  /** Commits after the tree, to ask with; null for a folder. */
  history: History | null;
}

export interface Corpus {
  parts: CorpusPart[];
  /** All of it as one tree. */
  source: TreeSource;
}

export interface CorpusOptions {
  /** Repositories, bare or not, or folders; none for a generated corpus. */
  repos: readonly string[];
  /** About how many chunks; undefined for all there are. */
  chunks: number | undefined;
  /** Commits a kind of query is made from, over all parts together. */
  commits: number;
}

/** Chunks of a generated corpus unless asked for otherwise. */
const generatedChunks = 12_000;

export async function openCorpus({ repos, chunks, commits }: CorpusOptions): Promise<Corpus> {
  if (repos.length === 0) {
    const source = generatedSource(chunks ?? generatedChunks);
    return { parts: [{ dir: "", prefix: "", source, history: null }], source };
  }
  const parts: CorpusPart[] = [];
  for (const dir of repos) parts.push(await openPart(dir, repos, Math.ceil(commits / repos.length)));
  const joined = joinSources(parts);
  const source = chunks === undefined ? joined : await cutSource(joined, parts, chunks);
  return { parts, source };
}

/** A repository as it was before its newest commits, or a folder as it is. */
async function openPart(dir: string, repos: readonly string[], commits: number): Promise<CorpusPart> {
  const name = basename(resolve(dir).replace(/\/(repo|\.git|repo\/\.git)$/, "")).replace(/\.git$/, "");
  const prefix = repos.length === 1 ? "" : `${name}/`;
  if (!existsSync(dir)) {
    throw new AssistantError(`there is no ${dir}`, { code: "no-folder", remedy: "Name a folder or a repository." });
  }
  const gitDir = await gitDirOf(dir);
  const history = gitDir === null ? null : await readHistory(gitDir, commits);
  if (gitDir === null || history === null) return { dir, prefix, source: await directorySource([dir]), history: null };
  return { dir, prefix, source: await gitSource(gitDir, history.base), history };
}

/** Only a folder that is itself a repository counts as one, not a folder somewhere inside. */
async function gitDirOf(dir: string): Promise<string | null> {
  const isRepository = existsSync(resolve(dir, ".git")) || existsSync(resolve(dir, "objects"));
  return isRepository ? (await openLocalClone(dir)).gitDir : null;
}

function joinSources(parts: readonly CorpusPart[]): TreeSource {
  const owners = new Map<string, CorpusPart>();
  return {
    revision: parts.map(({ source }) => source.revision).join("+"),
    async entries() {
      const all: TreeEntry[] = [];
      for (const part of parts) {
        for (const { path, mode, oid } of await part.source.entries()) {
          if (!owners.has(oid)) owners.set(oid, part);
          all.push({ path: part.prefix + path, mode, oid });
        }
      }
      return all;
    },
    async sizes(oids) {
      const sizes = new Map<string, number>();
      for (const [part, run] of runsOf(oids, owners)) {
        for (const [oid, size] of await part.source.sizes(run)) sizes.set(oid, size);
      }
      return sizes;
    },
    async *blobs(oids, signal) {
      for (const [part, run] of runsOf(oids, owners)) yield* part.source.blobs(run, signal);
    },
  };
}

/** Ids in their order, apart by the part that has them. */
function runsOf(oids: readonly string[], owners: ReadonlyMap<string, CorpusPart>): [CorpusPart, string[]][] {
  const runs: [CorpusPart, string[]][] = [];
  for (const oid of oids) {
    const owner = owners.get(oid);
    if (owner === undefined) continue;
    if (runs.at(-1)?.[0] === owner) runs.at(-1)?.[1].push(oid);
    else runs.push([owner, [oid]]);
  }
  return runs;
}

/**
 * Some of the files, for about this many chunks: whole parts in the order in which they were named, of the part where it is
 * enough the files with the lowest blob ids, which is as good as drawing lots. How many chunks a file will have is guessed
 * from its size, by what a sample of the same part has.
 */
async function cutSource(joined: TreeSource, parts: readonly CorpusPart[], chunks: number): Promise<TreeSource> {
  const encoder: Encoder = { kernel: loadKernel().kernel, seed: defaultSeed, units: createUnitParser() };
  const entries = await joined.entries();
  const sizes = await joined.sizes([...new Set(entries.map(({ oid }) => oid))]);
  const kept: TreeEntry[] = [];
  let found = 0;
  for (const { prefix } of parts) {
    const files = entries.filter(({ path, mode }) => path.startsWith(prefix) && mode.startsWith("100"));
    files.sort((a, b) => (a.oid < b.oid ? -1 : 1));
    const chunksPerByte = await sampleDensity(joined, encoder, files);
    for (const file of files) {
      if (found >= chunks) break;
      const size = sizes.get(file.oid) ?? 0;
      if (size <= limits.indexedFileBytes) found += Math.max(1, size * chunksPerByte);
      kept.push(file);
    }
  }
  return { ...joined, revision: `${joined.revision}/${chunks}`, entries: async () => kept };
}

const sampledFiles = 300;

async function sampleDensity(joined: TreeSource, encoder: Encoder, files: readonly TreeEntry[]): Promise<number> {
  const sample = new Map(spread(files, sampledFiles).map((file) => [file.oid, file]));
  await encoder.units.prepare([...sample.values()].map(({ path }) => path));
  let [chunks, bytes] = [0, 0];
  for await (const { oid, data } of joined.blobs([...sample.keys()])) {
    const entry = sample.get(oid);
    if (entry === undefined || data.length > limits.indexedFileBytes) continue;
    chunks += encodeFile(encoder, entry, data).rowEnds.length;
    bytes += data.length;
  }
  return bytes === 0 ? 0 : chunks / bytes;
}
