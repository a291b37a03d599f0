import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineFacts } from "../../../src/model/machine.ts";

describe("machineFacts", () => {
  let root: string;
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "machine-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("takes the machine as it is where nothing limits it", async () => {
    write("sys/fs/cgroup/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/memory.max", "max\n");
    const machine = await machineFacts(root);
    expect(machine).toMatchObject({ cores: availableParallelism(), totalBytes: totalmem(), gpu: null });
    expect(machine.freeBytes).toBeGreaterThan(0);
  });

  it("keeps to a container's limits; cached file pages are free memory", async () => {
    write("sys/fs/cgroup/cpu.max", "150000 100000\n");
    write("sys/fs/cgroup/memory.max", "500000000\n");
    write("sys/fs/cgroup/memory.current", "450000000\n");
    write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 200000000\nactive_file 3\n");
    expect(await machineFacts(root)).toMatchObject({ cores: 1, totalBytes: 500e6, freeBytes: 250e6 });
  });

  it("keeps one core under the smallest quota", async () => {
    write("sys/fs/cgroup/cpu.max", "20000 100000\n");
    expect((await machineFacts(root)).cores).toBe(1);
  });

  it("sees a GPU and the vector instructions", async () => {
    write("proc/driver/nvidia/version", "NVRM");
    write("proc/cpuinfo", "processor : 0\nflags\t\t: fpu avx2 fma avx512f\n");
    expect(await machineFacts(root)).toMatchObject({ gpu: "nvidia", vectorInstructions: ["avx2", "fma", "avx512f"] });
  });
});
