import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Octokit } from "@octokit/rest";
import { expect, it } from "vitest";
import { keepToSubject } from "../../../src/publish/keep-to-subject.ts";
import { repository } from "./samples.ts";

const { owner, name: repo } = repository;
const token = ["ghp", "aB3dE5gH7jK9mN1pQ4rS6tU8vWxYz02cD4eF"].join("_");

/** A client of a job on #7, and the requests that got through. */
function client(number: number | null = 7) {
  const sent: { method: string; url: string; body: string }[] = [];
  const octokit = new Octokit({
    request: {
      fetch: async (url: string, { method, body }: { method: string; body?: string }) => {
        sent.push({ method, url, body: body ?? "" });
        return new Response("{}", { status: 200, headers: { "content-type": "application/json" } });
      },
    },
  });
  keepToSubject(octokit, { repository, number });
  return { octokit, sent };
}

it("lets a job read anything, and write on its own subject, without what has the form of a token", async () => {
  const { octokit, sent } = client();
  await octokit.rest.issues.get({ owner: "other", repo: "x", issue_number: 1 });
  await octokit.rest.issues.createComment({ owner: "ACME", repo, issue_number: 7, body: `it is ${token}` });
  await octokit.rest.checks.update({ owner, repo, check_run_id: 1, output: { title: token, summary: `a ${token}` } });
  await octokit.graphql("query { viewer { login } }");
  expect(sent.map(({ method }) => method)).toEqual(["GET", "POST", "PATCH", "POST"]);
  expect(JSON.stringify(sent)).not.toContain(token);
  expect(sent[1]?.body).toContain("it is [redacted]");
});

it.each<[string, (octokit: Octokit) => Promise<unknown>]>([
  [
    "another repository",
    (octokit) => octokit.rest.issues.createComment({ owner, repo: "other", issue_number: 7, body: "" }),
  ],
  [
    "another owner",
    (octokit) => octokit.rest.issues.addLabels({ owner: "else", repo, issue_number: 7, labels: ["a"] }),
  ],
  ["another issue", (octokit) => octokit.rest.issues.createComment({ owner, repo, issue_number: 8, body: "" })],
  ["another pull request", (octokit) => octokit.rest.pulls.createReview({ owner, repo, pull_number: 8 })],
  ["an address written out", (octokit) => octokit.request("POST /repos/else/shop/issues/7/comments", { body: "" })],
  ["no repository", (octokit) => octokit.request("PATCH /user", { bio: "x" })],
])("refuses to write to %s", async (_name, write) => {
  const { octokit, sent } = client();
  await expect(write(octokit)).rejects.toThrow("no business");
  expect(sent).toEqual([]);
});

it("writes nothing where GitHub redirects to: a job of that name may be writing there", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const isOld = request.url?.startsWith("/repos/") ?? false;
    const status = isOld ? (request.method === "GET" ? 301 : 307) : 200;
    response.writeHead(status, { "content-type": "application/json", ...(isOld && { location: "/repositories/7" }) });
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const octokit = new Octokit({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  keepToSubject(octokit, { repository, number: 7 });

  await octokit.rest.issues.get({ owner, repo, issue_number: 7 });
  const written = octokit.rest.issues.createComment({ owner, repo, issue_number: 7, body: "Hello" });
  await expect(written).rejects.toMatchObject({ code: "repository-moved", transient: true });
  expect(asked.slice(1)).toEqual(["GET /repositories/7", `POST /repos/${owner}/${repo}/issues/7/comments`]);
  server.close();
});

it("lets a job without a number write on any subject of its repository", async () => {
  const { octokit, sent } = client(null);
  await octokit.rest.issues.createComment({ owner, repo, issue_number: 8, body: "" });
  expect(sent).toHaveLength(1);
});
