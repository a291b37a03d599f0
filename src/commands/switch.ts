import { userInfo } from "node:os";
import { Command, Option } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { openSqliteServiceNotes } from "../intake/sqlite-service-notes.ts";
import { AssistantError } from "../shared/errors.ts";
import { repositoryKey } from "../shared/repository.ts";

export function switchCommand(): Command {
  return new Command("switch")
    .description("switch the app off or on, as a whole or for one repository; without on or off: say what is off")
    .argument("[state]", "on or off")
    .argument("[repository]", "OWNER/NAME; without: the whole app")
    .addOption(new Option("--json", "print what is off as JSON"))
    .addHelpText(
      "after",
      `
While it is off nothing is written to GitHub, also by jobs that run; events are taken, and what they ask for is dropped. A
server that runs on this ASSISTANT_HOME heeds it at once. In a repository, people with the role maintain say /assistant off
and /assistant on.

Examples:
  assistant switch off                 the whole app
  assistant switch off octo/hello      one repository
  assistant switch on                  the whole app again; repositories that are off stay off
  assistant switch                     what is off, since when and by whom

Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action((state: string | undefined, repository: string | undefined, { json = false }: { json?: boolean }) => {
      if (state !== undefined && state !== "on" && state !== "off") throw badState(state);
      const { home, github } = loadSettings();
      const notes = openSqliteServiceNotes(home.service);
      try {
        if (state !== undefined)
          notes.setSwitch(repository === undefined ? null : keyOf(github.host, repository), state === "off", whoAmI());
        const off = notes.switchedOff();
        const told = off.map(({ repository: key, by, at }) => {
          return `off: ${key ?? "the whole app"} (by ${by}, ${new Date(at).toISOString()})`;
        });
        const text = json ? JSON.stringify(off) : told.join("\n") || "nothing is switched off";
        process.stdout.write(`${text}\n`);
      } finally {
        notes.shut();
      }
    });
}

function keyOf(host: string, repository: string): string {
  const [owner, name, ...more] = repository.split("/");
  if (owner && name && more.length === 0) return repositoryKey({ host, owner, name });
  throw new AssistantError(`"${repository}" names no repository`, {
    code: "bad-repository",
    remedy: "Name it OWNER/NAME, as in its address on GitHub.",
  });
}

function badState(state: string): AssistantError {
  return new AssistantError(`"${state}" is neither on nor off`, {
    code: "bad-switch",
    remedy: "Say: assistant switch off, or assistant switch on, with OWNER/NAME for one repository.",
  });
}

function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return "the command line";
  }
}
