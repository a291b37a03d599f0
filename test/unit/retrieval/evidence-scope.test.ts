import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Octokit } from "@octokit/rest";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { serverFileSchema } from "../../../src/config/server-file.ts";
import {
  allowedRepositories,
  type RepositoryAccess,
  type RepositoryFacts,
} from "../../../src/retrieval/evidence-scope.ts";
import { createGitHubAccess } from "../../../src/retrieval/github-access.ts";
import { limits } from "../../../src/shared/limits.ts";
import { type RepositoryId, repositoryKey } from "../../../src/shared/repository.ts";

interface Known extends RepositoryFacts {
  readers: number[];
  outside?: number[];
}

const id = (text: string): RepositoryId => {
  const [owner = "", name = ""] = text.split("/");
  return { host: "github.com", owner, name };
};
const subject = id("acme/service");
const listing = (...from: string[]) =>
  serverFileSchema.parse({ evidence: { repositories: [{ subject: "acme/service", from }] } }).evidence;

function facts(called: string, visibility: string, readers: number[], more: Partial<Known> = {}): Known {
  const { owner, name } = id(called);
  return { owner, name, visibility, fork: false, readers, ...more };
}

/** GitHub, as far as it is asked here, by the name that is asked for. */
function accessTo(known: Record<string, Known>): RepositoryAccess {
  const find = (repository: RepositoryId): Known | null => known[`${repository.owner}/${repository.name}`] ?? null;
  return {
    describe: async (repository) => find(repository),
    readers: async (repository, who) => {
      const found = find(repository);
      if (found === null) throw new Error("Not Found");
      return new Set(who === "all" ? found.readers : (found.outside ?? []));
    },
  };
}

async function decide(of: Known, from: Known): Promise<string | null> {
  const access = accessTo({ "acme/service": of, "acme/lib": from });
  const { allowed, refused } = await allowedRepositories(subject, listing("acme/lib"), access);
  expect(allowed.length + refused.length).toBe(1);
  return refused[0]?.reason ?? null;
}

const service = (visibility: string, readers: number[], more: Partial<Known> = {}): Known =>
  facts("acme/service", visibility, readers, more);
const lib = (visibility: string, readers: number[], more: Partial<Known> = {}): Known =>
  facts("acme/lib", visibility, readers, more);

describe("what may be cited where", () => {
  it.each<[string, Known, Known, boolean]>([
    ["public in public", service("public", []), lib("public", []), true],
    ["public in private", service("private", [1]), lib("public", []), true],
    ["public in internal", service("internal", [1]), lib("public", []), true],
    ["a public fork", service("public", []), lib("public", [], { fork: true }), true],
    ["private in public", service("public", [1]), lib("private", [1]), false],
    ["internal in public", service("public", [1]), lib("internal", [1]), false],
    ["private, same readers", service("private", [1, 2]), lib("private", [2, 1]), true],
    ["private, more readers", service("private", [1, 2]), lib("private", [1, 2, 3]), true],
    ["private, one reader too few", service("private", [1, 2]), lib("private", [1, 3, 4]), false],
    ["private, no reader named", service("private", []), lib("private", [1]), false],
    ["internal, same owner", service("internal", [1]), lib("internal", []), true],
    ["internal, a guest who is none there", service("internal", [1, 9], { outside: [9] }), lib("internal", [1]), false],
    ["internal, a guest in both", service("internal", [9], { outside: [9] }), lib("internal", [9]), true],
    ["internal in private", service("private", [1]), lib("internal", [1]), false],
    ["private in internal", service("internal", [1]), lib("private", [1]), false],
    ["a private fork as subject", service("private", [1], { fork: true }), lib("private", [1]), false],
    ["a private fork as source", service("private", [1]), lib("private", [1], { fork: true }), false],
    ["a visibility that is new", service("secret", [1]), lib("secret", [1]), false],
    ["a source that was renamed", service("private", [1]), { ...lib("public", []), name: "other" }, false],
    ["a source that was moved", service("private", [1]), { ...lib("public", []), owner: "mallory" }, false],
    ["a subject that was renamed", { ...service("private", [1]), name: "x" }, lib("private", [1]), false],
    ["a name in other letters", service("private", [1]), { ...lib("private", [1]), owner: "ACME" }, true],
  ])("%s", async (_name, of, from, may) => {
    expect((await decide(of, from)) === null).toBe(may);
  });

  it("is no for internal repositories of two owners", async () => {
    const access = accessTo({
      "acme/service": service("internal", [1]),
      "other/lib": facts("other/lib", "internal", [1]),
    });

    expect((await allowedRepositories(subject, listing("other/lib"), access)).allowed).toEqual([]);
  });

  it("never shows what is not public to somebody who may not read it", async () => {
    const visibility = fc.constantFrom("public", "private", "internal", "odd");
    const people = fc.uniqueArray(fc.integer({ min: 1, max: 5 }));
    const known = fc.record({ visibility, readers: people, outside: people, fork: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(known, known, async (of, from) => {
        const reason = await decide(
          { ...service(of.visibility, of.readers), ...of },
          { ...lib(from.visibility, from.readers), ...from },
        );
        if (reason !== null || from.visibility === "public") return;
        expect(of.visibility).toBe(from.visibility);
        expect(["private", "internal"]).toContain(of.visibility);
        const needed = of.visibility === "private" ? of.readers : of.outside;
        expect(needed.filter((reader) => !from.readers.includes(reader))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("who has a say", () => {
  const everything = accessTo({
    "acme/service": service("private", [1]),
    "acme/lib": lib("private", [1]),
    "acme/other": facts("acme/other", "private", [1]),
  });

  it("the operator alone: what is not listed for this subject is not allowed", async () => {
    const elsewhere = serverFileSchema.parse({
      evidence: { repositories: [{ subject: "acme/other", from: ["acme/lib"] }] },
    }).evidence;

    expect(await allowedRepositories(subject, elsewhere, everything)).toEqual({ allowed: [], refused: [] });
    expect(await allowedRepositories(subject, serverFileSchema.parse({}).evidence, everything)).toEqual({
      allowed: [],
      refused: [],
    });
  });

  it.each([
    "evidence:\n  repositories:\n    - {subject: acme/service, from: [acme/other]}\n",
    "evidence: {from: [acme/other]}\n",
    "mode: auto\nrepositories: [acme/other]\n",
  ])("a repository's own file cannot widen the list: %j", (text) => {
    const { config, problem } = parseRepositoryConfig(text);

    expect(problem).toMatch(/is not a known key/);
    expect(config).toEqual(parseRepositoryConfig(null).config);
  });

  it.each(["lib", "acme/lib/tree", "https://github.com/acme/lib", "../lib", "acme/..", "acme/l ib", ""])(
    "a name that GitHub would not give is refused: %j",
    (name) => {
      const entry = { subject: "acme/service", from: [name] };
      expect(serverFileSchema.safeParse({ evidence: { repositories: [entry] } }).success).toBe(false);
    },
  );

  it("lists each once, without the subject itself", async () => {
    const evidence = serverFileSchema.parse({
      evidence: {
        repositories: [
          { subject: "ACME/Service", from: ["acme/lib", "Acme/Lib", "acme/service"] },
          { subject: "acme/service", from: ["acme/lib", "acme/other"] },
        ],
      },
    }).evidence;
    const { allowed } = await allowedRepositories(subject, evidence, everything);

    expect(allowed.map(repositoryKey)).toEqual(["github.com/acme/lib", "github.com/acme/other"]);
  });

  it("asks about a limited number of them", async () => {
    const many = Array.from({ length: limits.evidenceRepositories }, (_, i) => `acme/lib-${i}`);
    const evidence = serverFileSchema.parse({
      evidence: {
        repositories: [
          { subject: "acme/service", from: many },
          { subject: "acme/service", from: ["acme/lib"] },
        ],
      },
    }).evidence;
    const { allowed, refused } = await allowedRepositories(subject, evidence, everything);

    expect(allowed).toEqual([]);
    expect(refused).toHaveLength(limits.evidenceRepositories + 1);
  });
});

describe("what GitHub answers", () => {
  /** Answers by path; a function sees the request. */
  let answers: Record<string, (request: IncomingMessage) => { status?: number; body: unknown; headers?: object }>;
  let server: Server;
  let access: RepositoryAccess;
  const people = (from: number, count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({ id: from + i, login: `p${from + i}`, permissions: { pull: true } }));
  const page = (request: IncomingMessage): number =>
    Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? 1);
  const repository = (called: string, visibility: string, more: object = {}) => {
    const { owner, name } = id(called);
    return () => ({
      body: { name, owner: { login: owner }, private: visibility !== "public", visibility, fork: false, ...more },
    });
  };
  const decideThere = () => allowedRepositories(subject, listing("acme/lib"), access);

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const { status = 200, body, headers = {} } = answers[path]?.(request) ?? { status: 404, body: {} };
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    access = createGitHubAccess(new Octokit({ baseUrl, log }));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    answers = {
      "/repos/acme/service": repository("acme/service", "private"),
      "/repos/acme/lib": repository("acme/lib", "private"),
      "/repos/acme/service/collaborators": () => ({ body: people(1, 3) }),
      "/repos/acme/lib/collaborators": () => ({ body: people(1, 5) }),
    };
  });

  it("allows what it bears out", async () => {
    expect((await decideThere()).allowed).toEqual([id("acme/lib")]);
  });

  it("reads every page, also where no header says that there is another one", async () => {
    answers["/repos/acme/service/collaborators"] = (request) => ({
      body: page(request) === 1 ? people(1, 100) : people(101, 3),
    });
    answers["/repos/acme/lib/collaborators"] = (request) => ({ body: page(request) === 1 ? people(1, 100) : [] });
    expect((await decideThere()).allowed).toEqual([]);

    answers["/repos/acme/lib/collaborators"] = (request) => ({
      body: people(1 + 100 * (page(request) - 1), page(request) === 1 ? 100 : 3),
    });
    expect((await decideThere()).allowed).toEqual([id("acme/lib")]);
  });

  it("follows a header after a page that is not full", async () => {
    answers["/repos/acme/service/collaborators"] = (request) =>
      page(request) === 1
        ? { body: people(1, 2), headers: { link: '<http://127.0.0.1/next>; rel="next"' } }
        : { body: people(77, 1) };

    expect((await decideThere()).allowed).toEqual([]);
  });

  it.each<[string, () => void]>([
    ["the second page fails", () => failOn("/repos/acme/service/collaborators", 2)],
    ["the source's list is forbidden", () => failOn("/repos/acme/lib/collaborators", 1)],
    ["the subject is not to be seen", () => void delete answers["/repos/acme/service"]],
    ["the source is not to be seen", () => void delete answers["/repos/acme/lib"]],
    [
      "collaborators come without what they may do",
      () => void (answers["/repos/acme/lib/collaborators"] = () => ({ body: [{ id: 1 }, { id: 2 }, { id: 3 }] })),
    ],
    [
      "somebody is listed who may not read",
      () =>
        void (answers["/repos/acme/lib/collaborators"] = () => ({
          body: [1, 2, 3].map((one) => ({ id: one, permissions: { pull: one !== 2 } })),
        })),
    ],
    [
      "the source became private while its old visibility is told",
      () => {
        answers["/repos/acme/service"] = repository("acme/service", "public");
        answers["/repos/acme/lib"] = repository("acme/lib", "public", { private: true });
      },
    ],
    [
      "another repository answers by that name",
      () => void (answers["/repos/acme/lib"] = repository("mallory/lib", "public")),
    ],
  ])("says no where %s", async (_name, change) => {
    change();

    const { allowed, refused } = await decideThere();
    expect(allowed).toEqual([]);
    expect(refused).toHaveLength(1);
  });

  function failOn(path: string, which: number): void {
    answers[path] = (request) =>
      page(request) < which ? { body: people(1, 100) } : { status: 403, body: { message: "Forbidden" } };
  }
});
