import type { Octokit } from "@octokit/rest";
import { LRUCache } from "lru-cache";
import { limits } from "../shared/limits.ts";

/** What is known of failed deliveries between two looks. */
export interface Redeliveries {
  /** Epoch ms; deliveries before it were looked at. */
  since: number;
  /** Deliveries that were looked at, by id, and how often each event (by GUID) was asked for again, and when last (epoch ms). */
  seen: LRUCache<number, true>;
  asked: LRUCache<string, { times: number; at: number }>;
  /** Failed ones that are still to be asked for: the newest delivery of each event. */
  open: Map<string, number>;
}

export function newRedeliveries(now: number = Date.now()): Redeliveries {
  const most = limits.deliveryPages * 100;
  return {
    since: now - limits.redeliveryDays * 24 * 60 * 60_000,
    seen: new LRUCache({ max: most }),
    asked: new LRUCache({ max: most }),
    open: new Map(),
  };
}

/**
 * Asks GitHub to repeat what it could not deliver: it does not do so by itself. A repeated delivery carries the id of the
 * first one, so that it is taken once. What fails here is tried again by the next look. Each time it waits twice as long, so
 * that a disk which is full for a day costs no event.
 * @param octokit the app's own client, not one of an installation
 * @returns deliveries that were asked for
 */
export async function redeliverFailed(
  octokit: Octokit,
  state: Redeliveries,
  now: number = Date.now(),
): Promise<number> {
  const { news, newest } = await readNews(octokit, state);
  const delivered = new Set(news.filter(({ ok }) => ok).map(({ guid }) => guid));
  for (const { guid, id, ok } of news) {
    state.seen.set(id, true);
    if (!ok && !delivered.has(guid) && !state.open.has(guid)) state.open.set(guid, id);
  }
  for (const guid of delivered) state.open.delete(guid);
  // GitHub gives a receiver ten seconds; what is under way now is shown later. Its clock counts, not ours.
  state.since = Math.max(state.since, newest - limits.trackerOverlapMs);

  let asked = 0;
  for (const [guid, delivery_id] of state.open) {
    const { times, at } = state.asked.get(guid) ?? { times: 0, at: 0 };
    // Half a look earlier, since no two looks are exactly so far apart.
    if (now < at + limits.redeliverMs * (2 ** (times - 1) - 0.5)) continue;
    if (times < limits.redeliveries && (await askAgain(octokit, delivery_id, guid, state))) asked++;
    state.asked.set(guid, { times: times + 1, at: now });
    state.open.delete(guid);
  }
  return asked;
}

/**
 * @returns whether GitHub repeats it
 * Errors: what GitHub answers where a later look may do better; then the others come first, so that one holds up none.
 */
async function askAgain(octokit: Octokit, delivery_id: number, guid: string, { open }: Redeliveries): Promise<boolean> {
  try {
    await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id });
    return true;
  } catch (error) {
    // Too old by now, or gone.
    if (error instanceof Error && "status" in error && [400, 404, 410, 422].includes(Number(error.status)))
      return false;
    open.delete(guid);
    open.set(guid, delivery_id);
    throw error;
  }
}

interface SeenDelivery {
  id: number;
  guid: string;
  ok: boolean;
}

/** Deliveries since the last look, the newest first, and when the newest of all was made (epoch ms). */
async function readNews(
  octokit: Octokit,
  { since, seen }: Redeliveries,
): Promise<{ news: SeenDelivery[]; newest: number }> {
  const news: SeenDelivery[] = [];
  let newest = 0;
  let pages = 0;
  for await (const { data } of octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, { per_page: 100 })) {
    for (const { id, guid, delivered_at, status, status_code: code } of data) {
      newest = Math.max(newest, Date.parse(delivered_at));
      if (Date.parse(delivered_at) < since) return { news, newest };
      if (!seen.has(id) && status !== "pending") news.push({ id, guid, ok: code >= 200 && code < 300 });
    }
    if (++pages >= limits.deliveryPages) break;
  }
  return { news, newest };
}
