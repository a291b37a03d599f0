import type { PullKey } from "../intake/pull-notes.ts";
import { limits } from "../shared/limits.ts";
import { answerOf } from "./answer-of.ts";
import { countByMonth } from "./count-by-month.ts";
import type { FeedbackStore, KeptFinding, SeenFinding } from "./feedback.ts";

interface Row extends KeptFinding {
  repository: string;
  pull: number;
  /** Epoch ms. */
  at: number;
  seen: Pick<SeenFinding, "votes" | "addressed" | "setAside">;
  ignoredBy: string[];
}

/** What people made of findings, as long as the process runs. */
export function createMemoryFeedbackStore(): FeedbackStore {
  /** Oldest first. */
  const rows = new Map<string, Row>();
  const find = ({ repository, number }: PullKey, id: string): Row | undefined =>
    rows.get(keyOf(repository, number, id));
  const ofRepository = (wanted: string): Row[] => [...rows.values()].filter(({ repository }) => repository === wanted);
  const forget = (old: readonly Row[]): void => {
    for (const { repository, pull, id } of old) rows.delete(keyOf(repository, pull, id));
  };
  const answer = (row: Row): void => {
    row.answer = answerOf(row.seen, row.ignoredBy);
  };
  return {
    notePublished(pull, findings, head) {
      for (const finding of findings) {
        const known = find(pull, finding.id);
        if (known) Object.assign(known, finding, { head });
        else rows.set(keyOf(pull.repository, pull.number, finding.id), newRow(pull, finding, head));
      }
      const all = ofRepository(pull.repository);
      forget(all.slice(0, Math.max(0, all.length - limits.feedbackFindings)));
    },
    published: ({ repository, number }) =>
      ofRepository(repository).flatMap((row) => (row.pull === number ? keptFinding(row) : [])),
    noteSeen(pull, seen) {
      for (const { id, comment, ...what } of seen) {
        const row = find(pull, id);
        if (!row) continue;
        Object.assign(row, { comment, seen: what });
        answer(row);
      }
    },
    noteIgnored(pull, finding, by) {
      const row = find(pull, finding);
      if (!row) return;
      row.ignoredBy.push(by);
      answer(row);
    },
    lessons: (repository) =>
      ofRepository(repository).flatMap(({ id, kind, pull, path, words, code, answer: told }) =>
        told === null ? [] : [{ id, kind, pull, path, words, code, answer: told }],
      ),
    figures: (repository) => countByMonth(ofRepository(repository)),
    forgetRepository: (repository) => forget(ofRepository(repository)),
    shut: () => {},
  };
}

function keyOf(repository: string, pull: number, id: string): string {
  return `${repository} ${pull} ${id}`;
}

function newRow(
  { repository, number }: PullKey,
  finding: Omit<KeptFinding, "head" | "comment" | "answer">,
  head: string,
): Row {
  return {
    ...finding,
    repository,
    pull: number,
    at: Date.now(),
    head,
    comment: null,
    answer: null,
    seen: { votes: [], addressed: false, setAside: false },
    ignoredBy: [],
  };
}

function keptFinding(row: Row): KeptFinding {
  const { id, kind, band, title, path, words, code, head, comment, answer } = row;
  return { id, kind, band, title, path, words, code, head, comment, answer };
}
