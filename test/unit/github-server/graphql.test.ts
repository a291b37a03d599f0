import { afterAll, beforeAll, expect, test } from "vitest";
import { client, type Example, installationToken, onPull, startExample } from "./example.ts";

let example: Example;
beforeAll(async () => {
  example = await startExample({ permissions: { contents: "write", pull_requests: "write" } });
  const comments = [5, 6, 31].map((line) => ({ path: "counter.txt", line, body: `On ${line}` }));
  await example.octokit.rest.pulls.createReview({ ...onPull, event: "COMMENT", comments });
});
afterAll(() => example.stop());

interface Threads {
  totalCount: number;
  nodes: { id: string; line: number; isResolved: boolean; resolvedBy: { login: string } | null }[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}

async function threads(variables: object = {}, octokit = example.octokit): Promise<Threads> {
  const query = `query Threads($owner: String!, $name: String!, $number: Int!, $after: String) {
    repository(owner: $owner, name: $name) {
      pullRequest(number: $number) {
        reviewThreads(first: 2, after: $after) { totalCount nodes { id line isResolved resolvedBy { login } } pageInfo { hasNextPage endCursor } }
      }
    }
  }`;
  const data = await octokit.graphql<{ repository: { pullRequest: { reviewThreads: Threads } } }>(query, {
    owner: "acme",
    name: "shop",
    number: 1,
    ...variables,
  });
  return data.repository.pullRequest.reviewThreads;
}

test("threads come in pages", async () => {
  const first = await threads();
  const second = await threads({ after: first.pageInfo.endCursor });

  expect(first).toMatchObject({ totalCount: 3, nodes: [{ line: 5 }, { line: 6 }], pageInfo: { hasNextPage: true } });
  expect(second).toMatchObject({ nodes: [{ line: 31 }], pageInfo: { hasNextPage: false } });
});

test("an operation may be named after its field", async () => {
  const [thread] = (await threads()).nodes;
  const mutate = (field: string) =>
    example.octokit.graphql(
      `mutation ${field}($id: ID!) { ${field}(input: {threadId: $id}) { thread { id isResolved } } }`,
      { id: thread?.id },
    );

  expect(await mutate("resolveReviewThread")).toMatchObject({
    resolveReviewThread: { thread: { id: thread?.id, isResolved: true } },
  });
  expect((await threads()).nodes[0]?.resolvedBy).toMatchObject({ login: "engram-assistant" });
  expect(await mutate("unresolveReviewThread")).toMatchObject({
    unresolveReviewThread: { thread: { isResolved: false } },
  });
  expect((await threads()).nodes[0]?.resolvedBy).toBeNull();
});

test("what a token does not see, and what is not there, is refused in GitHub's words", async () => {
  const { github, installation } = example;
  const blind = client(github, await installationToken(github, installation.id, { permissions: { contents: "read" } }));

  await expect(threads({}, blind)).rejects.toThrow("Resource not accessible by integration");
  await expect(threads({ name: "gone" })).rejects.toThrow(
    "Could not resolve to a Repository with the name 'acme/gone'",
  );
  await expect(threads({ number: 9 })).rejects.toThrow("Could not resolve to a PullRequest with the number of 9");
  await expect(
    example.octokit.graphql('mutation { resolveReviewThread(input: {threadId: "PRRT_x"}) { thread { id } } }'),
  ).rejects.toThrow("Could not resolve to a node with the global id of 'PRRT_x'");
});

test("without a token nothing is answered", async () => {
  await expect(threads({}, client(example.github))).rejects.toMatchObject({ status: 401 });
});
