import type { Octokit } from "@octokit/rest";
import { LRUCache } from "lru-cache";
import { newRedeliveries, redeliverFailed } from "../intake/redeliver.ts";
import type { ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import { type Etags, findDueDuplicates, pollPlace, reconcilePlace } from "./find-work.ts";
import { type InstalledPlace, installedPlaces } from "./installed-places.ts";
import { noteName } from "./follow-renames.ts";
import { purgeOld, purgeUnseen } from "./purge.ts";

export interface CatchUp {
  /** Looks for what is unhandled now, for example once the app was switched on again. */
  look(): void;
  /** Waits for the look under way. */
  stop(): Promise<void>;
}

/**
 * Looks, from the start on, for what no webhook told: failed deliveries are asked for again, and what nobody handled is
 * queued; or, where GitHub is polled, everything is found so. What is too old, or gone on GitHub, is thrown away. Nothing here ends the server: GitHub may be away for hours.
 * @param queued called when jobs were queued
 */
export function startCatchUp(services: ServerServices, queued: () => void): CatchUp {
  const { config, log, probot } = services;
  const etags: Etags = new LRUCache({ max: limits.etagsKept });
  const failed = newRedeliveries();
  const stopped = new AbortController();

  async function places(what: string, visit: (place: InstalledPlace) => Promise<number>): Promise<void> {
    const seen = new Set<string>();
    let complete = true;
    for await (const place of installedPlaces(services, () => (complete = false))) {
      if (stopped.signal.aborted) return;
      seen.add(repositoryKey(place.repository));
      try {
        await noteName(place, services);
        if (!place.archived && (await visit(place)) > 0) queued();
      } catch (error) {
        log.warn(
          { err: error, repository: repositoryKey(place.repository) },
          `${what} failed; it is tried again later`,
        );
      }
    }
    if (complete) await purgeUnseen(seen, services);
  }

  const redeliver = async (): Promise<void> => {
    const asked = await redeliverFailed((await probot.auth()) as unknown as Octokit, failed);
    if (asked > 0) log.info({ deliveries: asked }, "GitHub was asked to deliver again what failed");
  };
  const reconcile = (): Promise<void> =>
    places("looking for unhandled work", (place) => reconcilePlace(place, services));
  const poll = (): Promise<void> => places("polling", (place) => pollPlace(place, services, etags));
  const dueDuplicates = (): Promise<void> =>
    places("looking for due duplicates", (place) => findDueDuplicates(place, services));
  const purge = repeat(() => purgeOld(services), limits.purgeMs);
  const loops =
    config.pollMs === null
      ? [purge, repeat(redeliver, limits.redeliverMs), repeat(reconcile, limits.reconcileMs)]
      : [purge, repeat(dueDuplicates, limits.reconcileMs), repeat(poll, config.pollMs)];

  function repeat(work: () => Promise<void>, everyMs: number) {
    let running: Promise<void> | null = null;
    const run = (): void => {
      // A look that takes longer than the time between two is not overtaken.
      running ??= work()
        .catch((error: unknown) => {
          log.warn({ err: error }, "catching up failed; it is tried again later");
        })
        .finally(() => (running = null));
    };
    run();
    const timer = setInterval(run, everyMs);
    return {
      run,
      stop: async () => {
        clearInterval(timer);
        await running;
      },
    };
  }

  return {
    look: () => loops.at(-1)?.run(),
    async stop() {
      stopped.abort();
      await Promise.race([
        Promise.all(loops.map((loop) => loop.stop())),
        new Promise((resolve) => setTimeout(resolve, limits.abortGraceMs).unref()),
      ]);
    },
  };
}
