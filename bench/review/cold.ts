import { repositoryConfigSchema } from "../../src/config/repository-config.ts";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import type { ReplayedChange } from "./changes.ts";
import { repositoryId } from "./on-github.ts";
import type { Reviewer } from "./reviewer.ts";

export interface ColdFigures {
  /** Seconds of a first review, with nothing kept: the engram is made, the past is read. */
  seconds: number;
  stages: Record<string, number>;
  files: number;
}

/** The very first review of a repository: what a clone's first `assistant review` costs. */
export async function measureCold(change: ReplayedChange | undefined, reviewer: Reviewer): Promise<ColdFigures | null> {
  if (change === undefined) return null;
  const publisher = createDryRunPublisher({ repository: repositoryId });
  const config = repositoryConfigSchema.parse({});
  const { base, head } = change;
  const { ms, stages } = await reviewer.review({ base, head, subject: null, config, publisher, learn: true });
  const { engram } = await reviewer.services.engrams.update(reviewer.engramKey, reviewer.gitDir, base);
  const { files } = engram.info();
  engram.close();
  return { seconds: ms / 1000, stages, files };
}
