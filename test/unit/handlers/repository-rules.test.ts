import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { pino } from "pino";
import type { Probot } from "probot";
import { describe, expect, it, onTestFinished } from "vitest";
import { createOrganisationConfigs } from "../../../src/config/organisation-config.ts";
import type { JobContext } from "../../../src/handlers/job-context.ts";
import { readRules, type RepositoryRules } from "../../../src/handlers/repository-rules.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { decideOnError } from "../../../src/jobs/on-error.ts";
import type { Workspace } from "../../../src/workspace/workspace.ts";
import { createRepository } from "../../helpers/git-repository.ts";

/** What GitHub says of the owner's repository `.github`; a text is its file. */
type Answer = string | Response | Error;

/** Rules of a repository without a file of its own, once for each answer. */
async function rulesAfter(...answers: Answer[]): Promise<(RepositoryRules | Error)[]> {
  let asked = 0;
  const fetch = async (url: string): Promise<Response> => {
    if (url.endsWith("/installation")) return Response.json({ id: 1 });
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return typeof answer === "string" ? new Response(answer) : (answer?.clone() ?? Response.error());
  };
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const probot = { auth: async () => new Octokit({ request: { fetch }, log: silent }) } as unknown as Probot;
  const repository = createRepository();
  onTestFinished(() => repository.dispose());
  const commit = repository.commit("empty");
  const workspace = { gitDir: join(repository.dir, ".git"), prefetchTrees: async () => {} } as unknown as Workspace;
  const services = {
    organisationConfigs: createOrganisationConfigs(probot),
    config: { modes: { unset: "mention", always: null } },
    serviceNotes: { mark: () => null, setMark: () => {} },
  };
  const context = { services, key: "k", log: pino({ level: "silent" }) } as unknown as JobContext;
  const job = { repository: { host: "github.com", owner: "acme", name: "shop" }, installationId: 1 } as unknown as Job;
  const found: (RepositoryRules | Error)[] = [];
  for (const _ of answers) {
    found.push(await readRules(job, context, workspace, commit).catch((error: unknown) => error as Error));
  }
  return found;
}

describe("the owner's file, where the repository has none", () => {
  it("counts, and its absence means the defaults", async () => {
    expect(await rulesAfter("mode: preview\n")).toMatchObject([{ config: { mode: "preview" } }]);
    expect(await rulesAfter(Response.json({}, { status: 404 }))).toMatchObject([{ config: { mode: "mention" } }]);
  });

  it.each<[string, Answer]>([
    ["an error of GitHub's", Response.json({}, { status: 502 })],
    ["no answer", new TypeError("fetch failed")],
    ["a rate limit", Response.json({}, { status: 403, headers: { "retry-after": "60" } })],
  ])("is not taken to be missing after %s: the job is tried again, and goes by it then", async (_, answer) => {
    const [first, second] = await rulesAfter(answer, "mode: preview\n");
    expect(decideOnError(first, 1)).toMatchObject({ action: "retry", excused: true });
    expect(second).toMatchObject({ config: { mode: "preview" } });
  });

  it("is not taken to be missing where GitHub refuses it: the job ends, and says what to do", async () => {
    const [refused] = await rulesAfter(Response.json({ message: "IP allow list" }, { status: 403 }));
    expect(refused).toMatchObject({
      code: "owner-config-refused",
      message: expect.stringContaining("acme/.github") as string,
    });
    expect(decideOnError(refused, 1)).toEqual({ action: "fail" });
  });
});
