import { readdir } from "node:fs/promises";
import { answerResearch, type AssistantServices, checkTask, withSources } from "../api/assistant.ts";
import type { OpenSources } from "../api/open-sources.ts";
import { openSessions, type Sessions } from "../api/sessions.ts";
import {
  type Conversation,
  type Desk,
  type DeskFound,
  type DeskQuestion,
  type DeskSource,
  isConversation,
  type ShownTurn,
} from "../dashboard/desk.ts";
import type { Engram } from "../engram/engram.ts";
import { isCollectionKey } from "../knowledge/collections.ts";
import { partName } from "../knowledge/document-parts.ts";
import { engramFolder } from "../knowledge/engram-folder.ts";
import type { Model, ModelProvider } from "../model/model.ts";
import { wrapModel } from "../model/wrap-model.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { contentStems } from "../tasks/ask/content-words.ts";
import type { OnEvent } from "../tasks/ask/events.ts";
import type { FoundPassage, Passage } from "../tasks/ask/passage.ts";
import type { CitedPlace } from "../tasks/ask/turn.ts";
import type { ResearchAnswer } from "../tasks/research/answer.ts";

/** What the dashboard's pages of searching and asking are answered with: the same code as `assistant research` and the API. */
export function openDesk(services: AssistantServices): Desk {
  const { home } = services;
  const sessions = openSessions(home);
  const searching = atMost(limits.dashboardSearches);
  const asking = atMost(limits.assistantRequests);

  async function use<T>(source: string, signal: AbortSignal, run: (opened: OpenSources) => Promise<T>): Promise<T> {
    await checkSource(source, services);
    return withSources(services, { groups: [[source]], repository: null }, { roots: [home.root], signal }, run);
  }

  return {
    sources: () => listSources(services),
    search: (source, text, signal) => searching(() => use(source, signal, (opened) => search(opened, text))),
    async ask(question, options) {
      await checkSource(question.source, services);
      return asking(() => answerQuotably(services, question, options));
    },
    conversations: () => listConversations(sessions),
    turns: (name, signal) => readTurns(sessions, name, (source, run) => use(source, signal, run)),
    forget: async (name) => isConversation(name) && sessions.forget(name),
  };
}

/** Runs so much at a time. Errors: AssistantError `assistant-busy`. */
function atMost(count: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (run) => {
    if (running >= count) {
      throw new AssistantError(`${count} questions are being answered`, {
        code: "assistant-busy",
        remedy: "Try again in some seconds.",
        transient: true,
        retryAfterMs: limits.assistantRetryAfterMs,
      });
    }
    running++;
    try {
      return await run();
    } finally {
      running--;
    }
  };
}

async function listSources({ home }: AssistantServices): Promise<DeskSource[]> {
  const files = await readdir(home.engrams, { recursive: true }).catch(() => []);
  const repositories = files
    .flatMap((path) => /^(.+)\.engram$/.exec(path.replaceAll("\\", "/"))?.[1] ?? [])
    .filter((key) => key.split("/").length === 3);
  const collections = engramFolder(home.knowledge).keys().filter(isCollectionKey);
  return [
    ...repositories.sort().map((name) => ({ name, kind: "repository" }) as const),
    ...collections.map((name) => ({ name, kind: "collection" }) as const),
  ];
}

/** What is named in a request is one of what is listed: nobody opens other files by it. */
async function checkSource(source: string, services: AssistantServices): Promise<void> {
  const sources = await listSources(services);
  if (sources.some(({ name }) => name === source)) return;
  throw new AssistantError(source === "" ? "nothing is chosen to look in" : `there is no ${source} here`, {
    code: "unknown-source",
    remedy: "Choose one of the repositories and collections that are listed.",
  });
}

async function search({ groups, past }: OpenSources, text: string): Promise<DeskFound> {
  const question = checkTask(text).slice(0, limits.dashboardSearchCharacters);
  const startedAt = performance.now();
  const [files = [], commits = [], issues = []] = await Promise.all(
    [groups[0], past?.commits, past?.issues].map(async (source) => source?.search(question, limits.dashboardHits)),
  );
  const [shown, said, told] = [files, commits, issues].map((found) => alike(question, found));
  return { files: shown ?? [], commits: said ?? [], issues: told ?? [], ms: performance.now() - startedAt };
}

/** What scores less than this share of the best one has words like "file" in common with it. */
const leastShare = 0.3;

/** Those that hold a word of the question's own, where it has any, and are not far behind the best of them. */
function alike(question: string, found: readonly FoundPassage[]): FoundPassage[] {
  const asked = contentStems(question);
  const own = found.filter(({ document, text }) => {
    const held = contentStems(`${document}\n${text}`);
    return text.trim() !== "" && (asked.size === 0 || [...asked].some((word) => held.has(word)));
  });
  const best = Math.max(0, ...own.map(({ score }) => score));
  return own.filter(({ score }) => score > 0 && score >= best * leastShare);
}

/** As `assistant research`, but that a model is quoted only where it has qualified for wording: the page may have many readers. */
function answerQuotably(
  services: AssistantServices,
  { source, text, conversation }: DeskQuestion,
  { signal, onEvent }: { signal: AbortSignal; onEvent?: OnEvent },
): Promise<ResearchAnswer> {
  const named = { engram: [source], context: [], repository: null, session: conversation };
  return answerResearch(
    { ...services, models: quotable(services.models) },
    { task: text, format: "answer", ...named },
    { signal, onEvent, roots: [services.home.root], whenBusy: "refuse" },
  );
}

function quotable(models: ModelProvider): ModelProvider {
  function quoted(model: Model): Model {
    return wrapModel(model, async (request) => {
      const result = await model.generate(request);
      const { allowed, reason } = models.qualified(result.model, "wording");
      if (allowed) return result;
      // Another one stepped in. What it said so far is taken back.
      request.onRestart?.();
      throw notQuoted(result.model.name, reason);
    });
  }

  return {
    async modelFor(role) {
      const found = await models.modelFor(role, ["wording"]);
      if (found.model === null) return found;
      const { identity } = found.model;
      const { allowed, reason } = models.qualified(identity, "wording");
      if (!allowed) return { model: null, reason: notQuoted(identity.name, reason).message };
      return { model: quoted(found.model), reason: null };
    },
    qualified: (identity, ability) => models.qualified(identity, ability),
    close: () => models.close(),
  };
}

function notQuoted(name: string, reason: string): AssistantError {
  return new AssistantError(`${name} is not quoted: ${reason}`, {
    code: "model-not-qualified",
    remedy: "Measure it with `assistant models qualify`, or install one that qualifies.",
  });
}

function listConversations(sessions: Sessions): Conversation[] {
  const all = sessions.names().filter(isConversation);
  const told = all.flatMap((name): Conversation[] => {
    const turns = sessions.read(name);
    const [first] = turns;
    const last = turns.at(-1);
    if (first === undefined || last === undefined) return [];
    return [{ name, title: first.question, at: last.at, turns: turns.length }];
  });
  return told.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, limits.dashboardConversations);
}

type UseSource = <T>(source: string, run: (opened: OpenSources) => Promise<T>) => Promise<T>;

async function readTurns(sessions: Sessions, name: string, use: UseSource): Promise<ShownTurn[]> {
  if (!isConversation(name)) return [];
  const turns = sessions.read(name).slice(-limits.dashboardTurns);
  const sources = new Set(turns.flatMap(({ passages }) => passages.map(({ source }) => ownerOf(source))));
  const texts = new Map<CitedPlace, Passage>();
  for (const source of sources) {
    const places = turns.flatMap(({ passages }) => passages.filter((place) => ownerOf(place.source) === source));
    // What was asked may have been removed since.
    await use(source, async (opened) => {
      for (const place of places) texts.set(place, readPlace(place, opened));
    }).catch((error: unknown) => {
      if (!(error instanceof AssistantError)) throw error;
    });
  }
  return turns.map((turn): ShownTurn => {
    const cited = turn.passages.map((place, i) => {
      const found = texts.get(place) ?? gone(place, "");
      return { ...found, id: place.id ?? String(i + 1) };
    });
    return { ...turn, cited };
  });
}

/** The repository whose commits or issues a source names, or the source itself. */
function ownerOf(source: string): string {
  return source.replace(/ (?:commits|issues)$/, "");
}

function readPlace(place: CitedPlace, { engrams, past }: OpenSources): Passage {
  const engram = engrams.get(place.source);
  if (engram === undefined) {
    const said = past?.read(place.source, place.document) ?? null;
    return said === null ? gone(place, "") : { ...said, id: "" };
  }
  const revision = engram.info().commit;
  const { startLine, endLine } = place;
  const lines = textOf(engram, place.document).slice(startLine - 1, endLine);
  return { ...gone(place, revision), text: lines.join("\n") };
}

/** Lines of a document; long ones are kept in parts. */
function textOf(engram: Engram, document: string): string[] {
  const lines: string[] = [];
  for (let part = 1; ; part++) {
    const text = engram.text(partName(document, part));
    if (text === null) return lines;
    lines.push(...text.replace(/\n$/, "").split("\n"));
  }
}

function gone({ source, document, page, startLine, endLine }: CitedPlace, revision: string): Passage {
  const place = { source, document, page, startLine, endLine };
  return { ...place, revision, id: "", heading: null, line: startLine, score: 0, text: "" };
}
