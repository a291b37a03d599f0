import { expect, it, vi } from "vitest";
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
  const count = (of: string) => queryText(runtime, go, of, (captures) => captures.length);
  const before = count(text);
  // What the real thing does where memory ends; making it do so takes two gigabytes.
  Object.assign(parser ?? {}, {
    parse() {
      throw new Error("Aborted()");
    },
  });

  expect(before).toBeGreaterThan(0);
  expect(count(`${text}// another`)).toBeNull();
  expect(() => count(text)).toThrow(BrokenGrammars);
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

it("parses a text once, whatever is asked of it, and deletes the trees that were asked for longest ago", async () => {
  const runtime = startRuntime();
  await loadGrammar(runtime, go);
  const { parser } = runtime.loaded.get(go) ?? {};
  const parse = vi.spyOn(parser ?? ({} as never), "parse");
  const large = text + `// ${"x".repeat(100)}\n`.repeat(Math.floor(limits.parsedFileBytes / 200));
  const count = (of: string) => queryText(runtime, go, of, (captures) => captures.length);
  const kept = Math.floor(limits.parsedTreeCharacters / (large.length + 10));
  const before = count(large);
  expect(count(large)).toBe(before);
  expect(parse).toHaveBeenCalledTimes(1);

  const tree = parse.mock.results[0]?.value as { delete(): void };
  const deleted = vi.spyOn(tree, "delete");
  for (let n = 1; n < kept; n++) count(`${large}// ${n}\n`);
  expect(deleted).not.toHaveBeenCalled();
  for (let n = 0; n < 2; n++) count(`${large}// last ${n}\n`);
  expect(deleted).toHaveBeenCalledTimes(1);
  expect(count(large)).toBe(before);
  expect(parse).toHaveBeenCalledTimes(kept + 3);
});
