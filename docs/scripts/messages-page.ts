import { type ErrorMessage, readErrorMessages } from "./error-messages.ts";

/** Headings of docs/messages.md, with what a file of `src/` has to begin with to belong there; the first one that fits. */
const groups: readonly { heading: string; about: string; files: RegExp }[] = [
  {
    heading: "Setting up and configuration",
    about: "From `assistant setup`, `assistant doctor`, and at the start of every command.",
    files: /^src\/(?:config|commands\/(?:setup|run-setup|doctor|github-client|switch))/,
  },
  {
    heading: "The service, the action and GitHub",
    about: "In the service's log, and from `assistant serve` and the action.",
    files: /^src\/(?:server|jobs|intake|handlers|feedback|publish|commands\/(?:action|run-action|serve))/,
  },
  {
    heading: "Repositories and git",
    about: "From every command that reads a clone or a mirror.",
    files: /^src\/(?:workspace|shared|history)/,
  },
  {
    heading: "Issues and the tracker",
    about: "From `assistant triage` and `assistant backfill`.",
    files: /^src\/(?:tracker|commands\/(?:triage|backfill|read-whole-tracker|known-tracker|suggest))/,
  },
  {
    heading: "Engrams and documents",
    about: "From the verbs that make, ask and change engrams, and from `assistant knowledge`.",
    files:
      /^src\/(?:engram|knowledge|commands\/(?:engram|tree|ingest|import|extract|query|update|write-engram|knowledge|list|diff))/,
  },
  {
    heading: "Models",
    about: "From `assistant models` and whatever asks a model. Reviews and triage go on without one.",
    files: /^src\/(?:model|orchestration|qualification|commands\/(?:models|named-model|qualify))/,
  },
  {
    heading: "Research, code, changes and the API",
    about: "From `assistant research`, `code`, `ask`, `api` and `implement`.",
    files:
      /^src\/(?:api|sandbox|edits|tasks|commands\/(?:code|research|ask|api|implement|apply-patch|assistant-options))/,
  },
  { heading: "Other commands", about: "From reviews and the verbs that look for evidence.", files: /^src\// },
];

/** The text of docs/messages.md. */
export async function messagesPage(): Promise<string> {
  const messages = await readErrorMessages();
  const placed = messages.map((one) => ({ ...one, group: groups.findIndex(({ files }) => files.test(one.file)) }));
  const sections = groups.map(({ heading, about }, i) => {
    const rows = placed.filter(({ group }) => group === i).toSorted(byWords);
    return `## ${heading}\n\n${about}\n\n${table(rows)}`;
  });
  return `${opening}\n${sections.join("\n")}`;
}

const opening = `# Messages

The messages with which a command ends or a job fails, with what to do about each. This page is written from the code by
\`npm run generate\`, so it is what this version says. \`…\` stands for a name, a number or a reason. The last column is the
message's code, as the log and the API (\`assistant api\`) give it; it stays the same where the words change.

A command prints \`error:\`, the message and the remedy on one line, and ends with exit code 2. \`internal error:\` is a mistake of
ours: run the command again with \`--verbose\` and report what it prints. What is marked ↻ is tried again by the service by itself.

What to do when nothing is printed, or the message is GitHub's: [troubleshooting.md](troubleshooting.md).
`;

/** By the first word that does not differ from case to case. */
function byWords(a: ErrorMessage, b: ErrorMessage): number {
  return wordsOf(a) < wordsOf(b) ? -1 : 1;
}

function wordsOf({ message, code }: ErrorMessage): string {
  return `${message.replace(/^[^\p{L}]+/u, "").toLowerCase()} ${code}`;
}

function table(rows: readonly ErrorMessage[]): string {
  const lines = rows.map(
    ({ message, remedy, code, transient }) =>
      `| ${escaped(message)} | ${escaped(remedy)}${transient ? " ↻" : ""} | \`${code}\` |`,
  );
  return `| Message | What to do | Code |\n| --- | --- | --- |\n${lines.join("\n")}\n`;
}

/** Outside of code, what Markdown would take for markup. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[*<>[\]]/g, "\\$&")))
    .join("")
    .replaceAll("|", "\\|");
}
