import { createSign, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import {
  type GitHubServer,
  type GitHubServerOptions,
  type Installation,
  type Permissions,
  type Pull,
  type Repository,
  startGitHubServer,
} from "../../helpers/github-server/github-server.ts";

/** A server with one repository (`acme/shop`), the App installed on it, and pull request #1 from `feature` into `main`. */
export interface Example {
  github: GitHubServer;
  git: TestRepository;
  repository: Repository;
  installation: Installation;
  pull: Pull;
  /** With an installation token, as the App's code has it. */
  octokit: Octokit;
  stop(): Promise<void>;
}

export const target = { owner: "acme", repo: "shop" };
export const onPull = { ...target, pull_number: 1 };

/** Forty numbered lines. */
export function numbered(from = 1, to = 40): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}

export function text(lines: string[]): string {
  return `${lines.join("\n")}\n`;
}

/** `counter.txt` as the pull request has it: line 5 changed, two lines new after line 30. */
export const changedLines = [
  ...numbered(1, 4),
  "line 5, changed",
  ...numbered(6, 30),
  "new A",
  "new B",
  ...numbered(31, 40),
];

export async function startExample(options: GitHubServerOptions = {}): Promise<Example> {
  const git = createRepository();
  git.write("counter.txt", text(numbered()));
  git.write("docs/guide.md", "# Guide\n");
  git.commit("First");
  git.git("checkout", "--quiet", "-b", "feature");
  git.write("counter.txt", text(changedLines));
  git.commit("Change the counter");
  git.git("checkout", "--quiet", "--detach");

  const github = await startGitHubServer(options);
  const repository = github.createRepository({ owner: "acme", name: "shop", gitDir: join(git.dir, ".git") });
  const installation = github.installApp("acme", ["shop"]);
  github.setPermission(repository, "ada", "write");
  const pull = await github.openPull(repository, "ada", {
    title: "Change the counter",
    body: "Counts better.",
    head: "feature",
    base: "main",
  });
  const octokit = client(github, await installationToken(github, installation.id));
  return {
    github,
    git,
    repository,
    installation,
    pull,
    octokit,
    async stop() {
      await github.stop();
      git.dispose();
    },
  };
}

/** An Octokit without retries: an error is an error. */
export function client(github: GitHubServer, auth?: string): Octokit {
  return new Octokit({ baseUrl: github.apiUrl, auth, log: silent });
}

/** The server's errors are what tests look for; they need not be printed as well. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface Claims {
  iss?: unknown;
  iat?: number;
  exp?: number;
}

/** A JSON web token of the App. */
export function appToken(github: GitHubServer, claims: Claims = {}, key = github.privateKey): string {
  const now = Math.floor(github.state.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = { iss: github.appId, iat: now - 30, exp: now + 540, jti: randomUUID(), ...claims };
  const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(payload)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key, "base64url")}`;
}

export async function installationToken(
  github: GitHubServer,
  installationId: number,
  narrowed: { permissions?: Permissions; repositories?: string[] } = {},
): Promise<string> {
  const { data } = await client(github, appToken(github)).rest.apps.createInstallationAccessToken({
    installation_id: installationId,
    ...narrowed,
  });
  return data.token;
}

/** The status and body of a request that must fail. */
export async function failure(
  request: Promise<unknown>,
): Promise<{ status: number; message: string; errors: unknown }> {
  try {
    await request;
  } catch (error) {
    const { status, response } = error as {
      status: number;
      response?: { data: { message: string; errors?: unknown } };
    };
    return { status, message: response?.data.message ?? String(error), errors: response?.data.errors };
  }
  throw new Error("the request succeeded");
}
