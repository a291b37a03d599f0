import { afterAll, beforeAll, expect, test } from "vitest";
import { client, type Example, failure, installationToken, startExample, target } from "./example.ts";

let example: Example;
beforeAll(async () => {
  example = await startExample({
    permissions: { contents: "read", checks: "write", pull_requests: "write", statuses: "write" },
  });
});
afterAll(() => example.stop());

function annotations(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    path: "counter.txt",
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: "notice" as const,
    message: `note ${index}`,
  }));
}

test("a check run takes 50 annotations a request and adds those of later ones", async () => {
  const { checks } = example.octokit.rest;
  const output = (count: number) => ({ title: "Review", summary: "Notes", annotations: annotations(count) });
  const head_sha = example.pull.pull.headSha;
  const { data: run } = await checks.create({ ...target, name: "assistant", head_sha, output: output(50) });
  const tooMany = await failure(checks.update({ ...target, check_run_id: run.id, output: output(51) }));
  const { data: done } = await checks.update({
    ...target,
    check_run_id: run.id,
    conclusion: "neutral",
    output: output(20),
  });
  const listed = await example.octokit.paginate(checks.listAnnotations, { ...target, check_run_id: run.id });

  expect(run).toMatchObject({ status: "queued", pull_requests: [{ number: 1 }], output: { annotations_count: 50 } });
  expect(tooMany.status).toBe(422);
  expect(done).toMatchObject({ status: "completed", conclusion: "neutral", output: { annotations_count: 70 } });
  expect(listed).toHaveLength(70);
  const { data: ofCommit } = await checks.listForRef({ ...target, ref: "feature" });
  expect(ofCommit).toMatchObject({ total_count: 1, check_runs: [{ id: run.id }] });
});

test("of several runs with one name, a list shows the newest of each app unless it is asked for all", async () => {
  const { checks } = example.octokit.rest;
  const head_sha = example.pull.pull.headSha;
  const ids: number[] = [];
  for (const name of ["twice", "twice", "once"]) {
    const { data } = await checks.create({ ...target, name, head_sha });
    ids.push(data.id);
  }
  const listed = async (filter?: "all"): Promise<number[]> => {
    const { data } = await checks.listForRef({ ...target, ref: head_sha, ...(filter && { filter }) });
    return data.check_runs.map(({ id }) => id).filter((id) => ids.includes(id));
  };

  expect(await listed()).toEqual(ids.slice(1));
  expect(await listed("all")).toEqual(ids);
});

test("statuses of a commit count by context, the newest first", async () => {
  const { repos } = example.octokit.rest;
  const sha = example.pull.pull.headSha;
  await repos.createCommitStatus({ ...target, sha, state: "failure", context: "assistant" });
  await repos.createCommitStatus({ ...target, sha, state: "success", context: "assistant" });
  const { data: combined } = await repos.getCombinedStatusForRef({ ...target, ref: "feature" });
  const { data: all } = await repos.listCommitStatusesForRef({ ...target, ref: "feature" });

  expect(combined).toMatchObject({ state: "success", total_count: 1 });
  expect(all.map((status) => status.state)).toEqual(["success", "failure"]);
});

test("checks need their permission", async () => {
  const token = await installationToken(example.github, example.installation.id, { permissions: { contents: "read" } });
  const create = client(example.github, token).rest.checks.create({
    ...target,
    name: "x",
    head_sha: example.pull.pull.headSha,
  });

  expect(await failure(create)).toMatchObject({ status: 403, message: "Resource not accessible by integration" });
});
