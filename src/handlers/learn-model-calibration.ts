import { isUsable } from "../calibration/judge-pull.ts";
import { modelJudgementKey, modelKey } from "../calibration/model-calibration.ts";
import type { ModelProvider } from "../model/model.ts";
import { limits } from "../shared/limits.ts";
import { judgeModelFindings } from "./judge-model-findings.ts";
import type { CalibrateRequest, PastStores } from "./remember.ts";

/**
 * Lets the coding model read past pull requests that it has not read yet, the newest first, where it may publish what it finds:
 * what became of them says where its findings may stand. Minutes for each on a processor.
 * @returns pull requests that were read
 */
export async function learnModelCalibration(
  { key, gitDir, commit, deadline, prepare, signal }: CalibrateRequest,
  { pulls: pullStore, modelCalibrations }: Pick<PastStores, "pulls" | "modelCalibrations">,
  models: ModelProvider,
): Promise<number> {
  const { model } = await models.modelFor("coding");
  if (model === null || modelCalibrations === undefined) return 0;
  const { identity } = model;
  if (!models.qualified(identity, "review").allowed || !models.qualified(identity, "confirm").allowed) return 0;
  const name = modelKey(identity);
  const known = modelCalibrations.read(key).get(name);
  const { pulls } = await pullStore.update(key, gitDir, commit, { signal });
  const newest = pulls.pulls.filter(isUsable).slice(0, limits.modelCalibratedPulls);
  let read = 0;
  for (const pull of newest) {
    const judgement = modelJudgementKey(pull);
    if (known?.has(judgement)) continue;
    if (Date.now() > deadline) break;
    await prepare?.([pull.base, pull.commits[0] ?? pull.head, pull.head]);
    const judged = await judgeModelFindings(pull, { model, models, gitDir, signal });
    if (judged === null) continue;
    modelCalibrations.add(key, name, judgement, judged.judged);
    read++;
  }
  return read;
}
