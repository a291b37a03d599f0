import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { fitHelp, helpColumns, layOutHelp } from "../../../src/commands/help-text.ts";

const root = join(import.meta.dirname, "../../..");

describe("the help of every verb", () => {
  let verbs: Command[];
  beforeAll(async () => {
    verbs = await loadVerbs();
  }, 600_000);

  it.each([80, 100, 120])("has no line over %d columns on a terminal with so many", (columns) => {
    const wide = [...verbs, program(verbs)].flatMap((verb) =>
      everyOf(verb).flatMap((command) =>
        helpOf(command, columns)
          .split("\n")
          .filter((line) => line.length > columns)
          .map((line) => `${command.name()}: ${line}`),
      ),
    );
    expect(wide).toEqual([]);
  });

  it("says the same at every width", () => {
    for (const command of verbs.flatMap(everyOf)) {
      const [narrow, wide] = [80, 120].map((columns) => said(helpOf(command, columns)));
      expect(narrow, command.name()).toBe(wide);
    }
  });
});

describe("fitHelp", () => {
  it("leaves alone what fits", () => {
    const text = "\nA line that was\nbroken by hand\n\nExamples:\n  assistant review    this branch\n";
    expect(fitHelp(text, 40)).toBe(text);
  });

  it("fills sentences anew, each that begins a line for itself", () => {
    const text = "One sentence that somebody\nbroke by hand, and went on with.\nExit code: 0 fine.";
    expect(fitHelp(text, 30)).toBe("One sentence that somebody\nbroke by hand, and went on\nwith.\nExit code: 0 fine.");
  });

  it("keeps a note below itself where there is room, else below the command", () => {
    const wide = `  assistant list  ${"note ".repeat(9).trim()}`;
    expect(fitHelp(wide, 60)).toBe(`  assistant list  ${"note ".repeat(8).trim()}\n${" ".repeat(18)}note`);
    const late = `  assistant query --engram my.engram  ${"note ".repeat(5).trim()}`;
    expect(fitHelp(late, 50)).toBe(`  assistant query --engram my.engram\n        ${"note ".repeat(5).trim()}`);
  });

  it("breaks a command so that a shell reads it as before, never within quotes", () => {
    const line = `  assistant code --task "a function that pages orders" --context a.engram`;
    expect(fitHelp(line, 60)).toBe(
      `  assistant code --task "a function that pages orders" \\\n      --context a.engram`,
    );
  });
});

describe("helpColumns", () => {
  const write = (): void => {};

  it("are the terminal's, else those of COLUMNS, else 80; never more than eyes follow", () => {
    expect(helpColumns({ columns: 91, write }, { COLUMNS: "70" })).toBe(91);
    expect(helpColumns({ write }, { COLUMNS: "70" })).toBe(70);
    expect(helpColumns({ write }, { COLUMNS: "wide" })).toBe(80);
    expect(helpColumns({ write }, {})).toBe(80);
    expect(helpColumns({ columns: 300, write }, {})).toBe(120);
  });
});

function everyOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyOf)];
}

function program(verbs: readonly Command[]): Command {
  const all = new Command("assistant");
  for (const verb of verbs) all.addCommand(verb);
  return all;
}

function helpOf(command: Command, columns: number): string {
  let text = "";
  const stream = { columns, write: (part: string) => (text += part) };
  layOutHelp(command, stream, stream);
  command.outputHelp();
  return text;
}

/** Without what breaks lines. */
function said(text: string): string {
  return text.replaceAll(/ \\\n +|\s+/g, " ");
}

async function loadVerbs(): Promise<Command[]> {
  const text = readFileSync(join(root, "src/cli.ts"), "utf8");
  const found = [...text.matchAll(/await import\("(\.\/commands\/[a-z-]+\.ts)"\)\)\.(\w+)\(\)/g)];
  return Promise.all(
    found.map(async ([, path = "", make = ""]) => {
      const module = (await import(join(root, "src", path))) as Record<string, () => Command>;
      return module[make]!();
    }),
  );
}
