import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/workspace/diff.ts";
import { findSecrets } from "../../../src/tasks/review/find-secrets.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const githubToken = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_");
const slackToken = ["xoxb", "123456789012", "123456789012", "abcdefghijklmnopqrstuvwx"].join("-");
const privateKey = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA".repeat(40), "-----END RSA PRIVATE KEY-----"];

function changeOf(path: string, added: string[], removed: string[] = []): Change {
  const lines = [
    { kind: " " as const, oldLine: 1, newLine: 1, text: "first" },
    ...removed.map((text, at) => ({ kind: "-" as const, oldLine: 2 + at, newLine: null, text })),
    ...added.map((text, at) => ({ kind: "+" as const, oldLine: null, newLine: 2 + at, text })),
  ];
  const hunk = { oldStart: 1, oldLines: 1 + removed.length, newStart: 1, newLines: 1 + added.length, lines };
  const file = {
    path,
    oldPath: path,
    status: "modified" as const,
    binary: false,
    oldBlob: "a",
    newBlob: "b",
    hunks: [hunk],
  };
  return { base: "base", head: "head", files: [file], unread: [] };
}

describe("findSecrets", () => {
  it("names the line and the kind of a token, and never the token", async () => {
    const found = await findSecrets(changeOf("src/api.ts", ["const size = 3;", `const token = "${githubToken}";`]));
    expect(found).toMatchObject([
      { kind: "secret", band: "code", anchor: { path: "src/api.ts", startLine: 3, endLine: 3, side: "RIGHT" } },
    ]);
    expect(found[0]?.title).toMatch(/GitHub/);
    expect(JSON.stringify(found)).not.toContain(githubToken.slice(4));
  });

  it("finds a private key over several lines, where it begins", async () => {
    const found = await findSecrets(changeOf("deploy/key.pem", privateKey));
    expect(found).toMatchObject([{ anchor: { startLine: 2 } }]);
  });

  it("says one secret once, and two apart", async () => {
    const lines = [`a = "${githubToken}"`, `b = "${githubToken}"`, `c = "${slackToken}"`];
    const found = await findSecrets(changeOf("src/api.py", lines));
    expect(found.map(({ anchor }) => anchor?.startLine)).toEqual([2, 4]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  it("tells a test's secret from one in code", async () => {
    expect(await findSecrets(changeOf("test/api.test.ts", [githubToken]))).toMatchObject([{ band: "test" }]);
  });

  it.each([
    ["what a change removes", ["const token = read();"], [`const token = "${githubToken}";`]],
    ["ordinary code", ["const commit = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';", "password = ask()"], []],
  ])("says nothing of %s", async (_, added, removed) => {
    expect(await findSecrets(changeOf("src/api.ts", added, removed))).toEqual([]);
  });
});
