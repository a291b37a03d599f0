import type { Home } from "../config/home.ts";
import type { EngramStore } from "../engram/engram.ts";
import type { ModelProvider } from "../model/model.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { OnEvent } from "../tasks/ask/events.ts";
import type { Passage } from "../tasks/ask/passage.ts";
import type { Turn } from "../tasks/ask/turn.ts";
import type { ResearchAnswer, ResearchFormat } from "../tasks/research/answer.ts";
import { research } from "../tasks/research/research.ts";
import { openSources, type OpenSources } from "./open-sources.ts";
import { renderParts } from "./render-research.ts";
import { closelyAbout, type PastOfRepositories } from "./repository-past.ts";
import { openSessions } from "./sessions.ts";

/** What questions are answered with; the command line and the server have the same. */
export interface AssistantServices {
  home: Home;
  models: ModelProvider;
  /** Engrams of repositories. */
  engrams: EngramStore;
  /** What people said and did in the repositories of the service; without it their files alone are read. */
  past?: PastOfRepositories;
}

/** How one question is run. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
  /** Folders below which files must lie; null where a person at the keyboard may name any. */
  roots: readonly string[] | null;
  whenBusy?: "quote" | "refuse";
}

export interface ResearchQuestion {
  task: string;
  format: ResearchFormat;
  /** Files of engrams, collections, and repositories of the service. */
  engram: readonly string[];
  context: readonly string[];
  /** A clone, searched where nothing else is named. */
  repository: string | null;
  session: string | null;
  /** Whether a model may word the answer that has not qualified for it. */
  unqualified?: boolean | undefined;
}

/** Errors: AssistantError of the task, the sources and the session; the signal's reason. */
export async function answerResearch(
  services: AssistantServices,
  question: ResearchQuestion,
  { signal, onEvent, roots, whenBusy }: RunOptions,
): Promise<ResearchAnswer> {
  const { session, format, unqualified } = question;
  const task = checkTask(question.task);
  const turns = turnsOf(services, session);
  const named = { groups: [question.context, question.engram], repository: question.repository };
  return withSources(services, named, { roots, signal }, async ({ groups, past }) => {
    // Few of them are close enough; what they leave of the room goes to the files.
    const said = past === null ? [] : [past.issues, past.commits].map(closelyAbout);
    const answer = await research(
      {
        task,
        format,
        sources: [...said, ...groups],
        turns,
        unqualified,
        signal,
        onEvent,
        ...(whenBusy && { whenBusy }),
      },
      services.models,
    );
    if (answer.how !== "nothing")
      await remember(services, session, "research", task, renderParts(answer), answer.passages);
    return answer;
  });
}

/** Errors: AssistantError `no-task`, `task-too-long`. */
export function checkTask(text: string): string {
  const task = text.trim();
  if (task === "") {
    throw new AssistantError("the task is empty", { code: "no-task", remedy: "Say in words what is wanted: --task." });
  }
  if (task.length <= limits.taskCharacters) return task;
  throw new AssistantError(`the task has ${task.length} characters; at most ${limits.taskCharacters} are read`, {
    code: "task-too-long",
    remedy: "Put long material into an engram (`assistant ingest`) and name it with --context.",
  });
}

/** Earlier turns of a conversation, oldest first. */
export function turnsOf({ home }: AssistantServices, session: string | null): Turn[] {
  return session === null ? [] : openSessions(home).read(session);
}

export async function remember(
  { home }: AssistantServices,
  session: string | null,
  kind: Turn["kind"],
  question: string,
  answer: string,
  cited: readonly Passage[],
): Promise<void> {
  if (session === null) return;
  const passages = cited.map(({ id, source, document, startLine, endLine, page }) => ({
    id,
    source,
    document,
    startLine,
    endLine,
    page,
  }));
  await openSessions(home).add(session, { at: new Date().toISOString(), kind, question, answer, passages });
}

/** Opens what a question names for as long as `use` takes. Errors: as openSources. */
export async function withSources<T>(
  { home, engrams, past }: AssistantServices,
  named: Parameters<typeof openSources>[0],
  options: { roots: readonly string[] | null; signal: AbortSignal | undefined },
  use: (sources: OpenSources) => Promise<T>,
): Promise<T> {
  const sources = await openSources(named, { home, engrams, past, ...options });
  try {
    return await use(sources);
  } finally {
    sources.close();
  }
}
