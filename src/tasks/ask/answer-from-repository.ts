import type { PastCommit } from "../../history/history.ts";
import { messageText } from "../../history/past-commit.ts";
import type { ModelProvider } from "../../model/model.ts";
import type { AnswerLine, AnswerPart } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { searchWords } from "../../retrieval/words.ts";
import { limits } from "../../shared/limits.ts";
import type { ResearchAnswer, Statement } from "../research/answer.ts";
import { research } from "../research/research.ts";
import { similarIssues } from "../triage/similar-issues-with-fixes.ts";
import type { Answer, AskInput } from "./ask-input.ts";
import { contentStems } from "./content-words.ts";
import { retrievalQuery } from "./follow-up.ts";
import { citeLines, code, counted, listed, quote } from "./inline.ts";
import type { PassageSource } from "./passage.ts";
import type { Turn } from "./turn.ts";

export interface Question {
  text: string;
  /** Earlier turns of the conversation, oldest first. */
  turns: readonly Turn[];
  /** What is searched for passages. */
  passages: PassageSource;
}

/** Nobody words anything: passages are quoted. */
const noModel: Pick<ModelProvider, "modelFor" | "qualified" | "close"> = {
  modelFor: async () => ({ model: null, reason: "none is asked" }),
  qualified: () => ({ allowed: false, reason: "none is asked" }),
  close: async () => {},
};

/**
 * What the repository says to a question: the best sentences of its documents, code and tests word for word, commits whose
 * messages speak of it, and earlier issues with what fixed them. Empty where nothing passes the floors.
 */
export async function answerFromRepository(question: Question, input: AskInput): Promise<Answer> {
  const { text, turns, passages } = question;
  const request = { task: text, format: "answer", sources: [passages], turns, signal: input.signal } as const;
  const found = await research(request, noModel);
  const query = retrievalQuery(text, turns);
  const quoted = quotedLines(found, input);
  const commits = commitsAbout(query, input);
  const issues = await issuesAbout(query, input);
  const parts: AnswerPart[] = [
    { title: "In the documents", lines: ofKind(quoted, "document") },
    { title: "In the code", lines: ofKind(quoted, "code") },
    { title: "In the tests", lines: ofKind(quoted, "test") },
    { title: "Commits that speak of it", lines: commits.map(({ line }) => line) },
    { title: "Earlier issues, how they ended and what fixed them", lines: issues },
  ];
  return {
    body: bodyOf(quoted, commits.length, issues.length),
    parts: parts.filter(({ lines }) => lines.length > 0),
    material: [
      ...found.passages.map((passage) => ({
        evidence: citePassage(passage, passage.startLine, passage.endLine, input),
        text: passage.text,
      })),
      ...commits.map(({ commit, line }) => ({
        evidence: line.evidence[0] as Evidence,
        text: messageText(commit).trim(),
      })),
    ],
  };
}

type Kind = "document" | "code" | "test";

interface Quoted {
  kind: Kind;
  line: AnswerLine;
}

function quotedLines({ parts, passages }: ResearchAnswer, input: AskInput): Quoted[] {
  return parts.flatMap(({ statements }) =>
    statements.flatMap(({ sentence, sources, lines }: Statement): Quoted[] => {
      const passage = passages.find(({ id }) => id === sources[0]);
      if (passage === undefined) return [];
      const { startLine, endLine } = lines ?? passage;
      const evidence = citePassage(passage, startLine, endLine, input);
      const kind = kindOf(passage.document);
      // Comments were joined and freed of their marks; a line of code stands as it is.
      const isCode = kind !== "document" && evidence.text.trim() === sentence;
      return [
        {
          kind,
          line: { text: isCode ? code(sentence) : quote(sentence, limits.statementCharacters), evidence: [evidence] },
        },
      ];
    }),
  );
}

function kindOf(path: string): Kind {
  if (isProsePath(path)) return "document";
  return isTestPath(path) ? "test" : "code";
}

function ofKind(quoted: readonly Quoted[], kind: Kind): AnswerLine[] {
  return quoted.filter((one) => one.kind === kind).map(({ line }) => line);
}

function citePassage(
  { document: path, score }: { document: string; score: number },
  startLine: number,
  endLine: number,
  { view, historyOf }: AskInput,
): Evidence {
  const file = { path, text: view.text(path) ?? "", history: historyOf(path) };
  return { ...citeLines(file, startLine, endLine, "answers best"), score };
}

/** Messages that hold this share of the question's own words, and no fewer than two of them. */
const messageShare = 0.6;
const fewestWords = 2;

function commitsAbout(query: string, { past, view }: AskInput): { commit: PastCommit; line: AnswerLine }[] {
  const asked = contentStems(query);
  if (asked.size < fewestWords) return [];
  const needed = Math.max(fewestWords, Math.ceil(asked.size * messageShare));
  const { history } = past;
  const found = history
    .searchMessages(searchWords(query), limits.evidencePerFinding * 4)
    .flatMap(({ position, score }) => {
      const commit = history.commits[position];
      if (commit === undefined || commit.parents.length > 1) return [];
      const held = contentStems(messageText(commit));
      const shared = [...asked].filter((word) => held.has(word)).length;
      return shared < needed ? [] : [{ commit, score, shared }];
    });
  const best = found.sort((a, b) => b.shared - a.shared || b.score - a.score).slice(0, limits.sheetEntries);
  return best.map(({ commit, score, shared }) => {
    const day = new Date(commit.time * 1_000).toISOString().slice(0, 10);
    const files = commit.files.filter((path) => view.file(path) !== null);
    const where =
      files.length === 0 ? "" : `; it changed ${files.length > 2 ? counted(files.length, "file") : listed(files)}`;
    const why = `${day}; holds ${shared} of the ${asked.size} words asked for${where}`;
    const citation = { kind: "commit", commit: commit.commit, subject: commit.subject } as const;
    const evidence: Evidence = { kind: "commit", citation, score, why, text: commit.subject };
    return { commit, line: { text: "", evidence: [evidence] } };
  });
}

async function issuesAbout(query: string, input: AskInput): Promise<AnswerLine[]> {
  const issue = { number: input.subject?.number ?? null, title: query, body: "" };
  const found = await similarIssues({ ...input, issue });
  return found.map(({ issue: similar, fixes }) => ({
    text: "",
    evidence: [similar, ...fixes.slice(0, limits.sheetEntries)],
  }));
}

function bodyOf(quoted: readonly Quoted[], commits: number, issues: number): string {
  const passages = quoted.length;
  const found = [
    ...(passages > 0 ? [`${counted(passages, "passage")} of the files`] : []),
    ...(commits > 0 ? [counted(commits, "commit")] : []),
    ...(issues > 0 ? [counted(issues, "earlier issue")] : []),
  ];
  if (found.length === 0) return "Nothing about this was found: neither in files, nor in commits, nor in issues.";
  return `What the repository says about it, word for word: ${listed(found)}.`;
}
