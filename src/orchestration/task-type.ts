/** TYPE FILE: what kind of work a text asks for, and which models do it. */
import type { ModelRole } from "../model/model.ts";

/** Write or change code; find something out; write for readers; write or run tests. */
export const taskTypes = ["coding", "research", "documentation", "testing"] as const;
export type TaskType = (typeof taskTypes)[number];

export interface ClassifiedTask {
  type: TaskType;
  /** Probability that `type` is right, 0 to 1 (docs/models.md says how it was checked). */
  confidence: number;
  /** Probability of each type; they add up to 1. */
  probabilities: Record<TaskType, number>;
  /** What spoke for `type`, the strongest first: patterns by their name, labelled examples by their text. */
  why: string[];
}

export interface Route {
  /** Models to ask, one after another; the output of one is input of the next. */
  roles: ModelRole[];
  /** False below the confidence that a route is asked to have: the caller may ask the person or go the general way. */
  sure: boolean;
}
