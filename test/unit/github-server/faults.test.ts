import { afterEach, beforeEach, expect, test } from "vitest";
import { primaryRateLimit, secondaryRateLimit } from "../../helpers/github-server/github-server.ts";
import { type Example, failure, onPull, startExample, target } from "./example.ts";

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.stop());

const comment = () => example.octokit.rest.issues.createComment({ ...target, issue_number: 1, body: "Hello" });

test("a rate limit answers as GitHub does, does nothing, and passes", async () => {
  example.github.failNext(secondaryRateLimit({ match: /^POST .*\/comments/, status: 429, retryAfterSeconds: 7 }));
  await example.octokit.rest.pulls.get(onPull); // matches nothing
  const refused = comment();

  await expect(refused).rejects.toMatchObject({ status: 429, response: { headers: { "retry-after": "7" } } });
  expect(example.repository.comments).toEqual([]);
  expect((await comment()).status).toBe(201);
});

test("the hourly limit names its reset", async () => {
  const resetAt = new Date(Date.now() + 1_000_000);
  example.github.failNext({ ...primaryRateLimit({ resetAt }), times: 2 });

  for (let time = 0; time < 2; time++) {
    await expect(comment()).rejects.toMatchObject({
      status: 403,
      response: {
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(resetAt.getTime() / 1000)) },
      },
    });
  }
  expect((await comment()).status).toBe(201);
});

test("a connection cut before the write leaves nothing, one cut after it leaves the write", async () => {
  example.github.failNext({ match: /^POST/, drop: "before" });
  await failure(comment());
  const before = example.repository.comments.length;
  example.github.failNext({ match: /^POST/, drop: "after" });
  await failure(comment());

  expect([before, example.repository.comments.length]).toEqual([0, 1]);
});

test("a fault may wait for a certain body, and last", async () => {
  example.github.failNext({ match: /^POST/, body: /"body":"Bye"/, times: Infinity, status: 422 });
  const bye = () => example.octokit.rest.issues.createComment({ ...target, issue_number: 1, body: "Bye" });

  const answers = [await failure(bye()), (await comment()).status, await failure(bye())];

  expect(answers).toMatchObject([{ status: 422 }, 201, { status: 422 }]);
  expect(example.repository.comments.map(({ body }) => body)).toEqual(["Hello"]);
});

test("requests are logged with their body and status", async () => {
  example.github.state.requests.length = 0;
  await comment();

  expect(example.github.state.requests).toMatchObject([
    { method: "POST", path: "/repos/acme/shop/issues/1/comments", body: { body: "Hello" }, status: 201 },
  ]);
});
