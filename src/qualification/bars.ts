import type { Ability } from "../model/model.ts";

export interface Bar {
  /** What the lower bound of the figure must reach, 0..1. */
  lower: number;
  /** What the share of right things said must reach, 0..1; null where everything is answered. */
  recall: number | null;
  /** What the figure is, as the end of a sentence that begins with a percentage. */
  figure: string;
}

/**
 * What a model must reach before it may be quoted. The figures are precisions of what it says where silence is an answer,
 * and shares of right answers where it is not.
 */
export const bars: Record<Ability, Bar> = {
  // Inline comments of every kind ask for seven right in ten. A model that finds less than a quarter is right by its silence.
  review: { lower: 0.7, recall: 0.25, figure: "of what it calls a problem is one, at its line" },
  // Half of the claims hold: one answer for all gives .5. A second opinion has to be worth more than the first.
  confirm: { lower: 0.75, recall: null, figure: "of claims are judged rightly" },
  // A wrong label is soon taken off again, and a maintainer sees it. Nobody needs a label on every issue.
  label: { lower: 0.7, recall: 0.4, figure: "of its labels are right" },
  // Code has a faithful sentence already; another one may not cost truth.
  wording: { lower: 0.9, recall: null, figure: "of its sentences are faithful" },
  // People look at a pull request that it opens, and commands have passed by then: seven in ten are worth the look.
  edit: { lower: 0.7, recall: null, figure: "of its edits pass their test" },
};
