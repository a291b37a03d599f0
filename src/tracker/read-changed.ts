import { limits } from "../shared/limits.ts";
import { isoSeconds } from "./sync-tracker.ts";

/** One answer of a list: `next` is where its next page begins, by page number or by cursor, as GitHub says; null at the end. */
export interface ListPage<T> {
  records: T[];
  next: NextPage | null;
}

export interface NextPage {
  page?: number;
  after?: string;
}

/** Reads one page of what changed at or after `since`, by `updatedAt`, ascending. */
export type ReadPage<T> = (since: string | null, next: NextPage | null) => Promise<ListPage<T>>;

interface Changed {
  updatedAt: string;
}

/**
 * Pages of a list that moves while it is read. What changes goes to its end, and everything behind it moves forward, past
 * the border between two pages: so the second page is never asked for. The list is asked anew from the newest time seen,
 * which also keeps clear of the depth beyond which GitHub refuses to count pages. `since` is inclusive: what stood at that
 * time comes again.
 *
 * Only where a whole page changed in the same second is there no other way than to turn pages (`readTied`).
 */
export async function* readChanged<T extends Changed>(
  read: ReadPage<T>,
  since: string | null,
  idOf: (record: T) => number,
): AsyncGenerator<T[]> {
  let from = since;
  for (;;) {
    const { records, next } = await read(from, null);
    const newest = records.at(-1)?.updatedAt;
    const reached = newest !== undefined && (from === null || newest > from);
    if (reached || next === null || newest === undefined) {
      if (records.length > 0) yield records;
      if (next === null || newest === undefined) return;
      from = newest;
      continue;
    }
    if (newest !== from) throw new Error(`GitHub did not list what changed since ${from} in the order of its changes`);
    yield* readTied(read, newest, idOf);
    // Not from the newest seen while turning pages: what moved forward may have been passed over.
    from = isoSeconds(Date.parse(newest) + 1_000);
  }
}

/**
 * Everything that changed in one second, where that is more than a page. Something that changes meanwhile leaves the
 * second, and one that follows it may slip past a border. But then it was seen before and is not seen again: so pages are
 * turned until two passes have seen the same.
 */
async function* readTied<T extends Changed>(
  read: ReadPage<T>,
  second: string,
  idOf: (record: T) => number,
): AsyncGenerator<T[]> {
  let before = "";
  for (let pass = 0; pass < limits.tiedPasses; pass++) {
    const seen = new Set<number>();
    let next: NextPage | null = null;
    do {
      const page: ListPage<T> | null = await read(second, next).catch(unlessTooDeep);
      if (!page) break;
      const tied: T[] = page.records.filter((record) => record.updatedAt === second);
      for (const record of tied) seen.add(idOf(record));
      if (tied.length > 0) yield tied;
      next = tied.length === page.records.length ? page.next : null;
    } while (next !== null);
    const members = [...seen].toSorted((a, b) => a - b).join();
    if (members === before) return;
    before = members;
  }
}

/** 422: GitHub counts no further. Thousands of changes in one second are an import, whose rest it does not let us see. */
function unlessTooDeep(error: unknown): null {
  if (error instanceof Error && "status" in error && error.status === 422) return null;
  throw error;
}
