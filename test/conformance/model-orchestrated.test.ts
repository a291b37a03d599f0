import { balanced } from "../../src/orchestration/balanced.ts";
import { bounded } from "../../src/orchestration/bounded.ts";
import { orchestrate } from "../../src/orchestration/orchestrate.ts";
import { ScriptedModel, type ScriptedModelOptions } from "../../src/model/scripted-model.ts";
import type { Model } from "../../src/model/model.ts";
import { modelSuite } from "./model-suite.ts";

/** What stands in front of a model keeps the promises of the port, too. */

const sentence = "The second file still calls a removed function.";

interface Opened extends ScriptedModelOptions {
  slow?: boolean;
}

function scripted({ slow, ...options }: Opened = {}): Model {
  return new ScriptedModel(
    {
      steps: [
        { when: "JSON", answer: { verdict: "confirm", sentence }, times: 0 },
        { when: "next", answer: "yes", times: 0 },
        { answer: sentence, delayMs: slow ? 20_000 : 5, times: 0 },
      ],
    },
    options,
  );
}

modelSuite("balanced", { endlessTokens: 1_000, open: async (options) => balanced([scripted(options)]) });

modelSuite("bounded", {
  endlessTokens: 1_000,
  open: async (options) => bounded(scripted(options), { queue: options?.queue }),
});

modelSuite("orchestrated", {
  endlessTokens: 1_000,
  async open(options) {
    const model = scripted(options);
    const groups = [{ name: "scripted", open: async () => [model] }];
    const { model: one } = await orchestrate(
      { candidates: async () => ({ groups, missing: [] }), close: () => model.close() },
      { qualified: () => ({ allowed: false, reason: "it has not been measured" }) },
    ).modelFor("coding");
    if (one === null) throw new Error("the scripted model was not opened");
    return one;
  },
});
