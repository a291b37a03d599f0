import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Language, Parser } from "web-tree-sitter";
import { beforeAll, describe, expect, it } from "vitest";
import { findDefinitions } from "../../../src/api/find-definitions.ts";
import { qualificationCases } from "../../../src/qualification/cases/all-cases.ts";
import type { CaseLanguage, QualificationCase } from "../../../src/qualification/cases/case.ts";
import { casesVersion } from "../../../src/qualification/cases-version.ts";
import { factsOf, faultOf } from "../../../src/qualification/faithful.ts";
import { halve, quickSample } from "../../../src/qualification/halves.ts";
import { abilities } from "../../../src/qualification/record.ts";
import { hashOf } from "../../../src/qualification/versions.ts";

function casesOf<A extends QualificationCase["ability"]>(ability: A): Extract<QualificationCase, { ability: A }>[] {
  return qualificationCases.filter(
    (entry): entry is Extract<QualificationCase, { ability: A }> => entry.ability === ability,
  );
}

/** Compilers take a minute together: they are asked by hand, `EDIT_CASES=all`, when a case changes. */
const all = process.env["EDIT_CASES"] === "all";
const isThere = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const toolsOf: Partial<Record<CaseLanguage, () => boolean>> = {
  javascript: () => true,
  python: () => isThere("python3"),
  go: () => all && isThere("go"),
  java: () => all && isThere("javac"),
  rust: () => all && isThere("rustc"),
  c: () => all && isThere("cc"),
};

describe("the built-in cases", () => {
  it("are at least two hundred, enough of each ability, in ten languages", () => {
    expect(qualificationCases.length).toBeGreaterThanOrEqual(200);
    const least = { review: 80, confirm: 50, label: 40, wording: 40, edit: 30 };
    for (const ability of abilities) expect(casesOf(ability).length).toBeGreaterThanOrEqual(least[ability]);
    const languages = new Set(casesOf("review").map(({ language }) => language));
    expect(languages.size).toBe(10);
  });

  it("have ids of their own", () => {
    const ids = qualificationCases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are those that the version names", () => {
    expect(casesVersion).toBe(hashOf(qualificationCases));
  });

  it("show each defect beside its sound twin, at lines of the new file that the sound one may lack", () => {
    const review = casesOf("review");
    const defects = review.filter(({ right }) => right.length > 0);
    expect(defects.length).toBe(review.length / 2);
    for (const defect of defects) {
      const twin = review.find(({ group, right }) => group === defect.group && right.length === 0);
      expect(twin?.change, defect.id).not.toEqual(defect.change);
      for (const index of defect.right) expect(defect.change[index]?.charAt(0), defect.id).toMatch(/[+ ]/);
      const size = defect.change.length;
      expect(size, defect.id).toBeGreaterThanOrEqual(10);
      expect(size, defect.id).toBeLessThanOrEqual(60);
    }
  });

  it("say of a piece of code as many true things as false ones", () => {
    const confirm = casesOf("confirm");
    expect(confirm.filter(({ holds }) => holds).length).toBe(confirm.length / 2);
  });

  it("expect labels that there are, each at least once, and sometimes none", () => {
    const label = casesOf("label");
    for (const { id, labels, expected } of label) {
      if (expected !== null)
        expect(
          labels.map(({ name }) => name),
          id,
        ).toContain(expected);
    }
    const names = new Set(label.flatMap(({ labels }) => labels.map(({ name }) => name)));
    for (const name of names)
      expect(
        label.some(({ expected }) => expected === name),
        name,
      ).toBe(true);
    expect(label.filter(({ expected }) => expected === null).length).toBeGreaterThanOrEqual(3);
  });

  it("ask for words that the facts hold, and forbid none of their own claims", () => {
    for (const given of casesOf("wording")) {
      const facts = factsOf(given).toLowerCase();
      for (const choices of given.must)
        expect(
          choices.some((one) => facts.includes(one.toLowerCase())),
          given.id,
        ).toBe(true);
      for (const claim of given.mustNot) expect(facts, given.id).not.toContain(claim);
      expect(faultOf(given.title, given), given.id).toBe("it copies the facts");
    }
  });

  it("name the function that an edit replaces in its code, and test it", async () => {
    for (const { id, path, code, symbol, solution, beside } of casesOf("edit")) {
      expect(code, id).toContain(symbol);
      expect(Object.values(beside).join("\n"), id).toContain(symbol);
      const names = ((await findDefinitions(path, code)) ?? []).map(({ name }) => name.split(".").at(-1));
      expect(names, id).toContain(symbol);
      expect(
        ((await findDefinitions(path, solution)) ?? []).map(({ name }) => name.split(".").at(-1)),
        id,
      ).toEqual(names);
    }
  });

  it("have edits to make that their tests tell from what was there", { timeout: 600_000 }, () => {
    const known = casesOf("edit").filter(({ language }) => toolsOf[language]?.() ?? false);
    expect(known.filter(({ language }) => language === "javascript").length).toBeGreaterThanOrEqual(12);
    const folder = mkdtempSync(join(tmpdir(), "edit-cases-"));
    // One after another: a compiler takes more memory than a test may.
    for (const { id, path, code, solution, beside, command } of known) {
      const own = join(folder, id);
      mkdirSync(own);
      for (const [name, text] of Object.entries(beside)) writeFileSync(join(own, name), text);
      const passes = (text: string): boolean => {
        writeFileSync(join(own, path), text);
        const env = { ...process.env, GOCACHE: folder };
        return spawnSync("sh", ["-c", command], { cwd: own, env, timeout: 60_000 }).status === 0;
      };
      expect(passes(code), `${id} as it is`).toBe(false);
      expect(passes(solution), `${id} with its solution`).toBe(true);
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("are parted without parting what shares its material", () => {
    for (const ability of abilities) {
      const own = casesOf(ability);
      const { calibration, test } = halve(own);
      expect(calibration.length + test.length).toBe(own.length);
      const groups = new Set(calibration.map(({ group }) => group));
      expect(test.filter(({ group }) => groups.has(group))).toEqual([]);
      expect(Math.abs(calibration.length - test.length)).toBeLessThanOrEqual(2);
    }
  });

  it("have a quick sample of every ability, with both answers in both halves", () => {
    const sample = quickSample(qualificationCases);
    expect(sample.length).toBeLessThan(qualificationCases.length / 2);
    for (const part of Object.values(halve(sample.filter(({ ability }) => ability === "review")))) {
      expect(part.some((given) => given.ability === "review" && given.right.length > 0)).toBe(true);
      expect(part.some((given) => given.ability === "review" && given.right.length === 0)).toBe(true);
    }
  });
});

describe("the code in the built-in cases", () => {
  const parsers = new Map<CaseLanguage, Parser>();

  beforeAll(async () => {
    await Parser.init();
    const { resolve } = createRequire(import.meta.url);
    const folders = {
      vscode: join(dirname(resolve("@vscode/tree-sitter-wasm/package.json")), "wasm"),
      repomix: join(dirname(resolve("@repomix/tree-sitter-wasms/package.json")), "out"),
    };
    const files: [CaseLanguage, keyof typeof folders, string][] = [
      ["typescript", "vscode", "tree-sitter-typescript.wasm"],
      ["javascript", "vscode", "tree-sitter-javascript.wasm"],
      ["python", "vscode", "tree-sitter-python.wasm"],
      ["go", "vscode", "tree-sitter-go.wasm"],
      ["java", "vscode", "tree-sitter-java.wasm"],
      ["rust", "vscode", "tree-sitter-rust.wasm"],
      ["csharp", "vscode", "tree-sitter-c-sharp.wasm"],
      ["ruby", "vscode", "tree-sitter-ruby.wasm"],
      ["php", "vscode", "tree-sitter-php.wasm"],
      ["c", "repomix", "tree-sitter-c.wasm"],
    ];
    for (const [language, folder, file] of files) {
      const parser = new Parser();
      parser.setLanguage(await Language.load(join(folders[folder], file)));
      parsers.set(language, parser);
    }
  });

  function faultIn(language: CaseLanguage, code: string): string | null {
    const text = language === "php" && !code.startsWith("<?php") ? `<?php\n${code}` : code;
    const tree = parsers.get(language)?.parse(text);
    if (!tree) return null;
    const fault = tree.rootNode.hasError ? text : null;
    tree.delete();
    return fault;
  }

  it("parses after each change, and before it", () => {
    for (const { id, language, change } of casesOf("review")) {
      const after = change.filter((line) => !line.startsWith("-")).map((line) => line.slice(1));
      const before = change.filter((line) => !line.startsWith("+")).map((line) => line.slice(1));
      expect(faultIn(language, after.join("\n")), id).toBeNull();
      expect(faultIn(language, before.join("\n")), id).toBeNull();
    }
  });

  it("parses where a claim is made about it", () => {
    for (const { id, language, code } of casesOf("confirm")) expect(faultIn(language, code), id).toBeNull();
  });

  it("parses before an edit, and so do its solution and its test", () => {
    for (const { id, language, code, solution, beside } of casesOf("edit")) {
      const others = Object.entries(beside).filter(([path]) => path !== "go.mod");
      for (const text of [code, solution, ...others.map(([, text]) => text)])
        expect(faultIn(language, text), id).toBeNull();
    }
  });
});
