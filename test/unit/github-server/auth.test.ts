import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appToken, client, type Example, failure, installationToken, onPull, startExample, target } from "./example.ts";

/** Made before a connection is open: it takes seconds on a busy machine, and the server hangs up on whoever is idle. */
const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

let example: Example;
let clock = Date.now();
beforeAll(async () => {
  example = await startExample({ now: () => clock });
});
afterAll(() => example.stop());

describe("the App's JSON web token", () => {
  test("is accepted when signed by its key", async () => {
    const { data } = await client(example.github, appToken(example.github)).rest.apps.getAuthenticated();

    expect(data).toMatchObject({ id: example.github.appId, slug: "engram-assistant" });
  });

  test("is refused with another key, another issuer, out of time, or too long", async () => {
    const { github } = example;
    const now = Math.floor(clock / 1000);
    const tokens = [
      appToken(github, {}, other.export({ type: "pkcs1", format: "pem" }).toString()),
      appToken(github, { iss: 1 }),
      appToken(github, { exp: now - 1 }),
      appToken(github, { exp: now + 3_600 }),
      appToken(github, { iat: now + 120 }),
      "not.a.token",
    ];

    const answers = await Promise.all(
      tokens.map((token) => failure(client(github, token).rest.apps.getAuthenticated())),
    );

    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(answers[0]?.message).toBe("A JSON web token could not be decoded");
    expect(answers[3]?.message).toContain("too far in the future");
  });

  test("finds the installation of a repository", async () => {
    const asApp = client(example.github, appToken(example.github));

    const { data } = await asApp.rest.apps.getRepoInstallation(target);
    const { data: all } = await asApp.rest.apps.listInstallations();

    expect(data.id).toBe(example.installation.id);
    expect(all.map((one) => one.id)).toEqual([example.installation.id]);
  });
});

describe("an installation token", () => {
  test("is long, and names the App", async () => {
    const token = await installationToken(example.github, example.installation.id);

    expect(token).toMatch(/^ghs_4711_/);
    expect(token.length).toBeGreaterThan(300);
  });

  test("sees no repository that the App is not installed on", async () => {
    example.github.createRepository({ owner: "acme", name: "secret", gitDir: example.repository.gitDir });

    const answer = await failure(example.octokit.rest.repos.get({ owner: "acme", repo: "secret" }));

    expect(answer).toMatchObject({ status: 404, message: "Not Found" });
  });

  test("may do only what it is granted, and the answer names what is missing", async () => {
    const { github, installation } = example;
    const token = await installationToken(github, installation.id, { permissions: { contents: "read" } });

    const response = await fetch(`${github.apiUrl}/repos/acme/shop/pulls/1/reviews`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ body: "hello", event: "COMMENT" }),
    });

    expect(response.status).toBe(403);
    expect(response.headers.get("x-accepted-github-permissions")).toBe("pull_requests=write");
    expect(await response.json()).toMatchObject({ message: "Resource not accessible by integration" });
    expect((await client(github, token).rest.repos.getContent({ ...target, path: "counter.txt" })).status).toBe(200);
  });

  test("cannot be granted more than the installation has", async () => {
    const more = installationToken(example.github, example.installation.id, { permissions: { contents: "write" } });

    expect((await failure(more)).status).toBe(422);
  });

  test("may be narrowed to some of the installation's repositories, which it then lists", async () => {
    const { github, installation, repository } = example;
    github.createRepository({ owner: "acme", name: "second", gitDir: repository.gitDir });
    installation.repositories.add("acme/second");
    const asApp = client(github, appToken(github)).rest.apps;
    const { data } = await asApp.createInstallationAccessToken({
      installation_id: installation.id,
      repositories: ["second"],
    });
    const narrow = client(github, data.token);
    const { data: seen } = await narrow.rest.apps.listReposAccessibleToInstallation();
    const outside = { installation_id: installation.id, repositories: ["elsewhere"] };

    expect(data.repositories?.map((one) => one.full_name)).toEqual(["acme/second"]);
    expect(seen).toMatchObject({ total_count: 1, repositories: [{ name: "second" }] });
    expect(await failure(narrow.rest.repos.get(target))).toMatchObject({ status: 404 });
    expect(await failure(asApp.createInstallationAccessToken(outside))).toMatchObject({ status: 422 });
    expect(await failure(asApp.createInstallationAccessToken({ installation_id: 1 }))).toMatchObject({ status: 404 });
    installation.repositories.delete("acme/second");
  });

  test("answers 401 after an hour, and once it is revoked", async () => {
    const { github, installation } = example;
    const octokit = client(github, await installationToken(github, installation.id));
    await octokit.rest.pulls.get(onPull);

    clock += 61 * 60_000;
    const expired = await failure(octokit.rest.pulls.get(onPull));
    clock -= 61 * 60_000;
    github.revokeTokens();
    const revoked = await failure(octokit.rest.pulls.get(onPull));
    example.octokit = client(github, await installationToken(github, installation.id));

    expect(expired).toMatchObject({ status: 401, message: "Bad credentials" });
    expect(revoked).toMatchObject({ status: 401, message: "Bad credentials" });
  });

  test("is needed at all", async () => {
    expect(await failure(client(example.github).rest.pulls.get(onPull))).toMatchObject({ status: 401 });
  });

  test("pull request permission does not reach plain issues", async () => {
    const { github, installation, repository } = example;
    const issue = github.openIssue(repository, "bob", { title: "Plain", body: null });
    const token = await installationToken(github, installation.id, { permissions: { pull_requests: "write" } });
    const octokit = client(github, token);

    const onIssue = octokit.rest.issues.createComment({ ...target, issue_number: issue.number, body: "hello" });

    expect(await failure(onIssue)).toMatchObject({ status: 403, message: "Resource not accessible by integration" });
    expect((await octokit.rest.issues.createComment({ ...target, issue_number: 1, body: "hello" })).status).toBe(201);
  });
});
