import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = `
import { startGitHubServer } from "./test/helpers/github-server/github-server.ts";
const github = await startGitHubServer();
const response = await fetch(github.apiUrl + "/app");
console.log(response.status, (await response.json()).message);
await github.stop();
`;

test("it runs by tsx, without vitest, and a stopped server keeps no process alive", async () => {
  const root = new URL("../../../", import.meta.url);
  const args = ["--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 90_000 });

  expect(stdout).toBe("401 A JSON web token could not be decoded\n");
});
