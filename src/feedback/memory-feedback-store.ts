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
  let rows: Row[] = [];
  const of = ({ repository, number }: PullKey): Row[] =>
    rows.filter((row) => row.repository === repository && row.pull === number);
  const answer = (row: Row): void => {
    row.answer = answerOf(row.seen, row.ignoredBy);
  };
  return {
    notePublished(pull, findings, head) {
      for (const finding of findings) {
        const known = of(pull).find(({ id }) => id === finding.id);
        if (known) Object.assign(known, finding, { head });
        else rows.push(newRow(pull, finding, head));
      }
      const ofRepository = rows.filter(({ repository }) => repository === pull.repository);
      const old = new Set(ofRepository.slice(0, Math.max(0, ofRepository.length - limits.feedbackFindings)));
      rows = rows.filter((row) => !old.has(row));
    },
    published: (pull) => of(pull).map((row) => keptFinding(row)),
    noteSeen(pull, seen) {
      for (const { id, comment, ...what } of seen) {
        const row = of(pull).find((one) => one.id === id);
        if (!row) continue;
        Object.assign(row, { comment, seen: what });
        answer(row);
      }
    },
    noteIgnored(pull, finding, by) {
      const row = of(pull).find(({ id }) => id === finding);
      if (!row) return;
      row.ignoredBy.push(by);
      answer(row);
    },
    lessons: (repository) =>
      rows
        .filter((row) => row.repository === repository)
        .flatMap(({ id, kind, pull, path, words, code, answer: told }) =>
          told === null ? [] : [{ id, kind, pull, path, words, code, answer: told }],
        ),
    figures: (repository) => countByMonth(rows.filter((row) => row.repository === repository)),
    forgetRepository(repository) {
      rows = rows.filter((row) => row.repository !== repository);
    },
    shut: () => {},
  };
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

function keptFinding({ repository: _, pull: __, at: ___, seen: ____, ignoredBy: _____, ...kept }: Row): KeptFinding {
  return kept;
}
