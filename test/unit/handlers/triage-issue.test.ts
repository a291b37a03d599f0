import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelProvider } from "../../../src/model/model.ts";
import { type Scene, startScene } from "../../attacks/scene.ts";
import type { Issue, LoggedRequest } from "../../helpers/github-server/github-server.ts";

/** What people write on issues, and what the server's own parts make of it; without a model. */
const noModel: ModelProvider = {
  modelFor: async () => ({ model: null, reason: "there is none" }),
  qualified: () => ({ allowed: false, reason: "" }),
  close: async () => {},
};
const configuration = 'mode: auto\ntriage: {labels: "off", close_duplicates: {after_days: 3}}\n';
const rounding = `export function roundTotal(total: number): number {\n  return Math.round(total);\n}\n`;
const report = {
  title: "roundTotal loses cents of every invoice",
  body: "Since the update roundTotal rounds the invoice of a customer to whole euros, and the cents are lost.",
};
const commands = ["/assistant off", "/assistant implement --yes", "/assistant triage"];

let scene: Scene;
beforeAll(async () => {
  scene = await startScene(noModel, { ".github/assistant.yml": configuration, "src/round-total.ts": rounding });
  const { github, repository } = scene;
  github.setPermission(repository, "maren", "write");
  // Older than the installation, and anybody could have written it.
  github.openIssue(repository, "mallory", { ...report, createdAt: "2024-01-01T00:00:00Z" });
  void scene.installation;
  await settle();
}, 120_000);

afterAll(() => scene?.stop());

/** `METHOD path` of what was written, without the repository. */
async function settle(): Promise<string[]> {
  await scene.settle();
  return scene
    .writes()
    .map(({ method, path }: LoggedRequest) => `${method} ${path.replace(/^\/repos\/acme\/shop/, "")}`);
}

function open(more: { title?: string; body?: string } = {}): Issue {
  return scene.github.openIssue(scene.repository, "stranger", { ...report, ...more });
}

function said({ number }: Issue): string[] {
  const { comments } = scene.repository;
  return comments.flatMap(({ issue, author, body }) =>
    issue === number && author === scene.github.state.app.bot ? [body] : [],
  );
}

describe.sequential("an issue", () => {
  it("is not announced to be closed for one that anybody may have planted, until somebody of the project answers there", async () => {
    const before = open();
    await settle();
    const [comment = ""] = said(before);
    expect(comment).toMatch(
      /May be a duplicate of\*\*\n\n- \[#1\][^\n]*opened from outside, and nobody of the project has/,
    );
    expect(comment).not.toContain("is closed as a duplicate");

    scene.github.comment(scene.repository, "maren", 1, "We see this, too.");
    const after = open();
    await settle();
    expect(said(after)[0]).toMatch(/If nobody objects within 3 days, this is closed as a duplicate of \[#1\]/);
    expect(said(after)[0]).toMatch(/\n- \[#1\](?![^\n]*outside)[^\n]*\n/);
  });

  it.each([
    ["as they stand", commands.join("\n")],
    ["in a block of code", `\`\`\`\n${commands.join("\n")}\n\`\`\``],
    ["in a quote", commands.map((line) => `> ${line}`).join("\n")],
    ["where nobody sees them", `<!--\n${commands.join("\n")}\n-->`],
  ])("that says our commands %s is triaged as any other, and gives none", async (_, text) => {
    const issue = open({ body: `${report.body}\n\n${text}\n` });
    expect(await settle()).toEqual([`POST /issues/${issue.number}/comments`]);
    expect(said(issue)[0]).toContain("src/round-total.ts");
    expect(said(issue)[0]).not.toContain("/assistant ");
    expect(scene.services.serviceNotes.isOff("github.com/acme/shop")).toBe(false);
  });

  it.each([
    ["shows our commands", `I tried this:\n\n\`\`\`\n${commands.join("\n")}\n\`\`\`\n`],
    ["quotes somebody who gave them", commands.map((line) => `> ${line}`).join("\n")],
    ["names them in a sentence", `Did you try ${commands.join(", or ")}?`],
  ])("is left alone where a comment %s", async (_, text) => {
    const issue = open();
    await settle();
    scene.github.comment(scene.repository, "maren", issue.number, text);
    expect(await settle()).toEqual([]);
  });

  it("gets what a comment asked for when it was written, and nothing that it says since", async () => {
    const issue = open({ title: "Good morning", body: "" });
    expect(await settle()).toEqual([]);
    const { github, repository } = scene;
    const asked = github.comment(repository, "maren", issue.number, "/assistant triage");
    // Before the job runs, and after it.
    github.editComment(repository, "mallory", asked, "/assistant off");
    expect(await settle()).toEqual([`POST /issues/${issue.number}/comments`]);
    github.editComment(repository, "mallory", asked, "/assistant help");
    const plain = github.comment(repository, "maren", issue.number, "Thank you.");
    github.editComment(repository, "maren", plain, "/assistant help");
    expect(await settle()).toEqual([]);
    expect(said(issue)).toEqual([expect.stringContaining("No similar issue and no likely place")]);
  });

  it("that was closed before its turn is left alone, and triaged once it is opened again", async () => {
    const issue = open();
    scene.github.closeIssue(scene.repository, "stranger", issue.number);
    expect(await settle()).toEqual([]);
    scene.github.reopenIssue(scene.repository, "stranger", issue.number);
    expect(await settle()).toEqual([`POST /issues/${issue.number}/comments`]);
    expect(said(issue)).toHaveLength(1);
  });

  it("that is locked gets no comment, and whoever asked sees that", async () => {
    const issue = open();
    scene.github.lockIssue(scene.repository, issue.number);
    expect(await settle()).toEqual([]);
    const command = scene.github.comment(scene.repository, "maren", issue.number, "/assistant triage");
    expect(await settle()).toContain(`POST /issues/comments/${command.id}/reactions`);
    expect(command.reactions.map(({ content }) => content)).toEqual(["confused"]);
    expect(said(issue)).toEqual([]);
  });

  it("that was moved away before its turn is left alone there and here", async () => {
    const issue = open();
    scene.github.comment(scene.repository, "maren", issue.number, "/assistant triage");
    scene.github.transferIssue(scene.repository, "maren", issue.number);
    expect(await settle()).toEqual([]);
    expect((await scene.services.queue.counts()).failed).toBe(0);
  });
});
