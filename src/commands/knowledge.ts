import { Command, InvalidArgumentError } from "commander";
import { addDocuments } from "./knowledge-add.ts";
import { listKnowledge, removeDocuments } from "./knowledge-list.ts";
import { searchKnowledge } from "./knowledge-search.ts";
import { collect, jsonOption } from "./engram-options.ts";
import { limits } from "../shared/limits.ts";

export function knowledgeCommand(): Command {
  const command = new Command("knowledge")
    .description("documents that are searched beside the code: projects, specifications, research, references")
    .addHelpText("after", examples);
  for (const verb of [addCommand(), removeCommand(), listCommand(), searchCommand()]) command.addCommand(verb);
  return command;
}

const examples = `
Examples:
  assistant knowledge add specifications docs/api --name payments
  assistant knowledge add research paper.pdf thesis.docx --name caching
  assistant knowledge search "which requests are retried" --in specifications
  assistant knowledge list research/caching
  assistant knowledge remove research/caching paper.pdf

Collections: projects, specifications, research, references, each with any number of NAMEs; and, of one repository each,
issues/HOST/OWNER/NAME and reviews/HOST/OWNER/NAME, which a search reads only where it names them.`;

function addCommand(): Command {
  const command = new Command("add")
    .description("read documents and remember their text; those of the same name are replaced, others stay")
    .argument("<collection>", "COLLECTION or COLLECTION/NAME, for example research/caching")
    .argument("<paths...>", "files and folders: Markdown, text, reStructuredText, AsciiDoc, HTML, PDF, DOCX")
    .option("--name <name>", "NAME in the collection (default: the name of the first folder, else documents)");
  return jsonOption(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant knowledge add specifications docs/api --name payments
  assistant knowledge add reviews/github.com/acme/shop reviews.md

Exit code: 0 everything was read, 1 some document was not (the others were added), 2 usage, or none could be read.`,
    )
    .action(addDocuments);
}

function removeCommand(): Command {
  const command = new Command("remove")
    .description("forget documents, or a collection with all its documents")
    .argument("<collection>", "COLLECTION/NAME")
    .argument("[documents...]", "names as `list` shows them (default: all)");
  return jsonOption(command)
    .addHelpText(
      "after",
      `
Example:
  assistant knowledge remove research/caching paper.pdf

Exit code: 0 removed, 1 there was nothing to remove, 2 usage or environment.`,
    )
    .action(removeDocuments);
}

function listCommand(): Command {
  const command = new Command("list")
    .description("the collections, or the documents of one")
    .argument("[collection]", "COLLECTION/NAME");
  return jsonOption(command)
    .addHelpText(
      "after",
      `
Example:
  assistant knowledge list research/caching

Exit code: 0 fine, 1 there is nothing, 2 usage or environment.`,
    )
    .action(listKnowledge);
}

function searchCommand(): Command {
  const command = new Command("search")
    .description("find what documents say, with page or heading")
    .argument("[text]", "what is looked for, in words")
    .option("--in <collection>", "COLLECTION or COLLECTION/NAME (may be repeated; default: all shared ones)", collect)
    .option("-k, --k <count>", "how many places, best first", parseCount, 10)
    .option(
      "--batch <file>",
      `questions as JSON lines, {"text": …, "in": […], "k": …}, answered in order (- for a pipe)`,
    );
  return jsonOption(command)
    .addHelpText(
      "after",
      `
Examples:
  assistant knowledge search "which requests are retried" --in specifications -k 3
  printf '{"text": "retry budget"}\\n' | assistant knowledge search --batch -

Scores of one search can be compared, also between collections; scores of different searches cannot.
Exit code: 0 found, 1 nothing was found (--batch: a line was wrong), 2 usage or environment.`,
    )
    .action(searchKnowledge);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= limits.hitsAsked) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${limits.hitsAsked}.`);
}
