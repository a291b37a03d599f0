import { afterAll, beforeAll, expect, it } from "vitest";
import { reconcilePlace } from "../../../src/handlers/find-work.ts";
import { installedPlaces } from "../../../src/handlers/installed-places.ts";
import { obeyingModels } from "../../attacks/obeying-model.ts";
import { type Scene, startScene } from "../../attacks/scene.ts";

let scene: Scene;

beforeAll(async () => {
  const none = { ...obeyingModels([]), modelFor: async () => ({ model: null, reason: "none here" }) };
  scene = await startScene(none, {
    ".github/assistant.yml": "mode: auto\n",
    "src/total.ts": "export const total = 1;\n",
    "src/rates.ts": "export const rates = 1;\n",
  });
});
afterAll(() => scene?.stop());

/** Jobs that a look for unhandled work queued, over all repositories. */
async function look(): Promise<number> {
  let queued = 0;
  for await (const place of installedPlaces(scene.services)) queued += await reconcilePlace(place, scene.services);
  return queued;
}

it("finds an issue, and an edit of it, that no webhook told of: each state once", async () => {
  const { github, repository } = scene;
  const answers = (): string[] =>
    repository.comments.filter(({ author }) => author === github.state.app.bot).map(({ body }) => body);
  void scene.installation;
  const { number } = github.openIssue(repository, "ann", { title: "It is wrong", body: "See src/total.ts." });
  await scene.settle();
  expect(answers()).toEqual([expect.stringContaining("src/total.ts")]);
  expect(await look()).toBe(0);

  github.hooks.setUrl(null);
  github.editIssue(repository, "ann", number, { body: "No: see src/rates.ts." });
  expect(await look()).toBe(1);
  await scene.settle();
  expect(answers()).toEqual([expect.stringContaining("src/rates.ts")]);
  expect(await look()).toBe(0);
});

it("finds again what was dropped while the app was off, once it is on, and once only", async () => {
  const { github, repository, services } = scene;
  const key = `${services.config.github.host}/acme/shop`;
  github.hooks.setUrl(null);
  github.openIssue(repository, "ann", { title: "It is slow", body: "See src/total.ts." });
  expect(await look()).toBe(1);
  services.serviceNotes.setSwitch(key, true, "mara");
  const dropped = await services.queue.claim("w");
  await services.queue.complete(dropped?.id ?? 0, "w");
  expect(await look()).toBe(0);

  await new Promise((resolve) => setTimeout(resolve, 1_100));
  services.serviceNotes.setSwitch(key, false, "mara");
  expect(await look()).toBeGreaterThanOrEqual(1);
  await scene.settle();
  expect(repository.comments.some(({ body }) => body.includes("src/total.ts"))).toBe(true);
  expect(await look()).toBe(0);
});
