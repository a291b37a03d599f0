import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasRole, type Role } from "../../../src/intake/permission.ts";

const repository = { host: "github.com", owner: "octo", name: "hello" };
const log = { debug() {}, info() {}, warn() {}, error() {} };
let github: Server;
let octokit: Octokit;
let asked: string | undefined;
let answer: { status: number; body: object };

beforeAll(async () => {
  github = createServer((request, response) => {
    asked = request.url;
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  octokit = new Octokit({ baseUrl: `http://127.0.0.1:${(github.address() as AddressInfo).port}`, log });
});
afterAll(() => github.close());

const none = { admin: false, maintain: false, push: false, triage: false, pull: false };
const upTo: Record<Role, object> = {
  read: { ...none, pull: true },
  triage: { ...none, pull: true, triage: true },
  write: { ...none, pull: true, triage: true, push: true },
  maintain: { ...none, pull: true, triage: true, push: true, maintain: true },
  admin: { admin: true, maintain: true, push: true, triage: true, pull: true },
};

async function ask(least: Role | null, body: object, status = 200): Promise<boolean> {
  answer = { status, body };
  return hasRole(octokit, repository, "ann", least);
}

it("compares roles in GitHub's order, by what the user may do", async () => {
  const roles = Object.keys(upTo) as Role[];
  for (const [have, role] of roles.entries())
    for (const [need, least] of roles.entries())
      expect(await ask(least, { role_name: "our own role", user: { permissions: upTo[role] } })).toBe(have >= need);
  expect(asked).toBe("/repos/octo/hello/collaborators/ann/permission");
});

it("goes by the role's name where the permissions are not told, and not by the legacy field", async () => {
  expect(await ask("triage", { permission: "read", role_name: "triage", user: null })).toBe(true);
  expect(await ask("write", { permission: "write", role_name: "our own role", user: null })).toBe(false);
  expect(await ask("write", { permission: "write", role_name: "write", user: { permissions: none } })).toBe(false);
  expect(await ask("write", { permission: "write", role_name: "write", user: {} })).toBe(true);
});

it("refuses who is unknown", async () => {
  expect(await ask("read", { message: "Not Found" }, 404)).toBe(false);
});

it.each([401, 403, 500])("fails closed: %i is an error, not an answer", async (status) => {
  await expect(ask("read", { message: "no" }, status)).rejects.toMatchObject({ status });
});

it("asks nobody for a command that everybody may use", async () => {
  asked = undefined;
  expect(await ask(null, {}, 500)).toBe(true);
  expect(asked).toBeUndefined();
});
