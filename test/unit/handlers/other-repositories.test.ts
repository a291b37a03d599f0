import type { Octokit } from "@octokit/rest";
import pino from "pino";
import { expect, it, vi } from "vitest";
import { serverFileSchema } from "../../../src/config/server-file.ts";
import { openOtherRepositories } from "../../../src/handlers/other-repositories.ts";
import type { Outcome } from "../../../src/publish/outcome.ts";
import type { ServerServices } from "../../../src/services.ts";

const subject = { host: "github.com", owner: "acme", name: "shop" };
const { signal } = new AbortController();
const outcome = {} as Outcome;

it("shows no repository that was taken private, neither from then on nor by what was gathered before", async () => {
  const visibility: Record<string, string> = { shop: "public", ledger: "public" };
  const octokit = {
    rest: {
      repos: {
        get: async ({ repo }: { repo: string }) => ({
          data: { owner: { login: "acme" }, name: repo, visibility: visibility[repo], fork: false },
        }),
        listCollaborators: async () => ({ data: [], headers: {} }),
      },
    },
  } as unknown as Octokit;
  const config = serverFileSchema.parse({
    evidence: { repositories: [{ subject: "acme/shop", from: ["acme/ledger"] }] },
  });
  const services = {
    config: { evidence: config.evidence, home: { mirrors: "/mirrors" } },
    engrams: { open: async () => ({ info: () => ({ commit: "c" }), close: () => {} }) },
    log: pino({ level: "silent" }),
  } as unknown as ServerServices;
  const publish = vi.fn(async () => ({ review: null }) as never);

  const before = await openOtherRepositories(subject, services, octokit, signal);
  expect(before.others.map(({ repository }) => repository.name)).toEqual(["ledger"]);
  await before.guard({ publish }).publish(outcome, signal);
  expect(publish).toHaveBeenCalledOnce();

  visibility["ledger"] = "private";
  await expect(before.guard({ publish }).publish(outcome, signal)).rejects.toMatchObject({
    code: "may-not-be-cited",
    transient: true,
  });
  expect(publish).toHaveBeenCalledOnce();
  const after = await openOtherRepositories(subject, services, octokit, signal);
  expect(after.others).toEqual([]);
  await after.guard({ publish }).publish(outcome, signal);
  expect(publish).toHaveBeenCalledTimes(2);
});
