import { expect, it } from "vitest";
import {
  BrokenGrammars,
  isWornOut,
  loadGrammar,
  queryText,
  renewRuntime,
  startRuntime,
} from "../../../../src/engram/units/grammar-runtime.ts";
import { go } from "../../../../src/engram/units/grammars/go.ts";
import { limits } from "../../../../src/shared/limits.ts";

const text = "package a\n\nfunc b() { c() }\n";

it("renews a runtime that a text broke, with its grammars", async () => {
  const runtime = startRuntime();
  await loadGrammar(runtime, go);
  const { parser } = runtime.loaded.get(go) ?? {};
  const count = () => queryText(runtime, go, text, (captures) => captures.length);
  const before = count();
  // What the real thing does where memory ends; making it do so takes two gigabytes.
  Object.assign(parser ?? {}, {
    parse() {
      throw new Error("Aborted()");
    },
  });

  expect(before).toBeGreaterThan(0);
  expect(count()).toBeNull();
  expect(count).toThrow(BrokenGrammars);
  expect(isWornOut(runtime)).toBe(true);

  const renewed = await renewRuntime(runtime);
  expect(isWornOut(renewed)).toBe(false);
  expect(queryText(renewed, go, text, (captures) => captures.length)).toBe(before);
});

it("gives up a runtime that has grown large", async () => {
  const runtime = startRuntime();
  await runtime.ready;
  expect(isWornOut(runtime)).toBe(false);

  expect(runtime.memory.HEAPU8?.length).toBeGreaterThan(1024 * 1024);
  runtime.memory = { HEAPU8: { length: limits.parserMemoryBytes + 1 } as Uint8Array };
  expect(isWornOut(runtime)).toBe(true);
});
