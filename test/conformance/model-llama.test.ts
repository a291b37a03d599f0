import { loadLlamaModel } from "../../src/model/llama-model.ts";
import { tinyModel } from "../helpers/tiny-model/tiny-model.ts";
import { modelSuite } from "./model-suite.ts";

modelSuite("llama", {
  endlessTokens: 3_500,
  scores: true,
  async open({ slow, ...options }) {
    // Layers that change nothing make it slow enough to be interrupted.
    return loadLlamaModel({ path: await tinyModel(slow ? { ends: false, layers: 12 } : {}), options });
  },
});
