import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineFacts, nvidiaGpus } from "../../../src/model/machine.ts";

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

  it("keeps to the limits of version 1 as well; the kernel's largest number is none", async () => {
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "600000000\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "500000000\n");
    write("sys/fs/cgroup/memory/memory.stat", "inactive_file 9\ntotal_inactive_file 100000000\n");
    expect(await machineFacts(root)).toMatchObject({ cores: 1, totalBytes: 600e6, freeBytes: 200e6 });
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    expect(await machineFacts(root)).toMatchObject({ cores: availableParallelism(), totalBytes: totalmem() });
  });

  it("keeps to the limits of a service, and of every group above it", async () => {
    write("proc/self/cgroup", "5:cpuset:/elsewhere\n0::/system.slice/assistant.service\n");
    write("sys/fs/cgroup/system.slice/assistant.service/memory.max", "800000000\n");
    write("sys/fs/cgroup/system.slice/memory.max", "700000000\n");
    write("sys/fs/cgroup/system.slice/memory.current", "400000000\n");
    write("sys/fs/cgroup/elsewhere/memory.max", "1\n");
    expect(await machineFacts(root)).toMatchObject({ totalBytes: 700e6, freeBytes: 300e6 });
  });

  it("tells cores from hyper-threads, and counts NUMA nodes", async () => {
    const thread = (id: number, core: number) => `processor : ${id}\nphysical id : 0\ncore id : ${core}\n`;
    write("proc/cpuinfo", [thread(0, 0), thread(1, 1), thread(2, 0), thread(3, 1)].join("\n"));
    for (const node of ["node0", "node1"]) write(`sys/devices/system/node/${node}/meminfo`, "");
    write("sys/devices/system/node/online", "0-1\n");
    expect(await machineFacts(root)).toMatchObject({ physicalCores: 2, numaNodes: 2 });
    rmSync(join(root, "proc"), { recursive: true });
    rmSync(join(root, "sys"), { recursive: true });
    const { cores, physicalCores, numaNodes } = await machineFacts(root);
    expect([physicalCores, numaNodes]).toEqual([cores, 1]);
  });

  it("reads the memory of AMD's cards from the driver's files", async () => {
    write("dev/kfd", "");
    write("sys/class/drm/card0/device/mem_info_vram_total", "16000000000\n");
    write("sys/class/drm/card0/device/mem_info_vram_used", "1000000000\n");
    write("sys/class/drm/card1/device/vendor", "0x1af4\n");
    expect((await machineFacts(root)).gpus).toEqual([{ name: "AMD card0", totalBytes: 16e9, freeBytes: 15e9 }]);
  });

  it("asks NVIDIA's tool, and lives without an answer", async () => {
    const tool = join(root, "nvidia-smi");
    writeFileSync(tool, "#!/bin/sh\necho 'NVIDIA H100 80GB HBM3, 81559, 80000'\necho 'NVIDIA L4, 23034, [N/A]'\n");
    chmodSync(tool, 0o755);
    expect(await nvidiaGpus(tool)).toEqual([
      { name: "NVIDIA H100 80GB HBM3", totalBytes: 81_559 * 2 ** 20, freeBytes: 80_000 * 2 ** 20 },
    ]);
    writeFileSync(tool, "#!/bin/sh\nexit 9\n");
    expect(await nvidiaGpus(tool)).toEqual([]);
    expect(await nvidiaGpus("/nowhere/nvidia-smi")).toEqual([]);
  });
});
