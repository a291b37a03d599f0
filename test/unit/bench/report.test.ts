import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fileRecall, reciprocalRanks, summarise } from "../../../bench/report/file-recall.ts";
import { drawFigure, type Figure } from "../../../bench/report/plots.ts";
import { requantise } from "../../../bench/report/requantise.ts";
import { writeGguf } from "../../../src/model/gguf-writer.ts";
import { citedIn, readReferences, renderList, reportPages, withAddresses } from "../../../bench/report/references.ts";

const dir = join(import.meta.dirname, "../../../docs/report");
const references = readReferences(dir);
const ids = references.map(({ id }) => id).sort();
const read = (name: string) => readFileSync(join(dir, name), "utf8");

describe("the report's references", () => {
  it("are at least a hundred, each with an address, a way of reading and a use", () => {
    expect(references.length).toBeGreaterThanOrEqual(100);
    for (const { url, read: how, took, year } of references) {
      expect(url).toMatch(/^https?:\/\//);
      expect(Math.min(how.length, took.length)).toBeGreaterThan(3);
      expect(year).toBeGreaterThan(1990);
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are all cited, and every citation is one of them", () => {
    const cited = reportPages(dir).flatMap((page) => citedIn(read(page)));
    expect([...new Set(cited)].sort()).toEqual(ids);
  });

  it("are listed as they are written down, and pages lead to them", () => {
    const words = (text: string) => text.replaceAll(/\s+/g, " ").trim();
    expect(words(read("references.md"))).toBe(words(renderList(references)));
    for (const page of reportPages(dir)) expect(words(read(page))).toBe(words(withAddresses(read(page), references)));
  });

  it("tells a citation from a link and from code", () => {
    expect(citedIn("see [one-two], [a link](page.md), `[code]` and [one-two]")).toEqual(["one-two"]);
  });
});

describe("the report's figures", () => {
  const figures = readdirSync(join(dir, "figures")).filter((name) => name.endsWith(".json"));
  const drawn = figures.filter((name) => "series" in (JSON.parse(read(join("figures", name))) as object));

  it.each(figures)("%s says which command gave it, when and where", (name) => {
    const { command, date, machine } = JSON.parse(read(join("figures", name))) as Figure;
    expect(command.length).toBeGreaterThan(5);
    expect(date).toMatch(/^2026-\d\d-\d\d$/);
    expect(machine.length).toBeGreaterThan(5);
  });

  it.each(drawn)("%s is drawn as it is", (name) => {
    const figure = JSON.parse(read(join("figures", name))) as Figure;
    const file = join("figures", name.replace(/json$/, "svg"));
    expect(existsSync(join(dir, file))).toBe(true);
    expect(read(file)).toBe(drawFigure(figure));
  });
});

describe("weights in another format", () => {
  const work = mkdtempSync(join(tmpdir(), "requantise-"));
  afterAll(() => rmSync(work, { recursive: true, force: true }));
  const at = (name: string) => join(work, name);
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * (1 + (i >> 5)));

  it("keeps each value within a step of its block, and embeddings as they were", async () => {
    const tensors = ["token_embd.weight", "blk.0.ffn_up.weight"].map((name) => ({
      name,
      shape: [32, 2],
      type: "f32" as const,
      data: () => values,
    }));
    const metadata = {
      "general.architecture": { type: "string" as const, value: "llama" },
      "tokenizer.ggml.tokens": { type: "string[]" as const, value: ["a", "b"] },
    };
    await writeGguf(at("f32"), metadata, tensors);
    // The data of both tensors stand at the end: 256 bytes each.
    const last = () => {
      const bytes = readFileSync(at("back")).subarray(-256);
      return Array.from({ length: 64 }, (_, i) => bytes.readFloatLE(4 * i));
    };
    const first = (name: string) => readFileSync(at(name)).subarray(-512, -256);
    for (const [format, steps] of [
      ["f16", 2_048],
      ["q8_0", 127],
      ["q4_1", 7.5],
      ["q4_0", 7.9],
    ] as const) {
      requantise(at("f32"), at(format), format);
      requantise(at(format), at("back"), "f32");
      expect(first("back")).toEqual(first("f32"));
      for (const [i, value] of last().entries()) {
        const step = (1 + (i >> 5)) / steps;
        expect(Math.abs(value - (values[i] as number))).toBeLessThan(step);
      }
    }
  });
});

describe("files found", () => {
  it("counts what is among the first ten, and the paired difference", () => {
    const ranking = Array.from({ length: 12 }, (_, i) => `f${i}`);
    expect(fileRecall(["f9", "f10"], ranking)).toBe(0.5);
    const pairs = [
      { here: 1, ours: 0.5 },
      { here: 0, ours: 0 },
    ];
    expect(summarise(pairs)).toEqual({ mean: 0.5, difference: 0.25, margin: expect.closeTo(0.354, 3) });
  });

  it("puts first what several rankings put high", () => {
    expect(
      reciprocalRanks([
        ["a", "b", "c"],
        ["b", "d"],
      ])[0],
    ).toBe("b");
  });
});
