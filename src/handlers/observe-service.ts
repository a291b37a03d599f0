import { rateLimitsSeen } from "../config/github-app.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { engramFiles, freeBytes, readiness, type Readiness } from "../observe/readiness.ts";
import { type ModelWatch, watchModels } from "../observe/watch-models.ts";
import type { ServerServices } from "../services.ts";

export interface ObservedService {
  /** The same services, whose models are counted. */
  services: ServerServices;
  metrics: Metrics;
  ready: () => Promise<Readiness>;
  /** Models that were asked for so far, with what they do now. */
  modelStatuses: ModelWatch["statuses"];
}

/** Counts what the service does, and tells it when somebody asks. */
export function observeService(services: ServerServices): ObservedService {
  const { queue, serviceNotes, probot, config } = services;
  const { root, engrams } = config.home;
  const watch = watchModels(services.models, {
    answered: (model, tokens) => metrics.modelTokens(model, tokens),
    failed: (model) => metrics.modelFailed(model),
  });
  const metrics = createMetrics(async () => ({
    counts: await queue.counts(),
    depths: await queue.depths(),
    models: watch.statuses(),
    rateLimits: rateLimitsSeen(probot),
    engrams: await engramFiles(engrams),
    switchedOff: serviceNotes.isOff(),
    freeBytes: await freeBytes(root),
  }));
  return {
    services: { ...services, models: watch.models },
    metrics,
    modelStatuses: () => watch.statuses(),
    ready: () =>
      readiness({
        queue,
        folder: root,
        models: async () => watch.serving(),
        switchedOff: () => serviceNotes.isOff(),
      }),
  };
}
