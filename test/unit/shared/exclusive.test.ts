import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createExclusive } from "../../../src/shared/exclusive.ts";

describe("createExclusive", () => {
  it("runs the same key one after another and different keys side by side", async () => {
    const exclusive = createExclusive();
    const log: string[] = [];
    const task = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await sleep(ms);
      log.push(`${name} ends`);
    };

    await Promise.all([exclusive("a", task("a1", 30)), exclusive("a", task("a2", 1)), exclusive("b", task("b1", 5))]);

    expect(log).toEqual(["a1 begins", "b1 begins", "b1 ends", "a1 ends", "a2 begins", "a2 ends"]);
  });

  it("goes on after a failure and hands it to its own caller only", async () => {
    const exclusive = createExclusive();
    const failing = exclusive("a", () => Promise.reject(new Error("no")));
    const next = exclusive("a", () => Promise.resolve("yes"));
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });
});
