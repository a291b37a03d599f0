import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Model, ModelIdentity } from "./model.ts";
import { modelBusy, modelClosed, modelTimeout } from "./request.ts";

/** A model of this machine that can be loaded, unloaded and loaded again. */
export interface Loadable {
  /** The same key is the same model. */
  key: string;
  name: string;
  /** Bytes that it needs at least to be loaded. Errors: why it cannot be. */
  need(): Promise<number>;
  /** Refuses by its own words what does not fit in so many bytes. */
  refuse(freeBytes: number): Promise<void>;
  load(): Promise<Model>;
  /** Bytes that it takes, loaded with so many slots. */
  taken(slots: number): number;
}

export interface Resident {
  key: string;
  name: string;
  bytes: number;
  slots: number;
  running: number;
  waiting: number;
}

/** The models in this machine's memory. */
export interface Residents {
  /**
   * Loads the model unless it is there, and gives what stands for it: weights that were unloaded to make room are loaded
   * again by the next request. Errors: those of loading, `not-enough-memory`, `model-busy`.
   */
  open(loadable: Loadable): Promise<Model>;
  list(): Resident[];
  /** Refuses what comes, waits for what was accepted, frees everything. */
  close(): Promise<void>;
}

export interface ResidentsOptions {
  /** Memory that is free now. */
  freeBytes(): Promise<number>;
  /** Requests that may wait for one model to be loaded. */
  queue: number;
  /** How long a model is waited for that has to make room. */
  roomMs?: number;
}

interface Entry {
  loadable: Loadable;
  model: Model | null;
  loading: Promise<void> | null;
  /** Set while it has to make room: it takes no new requests, and is unloaded when the last one is done. */
  leaving: Promise<void> | null;
  /** Requests that it works on, or that wait for it to be loaded: with any of them it stays. */
  users: number;
  /** Requests that wait until it is loaded. */
  waiting: number;
  /** Grows with each use of any model. */
  usedAt: number;
  handle: Model | null;
}

type Patience = { signal?: AbortSignal; deadline?: number };

interface State {
  options: ResidentsOptions;
  entries: Map<string, Entry>;
  /** Settles when the last load that was asked for is done. */
  lastLoad: Promise<unknown>;
  closing: Promise<void> | null;
  uses: number;
  /** Called whenever a request ends. */
  listeners: Set<() => void>;
}

/**
 * Keeps as many models in memory as fit. One is loaded at a time; where it does not fit, those that nobody uses are unloaded,
 * the longest unused first. If all are in use, one takes no new requests until it is done: both get their turn, as the stages
 * of a pipeline need it.
 */
export function createResidents(options: ResidentsOptions): Residents {
  const lastLoad = Promise.resolve();
  const state: State = { options, entries: new Map(), lastLoad, closing: null, uses: 0, listeners: new Set() };
  return {
    async open(loadable) {
      const entry = entryOf(state, loadable);
      return use(state, entry, {}, async (model) => {
        entry.handle ??= handleOf(state, entry, model);
        return entry.handle;
      });
    },
    list: () => loadedEntries(state).map(describe),
    close() {
      state.closing ??= (async () => {
        await state.lastLoad;
        await Promise.all([...state.entries.values()].map(async (entry) => entry.model?.close()));
      })();
      return state.closing;
    },
  };
}

function entryOf({ entries }: State, loadable: Loadable): Entry {
  const known = entries.get(loadable.key);
  if (known !== undefined) return known;
  const idle = { model: null, loading: null, leaving: null, users: 0, waiting: 0, usedAt: 0, handle: null };
  const entry: Entry = { loadable, ...idle };
  entries.set(loadable.key, entry);
  return entry;
}

/** Works with the loaded model, which stays loaded meanwhile. */
async function use<T>(state: State, entry: Entry, patience: Patience, work: (model: Model) => Promise<T>): Promise<T> {
  const model = await enter(state, entry, patience);
  try {
    return await work(model);
  } finally {
    leave(state, entry);
  }
}

async function enter(state: State, entry: Entry, patience: Patience): Promise<Model> {
  patience.signal?.throwIfAborted();
  const { name } = entry.loadable;
  const isThere = entry.model !== null && entry.leaving === null;
  if (!isThere && entry.waiting >= Math.max(1, state.options.queue)) throw modelBusy(name, entry.waiting);
  for (;;) {
    if (state.closing !== null) throw modelClosed(name);
    if (entry.leaving === null) break;
    await waiting(entry, entry.leaving, patience);
  }
  entry.users++;
  entry.usedAt = ++state.uses;
  if (entry.model !== null) return entry.model;
  try {
    await waiting(entry, load(state, entry), patience);
  } catch (error) {
    leave(state, entry);
    throw error;
  }
  // A loaded model with users is never unloaded.
  return entry.model as unknown as Model;
}

function leave({ listeners }: State, entry: Entry): void {
  entry.users--;
  for (const listener of listeners) listener();
}

function load(state: State, entry: Entry): Promise<void> {
  if (entry.loading !== null) return entry.loading;
  const turn = state.lastLoad.then(async () => {
    if (state.closing !== null) throw modelClosed(entry.loadable.name);
    stillWanted(entry);
    await makeRoom(state, entry);
    entry.model = await entry.loadable.load();
  });
  entry.loading = turn.finally(() => (entry.loading = null));
  state.lastLoad = entry.loading.catch(() => {});
  return entry.loading;
}

async function makeRoom(state: State, wanted: Entry): Promise<void> {
  const { loadable } = wanted;
  const need = await loadable.need();
  for (;;) {
    const freeBytes = await state.options.freeBytes();
    stillWanted(wanted);
    if (need <= freeBytes) return;
    const loaded = loadedEntries(state);
    const taken = loaded.reduce((sum, entry) => sum + takenBytes(entry), 0);
    // Nothing is unloaded for what would not fit then either.
    if (need > freeBytes + taken) await loadable.refuse(freeBytes + taken);
    const [first] = loaded.sort((a, b) => Number(a.users > 0) - Number(b.users > 0) || a.usedAt - b.usedAt);
    if (first === undefined) return loadable.refuse(freeBytes);
    await unload(state, first, wanted);
  }
}

/** Waits until nobody uses it, and frees it. Errors: `model-busy` where that takes too long; it then stays. */
async function unload(state: State, entry: Entry, wanted: Entry): Promise<void> {
  const model = entry.model as Model;
  const { roomMs = limits.modelRoomMs } = state.options;
  let done = () => {};
  entry.leaving = new Promise((resolve) => (done = resolve));
  try {
    if (!(await idle(state, entry, wanted, roomMs))) throw noRoom(wanted.loadable.name, entry.loadable.name, roomMs);
    stillWanted(wanted);
    entry.model = null;
    await model.close();
  } finally {
    entry.leaving = null;
    done();
  }
}

/** Whether it came to have no users within the time, or nobody wants its place any more. */
function idle({ listeners }: State, entry: Entry, wanted: Entry, roomMs: number): Promise<boolean> {
  if (entry.users === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (isIdle: boolean) => {
      clearTimeout(timer);
      listeners.delete(look);
      resolve(isIdle);
    };
    const look = () => {
      if (entry.users === 0 || wanted.users === 0) settle(true);
    };
    const timer = setTimeout(() => settle(false), roomMs);
    listeners.add(look);
  });
}

function loadedEntries({ entries }: State): Entry[] {
  return [...entries.values()].filter(({ model }) => model !== null);
}

/** Whoever asked may have gone meanwhile: their requests were cancelled. */
function stillWanted({ users }: Entry): void {
  if (users === 0) throw new DOMException("Nobody waits for the model any more", "AbortError");
}

function takenBytes({ loadable, model }: Entry): number {
  return loadable.taken(model?.status().slots ?? 1);
}

function describe(entry: Entry): Resident {
  const { key, name } = entry.loadable;
  return { key, name, bytes: takenBytes(entry), ...statusOf(entry) };
}

function statusOf({ model, waiting }: Entry): ReturnType<Model["status"]> {
  const status = model?.status() ?? { slots: 1, running: 0, waiting: 0 };
  return { ...status, waiting: status.waiting + waiting };
}

/** What callers hold: the model, whether its weights are in memory or not. Closing it waits for its requests; the weights stay. */
function handleOf(state: State, entry: Entry, first: Model): Model {
  // What is known of it while it is not loaded.
  let identity: ModelIdentity = first.identity;
  let contextTokens = first.contextTokens;
  const current = () => {
    if (entry.model !== null) ({ identity, contextTokens } = entry.model);
  };
  const handle: Model = {
    get identity() {
      current();
      return identity;
    },
    get contextTokens() {
      current();
      return contextTokens;
    },
    generate: (request) => use(state, entry, request, (model) => model.generate(request)),
    countTokens: (text) => use(state, entry, {}, (model) => model.countTokens(text)),
    status: () => statusOf(entry),
    close: async () => {
      if (state.closing !== null) await entry.model?.close();
    },
  };
  if (first.score === undefined) return handle;
  handle.score = (request) =>
    use(state, entry, request, (model) => {
      if (model.score === undefined) throw new TypeError(`${model.identity.name} cannot score`);
      return model.score(request);
    });
  return handle;
}

/** Waits as long as the request does. Errors: the signal's reason, `model-timeout` after the deadline. */
async function waiting(entry: Entry, until: Promise<void>, { signal, deadline }: Patience): Promise<void> {
  entry.waiting++;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (deadline === undefined) return;
    timer = setTimeout(() => reject(modelTimeout(entry.loadable.name)), Math.max(0, deadline - Date.now()));
  });
  try {
    await Promise.race([until, givenUp]);
  } finally {
    entry.waiting--;
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function noRoom(name: string, busy: string, waitedMs: number): AssistantError {
  return new AssistantError(`there is no memory for ${name} while ${busy} is busy`, {
    code: "model-busy",
    remedy: "Try again later, give both roles one model, or choose smaller ones.",
    transient: true,
    retryAfterMs: waitedMs,
  });
}
