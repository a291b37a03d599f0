import { ScriptedModel } from "../../src/model/scripted-model.ts";
import { modelSuite } from "./model-suite.ts";

const sentence = "The second file still calls a removed function.";

modelSuite("scripted", {
  endlessTokens: 1_000,
  async open({ slow, ...options }) {
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
  },
});
