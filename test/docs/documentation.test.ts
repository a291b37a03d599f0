import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { readErrorMessages } from "../../docs/scripts/error-messages.ts";

const root = join(import.meta.dirname, "../..");
const pages = [
  "README.md",
  "AGENTS.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => join("docs", path)),
];
const read = (page: string): string => readFileSync(join(root, page), "utf8");

describe("the documentation", () => {
  it("has every page named in its index", () => {
    const index = read("docs/README.md");
    const isNamed = (page: string) => index.includes(`](${relative("docs", page)})`);
    const own = pages.filter(
      (page) => page.startsWith("docs/") && !/^docs\/(?:README|decisions\/|report\/)/.test(page),
    );
    expect(own.filter((page) => !isNamed(page))).toEqual([]);
  });

  it.each(pages)("%s links to what exists", (page) => {
    const broken = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  describe("commands", () => {
    let verbs: Map<string, Command>;
    beforeAll(async () => {
      verbs = await loadVerbs();
    }, 600_000);

    it("is read for its commands at all", () => {
      expect(pages.flatMap((page) => commandLines(read(page))).length).toBeGreaterThan(60);
      expect(isKnown("review --no-such-option", verbs)).toBe(false);
      expect(isKnown("reviews", verbs)).toBe(false);
      expect(isKnown("models push", verbs)).toBe(false);
    });

    it("the remedies of messages name commands that exist", async () => {
      const remedies = (await readErrorMessages()).map(({ remedy }) => remedy);
      const commands = remedies.flatMap((remedy) => [
        ...inlineCommands(remedy),
        ...[...remedy.matchAll(/(?:^|[ :])assistant ((?:models|knowledge|setup|switch|review|triage)\b[^,.;…]*)/g)].map(
          ([, line = ""]) => line.trim(),
        ),
      ]);
      expect(commands.length).toBeGreaterThan(20);
      expect(commands.filter((line) => !isKnown(line, verbs))).toEqual([]);
    });

    it.each(pages)("%s gives commands that exist, with options that they have", (page) => {
      const wrong = commandLines(read(page)).filter((line) => !isKnown(line, verbs));
      expect(wrong).toEqual([]);
    });
  });
});

/** Code shows links of other people's texts. */
function withoutCode(text: string): string {
  return text
    .replace(/```[\s\S]*?```/g, "")
    .replace(/^ {4}.*$/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || !target.endsWith(".md") || anchorsOf(read(target)).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Lines of code that begin with our command, without what a shell makes of them. */
function commandLines(text: string): string[] {
  const fenced = [...text.matchAll(/```[\s\S]*?```/g)].flatMap(([block]) => block.split("\n"));
  const lines = [...fenced, ...text.split("\n").filter((line) => /^(?: {4}|\t)/.test(line))];
  return [...inlineCommands(text), ...lines.flatMap(commandOf)];
}

/** `assistant verb --option` in running text. */
function inlineCommands(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "").replace(/^(?: {4}|\t).*$/gm, "");
  return [...prose.matchAll(/`assistant ((?:[a-z][a-z-]*)[^`|>#]*)`/g)].map(([, line = ""]) => line.trim());
}

function commandOf(line: string): string[] {
  const found = /(?:^|[ =|$])(?:npm run -s assistant --|assistant) ((?:[a-z][a-z-]*|--)[^|>#\]]*)/.exec(line);
  return found?.[1] === undefined || /^ {4,}\w+ +assistant /.test(line) ? [] : [found[1].trim()];
}

function isKnown(line: string, verbs: ReadonlyMap<string, Command>): boolean {
  const words = line.split(/\s+/).map((word) => word.replace(/["'),.;:]+$/, ""));
  let command = verbs.get(words[0] ?? "");
  if (command === undefined) return false;
  const below = command.commands.find((one) => one.name() === words[1]);
  if (below === undefined && command.commands.length > 0 && /^[a-z]/.test(words[1] ?? "")) return false;
  if (below !== undefined) command = below;
  // What stands behind wide space is said about the command.
  const written = line.split(/ {3,}/)[0] ?? "";
  const options = [...written.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option);
  const known = command.options.flatMap(({ long }) => long ?? []);
  return options.every((option) => [...known, "--help", "--verbose"].includes(option));
}

async function loadVerbs(): Promise<Map<string, Command>> {
  const found = new Map<string, Command>();
  const text = read("src/cli.ts");
  for (const [, verb = "", path = "", make = ""] of text.matchAll(
    /"?([a-z-]+)"?: async \(\) => \(await import\("(\.\/commands\/[a-z-]+\.ts)"\)\)\.(\w+)\(\)/g,
  )) {
    const module = (await import(join(root, "src", path))) as Record<string, () => Command>;
    const command = module[make]?.();
    if (command !== undefined) found.set(verb, command);
  }
  return found;
}
