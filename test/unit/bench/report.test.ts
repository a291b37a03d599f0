import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawFigure, type Figure } from "../../../bench/report/plots.ts";
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
