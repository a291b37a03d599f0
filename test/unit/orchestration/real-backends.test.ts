import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultModels } from "../../../src/config/server-file.ts";
import { machineFacts } from "../../../src/model/machine.ts";
import type { Model } from "../../../src/model/model.ts";
import { openModelSource } from "../../../src/model/model-source.ts";
import { type Orchestration, orchestrate } from "../../../src/orchestration/orchestrate.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { fakeModel } from "../../helpers/fake-model.ts";
import { type ModelServer, serveModels } from "../../helpers/model-server.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

/** Servers over real HTTP, and llama.cpp, behind one model. */

const request = { messages: [{ role: "user" as const, content: "Does it still call parseDate?" }], maxTokens: 8 };

let modelsDir: string;
let provider: Orchestration;
const servers: ModelServer[] = [];
beforeEach(() => void (modelsDir = mkdtempSync(join(tmpdir(), "orchestrated-"))));
afterEach(async () => {
  await provider.close();
  for (const server of servers.splice(0)) await server.close();
  rmSync(modelsDir, { recursive: true });
});

async function serve(model: Model): Promise<ModelServer> {
  const server = await serveModels([model]);
  servers.push(server);
  return server;
}

async function coder(coding: string | (string | string[])[]): Promise<Model> {
  const models = { ...defaultModels, apiKey: null, coding, llama: { ...defaultModels.llama, slots: 1 } };
  // Whatever else runs on this machine.
  const machine = async () => ({ ...(await machineFacts()), freeBytes: 2 ** 34 });
  provider = orchestrate(openModelSource({ modelsDir, models, machine }), {
    qualified: () => ({ allowed: false, reason: "it has not been measured" }),
  });
  const { model, reason } = await provider.modelFor("coding");
  if (model === null) throw new Error(reason);
  return model;
}

it("falls back from a server that is full to the file of this machine", async () => {
  copyFileSync(await tinyModel(), join(modelsDir, "tiny.gguf"));
  let asked = 0;
  const full = fakeModel(
    () => {
      asked++;
      throw new AssistantError("full", { code: "model-busy", remedy: "Wait.", transient: true, retryAfterMs: 40_000 });
    },
    { identity: { name: "remote" } },
  );
  const model = await coder([(await serve(full)).url, "tiny"]);
  expect(model.identity.name).toBe("remote");
  let written = "";
  const answer = await model.generate({ ...request, onText: (piece) => void (written += piece) });
  expect(answer).toMatchObject({ text: written, model: { name: "tiny", backend: "llama" } });
  expect(asked).toBe(1);
  expect(provider.metrics()).toMatchObject([
    { models: [{ name: "remote", count: 0, failures: 0, circuit: "closed" }] },
    { name: "tiny", models: [{ name: "tiny", count: 1, circuit: "closed" }] },
  ]);
});

it("shares work between servers of one group, and does without one that goes away", async () => {
  const peer = (name: string) =>
    fakeModel(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return name;
      },
      { identity: { name } },
    );
  const [a, b] = [await serve(peer("a")), await serve(peer("b"))];
  const model = await coder([[a.url, b.url]]);
  const ask = async () => (await model.generate(request)).text;
  const both = await Promise.all(Array.from({ length: 8 }, ask));
  expect(both.filter((text) => text === "a").length).toBeGreaterThan(0);
  expect(both.filter((text) => text === "b").length).toBeGreaterThan(0);
  await a.close();
  expect(new Set(await Promise.all(Array.from({ length: 16 }, ask)))).toEqual(new Set(["b"]));
  expect(provider.metrics()[0]?.models).toMatchObject([
    { name: "a", circuit: "open" },
    { name: "b", circuit: "closed", failures: 0 },
  ]);
});
