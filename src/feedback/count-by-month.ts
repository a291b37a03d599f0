import type { FindingKind } from "../publish/outcome.ts";
import type { AcceptanceFigure, Answer } from "./feedback.ts";

interface Said {
  kind: FindingKind;
  /** When it was first said, epoch ms. */
  at: number;
  answer: Answer | null;
}

/** Findings by the month in which they were first said and by kind. */
export function countByMonth(said: readonly Said[]): AcceptanceFigure[] {
  const figures = new Map<string, AcceptanceFigure>();
  for (const { kind, at, answer } of said) {
    const month = new Date(at).toISOString().slice(0, 7);
    const key = `${month} ${kind}`;
    const figure = figures.get(key) ?? { month, kind, published: 0, accepted: 0, dismissed: 0, unanswered: 0 };
    figure.published += 1;
    figure[answer ?? "unanswered"] += 1;
    figures.set(key, figure);
  }
  return [...figures].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, figure]) => figure);
}
