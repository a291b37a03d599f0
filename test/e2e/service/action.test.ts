import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import { parse } from "yaml";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { createToken } from "../../helpers/github-server/auth.ts";
import type { Permissions } from "../../helpers/github-server/github-server.ts";
import { it, type Service } from "../../helpers/service.ts";

const { owner, name, newIssue } = demoRepository;
const root = fileURLToPath(new URL("../../..", import.meta.url));

it.concurrent("reviews a pull request as action.yml says, writes it once, and tells the job", async ({ start }) => {
  const service = await start({ config: null });
  await withoutServer(service);
  await service.openPull();

  const run = await runAction(service, "pull_request", "opened");
  expect(run).toMatchObject({ code: 0, outputs: { findings: "3" }, commands: "" });
  expect(service.findings()).not.toEqual([]);
  expect(service.comments()).toHaveLength(1);
  expect(run.summary).toContain("parseMoney");
  expect(JSON.parse(readFileSync(run.outputs["sarif"] ?? "", "utf8"))).toMatchObject({
    runs: [{ results: [{}, {}, {}] }],
  });

  const before = service.writes().length;
  expect(await runAction(service, "pull_request", "opened")).toMatchObject({ code: 0 });
  expect(service.writes().length).toBe(before);
});

it.concurrent("writes nothing for a fork, whose token may not, and annotates the run instead", async ({ start }) => {
  const service = await start({ config: null });
  await withoutServer(service);
  await service.openPull();

  const run = await runAction(service, "pull_request", "opened", {
    fork: true,
    permissions: { contents: "read", issues: "read", pull_requests: "read" },
  });
  expect(run).toMatchObject({ code: 0, outputs: { findings: "3" } });
  expect(service.writes()).toEqual([]);
  expect(run.commands).toMatch(/^::warning file=src\/\S+,line=\d+,endLine=\d+,title=.*::/m);
  expect(run.summary).toContain("parseMoney");
});

it.concurrent("triages an issue where no file names a mode, and says what is wrong with the runner", async ({
  start,
}) => {
  const service = await start({ config: "review: {}\n" });
  await withoutServer(service);
  service.github.openIssue(service.repository, newIssue.author, newIssue);

  expect(await runAction(service, "issues", "opened")).toMatchObject({ code: 0, outputs: { findings: "0" } });
  expect(service.comments(newIssue.number)).toHaveLength(1);
  const wrong = await runAction(service, "issues", "opened", { env: { GITHUB_TOKEN: "" } });
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.errors).toContain("GITHUB_TOKEN is not set");
});

/** Webhooks go nowhere, and are kept: a workflow is started by the runner. */
async function withoutServer({ app, github }: Service): Promise<void> {
  await app.stop();
  github.hooks.setUrl("http://127.0.0.1:9/");
}

interface Run {
  code: number | null;
  outputs: Record<string, string>;
  summary: string;
  /** Standard output: what the runner takes for its commands. */
  commands: string;
  errors: string;
}

interface RunOptions {
  fork?: boolean;
  permissions?: Permissions;
  env?: Record<string, string>;
}

/** Does the last step of action.yml as a runner does, for the newest event of a kind. */
async function runAction(service: Service, event: string, action: string, options: RunOptions = {}): Promise<Run> {
  const { github, home, installation } = service;
  const temp = join(home, "runner");
  mkdirSync(temp, { recursive: true });
  const find = () => github.hooks.deliveries.findLast((one) => one.event === event && one.action === action);
  const sent = await vi.waitFor(() => find() ?? Promise.reject(new Error("nothing was sent")), { timeout: 90_000 });
  const payload = structuredClone(sent.payload);
  delete payload["installation"];
  if (options.fork)
    (payload["pull_request"] as { head: { repo: { full_name: string } } }).head.repo.full_name = "stranger/copy";
  writeFileSync(join(temp, "event.json"), JSON.stringify(payload));
  for (const file of ["output", "summary"]) writeFileSync(join(temp, file), "");
  const token = createToken(github.state, installation, options.permissions && { permissions: options.permissions });

  const step = lastStep({
    token: token.value,
    publish: "comments",
    login: "engram-assistant[bot]",
    model: "none",
    home,
  });
  const child = spawn("bash", ["-e", "-c", step.run], {
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      GITHUB_ACTION_PATH: root,
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(temp, "event.json"),
      GITHUB_REPOSITORY: `${owner}/${name}`,
      GITHUB_SERVER_URL: github.url,
      GITHUB_RUN_ID: "1",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_OUTPUT: join(temp, "output"),
      GITHUB_STEP_SUMMARY: join(temp, "summary"),
      RUNNER_TEMP: temp,
      ...step.env,
      ...options.env,
    },
  });
  let [commands, errors] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (commands += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const outputs = readFileSync(join(temp, "output"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("="));
  const summary = existsSync(join(temp, "summary")) ? readFileSync(join(temp, "summary"), "utf8") : "";
  return { code, outputs: Object.fromEntries(outputs) as Record<string, string>, summary, commands, errors };
}

/** The step that answers the event, with the inputs put into its variables. */
function lastStep(inputs: Record<string, string>): { run: string; env: Record<string, string> } {
  const { runs } = parse(readFileSync(join(root, "action.yml"), "utf8")) as {
    runs: { steps: { id?: string; run: string; env: Record<string, string> }[] };
  };
  const step = runs.steps.find(({ id }) => id === "assistant");
  if (!step) throw new Error("action.yml has no such step");
  const given: Record<string, string> = { ...inputs, "steps.home.outputs.path": inputs["home"] ?? "" };
  const env = Object.entries(step.env).map(([variable, text]) => {
    const value = /^\$\{\{ (?:inputs\.)?(\S+) \}\}$/.exec(text)?.[1] ?? "";
    return [variable, given[value] ?? ""];
  });
  return { run: step.run, env: Object.fromEntries(env) as Record<string, string> };
}
