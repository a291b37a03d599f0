/**
 * Who computes now, over all models of this process: llama.cpp's threads spin while they wait for each other, so more of
 * them than cores make everything a hundred times slower. The books are kept in shared memory and not by messages, so that
 * a busy main thread never holds up a worker.
 */
import { limits } from "../shared/limits.ts";
import type { Priority } from "./model.ts";

/** Made in the main thread, once a process. */
export interface CoreBudget {
  readonly cores: number;
  /** Seats for a worker: one for each request that it works on at once. Errors: RangeError when none are left. */
  take(seats: number): SeatRange;
  /** What they hold is free again: their worker was replaced. */
  free(range: SeatRange): void;
  give(range: SeatRange): void;
}

/** Plain data, for a worker. */
export interface SeatRange {
  memory: SharedArrayBuffer;
  first: number;
  count: number;
}

/** Where one request asks for cores. Used from one thread. */
export interface Seat {
  /** A request begins: from now on it is counted when cores are shared out, also between two grants. */
  begin(priority: Priority): void;
  /**
   * Waits for at least `min` cores and gets up to `max` of them: its share of what is free among all that compute. First
   * come, first served; a person's request before background ones. Errors: the signal's reason.
   */
  acquire(min: number, max: number, signal: AbortSignal): Promise<number>;
  /** Whether somebody waits for cores: who holds some should give them back soon. */
  contended(): boolean;
  release(): void;
  end(): void;
}

const header = { lock: 0, free: 1, waiting: 2, ticket: 3, fields: 4 };
const field = { open: 0, state: 1, priority: 2, min: 3, max: 4, granted: 5, ticket: 6, fields: 7 };
const idle = 0;
const waiting = 1;
const holding = 2;
/** A wake-up that got lost would only cost this. */
const lookAgainMs = 50;

export function createCoreBudget(cores: number): CoreBudget {
  const fields = header.fields + limits.computingRequests * field.fields;
  const books = new Int32Array(new SharedArrayBuffer(fields * Int32Array.BYTES_PER_ELEMENT));
  books[header.free] = cores;
  const taken = new Set<number>();

  function free({ first, count }: SeatRange): void {
    for (let seat = first; seat < first + count; seat++) leave(books, seat);
  }

  return {
    cores,
    take(count) {
      for (let first = 0; first + count <= limits.computingRequests; first++) {
        const range = Array.from({ length: count }, (_, index) => first + index);
        if (range.some((seat) => taken.has(seat))) continue;
        for (const seat of range) taken.add(seat);
        return { memory: books.buffer, first, count };
      }
      throw new RangeError(`more than ${limits.computingRequests} requests at once over all models`);
    },
    free,
    give(range) {
      free(range);
      for (let seat = range.first; seat < range.first + range.count; seat++) taken.delete(seat);
    },
  };
}

export function openSeats({ memory, first, count }: SeatRange): Seat[] {
  const books = new Int32Array(memory);
  return Array.from({ length: count }, (_, index) => openSeat(books, first + index));
}

function openSeat(books: Int32Array<SharedArrayBuffer>, seat: number): Seat {
  const at = addressOf(seat);
  return {
    begin(priority) {
      books[at + field.priority] = priority === "person" ? 1 : 0;
      books[at + field.open] = 1;
    },
    async acquire(min, max, signal) {
      signal.throwIfAborted();
      locked(books, () => {
        books[at + field.min] = min;
        books[at + field.max] = max;
        books[at + field.ticket] = nextTicket(books);
        books[at + field.state] = waiting;
        books[header.waiting]!++;
        shareOut(books);
      });
      const withdraw = () => locked(books, () => standUp(books, seat));
      signal.addEventListener("abort", withdraw, { once: true });
      try {
        while (Atomics.load(books, at + field.state) === waiting) await woken(books, at + field.state);
      } finally {
        signal.removeEventListener("abort", withdraw);
      }
      signal.throwIfAborted();
      return books[at + field.granted] as number;
    },
    contended: () => Atomics.load(books, header.waiting) > 0,
    release: () => locked(books, () => standUp(books, seat)),
    end: () => leave(books, seat),
  };
}

function leave(books: Int32Array<SharedArrayBuffer>, seat: number): void {
  locked(books, () => {
    books[addressOf(seat) + field.open] = 0;
    standUp(books, seat);
  });
}

/** Gives back what the seat holds, or takes it out of the queue. */
function standUp(books: Int32Array<SharedArrayBuffer>, seat: number): void {
  const at = addressOf(seat);
  const state = books[at + field.state];
  if (state === idle) return;
  if (state === holding) books[header.free]! += books[at + field.granted] as number;
  if (state === waiting) books[header.waiting]!--;
  books[at + field.state] = idle;
  Atomics.notify(books, at + field.state);
  shareOut(books);
}

/** Serves those who wait, the most urgent first; nobody overtakes one who waits for more cores than are free. */
function shareOut(books: Int32Array<SharedArrayBuffer>): void {
  while ((books[header.waiting] as number) > 0) {
    const { next, sharers } = mostUrgent(books);
    const at = addressOf(next);
    const free = books[header.free] as number;
    const min = books[at + field.min] as number;
    if (free < min) return;
    const share = Math.floor(free / sharers);
    const granted = Math.max(min, Math.min(books[at + field.max] as number, share));
    books[header.free] = free - granted;
    books[header.waiting]!--;
    books[at + field.granted] = granted;
    Atomics.store(books, at + field.state, holding);
    Atomics.notify(books, at + field.state);
  }
}

/** Who is served next, and how many compute or are about to but hold nothing now: what is free is for all of them. */
function mostUrgent(books: Int32Array): { next: number; sharers: number } {
  let next = -1;
  let sharers = 0;
  for (let seat = 0; seat < limits.computingRequests; seat++) {
    const at = addressOf(seat);
    if (books[at + field.open] === 1 && books[at + field.state] !== holding) sharers++;
    if (books[at + field.state] === waiting && (next < 0 || goesBefore(books, at, addressOf(next)))) next = seat;
  }
  return { next, sharers };
}

function goesBefore(books: Int32Array, one: number, other: number): boolean {
  const byPriority = (books[one + field.priority] as number) - (books[other + field.priority] as number);
  if (byPriority !== 0) return byPriority > 0;
  // The difference in 32 bits: tickets wrap around.
  return (((books[one + field.ticket] as number) - (books[other + field.ticket] as number)) | 0) < 0;
}

function nextTicket(books: Int32Array): number {
  return books[header.ticket]!++;
}

function addressOf(seat: number): number {
  return header.fields + seat * field.fields;
}

/** Some microseconds; nothing in it waits or throws. */
function locked(books: Int32Array<SharedArrayBuffer>, work: () => void): void {
  while (Atomics.compareExchange(books, header.lock, 0, 1) !== 0) Atomics.wait(books, header.lock, 1, 1);
  work();
  Atomics.store(books, header.lock, 0);
  Atomics.notify(books, header.lock, 1);
}

/** In every Node from 16 on; TypeScript's library names it from ES2024 on. */
interface AsyncWaiting {
  waitAsync(books: Int32Array, index: number, value: number, ms: number): { async: boolean; value: unknown };
}

async function woken(books: Int32Array<SharedArrayBuffer>, index: number): Promise<void> {
  await (Atomics as unknown as AsyncWaiting).waitAsync(books, index, waiting, lookAgainMs).value;
}
