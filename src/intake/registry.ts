import { limits } from "../shared/limits.ts";
import { nearest } from "../shared/nearest.ts";
import type { ImplementTask } from "../publish/implement-outcome.ts";
import type { Role } from "./permission.ts";

export type Place = "pull" | "issue";

export interface CommandEntry {
  verb: string;
  /** One line, for the help text. */
  summary: string;
  /** Where it works. */
  places: readonly Place[];
  /** The least role of who may use it; null: everybody who can comment. */
  leastRole: Role | null;
}

/** The commands that come to a change of the code, or to the plan of one. */
export function changesCode(verb: string): verb is ImplementTask {
  return ["implement", "plan", "test", "document", "refactor"].includes(verb);
}

/** Every command there is. Reviewing costs minutes of the server's time, so it takes the right to push; answers cost seconds. */
export const commands: readonly CommandEntry[] = [
  {
    verb: "review",
    summary: "review this pull request now; with `--all`, say again what was turned down before",
    places: ["pull"],
    leastRole: "write",
  },
  { verb: "triage", summary: "look for similar issues and suspect code now", places: ["issue"], leastRole: "triage" },
  {
    verb: "ask",
    summary: "a question about the code and its past; in a review thread, about its lines",
    places: ["pull", "issue"],
    leastRole: "triage",
  },
  {
    verb: "explain",
    summary: "a file, lines of it or a name: what it is, who uses it, which changes shaped it and why",
    places: ["pull", "issue"],
    leastRole: "triage",
  },
  {
    verb: "similar",
    summary: "code and earlier issues like a text, a place, or what is discussed here",
    places: ["pull", "issue"],
    leastRole: "triage",
  },
  {
    verb: "plan",
    summary: "how this issue could be done: where, in which steps, and what to test; no code is written",
    places: ["pull", "issue"],
    leastRole: "triage",
  },
  {
    verb: "implement",
    summary:
      "write what this issue asks for, check it, and open a draft pull request; `--yes` does not wait for approval",
    places: ["pull", "issue"],
    leastRole: "write",
  },
  {
    verb: "test",
    summary: "as implement, for tests of the files or lines that you name",
    places: ["pull", "issue"],
    leastRole: "write",
  },
  {
    verb: "document",
    summary: "as implement, for the documentation of the files or lines that you name",
    places: ["pull", "issue"],
    leastRole: "write",
  },
  {
    verb: "refactor",
    summary: "as implement, for rename, extract, simplify or remove dead code in what you name",
    places: ["pull", "issue"],
    leastRole: "write",
  },
  {
    verb: "stop",
    summary: "end what the assistant is doing here, and say what is left of it",
    places: ["pull", "issue"],
    leastRole: "write",
  },
  { verb: "pause", summary: "say nothing here unasked until resume", places: ["pull"], leastRole: "write" },
  { verb: "resume", summary: "go on reviewing unasked", places: ["pull"], leastRole: "write" },
  {
    verb: "ignore",
    summary: "in the thread of a finding, or with its id: do not say it again here",
    places: ["pull"],
    leastRole: "write",
  },
  {
    verb: "off",
    summary: "write nothing more in this repository until `on`, whatever happens or is asked",
    places: ["pull", "issue"],
    leastRole: "maintain",
  },
  { verb: "on", summary: "act in this repository again", places: ["pull", "issue"], leastRole: "maintain" },
  { verb: "help", summary: "show this list", places: ["pull", "issue"], leastRole: null },
];

/** Null where no such command exists; `verb` is lower-case. */
export function findCommand(verb: string): CommandEntry | null {
  return commands.find((entry) => entry.verb === verb) ?? null;
}

/** The answer, in Markdown, to a command that needs no work: help, an unknown verb, or a verb that works elsewhere. */
export function answerText(verb: string, place: Place): string {
  const entry = findCommand(verb);
  if (!entry) {
    const meant = nearest(
      verb,
      commands.map((command) => command.verb),
    );
    const hint = meant === null ? "" : ` Did you mean \`/assistant ${meant}\`?`;
    return `There is no command \`${verb}\`.${hint}\n\n${helpText(place)}`;
  }
  if (!entry.places.includes(place))
    return `\`/assistant ${verb}\` works on ${nameOf(entry.places)} only.\n\n${helpText(place)}`;
  return helpText(place);
}

/** The answer to a command whose sender lacks the role. */
export function refusalText(entry: CommandEntry): string {
  return `\`/assistant ${entry.verb}\` needs the role \`${entry.leastRole}\` or higher in this repository.`;
}

/** The answer to somebody who asks too often. */
export function tooManyText(): string {
  const { asksOfPerson, asksOfRepository, askWindowMs } = limits;
  return (
    `That were too many questions: within ${askWindowMs / 60_000} minutes, ${asksOfPerson} of one person and ` +
    `${asksOfRepository} in one repository are answered. Ask again later; until then nothing more is said about it.`
  );
}

function helpText(place: Place): string {
  const rows = commands
    .filter((entry) => entry.places.includes(place))
    .map((entry) => `- \`/assistant ${entry.verb}\`: ${entry.summary} (${whoMay(entry)})`);
  return `Commands that work here, at the start of a line of a comment:\n\n${rows.join("\n")}`;
}

function whoMay({ leastRole }: CommandEntry): string {
  return leastRole === null ? "everybody" : `role \`${leastRole}\` or higher`;
}

function nameOf(places: readonly Place[]): string {
  return places.map((place) => (place === "pull" ? "pull requests" : "issues")).join(" and ");
}
