import { afterAll } from "vitest";
import { openHttpModel } from "../../src/model/http-model.ts";
import { loadLlamaModel } from "../../src/model/llama-model.ts";
import { serveModels } from "../helpers/model-server.ts";
import { tinyModel } from "../helpers/tiny-model/tiny-model.ts";
import { modelSuite } from "./model-suite.ts";

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

// Over real HTTP, with our own server and the real llama.cpp behind it.
modelSuite("http", {
  endlessTokens: 3_500,
  scores: true,
  async open({ slow, contextTokens, slots = 1, ...options } = {}) {
    const path = await tinyModel(slow ? { ends: false, layers: 12 } : {});
    const model = await loadLlamaModel({ path, options: { slots, ...(contextTokens && { contextTokens }) } });
    closing.push(() => model.close());
    const server = await serveModels([model]);
    closing.push(() => server.close());
    return openHttpModel({ url: server.url, slots, ...options });
  },
});
