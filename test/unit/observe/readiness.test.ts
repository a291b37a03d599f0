import { statfs } from "node:fs/promises";
import { afterEach, expect, it, vi } from "vitest";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import { readiness } from "../../../src/observe/readiness.ts";
import { limits } from "../../../src/shared/limits.ts";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<object>();
  return { ...real, statfs: vi.fn() };
});
afterEach(() => void vi.mocked(statfs).mockReset());

const look = () =>
  readiness({ queue: createMemoryQueue(), folder: "/", models: async () => "none", switchedOff: () => false });

it("is not ready while the disk has no room, says how much there is, and is again once there is some", async () => {
  const room = (bytes: number): void =>
    void vi.mocked(statfs).mockResolvedValue({ bavail: bytes / 4_096, bsize: 4_096 } as never);

  room(12 * 4_096 * 1_000);
  expect(await look()).toMatchObject({ ready: false, checks: { queue: "ok", disk: "49 MB are free" } });
  room(limits.diskFreeBytes);
  expect(await look()).toMatchObject({ ready: true, checks: { disk: "ok" } });
});

it("needs no model", async () => {
  vi.mocked(statfs).mockResolvedValue({ bavail: limits.diskFreeBytes, bsize: 1 } as never);
  const models = async (): Promise<string> => {
    throw new Error("no model fits");
  };
  const found = await readiness({ queue: createMemoryQueue(), folder: "/", models, switchedOff: () => true });
  expect(found).toMatchObject({ ready: true, checks: { models: "no model fits", switch: "off: nothing is written" } });
});
