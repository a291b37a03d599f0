import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { forgetUnmerged } from "../../../src/handlers/implement-closed.ts";
import type { JobContext } from "../../../src/handlers/job-context.ts";
import { rememberDocuments, remembersPull } from "../../../src/handlers/specifications.ts";
import type { ServerServices } from "../../../src/services.ts";
import { implementOutcome } from "../publish/samples.ts";

const knowledge = mkdtempSync(join(tmpdir(), "closed-"));
afterAll(() => rmSync(knowledge, { recursive: true, force: true }));

const repository = { host: "github.com", owner: "Octo", name: "Hello" };
const services = { config: { home: { knowledge } } } as unknown as ServerServices;
const asked: number[] = [];

/** @param data what GitHub says of the pull request */
function close(number: number, data: { state: string; merged: boolean }): Promise<void> {
  const get = ({ pull_number: pull }: { pull_number: number }) => Promise.resolve({ data, asked: asked.push(pull) });
  const context = { octokit: { rest: { pulls: { get } } } } as unknown as JobContext;
  const job = { kind: "closed", repository, installationId: 1, number } as const;
  return forgetUnmerged(job, services, () => Promise.resolve(context));
}

it.each([
  ["merged", { state: "closed", merged: true }, true],
  ["opened again meanwhile", { state: "open", merged: false }, true],
  ["turned down", { state: "closed", merged: false }, false],
])("knows the plan of a pull request that was %s: %j is %s", async (_, data, known) => {
  await rememberDocuments(knowledge, repository, implementOutcome(), 3);
  await close(3, data);
  expect(await remembersPull(knowledge, repository, 3)).toBe(known);
});

it("asks GitHub of none but its own pull requests", async () => {
  asked.splice(0);
  await close(4, { state: "closed", merged: false });
  expect(asked).toEqual([]);
});
