import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Home } from "../config/home.ts";
import { bindTokens, encodeQuery } from "../engram/encode.ts";
import type { Engram, EngramStore, EngramView } from "../engram/engram.ts";
import { loadKernel } from "../engram/kernel/load-kernel.ts";
import { createSqliteEngramStore, openEngramFile } from "../engram/sqlite-engram-store.ts";
import { createUnitParser } from "../engram/units/tree-sitter-parser.ts";
import { defaultSeed } from "../engram/versions.ts";
import { checkScopes, isCollectionKey, parseScope, type Scope, scopeRepository } from "../knowledge/collections.ts";
import { engramFolder } from "../knowledge/engram-folder.ts";
import type { QueryTokens } from "../knowledge/joint-scores.ts";
import { searchEngrams, weighWords } from "../knowledge/search-engrams.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { PassageSource } from "../tasks/ask/passage.ts";
import { localEngramKey, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { openRepositoryPast, type PastOfRepositories, type RepositoryPast } from "./repository-past.ts";

/** What a question names: sources in groups, each group ranked by itself. */
export interface NamedSources {
  /** Files of engrams, collections of the knowledge base, or repositories of the service (HOST/OWNER/NAME). */
  groups: readonly (readonly string[])[];
  /** A clone, searched as the first group where none names anything; null for none. */
  repository: string | null;
  /** Whether nothing at all may be named, and the clone be none. */
  optional?: boolean;
}

export interface SourceOptions {
  home: Home;
  /** Engrams of repositories; needed where one is named. */
  engrams: EngramStore;
  /** Where the past of the service's repositories is kept; without it a repository is its files. */
  past?: PastOfRepositories | undefined;
  /** Folders below which files must lie; null where a person at the keyboard may name any. */
  roots: readonly string[] | null;
  signal?: AbortSignal | undefined;
}

export interface OpenSources {
  /** One for each group that was named; one that names nothing finds nothing. */
  groups: PassageSource[];
  /** By the names that passages give as their source, in the order of the groups. */
  engrams: ReadonlyMap<string, Engram>;
  /** Commits and issues of the repository of the service that is named; null where none is, or several are. */
  past: RepositoryPast | null;
  close(): void;
}

/**
 * Opens what a question names.
 * Errors: AssistantError `unknown-source`, `no-sources`, `outside-roots`, `foreign-collection`, those of openEngramFile and of
 * a clone.
 */
export async function openSources(named: NamedSources, options: SourceOptions): Promise<OpenSources> {
  const state: State = { ...options, knowledge: null, opened: new Map(), repositories: [] };
  try {
    const keys: string[][] = [];
    for (const names of named.groups) keys.push(await openGroup(names, state));
    if (keys.flat().length === 0) keys[0] = await openRepository(named, state);
    checkCount(keys.flat(), named.optional ?? false);
    return {
      groups: keys.map((group) => sourceOf(group, state.opened)),
      engrams: state.opened,
      past: await pastOf(state),
      close: () => closeAll(state),
    };
  } catch (error) {
    closeAll(state);
    throw error;
  }
}

interface State extends SourceOptions {
  knowledge: EngramStore | null;
  /** By the names that citations use. */
  opened: Map<string, Engram>;
  /** Keys of the service's repositories that are named. */
  repositories: string[];
}

async function openGroup(names: readonly string[], state: State): Promise<string[]> {
  const scopes: Scope[] = [];
  const keys: string[] = [];
  for (const name of names) {
    if (isFileName(name)) {
      keys.push(await openFile(name, state));
      continue;
    }
    const repository = await openServed(name, state);
    if (repository !== null) {
      keys.push(repository);
      continue;
    }
    scopes.push(scopeOf(name));
  }
  return [...new Set([...keys, ...(await openCollections(scopes, state))])];
}

/** What is there as a file is one; so is what ends like one, so that its absence is named. */
function isFileName(name: string): boolean {
  return name.endsWith(".engram") || (statSync(name, { throwIfNoEntry: false })?.isFile() ?? false);
}

async function openFile(file: string, state: State): Promise<string> {
  checkRoots(file, state.roots);
  if (!state.opened.has(file)) state.opened.set(file, await openEngramFile(file));
  return file;
}

/**
 * Whether a file lies below a folder that questions may read from.
 * Errors: AssistantError `outside-roots`.
 */
export function checkRoots(file: string, roots: readonly string[] | null): void {
  if (roots === null) return;
  const inside = roots.some((root) => {
    const path = relative(realPath(root), realPath(file));
    return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  });
  if (inside) return;
  throw new AssistantError(`${file} lies outside of the folders that may be read`, {
    code: "outside-roots",
    remedy: "Name a file below ASSISTANT_HOME or below the folder that the program was started in.",
  });
}

/** A link must not lead out of the folder that it lies in. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

/** Three parts: collections have two, or four. */
const repositoryName = /^(?!\.{1,2}\/)[\w.-]+(?::\d+)?(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+){2}$/;

/** Null where it names no repository of which an engram is kept. */
async function openServed(name: string, { engrams, opened, repositories }: State): Promise<string | null> {
  const key = name.toLowerCase();
  if (!repositoryName.test(key)) return null;
  const engram = opened.get(key) ?? (await engrams.open(key));
  if (engram === null) return null;
  opened.set(key, engram);
  if (!repositories.includes(key)) repositories.push(key);
  return key;
}

/** What people said in one repository is for its readers: a question about several has files alone. */
async function pastOf({ repositories, opened, past, home, signal }: State): Promise<RepositoryPast | null> {
  const [key, another] = repositories;
  const engram = key === undefined ? undefined : opened.get(key);
  if (key === undefined || another !== undefined || engram === undefined || past === undefined) return null;
  return openRepositoryPast(key, engram.info().commit, past, home, signal);
}

function scopeOf(name: string): Scope {
  try {
    return parseScope(name);
  } catch (error) {
    throw new AssistantError(
      `"${name}" is neither an engram's file nor a collection, nor a repository that this machine serves`,
      {
        code: "unknown-source",
        remedy:
          "Name a file that `assistant ingest` made, a collection of `assistant knowledge list`, or HOST/OWNER/NAME.",
        cause: error,
      },
    );
  }
}

async function openCollections(scopes: readonly Scope[], state: State): Promise<string[]> {
  if (scopes.length === 0) return [];
  // Whoever asks may read what is on the machine; yet one question reads one repository's private collections.
  checkScopes(scopes, scopes.map(scopeRepository).find((found) => found !== null) ?? null);
  const directory = state.home.knowledge;
  const all = engramFolder(directory).keys().filter(isCollectionKey);
  const { kernel } = loadKernel();
  const store = (state.knowledge ??= createSqliteEngramStore({
    directory,
    kernel,
    seed: defaultSeed,
    rebuildDamaged: false,
  }));
  const keys: string[] = [];
  for (const { collection, name } of scopes) {
    const found = all.filter((key) =>
      name === null ? key.startsWith(`${collection}/`) : key === `${collection}/${name}`,
    );
    if (found.length === 0) throw unknownCollection(name === null ? collection : `${collection}/${name}`);
    for (const key of found) {
      const engram = state.opened.get(key) ?? (await store.open(key));
      if (engram !== null) state.opened.set(key, engram);
      keys.push(key);
    }
  }
  return keys;
}

function unknownCollection(name: string): AssistantError {
  return new AssistantError(`there is no collection ${name}`, {
    code: "unknown-source",
    remedy: "See `assistant knowledge list`, or add documents with `assistant knowledge add`.",
  });
}

/** The commit that is checked out, brought to the engram where it is not yet. */
async function openRepository({ repository: dir, optional }: NamedSources, state: State): Promise<string[]> {
  const { engrams, opened, roots, signal } = state;
  if (dir === null) return [];
  if (roots !== null && resolve(dir) !== process.cwd()) checkRoots(dir, roots);
  const clone = await openLocalClone(dir).catch((error: unknown) => {
    if (optional && error instanceof AssistantError && error.code === "not-a-repository") return null;
    throw error;
  });
  if (clone === null) return [];
  const { gitDir } = clone;
  const commit = await resolveCommit(gitDir, "HEAD");
  const { engram } = await engrams.update(localEngramKey(gitDir), gitDir, commit, signal ? { signal } : {});
  const name = `repository@${commit.slice(0, 12)}`;
  opened.set(name, engram);
  return [name];
}

function checkCount(keys: readonly string[], optional: boolean): void {
  if (keys.length === 0 && !optional) {
    throw new AssistantError("no source is named", {
      code: "no-sources",
      remedy: "Name an engram's file or a collection with --engram, or ask inside of a repository.",
    });
  }
  if (keys.length <= limits.passageSources) return;
  throw new AssistantError(`${keys.length} engrams are named`, {
    code: "too-many-sources",
    remedy: `Name at most ${limits.passageSources}.`,
  });
}

/** Passages of engrams that are open already, ranked together. */
export function sourceOf(keys: readonly string[], opened: ReadonlyMap<string, EngramView>): PassageSource {
  const use = async <T>(key: string, run: (engram: EngramView | null) => T | Promise<T>): Promise<T> =>
    run(opened.get(key) ?? null);
  return {
    async search(question, k) {
      const hits = await searchEngrams(use, keys, question, tokensOf, k);
      return hits.map(({ collection, ...hit }) => ({
        ...hit,
        source: collection,
        revision: opened.get(collection)?.info().commit ?? "",
      }));
    },
    weigh: (words) =>
      weighWords(
        keys.flatMap((key) => opened.get(key) ?? []),
        words,
        tokensOf,
      ),
  };
}

function tokensOf(text: string): QueryTokens {
  const encoder = { kernel: loadKernel().kernel, seed: defaultSeed, units: createUnitParser() };
  const tokens = encodeQuery(encoder, text);
  return { text: tokens, path: bindTokens(tokens, "path", defaultSeed) };
}

function closeAll({ opened, knowledge }: State): void {
  for (const engram of opened.values()) engram.close();
  opened.clear();
  knowledge?.close();
}
