import { repositoryConfigSchema } from "../../src/config/repository-config.ts";
import type { Judgements } from "../../src/calibration/calibration.ts";
import type { Model } from "../../src/model/model.ts";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import type { Finding, ReviewOutcome } from "../../src/publish/outcome.ts";
import { git } from "../../src/shared/git.ts";
import { readFileAt } from "../../src/shared/git-objects.ts";
import { say } from "../bench.ts";
import { readMergedChanges } from "./merged-changes.ts";
import { plantDefects, type PlantSources } from "./plant.ts";
import { isDetected } from "./detect-planted.ts";
import { judgePlanted, type Planted, type PlantedFate, type PlantedResult, pointsAt } from "./planted.ts";
import type { Reviewer } from "./reviewer.ts";
import { repositoryId } from "./on-github.ts";
import { writePlanted } from "./write-planted.ts";

export interface PlantedReview extends PlantedResult, PlantedFate {
  planted: Planted;
  /** The defective change. */
  head: string;
  /** What the model alone said at the defect; null where none was asked. */
  byModel: PlantedResult | null;
}

/** Newest changes of the default branch that defects are made of. */
const changesRead = 1_500;

/**
 * Makes defects of real commits and reviews each beside its real commit, oldest first. With a model, the first so many of each kind are
 * read by it as well.
 */
export async function reviewPlanted(
  tip: string,
  reviewer: Reviewer,
  options: { served: string; each: number; model: Model | null; readEach: number; past: Judgements | null },
): Promise<PlantedReview[]> {
  const { served, each, model, readEach, past } = options;
  const changes = await readMergedChanges(served, tip, changesRead);
  const planted = await plantDefects(changes, plantSources(served), each);
  const heads = await writePlanted(served, planted);
  const order = new Map(changes.map(({ commit }, index) => [commit, index]));
  const age = (one: Planted): number => order.get(one.commit) ?? 0;
  const pairs = planted.map((one, index) => ({ one, head: heads[index] ?? "", nth: nthOf(planted, index) }));
  const real = new Map<string, Promise<ReviewOutcome>>();
  const results: PlantedReview[] = [];
  for (const { one, head, nth } of pairs.toSorted((a, b) => age(b.one) - age(a.one))) {
    const reads = model !== null && nth < readEach;
    const key = `${one.commit} ${reads}`;
    const known = real.get(key) ?? outcomeOf(reviewer, one.parent, one.commit, reads ? model : null);
    real.set(key, known);
    const { findings: beside } = await known;
    const outcome = await outcomeOf(reviewer, one.parent, head, reads ? model : null);
    const { findings: found } = outcome;
    const byCode = (findings: Finding[]): Finding[] => findings.filter(({ kind }) => kind !== "model");
    const byModel = (findings: Finding[]): Finding[] => findings.filter(({ kind }) => kind === "model");
    const judged = judgePlanted(one, byCode(found), byCode(beside));
    const detected = await isDetected(one, { head, outcome, found: judged.found }, reviewer);
    results.push({
      ...judged,
      detected,
      shown: detected && past ? await placeOf(one, head, { reviewer, past }) : null,
      planted: one,
      head,
      byModel: reads ? judgePlanted(one, byModel(found), byModel(beside)) : null,
    });
    if (results.length % 10 === 0) say(`planted defects: ${results.length} of ${planted.length}`);
  }
  return results;
}

function nthOf(planted: readonly Planted[], index: number): number {
  return planted.slice(0, index).filter(({ kind }) => kind === planted[index]?.kind).length;
}

const config = repositoryConfigSchema.parse({});

/** Where the finding stands that points at the defect, as these past pull requests place it. */
async function placeOf(
  one: Planted,
  head: string,
  { reviewer, past }: { reviewer: Reviewer; past: Judgements },
): Promise<Finding["placement"] | null> {
  reviewer.placeBy(past);
  try {
    const { findings } = await outcomeOf(reviewer, one.parent, head, null);
    const pointing = findings.filter((finding) => pointsAt(finding, one)).map(({ placement }) => placement);
    return pointing.includes("inline") ? "inline" : (pointing[0] ?? null);
  } finally {
    reviewer.placeBy(null);
  }
}

async function outcomeOf(reviewer: Reviewer, base: string, head: string, model: Model | null): Promise<ReviewOutcome> {
  const publisher = createDryRunPublisher({ repository: repositoryId });
  const { outcome } = await reviewer.review({ base, head, subject: null, config, publisher, model });
  return outcome;
}

function plantSources(gitDir: string): PlantSources {
  return {
    async textAt(commit, path) {
      const data = await readFileAt(gitDir, commit, path);
      const text = data?.toString("utf8") ?? null;
      return text !== null && Buffer.from(text).equals(data as Buffer) ? text : null;
    },
    async standsIn(commit, word) {
      const globs = [":(exclude)*.md", ":(exclude)*.rst", ":(exclude)*.txt", ":(exclude)*.lock"];
      const args = ["grep", "-l", "-w", "-F", "-e", word, commit, "--", ".", ...globs];
      const found = await git(gitDir, args, { okCodes: [0, 1] });
      return found.length > 0;
    },
  };
}
