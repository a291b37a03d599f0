import type { ModelIdentity } from "../model/model.ts";
import type { CalibrationTable, ModelJudgements } from "./calibration.ts";
import { judgementKey } from "./judge-pull.ts";
import { tabulate } from "./tabulate.ts";
import type { PastPull } from "../history/past-pulls.ts";

/** Raised when the prompts or checks of a review change so that a model would say something else. */
const modelJudgementVersion = 1;

/** The file of weights; a server that does not tell it has its name alone. */
export function modelKey({ name, sha256 }: Pick<ModelIdentity, "name" | "sha256">): string {
  return sha256 ?? name;
}

/** All that the judgement of a model's findings on a pull request depends on beside the model. */
export function modelJudgementKey(pull: PastPull): string {
  return `${modelJudgementVersion}:${judgementKey(pull)}`;
}

/** How often what each model said proved right. */
export function modelTables(judgements: ModelJudgements): Map<string, CalibrationTable> {
  return new Map(
    Array.from(judgements, ([model, judged]) => [
      model,
      { pulls: judged.size, rows: tabulate([...judged.values()].flat()) },
    ]),
  );
}
