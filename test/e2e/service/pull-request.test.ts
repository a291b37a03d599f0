import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git, gitText } from "../../../src/shared/git.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const { pull, planted, issues, newIssue } = demoRepository;

it.concurrent("reviews three pushes: comments once, marks what is addressed, and survives a rebase", async ({
  start,
}) => {
  const service = await start();
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });

  const [dangling, nearCopy, companion] = service.findings();
  expect(service.findings()).toHaveLength(3);
  expect(dangling).toMatchObject({ original: { path: planted.danglingReference.removedFrom, line: 7, side: "LEFT" } });
  expect(dangling?.body).toContain(`\`${planted.danglingReference.name}\` is removed here`);
  expect(dangling?.body).toContain(planted.danglingReference.usedIn);
  expect(nearCopy).toMatchObject({ original: { path: planted.nearCopy.changed, startLine: 33, side: "RIGHT" } });
  expect(nearCopy?.body).toContain(`not in \`${planted.nearCopy.untouched}:28\``);
  expect(companion).toMatchObject({ original: { path: planted.forgottenFile.changed, side: "RIGHT" } });
  expect(companion?.body).toContain(`\`${planted.forgottenFile.forgotten}\` usually changes along`);
  expect(service.comments()).toHaveLength(1);
  const [summary] = service.comments();
  expect(summary?.body).toContain("3 comments on lines");
  await expectCitationsToResolve(service, [...service.findings(), ...service.comments()]);

  const standing = nearCopy?.body;
  await service.push("push2");
  expect(await service.idle()).toMatchObject({ done: 2, failed: 0 });
  expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([true, false, true]);
  expect(service.findings()[1]?.body).toBe(standing);
  expect(service.comments().map(({ id }) => id)).toEqual([summary?.id]);
  expect(service.comments()[0]?.body).toContain("2 earlier comments are addressed");

  const before = service.findings();
  await service.github.push(service.repository, "maren-ok", "main", demoRefs.mainAfter);
  await service.push("push3");
  expect(await service.idle()).toMatchObject({ failed: 0 });
  const head = await gitText(service.repository.gitDir, ["rev-parse", demoRefs.push3]);
  expect(service.comments().map(({ id }) => id)).toEqual([summary?.id]);
  expect(service.comments()[0]?.body).toContain(`Review of [\`${head.slice(0, 7)}\`]`);
  expect(service.findings().map(textOf)).toEqual(before.map(textOf));
  await expectCitationsToResolve(service, service.comments());
});

it.concurrent("triages an issue in one comment, which follows the issue's text", async ({ start }) => {
  const service = await start();
  // What was there before the app was installed has sent no webhook.
  service.github.hooks.setUrl(null);
  for (const issue of issues) {
    service.github.openIssue(service.repository, issue.author, issue);
    if (issue.state === "closed") service.github.closeIssue(service.repository, "maren-ok", issue.number);
  }
  service.github.hooks.setUrl(service.app.webhookUrl);
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  await service.idle();

  expect(service.comments(newIssue.number)).toHaveLength(1);
  const [comment] = service.comments(newIssue.number);
  const fix = await gitText(service.repository.gitDir, [
    "log",
    "--format=%h",
    "--abbrev=7",
    "--grep=Fixes #23",
    "main",
  ]);
  const similar = comment?.body.split("**Where to look**")[0];
  expect(similar).toContain("/issues/23)");
  expect(similar).toContain(fix);
  expect(similar).toMatch(/src\/invoices\/[\w-]+\.ts#L\d+/);
  expect(comment?.body).toContain("src/invoices/credit-note.ts");
  await expectCitationsToResolve(service, service.comments(newIssue.number));

  const earlier = comment?.body;
  const body = "Parcels to Iceland are promised for a Sunday by src/shipping/zones.ts.";
  service.github.editIssue(service.repository, newIssue.author, newIssue.number, { title: "Delivery dates", body });
  await service.idle();
  expect(service.comments(newIssue.number)).toEqual([comment]);
  expect(comment?.body).not.toBe(earlier);
  expect(comment?.body).toContain("src/shipping/zones.ts");

  const jobs = await service.counts();
  service.github.label(service.repository, "maren-ok", newIssue.number, ["bug"]);
  expect(await service.idle()).toEqual(jobs);
});

it.concurrent("reviews what comes from a fork that the app cannot see, also when the fork is deleted", async ({
  start,
}) => {
  const inline = "[near-copy, dangling-reference, companion]";
  const service = await start({ config: `mode: auto\nreview:\n  check: true\n  inline: ${inline}\n` });
  const { github, repository } = service;
  github.setPermission(repository, "maren-ok", "write");
  const gitDir = mkdtempSync(join(tmpdir(), "fork-"));
  try {
    await git(gitDir, ["init", "--quiet", "--bare", "--initial-branch=main", "."]);
    const heads = [`${demoRefs.push1}:refs/heads/main`, `${demoRefs.push2}:refs/heads/next`];
    await git(gitDir, ["fetch", "--quiet", repository.gitDir, ...heads]);
    // Commits that only the fork has; its branch is called as the one that the pull request goes to.
    for (const branch of ["main", "next"]) await commitFile(gitDir, branch, "NOTES.txt", "Of the fork.\n");
    const fork = github.createRepository({ owner: "newcomer", ownerType: "User", name: repository.name, gitDir });
    const opened = await github.openPull(repository, "newcomer", { ...pull, head: "main", base: "main", fork });
    expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });
    expect(service.findings()).toHaveLength(3);
    expect(service.comments()).toHaveLength(1);
    expect(repository.checkRuns).toMatchObject([{ headSha: opened.pull.headSha, conclusion: "neutral" }]);

    await github.push(fork, "newcomer", "main", "refs/heads/next");
    expect(await service.idle()).toMatchObject({ done: 2, failed: 0 });
    expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([true, false, true]);

    opened.pull.headRepository = null;
  } finally {
    rmSync(gitDir, { recursive: true, force: true });
  }
  const ask = github.comment(repository, "maren-ok", pull.number, "/assistant review");
  github.comment(repository, "newcomer", pull.number, "/assistant review");
  expect(await service.idle()).toMatchObject({ done: 4, failed: 0 });
  expect(ask.reactions.map(({ content }) => content)).toEqual(["eyes"]);
  expect(service.findings()).toHaveLength(3);
  const [summary, refusal, ...more] = service.comments();
  expect(summary?.body).toContain("1 comment on lines");
  expect(refusal?.body).toContain("needs the role `write`");
  expect(more).toEqual([]);
  expect(github.state.requests.filter(({ path }) => path.includes("/repos/newcomer/"))).toEqual([]);
});

function textOf({ id, body }: { id: number; body: string }): { id: number; body: string } {
  return { id, body };
}

/** Looks up every link of our comments: commits and issues exist, and so do the lines of files. */
async function expectCitationsToResolve(service: Service, comments: { body: string }[]): Promise<void> {
  const { gitDir, issues } = service.repository;
  const link = /\]\(https?:\/\/[^/]+\/alderwood\/order-desk\/(.+?)\)/g;
  const pages = comments.flatMap(({ body }) => [...body.matchAll(link)].map(([, page]) => page ?? ""));
  expect(pages.length).toBeGreaterThan(0);
  for (const page of pages) {
    const [kind, target = "", ...rest] = page.split("/");
    if (kind === "blob") {
      const [path, lines = ""] = rest.join("/").split("#");
      const text = await gitText(gitDir, ["cat-file", "blob", `${target}:${path}`]);
      const numbers = [...lines.matchAll(/L(\d+)/g)].map(([, digits]) => Number(digits));
      expect(Math.min(...numbers), page).toBeGreaterThan(0);
      expect(Math.max(...numbers), page).toBeLessThanOrEqual(text.split("\n").length);
    } else if (kind === "commit") {
      expect(await gitText(gitDir, ["cat-file", "-t", target]), page).toBe("commit");
    } else {
      const numbers = issues.map(({ number }) => number);
      expect(numbers, page).toContain(Number.parseInt(target, 10));
    }
  }
}
