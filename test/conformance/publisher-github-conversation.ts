import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { createGitHubPublisher } from "../../src/publish/github-publisher.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import {
  type GitHubServer,
  type LoggedRequest,
  type Permissions,
  type Repository,
  startGitHubServer,
} from "../helpers/github-server/github-server.ts";
import { client, installationToken, numbered, text } from "../unit/github-server/example.ts";
import { identity, repository as repositoryId } from "../unit/publish/samples.ts";
import type { Conversation } from "./publisher-suite.ts";

/** The suite's pull request and issue on a GitHub server, and the publisher that the App has there. */
export interface GitHubConversation extends Conversation {
  github: GitHubServer;
  repository: Repository;
  /** With an installation token. It neither repeats nor spaces requests. */
  octokit: Octokit;
  /** A push that takes the head away: its changes stand in another commit now. */
  forcePush(): Promise<void>;
}

const quiet = { info() {} };
const paths = ["src/a.ts", "src/b.ts", "src/c.ts"];

/** `main`; `paging`, where one hunk of each file spans lines 5 to 24; tags for where `paging` may be pushed. */
export function createPagingRepository(): TestRepository {
  const made = createRepository();
  const changed = [...numbered(1, 7), ...Array.from({ length: 14 }, (_, index) => `new ${index}`), ...numbered(20, 40)];
  for (const path of paths) made.write(path, text(numbered()));
  made.commit("Page through lists");
  made.git("checkout", "--quiet", "-b", "paging");
  for (const path of paths) made.write(path, text(changed));
  made.commit("Count pages from one");
  made.git("checkout", "--quiet", "--detach");
  for (const tag of ["push-1", "push-2"]) {
    made.commit(`Nothing more: ${tag}`);
    made.git("tag", tag);
  }
  made.git("checkout", "--quiet", "--detach", "main");
  made.git("checkout", "--quiet", "paging", "--", ".");
  made.commit("Count pages from one, said better");
  made.git("tag", "rebased");
  // Every test copies it: a few files are copied faster.
  made.git("gc", "--quiet");
  rmSync(join(made.dir, ".git", "hooks"), { recursive: true, force: true });
  return made;
}

const asked: Permissions = { contents: "read", issues: "write", pull_requests: "write", checks: "write" };
/** GitHub lets an app resolve threads only with the permission to push. */
const mayResolve: Permissions = { ...asked, contents: "write" };

/** Starts a server on a copy of that repository. */
export async function openGitHubConversation(
  { dir }: TestRepository,
  permissions: Permissions = mayResolve,
): Promise<GitHubConversation> {
  const folder = mkdtempSync(join(tmpdir(), "publisher-"));
  const gitDir = join(folder, ".git");
  cpSync(join(dir, ".git"), gitDir, { recursive: true });
  const github = await startGitHubServer();
  const { owner, name } = repositoryId;
  const repository = github.createRepository({ owner, name, gitDir });
  const installation = github.installApp(owner, [name], { permissions });
  const change = { title: "Count pages from one", body: null, number: 7, head: "paging", base: "main" };
  const { number: pull, pull: branches } = await github.openPull(repository, "ada", change);
  const { number: issue } = github.openIssue(repository, "bob", { title: "A page is missing", body: null, number: 9 });
  const octokit = client(github, await installationToken(github, installation.id));
  const push = (to: string): Promise<void> => github.push(repository, "ada", "paging", to);
  let pushes = 0;
  return {
    github,
    repository,
    octokit,
    publisher: createGitHubPublisher({ octokit, repository: repositoryId, identity, log: quiet }),
    pull,
    issue,
    head: () => branches.headSha,
    push: () => push(`push-${++pushes}`),
    forcePush: () => push("rebased"),
    onLines: () => repository.reviewComments.map(({ current: { path, line }, body }) => ({ path, line, body })),
    folded: () =>
      repository.reviewComments.flatMap(({ inReplyTo, resolved }) => (inReplyTo === null ? [resolved] : [])),
    bodies: (number) => repository.comments.flatMap((comment) => (comment.issue === number ? [comment.body] : [])),
    writes: () => github.state.requests.filter(isWrite).length,
    async end() {
      await github.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Tokens and queries are asked for with POST, but change nothing that anybody sees. */
function isWrite({ method, path, body }: LoggedRequest): boolean {
  const asks = path === "/graphql" && /^query\b/.test(String((body as { query?: unknown }).query));
  return method !== "GET" && !path.endsWith("/access_tokens") && !asks;
}
