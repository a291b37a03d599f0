import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { halves } from "../src/calibration/hold-out.ts";
import { gitText } from "../src/shared/git.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { newestChanges, type ReplayedChange } from "./review/changes.ts";
import { makeCopies } from "./review/copies.ts";
import { spread } from "./statistics.ts";
import { reviewFigures, reviewRows } from "./review/figures.ts";
import { judgeModel, judgeNewest, replayFigures } from "./review/judge-pulls.ts";
import { openNamedModel } from "./review/named-model.ts";
import { measureCold } from "./review/cold.ts";
import { replayChanges } from "./review/replay-changes.ts";
import { openReviewer } from "./review/reviewer.ts";
import { type PlantedReview, reviewPlanted } from "./review/review-planted.ts";

/** Of each of the four kinds. */
const planted = { quick: 3, usual: 20 };
/** Changes that are pushed again, six times each. */
const pushed = { quick: 2, usual: 10 };
/** Planted defects of each kind that a model reads, and the real changes beside them. */
const readByModel = { quick: 1, usual: 5 };
/** Past pull requests that it reads. */
const pullsByModel = { quick: 2, usual: 20 };

/**
 * Replays the newest pull requests (or merges and commits) of a repository against a GitHub server on loopback, judges the warnings
 * on past pull requests by what became of them, and lets the product look for defects that were planted in real commits.
 */
export async function benchReview(options: BenchOptions): Promise<BenchResult> {
  const { quick, repo } = options;
  const { gitDir } = await openLocalClone(repo);
  const tip = await gitText(gitDir, ["rev-parse", "HEAD"]);
  const directory = mkdtempSync(join(tmpdir(), "bench-review-"));
  const size = quick ? "quick" : "usual";
  const model = options.model === null ? null : await openNamedModel(options.model);
  try {
    const copies = await makeCopies(gitDir, tip, directory);
    const reviewer = await openReviewer(copies.reviewed, tip, directory);
    try {
      const { pulls } = (await reviewer.services.past.pulls.update(reviewer.engramKey, copies.reviewed, tip)).pulls;
      const { changes, from } = await newestChanges(copies.reviewed, tip, pulls, options.changes ?? (quick ? 5 : 30));
      say(`reading the past of ${gitDir}`);
      const cold = await measureCold(changes.at(-1), reviewer);
      const judgements = await judgeNewest(reviewer, tip, quick ? Math.min(10, options.pulls) : options.pulls);
      const past = judgements && halves(judgements).older;
      reviewer.placeBy(past);
      const server = { served: copies.served, pushed: pushed[size] };
      const replayed = await replayChanges(changes, reviewer, server);
      reviewer.placeBy(null);
      const wanted = { served: copies.served, each: planted[size], model, readEach: readByModel[size], past };
      const defects = await reviewPlanted(tip, reviewer, wanted);
      // Past changes as they were merged leave little to comment on: these do not.
      const commented = await replayChanges(defective(defects, 2 * pushed[size]), reviewer, server);
      const said = model === null ? null : await judgeModel(model, reviewer, tip, pullsByModel[size]);
      const replay = replayFigures(judgements, said);
      const figures = reviewFigures({ from, cold, replay, replayed, commented, defects, model });
      return { figures: { ...figures }, rows: reviewRows(figures), ok: figures.ok };
    } finally {
      reviewer.close();
    }
  } finally {
    await model?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Defective changes with a finding, as pull requests, kinds mixed. */
function defective(defects: readonly PlantedReview[], most: number): ReplayedChange[] {
  const found = defects.filter((one) => one.found.length > 0);
  return spread(found, most).map(({ planted: { kind, parent, place }, head }) => {
    return { number: null, title: `planted: ${kind} in ${place.path}`, base: parent, head };
  });
}
