import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { qualificationCases } from "../../src/qualification/cases/all-cases.ts";
import { abilities } from "../../src/qualification/record.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** What pages count, where they say it, and how many there really are. */
const counts: { what: string; says: RegExp; pages: string[]; really: () => number }[] = [
  {
    what: "cases of qualification",
    says: /(\d+) cases, \w+ abilities/,
    pages: ["README.md", "docs/report/1-models.md"],
    really: () => qualificationCases.length,
  },
  {
    what: "models of the catalogue",
    says: /(\d+) models are in the catalogue|catalogue offers (\d+)|lists (\d+) models/,
    pages: ["README.md", "docs/report/1-models.md", "docs/installing-models.md"],
    really: () => (JSON.parse(read("src/model/catalogue.json")) as unknown[]).length,
  },
  {
    what: "attacks",
    says: /(\d+) (?:cases of `fixtures\/attacks|attacks are tried in the tests, with a model|injection and abuse cases)|(\d+) attacks of `test\/attacks`|\*\*(\d+) attacks\*\*/,
    pages: ["docs/threat-model.md", "docs/security.md", "docs/report/6-security.md", "CONTRIBUTING.md"],
    really: () =>
      readdirSync(join(root, "fixtures/attacks"))
        .filter((file) => file.endsWith(".jsonl"))
        .flatMap((file) => read(join("fixtures/attacks", file)).trim().split("\n")).length,
  },
  {
    what: "sources of the report",
    says: /(\d+) sources/,
    pages: ["README.md", "docs/report/references.md"],
    really: () => (JSON.parse(read("docs/report/references.json")) as unknown[]).length,
  },
];

describe("what pages count", () => {
  it.each(counts)("$what are as many as there are", ({ says, pages, really }) => {
    const told = pages.map((page) => ({ page, said: numbersIn(read(page), says) }));

    expect(told.filter(({ said }) => said.length === 0)).toEqual([]);
    expect(told.flatMap(({ page, said }) => said.map((count) => ({ page, count })))).toEqual(
      told.flatMap(({ page, said }) => said.map(() => ({ page, count: really() }))),
    );
  });

  it("names each ability of a model in the page about them", () => {
    expect(abilities.filter((ability) => !read("docs/qualification.md").includes(`| \`${ability}\``))).toEqual([]);
  });
});

function numbersIn(text: string, says: RegExp): number[] {
  return Array.from(text.matchAll(new RegExp(says, "g")), ([, ...groups]) => Number(groups.find(Boolean)));
}
