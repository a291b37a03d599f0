import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { demoRepository } from "../../fixtures/demo/demo-repository.ts";
import { openRedisQueue } from "../../src/jobs/redis-queue.ts";
import { gitText } from "../../src/shared/git.ts";
import { startAssistant } from "../helpers/assistant-process.ts";
import { hasRedis, startRedis } from "../helpers/redis-server.ts";
import { it, waitFor } from "../helpers/service.ts";

const { newIssue, pull } = demoRepository;

describe.skipIf(!hasRedis)(`three servers and one Redis${hasRedis ? "" : " (there is no redis-server here)"}`, () => {
  it("answer everything once, although one of them is killed at work", async ({ start }) => {
    const redis = await startRedis();
    const folder = mkdtempSync(join(tmpdir(), "three-servers-"));
    const service = await start();
    const { github, repository } = service;
    await service.app.stop();
    const names = ["one", "two", "three"];
    const servers = await Promise.all(
      names.map((name) => {
        // Each has its own disk. The port that it listens on keeps those of one machine apart.
        const env = { QUEUE_URL: redis.url, PORT: String(20_000 + Math.floor(Math.random() * 40_000)) };
        return startAssistant({ home: join(folder, name), github, env });
      }),
    );
    const queue = await openRedisQueue({ url: redis.url });
    try {
      github.hooks.setUrl(servers[0]?.webhookUrl ?? null);
      await service.openPull();
      github.openIssue(repository, newIssue.author, newIssue);
      await waitFor("work has begun", async () => (await queue.counts()).running > 0);
      const busy = servers.find(({ logs }) => logs.some(({ msg, step }) => msg === "progress" && step !== undefined));
      await (busy ?? servers[0])?.kill();
      github.hooks.setUrl(servers.find((server) => server !== (busy ?? servers[0]))?.webhookUrl ?? null);
      await service.push("push2");
      await waitFor(
        "an empty queue",
        async () => {
          const { waiting, running, done } = await queue.counts();
          return done >= 3 && waiting + running === 0;
        },
        200_000,
      );

      expect(await queue.counts()).toMatchObject({ failed: 0 });
      expect(service.comments()).toHaveLength(1);
      expect(service.comments(newIssue.number)).toHaveLength(1);
      const head = await gitText(repository.gitDir, ["rev-parse", `refs/heads/${pull.branch}`]);
      expect(service.comments()[0]?.body).toContain(head.trim().slice(0, 7));
      const ids = service.findings().map(({ marker }) => marker.id);
      expect(new Set(ids).size).toBe(ids.length);
    } finally {
      await queue.close();
      await Promise.all(servers.map((server) => server.kill()));
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);
});
