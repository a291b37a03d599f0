import { LRUCache } from "lru-cache";
import type { Engram } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";

/** Open engrams by key. One that is in use is never closed; of the others the most recently used stay open. */
export interface OpenEngrams {
  /**
   * Runs with the engram called `key`, or with null where there is none. Uses at the same time share one. The engram must not
   * be used after `run` has ended.
   */
  use<T>(key: string, run: (engram: Engram | null) => T | Promise<T>): Promise<T>;
  /** Opens in this order until the memory is used up; nothing is closed for it. Returns the keys that are open then. */
  preload(keys: readonly string[]): Promise<string[]>;
  /** To be called when an engram was written: the next use opens it again. Those in use keep their snapshot. */
  renew(key: string): void;
  /** Bytes of all open engrams, those in use included. At most `maxBytes`, unless those in use alone are more. */
  bytes(): number;
  /** Closes what is not in use; the rest is closed when its use ends. */
  close(): void;
}

export interface OpenEngramsOptions {
  /** Null where there is no such engram. */
  open: (key: string) => Promise<Engram | null>;
  /** Memory of an open engram in bytes: above all its segments' images. */
  sizeOf: (engram: Engram) => number;
  maxBytes: number;
  /** Something that changes when another process writes the engram; by default nothing does. */
  stampOf?: (key: string) => string;
}

export function createOpenEngrams(options: OpenEngramsOptions): OpenEngrams {
  const state: State = { ...options, slots: new Map(), inUse: new Set(), idle: createIdle(options.maxBytes, drop) };

  function drop(key: string, slot: Slot): void {
    if (state.slots.get(key) === slot) state.slots.delete(key);
    slot.engram?.close();
  }

  return {
    use: (key, run) => use(state, key, run),
    preload: (keys) => preload(state, keys),
    renew: (key) => renew(state, key),
    bytes: () => openBytes(state),
    close() {
      for (const key of Array.from(state.slots.keys())) renew(state, key);
    },
  };
}

/** One opened engram; a key has a second one for as long as an old snapshot of it is in use. */
interface Slot {
  opened: Promise<Engram | null>;
  /** What `opened` gave; null until then. */
  engram: Engram | null;
  bytes: number;
  users: number;
  stamp: string;
}

interface State extends OpenEngramsOptions {
  /** The newest slot of each key, in use or idle. */
  slots: Map<string, Slot>;
  inUse: Set<Slot>;
  idle: LRUCache<string, Slot>;
}

function createIdle(maxBytes: number, drop: (key: string, slot: Slot) => void): LRUCache<string, Slot> {
  return new LRUCache({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    dispose: (slot, key, reason) => reason === "evict" && drop(key, slot),
  });
}

async function use<T>(state: State, key: string, run: (engram: Engram | null) => T | Promise<T>): Promise<T> {
  const slot = acquire(state, key);
  try {
    const engram = await slot.opened;
    trim(state);
    return await run(engram);
  } finally {
    release(state, key, slot);
  }
}

async function preload(state: State, keys: readonly string[]): Promise<string[]> {
  const loaded: string[] = [];
  for (const key of keys) {
    const slot = acquire(state, key);
    try {
      const engram = await slot.opened;
      const fits = openBytes(state) <= state.maxBytes;
      if (!fits && slot.users === 1) renew(state, key);
      if (!fits) break;
      if (engram !== null) loaded.push(key);
    } finally {
      release(state, key, slot);
    }
  }
  return loaded;
}

function acquire(state: State, key: string): Slot {
  const stamp = state.stampOf?.(key) ?? "";
  if (state.slots.get(key)?.stamp !== stamp) renew(state, key);
  const slot = state.slots.get(key) ?? openSlot(state, key, stamp);
  state.slots.set(key, slot);
  state.idle.delete(key);
  state.inUse.add(slot);
  slot.users++;
  return slot;
}

function openSlot({ open, sizeOf }: State, key: string, stamp: string): Slot {
  const opened = open(key).then((engram) => {
    slot.engram = engram;
    slot.bytes = engram === null ? 0 : sizeOf(engram);
    return engram;
  });
  const slot: Slot = { opened, engram: null, bytes: 0, users: 0, stamp };
  return slot;
}

/** The last to leave puts the engram aside, or closes it where it is out of date, too large or not there. */
function release(state: State, key: string, slot: Slot): void {
  slot.users--;
  if (slot.users > 0) return;
  state.inUse.delete(slot);
  const isNewest = state.slots.get(key) === slot;
  if (isNewest && slot.engram !== null && slot.bytes <= state.maxBytes) {
    state.idle.set(key, slot);
  } else {
    if (isNewest) state.slots.delete(key);
    slot.engram?.close();
  }
  trim(state);
}

function renew(state: State, key: string): void {
  const slot = state.slots.get(key);
  if (slot === undefined) return;
  state.slots.delete(key);
  state.idle.delete(key);
  if (slot.users === 0) slot.engram?.close();
}

function openBytes({ inUse, idle }: State): number {
  return Array.from(inUse).reduce((sum, slot) => sum + slot.bytes, idle.calculatedSize);
}

/** Closes the least recently used until everything fits. */
function trim(state: State): void {
  while (state.idle.size > 0 && openBytes(state) > state.maxBytes) state.idle.pop();
}

/** Memory of an engram that does not say more: postings and forward rows take at most 400 bytes for each chunk. */
export function estimateBytes(engram: Engram): number {
  return engram.info().chunks * limits.chunkMemoryBytes;
}
