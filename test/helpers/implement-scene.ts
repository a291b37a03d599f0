import type { Engram } from "../../src/engram/engram.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../src/engram/units/tree-sitter-parser.ts";
import type { EditedFile } from "../../src/edits/edit.ts";
import { implementTools } from "../../src/handlers/implement-tools.ts";
import { openPast } from "../../src/handlers/remember.ts";
import type { Ability, Model, ModelProvider } from "../../src/model/model.ts";
import type { VerifiedCommand } from "../../src/publish/implement-outcome.ts";
import type { Past } from "../../src/retrieval/past.ts";
import type { ImplementInput, ImplementProgress, ImplementRequest, WorkTree } from "../../src/tasks/implement/input.ts";
import type { TestRepository } from "./git-repository.ts";
import { createPastStores } from "./past-stores.ts";

export interface SceneOptions {
  request: Partial<ImplementRequest>;
  /** Null: there is none. */
  model: Model | null;
  /** What the model may be quoted for. */
  abilities?: Ability[];
  commands?: { name: string; run: string }[];
  protect?: string[];
  /** What the commands say to a state of the tree; by default they pass. Null: there is no sandbox. */
  verify?:
    | ((files: readonly EditedFile[], signal: AbortSignal) => VerifiedCommand[] | Promise<VerifiedCommand[]>)
    | null;
  specifications?: ImplementInput["specifications"];
}

export interface Scene {
  input: ImplementInput;
  progress: ImplementProgress[];
  /** States that were handed to the commands. */
  verified: (readonly EditedFile[])[];
}

const units = createUnitParser();

/** What an implementation on the last commit of a real repository is made of; only its sandbox is a script. */
export async function implementScene(repository: TestRepository, options: SceneOptions): Promise<Scene> {
  const { model, abilities = [], commands = [{ name: "test", run: "npm test" }], verify } = options;
  const { commit, engram, past } = await knownOf(repository);
  const progress: ImplementProgress[] = [];
  const verified: (readonly EditedFile[])[] = [];
  const tree: WorkTree = {
    commit,
    read: async (path) => engram.text(path),
    paths: async () =>
      engram
        .files()
        .filter(({ mode }) => mode.startsWith("100"))
        .map(({ path }) => path),
    others: async () =>
      engram
        .files()
        .filter(({ mode }) => !mode.startsWith("100"))
        .map(({ path }) => path),
    sandbox:
      verify === null ? { description: null, reason: "bubblewrap is not installed" } : { description: "a script" },
    async verify(files, until, onCommand) {
      verified.push(files);
      const ended = (await verify?.(files, until)) ?? commands.map(({ name }) => passed(name));
      for (const command of ended) onCommand?.(command);
      return ended;
    },
  };
  return {
    progress,
    verified,
    input: {
      request: { ...nothingAsked, ...options.request },
      settings: { commands, minutes: 10, protect: options.protect ?? [], approve: false, documents: null },
      tree,
      view: engram,
      past,
      units,
      models: providerOf(model, abilities),
      specifications: options.specifications ?? null,
      tools: implementTools,
      onProgress: (one) => progress.push(one),
    },
  };
}

const nothingAsked: ImplementRequest = {
  task: "implement",
  number: 7,
  title: "",
  body: "",
  argument: "",
  follows: null,
  planOnly: false,
};

interface Known {
  commit: string;
  engram: Engram;
  past: Past;
}

/** Read once for each commit: scenes change nothing of it. */
const known = new Map<string, Promise<Known>>();

function knownOf(repository: TestRepository): Promise<Known> {
  const commit = repository.git("rev-parse", "HEAD");
  const found = known.get(commit) ?? read(`${repository.dir}/.git`, commit);
  known.set(commit, found);
  return found;
}

async function read(gitDir: string, commit: string): Promise<Known> {
  const { engram } = await createMemoryEngramStore().update("k", gitDir, commit);
  const { signal } = new AbortController();
  const request = { key: "k", gitDir, commit, defaultCommit: commit, learn: false, signal };
  const stores = createPastStores();
  opened.push(stores);
  return { commit, engram, past: await openPast(request, stores) };
}

const opened: { dispose(): void }[] = [];

/** Deletes what scenes have kept of their repositories' past. */
export function disposeScenes(): void {
  for (const stores of opened.splice(0)) stores.dispose();
  known.clear();
}

export function passed(name: string): VerifiedCommand {
  return { name, command: `run ${name}`, passed: true, ended: "exit code 0", ms: 1, output: "" };
}

export function failed(name: string, output: string, ended = "exit code 1"): VerifiedCommand {
  return { name, command: `run ${name}`, passed: false, ended, ms: 1, output };
}

function providerOf(model: Model | null, abilities: readonly Ability[]): ModelProvider {
  return {
    modelFor: async () => (model === null ? { model, reason: "none is installed" } : { model, reason: null }),
    qualified: (_, ability) => ({ allowed: abilities.includes(ability), reason: "it has not been measured" }),
    close: async () => {},
  };
}
