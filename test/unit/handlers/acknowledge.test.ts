import { Octokit } from "@octokit/rest";
import { pino } from "pino";
import type { Probot } from "probot";
import { expect, it } from "vitest";
import { acknowledge } from "../../../src/handlers/acknowledge.ts";
import type { Job } from "../../../src/jobs/job.ts";
import type { ServerServices } from "../../../src/services.ts";

const repository = { host: "github.com", owner: "acme", name: "shop" };
const permissions = {
  read: { pull: true },
  triage: { pull: true, triage: true },
  write: { pull: true, triage: true, push: true },
};

interface Asked {
  role: keyof typeof permissions;
  /** Text of the repository's configuration; null where it has none. */
  config?: string | null;
  /** That of its owner. */
  shared?: string | null;
  modes?: { unset?: "mention"; always: "preview" | null };
  verb?: "triage" | "ask" | "review";
}

/** Reactions that GitHub is asked for. */
async function reactionsTo({ role, config = null, shared = null, modes, verb = "triage" }: Asked): Promise<string[]> {
  const given: string[] = [];
  const json = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const fetch = async (url: string, { body }: { body?: string } = {}) => {
    if (url.endsWith("/permission")) return json(200, { user: { permissions: permissions[role] } });
    if (url.includes("/contents/")) return config === null ? json(404, {}) : new Response(config);
    const { content } = JSON.parse(body ?? "{}") as { content: string };
    given.push(url.includes("/pulls/comments/") ? `${content} on lines` : content);
    return json(201, {});
  };
  const log = pino({ level: "silent" });
  const octokit = new Octokit({ request: { fetch }, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const services = {
    probot: { auth: async () => octokit } as unknown as Probot,
    log,
    config: { modes: { unset: "mention", always: null, ...modes } },
    organisationConfigs: { read: async () => shared },
  } as unknown as ServerServices;
  const command = { verb, argument: "", commentId: 7, sender: "tess" };
  const where = { repository, installationId: 1, number: 5, command };
  const jobs: Record<typeof verb, Job> = {
    triage: { kind: "triage", ...where },
    ask: { kind: "ask", ...where, onPull: false, thread: null, plain: null },
    review: { kind: "review", ...where, head: "c0ffee", onLines: true },
  };
  await acknowledge(jobs[verb], services);
  return given;
}

it.each<[string, Asked, string[]]>([
  ["may triage", { role: "triage" }, ["eyes"]],
  ["may only read", { role: "read" }, []],
  ["may read, which suffices there", { role: "read", config: "triage: {command_role: read}\n" }, ["eyes"]],
  ["may triage, which is too little there", { role: "triage", config: "triage: {command_role: write}\n" }, []],
  ["may write, as is asked there", { role: "write", config: "triage: {command_role: write}\n" }, ["eyes"]],
  ["may triage, which is too little for the owner", { role: "triage", shared: "triage: {command_role: write}\n" }, []],
  ["asks a question", { role: "triage", config: "triage: {command_role: write}\n", verb: "ask" }, ["eyes"]],
  ["asks for a review on a line", { role: "write", verb: "review" }, ["eyes on lines"]],
  ["asks where nothing is written", { role: "write", config: "mode: preview\n" }, []],
  ["asks a server that writes nothing", { role: "write", modes: { always: "preview" } }, []],
])("shows that it saw the command, or does not, where somebody %s", async (_, asked, reactions) => {
  expect(await reactionsTo(asked)).toEqual(reactions);
});
