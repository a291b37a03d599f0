import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDemoRepository } from "../../../fixtures/demo/build-repository.ts";
import { demoRefs } from "../../../fixtures/demo/demo-repository.ts";
import type { Encoder } from "../../../src/engram/encode.ts";
import type { Engram } from "../../../src/engram/engram.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { defaultSeed } from "../../../src/engram/versions.ts";

/** What the pictures are made of: the engram of the demo's repository before its pull request. */
export interface DemoEngram {
  engram: Engram;
  encoder: Encoder;
}

export async function openDemoEngram(): Promise<DemoEngram> {
  const gitDir = await mkdtemp(join(tmpdir(), "pictures-"));
  try {
    await buildDemoRepository(gitDir);
    const encoder = { kernel: createJsKernel(), seed: defaultSeed, units: createUnitParser() };
    const { engram } = await createMemoryEngramStore(encoder).update("demo", gitDir, demoRefs.main);
    return { engram, encoder };
  } finally {
    await rm(gitDir, { recursive: true });
  }
}
