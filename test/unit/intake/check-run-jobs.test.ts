import { expect, it } from "vitest";
import {
  type CheckRunPayload,
  checkRunJobs,
  type CheckSuitePayload,
  checkSuiteJobs,
} from "../../../src/intake/check-run.ts";

const host = "github.com";
const head = "1f0c3a9e5b7d2c4a6e8f0b1d3c5a7e9f1b3d5c7a";
const common = {
  repository: { name: "hello", owner: { login: "Octo" } },
  installation: { id: 42 },
  sender: { login: "ann", type: "User" },
};
const origin = { repository: { host, owner: "Octo", name: "hello" }, installationId: 42 };
const command = { verb: "review", argument: "", commentId: 7, sender: "ann" };

function run(external_id: string | null, more: object = {}): CheckRunPayload {
  return { ...common, check_run: { id: 7, head_sha: head, external_id }, ...more };
}

function suite(numbers: number[]): CheckSuitePayload {
  const pull_requests = numbers.map((number) => ({ number }));
  return { ...common, check_suite: { id: 7, head_sha: head, pull_requests } };
}

it("reviews the pull request of a check run again, as if it had been asked for", () => {
  expect(checkRunJobs(run("pull-12"), host)).toEqual([{ kind: "review", ...origin, number: 12, head, command }]);
});

it.each([null, "", "push", "pull-0", "pull-1x", "pull-12345678901"])("leaves a run of %j alone", (external) => {
  expect(checkRunJobs(run(external), host)).toEqual([]);
});

it("reviews a push again, on top of what it had been pushed", () => {
  const pressed = (external: string, head_branch: string | null, more: object = {}) => {
    const { check_run, ...rest } = run(external, more);
    return checkRunJobs({ ...rest, check_run: { ...check_run, check_suite: { head_branch } } }, host);
  };
  const before = "a".repeat(40);
  const pusher = { login: "ann", isBot: false };
  const job = { kind: "push", ...origin, branch: "topic", before, head, pusher, command };
  expect(pressed(`push-${before}`, "topic")).toEqual([job]);
  expect(pressed(`push-${before}`, null)).toEqual([]);
  expect(pressed("push-main", "topic")).toEqual([]);
  expect(pressed(`push-${before}`, "topic", { sender: { login: "a[bot]", type: "Bot" } })).toEqual([]);
});

it("heeds neither bots nor what no installation sent", () => {
  expect(checkRunJobs(run("pull-12", { sender: { login: "a[bot]", type: "Bot" } }), host)).toEqual([]);
  expect(checkRunJobs(run("pull-12", { installation: null }), host)).toEqual([]);
});

it("reviews each pull request of a commit", () => {
  expect(checkSuiteJobs(suite([12, 13]), host)).toMatchObject([
    { number: 12, command },
    { number: 13, command },
  ]);
  expect(checkSuiteJobs(suite([]), host)).toEqual([]);
});
