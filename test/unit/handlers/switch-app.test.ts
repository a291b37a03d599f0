import { Octokit } from "@octokit/rest";
import pino from "pino";
import { expect, it, vi } from "vitest";
import { guardWrites } from "../../../src/handlers/guard-writes.ts";
import { unlessOff } from "../../../src/handlers/switch-app.ts";
import type { Job } from "../../../src/jobs/job.ts";
import type { ServerServices } from "../../../src/services.ts";
import { reviewJob, syncJob } from "../../helpers/jobs.ts";

const { signal } = new AbortController();

function doneWhile(off: string | null, job: Job): Promise<Job[]> {
  const done: Job[] = [];
  const serviceNotes = { isOff: (repository?: string) => off === "all" || (off !== null && off === repository) };
  const services = { serviceNotes, log: pino({ level: "silent" }) } as unknown as ServerServices;
  const run = unlessOff(async (one) => void done.push(one));
  return run(job, services, signal, 1).then(() => done);
}

it("drops what would write while its repository is off, and does what only learns", async () => {
  const here = "github.com/octo/hello";
  expect(await doneWhile(null, reviewJob(1))).toHaveLength(1);
  expect(await doneWhile("github.com/octo/other", reviewJob(1))).toHaveLength(1);
  expect(await doneWhile(here, reviewJob(1))).toEqual([]);
  expect(await doneWhile("all", reviewJob(1))).toEqual([]);
  expect(await doneWhile(here, syncJob("c1"))).toHaveLength(1);
});

it("lets a client only read from the moment on in which it is switched off", async () => {
  const sent: string[] = [];
  const fetch = vi.fn(async (url: string, { method }: { method: string }) => {
    sent.push(`${method} ${new URL(url).pathname}`);
    return new Response("{}", { headers: { "content-type": "application/json" } });
  });
  const octokit = new Octokit({ request: { fetch }, log: { debug() {}, info() {}, warn() {}, error() {} } });
  let off = false;
  guardWrites(octokit, () => off);
  const write = () =>
    octokit.rest.issues.createComment({ owner: "octo", repo: "hello", issue_number: 1, body: "Hello" });

  await write();
  off = true;
  await expect(write()).rejects.toMatchObject({ code: "switched-off" });
  await expect(octokit.graphql("mutation { x }")).rejects.toMatchObject({ code: "switched-off" });
  await octokit.rest.issues.get({ owner: "octo", repo: "hello", issue_number: 1 });
  await octokit.graphql("query { x }");
  expect(sent).toEqual(["POST /repos/octo/hello/issues/1/comments", "GET /repos/octo/hello/issues/1", "POST /graphql"]);
});
