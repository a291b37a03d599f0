import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
/** They run until they are stopped, ask a person in a browser, write where the runner says, or for a shell. */
const withoutJson = ["setup", "serve", "action", "completion"];

describe("every verb", () => {
  let leaves: { name: string; command: Command }[];
  beforeAll(async () => {
    leaves = (await loadVerbs()).flatMap((command) => leavesOf(command, ""));
  }, 600_000);

  it("is looked at", () => {
    expect(leaves.map(({ name }) => name)).toEqual(expect.arrayContaining(["review", "models pull", "update sync"]));
    expect(leaves.length).toBeGreaterThan(40);
  });

  it("says in its help what it does, in one style", () => {
    const odd = leaves.filter(({ command }) => !/^[a-z].*[^.]$/.test(command.description()));
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it("shows an example in its help", () => {
    const without = leaves.filter(
      ({ name, command }) => !new RegExp(`Example[\\s\\S]*assistant ${name}`).test(helpOf(command)),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("says in its help what its exit codes mean", () => {
    const without = leaves.filter(({ command }) => !/Exit code: [^]*(?:\d |[Aa]s )/.test(helpOf(command)));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("prints JSON where it is asked to", () => {
    const without = leaves.filter(({ command }) => !command.options.some(({ long }) => long === "--json"));
    expect(without.map(({ name }) => name)).toEqual(withoutJson);
  });

  it("describes every option, in one style", () => {
    const odd = leaves.flatMap(({ name, command }) =>
      command.options
        .filter(
          ({ description }) =>
            !/^[^A-Z\s].*[^.]$/.test(description) && !/^(?:[A-Z]+[ ,:/]|[A-Z]{2,}$)/.test(description),
        )
        .map(({ long, description }) => `${name} ${long}: ${description}`),
    );
    expect(odd).toEqual([]);
  });
});

function leavesOf(command: Command, above: string): { name: string; command: Command }[] {
  const name = `${above} ${command.name()}`.trim();
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((below) => leavesOf(below, name));
}

/** With what stands after the options. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
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
