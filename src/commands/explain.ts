import { Command } from "commander";
import { renderAnswer } from "../publish/answer-terminal.ts";
import { terminalOptions } from "../publish/terminal.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import type { AskInput } from "../tasks/ask/ask-input.ts";
import { explain as explainPlace } from "../tasks/ask/explain.ts";
import { findPlace } from "../tasks/ask/find-place.ts";
import { keepCited } from "../tasks/ask/keep-cited.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { type Answer, checkOneQuestion, evidenceOptions, giveAnswers } from "./evidence-options.ts";
import { pathBelow, topOf } from "./find-path.ts";
import { type OpenEvidence, withRepository } from "./open-evidence.ts";
import { z } from "zod";

interface ExplainOptions {
  repo: string;
  at: string;
  batch?: string;
  json?: boolean;
}

export function explainCommand(): Command {
  const command = new Command("explain")
    .description("say what a function, file or some lines are: who uses them, which commits shaped them and why")
    .argument("[place]", "PATH, PATH:LINE, PATH:START-END, NAME or OWNER.NAME");
  return evidenceOptions(command, '{"place": "src/a.ts:3-20"}')
    .addHelpText(
      "after",
      `
Examples:
  assistant explain totalOf
  assistant explain src/orders.ts:40-60 --at v2.1.0
  assistant explain Order.total --json

What is shown is the definition, its uses, its tests, the commits that wrote its lines with the reasons that they give, the
pull requests and issues behind them, and what reviewers said of such lines. Nothing is worded by a model.
Exit code: 0 found, 1 nothing has that name (--batch: a line was wrong), 2 usage or environment, 3 internal error.`,
    )
    .action(explain);
}

const lineSchema = z.strictObject({ place: z.string() });

async function explain(place: string | undefined, options: ExplainOptions): Promise<void> {
  checkOneQuestion(place === undefined ? 0 : 1, options.batch, "Name a place, or give many with --batch FILE.");
  await withRepository(options.repo, async (repository) => {
    const { workspace } = repository;
    const opened = await repository.open(options.at);
    const top = await topOf(options.repo);
    const named = (text: string): string => (top === null ? text : (pathBelow(top, text) ?? text));
    await giveAnswers(
      options,
      () => answer(opened, workspace, place ?? "", named),
      (value) => answer(opened, workspace, lineSchema.parse(value).place, named),
    );
  });
}

async function answer(
  opened: OpenEvidence,
  workspace: Workspace,
  asked: string,
  named: (text: string) => string,
): Promise<Answer> {
  const input = await inputOf(opened, workspace);
  let found = await findPlace(asked, input);
  // From a folder of the work tree, paths are given as they are called there.
  if (found.place === null) found = await findPlace(named(asked), input);
  if (found.place === null) throw unknownPlace(asked, found.meant);
  const { place, others } = found;
  const { body, parts } = await explainPlace(place, others, input);
  const cited = await keepCited(parts, input);
  const { path, name, startLine, endLine } = place;
  return {
    found: true,
    json: { at: opened.commit, path, name, startLine, endLine, body, parts: cited },
    text: renderAnswer({ body, parts: cited }, terminalOptions(process.stdout)),
  };
}

async function inputOf(opened: OpenEvidence, workspace: Workspace): Promise<AskInput> {
  const { view, commit, signal } = opened;
  const known = await opened.past();
  return {
    view,
    historyOf: () => known.history,
    past: known,
    pastIssues: [],
    units: await opened.units(),
    workspace,
    engramCommit: commit,
    subject: null,
    signal,
  };
}

function unknownPlace(asked: string, meant: string | null): AssistantError {
  return new AssistantError(`nothing is called ${asked} at this commit`, {
    code: "no-such-place",
    remedy: meant === null ? "Name a path, or what a file defines." : `Did you mean ${meant}?`,
    exitCode: ExitCode.no,
  });
}
