import { spawnSync } from "node:child_process";
import { Argument, Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { completionScript } from "../../../src/commands/completion-scripts.ts";

const program = new Command("assistant")
  .option("--verbose", "with an error, print its stack trace")
  .addCommand(
    new Command("models")
      .description("install local models")
      .addCommand(new Command("pull").description("don't wait: install one").option("--json", "print JSON")),
  )
  .addCommand(
    new Command("implement")
      .description("write a change")
      .addArgument(new Argument("<way>", "how").choices(["soon", "later"]))
      .addOption(new Option("--task <kind>", "what is done").choices(["test", "document"]))
      .option("--patch <file>", "write the change"),
  )
  .addCommand(new Command("hidden"), { hidden: true });

describe("completion in bash", () => {
  it.each([
    ["verbs", ["assistant", ""], ["models", "implement", "help", "--verbose", "--help"]],
    ["a verb that is begun", ["assistant", "mo"], ["models"]],
    ["verbs of a verb", ["assistant", "models", ""], ["pull", "--help"]],
    ["options of a verb of a verb", ["assistant", "models", "pull", "--"], ["--json", "--help"]],
    ["options behind what is no verb", ["assistant", "--verbose", "models", "pull", "name", "--j"], ["--json"]],
    ["words of an argument", ["assistant", "implement", "so"], ["soon"]],
    ["choices of an option", ["assistant", "implement", "--task", ""], ["test", "document"]],
    ["nothing of ours for a file, so that files are offered", ["assistant", "implement", "--patch", ""], []],
  ])("knows %s", (_, typed, offered) => {
    expect(completed(typed)).toEqual(offered);
  });
});

describe("completion in other shells", () => {
  it("tells zsh and fish every verb, option and choice, with what it does", () => {
    for (const shell of ["zsh", "fish"] as const) {
      const script = completionScript(shell, program);
      for (const word of ["models", "pull", "json", "task", "test document", "write the change"]) {
        expect(script, shell).toContain(word);
      }
      expect(script, shell).toContain("don'\\''t wait");
      expect(script, shell).not.toContain("hidden");
    }
  });

  it.each(["zsh", "fish"] as const)("is a script that %s reads", (shell) => {
    const { status, stderr, error } = spawnSync(shell, ["-n"], {
      input: completionScript(shell, program),
      encoding: "utf8",
    });
    // Where the shell is not installed there is nothing to ask.
    if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

/** What bash offers for the last word. */
function completed(typed: readonly string[]): string[] {
  const words = typed.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${words}); COMP_CWORD=${typed.length - 1}; _assistant; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", `${completionScript("bash", program)}\n${ask}`], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}
