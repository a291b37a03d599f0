import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../helpers/github-server/api.ts";
import { answerProblems, requestProblems } from "../../helpers/github-server/schema-check.ts";
import { type Example, failure, startExample, target } from "./example.ts";

test("the cut description holds exactly the routes that the server has", () => {
  const file = new URL("../../../fixtures/openapi/github-api.json", import.meta.url);
  const { paths } = JSON.parse(readFileSync(file, "utf8")) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

  expect(routes.map((route) => `${route.method} ${route.template}`).toSorted()).toEqual(described.toSorted());
});

describe("schemas", () => {
  const reviews = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews";

  test("of requests name what is wrong", () => {
    expect(requestProblems("POST", reviews, { event: "COMMENT", comments: [{ path: "a", body: "b" }] })).toEqual([]);
    expect(requestProblems("POST", reviews, { comments: [{ path: "a" }] })).toEqual([
      "/comments/0 must have required property 'body'",
    ]);
  });

  test("of answers need every field, and know only GitHub's statuses", () => {
    expect(answerProblems("POST", reviews, 200, { id: 1 })).toContain("The body must have required property 'node_id'");
    expect(answerProblems("POST", reviews, 201, {})).toEqual(["GitHub does not describe status 201"]);
    expect(answerProblems("GET", "/repos/{owner}/{repo}/stargazers", 200, [])).toHaveLength(1);
  });
});

describe("the server", () => {
  let example: Example;
  beforeEach(async () => {
    example = await startExample();
  });
  afterEach(() => example.stop());

  test("answers 500, loudly, rather than what GitHub would not answer", async () => {
    const loud = vi.spyOn(console, "error").mockImplementation(() => {});
    example.github.openIssue(example.repository, "bob", { title: "Broken", body: null });
    Object.assign(example.repository.issues.at(-1) ?? {}, { state: "open", createdAt: "yesterday" });

    const answer = await failure(example.octokit.rest.issues.get({ ...target, issue_number: 2 }));

    expect(answer).toMatchObject({ status: 500, message: expect.stringContaining("created_at") as string });
    expect(loud).toHaveBeenCalled();
    loud.mockRestore();
  });

  test("says which route it lacks", async () => {
    const answer = await failure(example.octokit.request("GET /repos/acme/shop/stargazers"));

    expect(answer).toMatchObject({
      status: 501,
      message: "This local server has no route for GET /repos/acme/shop/stargazers",
    });
  });

  test("answers with and without the prefix of an Enterprise Server", async () => {
    for (const base of [example.github.url, example.github.apiUrl]) {
      expect((await fetch(`${base}/rate_limit`)).status).toBe(200);
    }
  });
});
