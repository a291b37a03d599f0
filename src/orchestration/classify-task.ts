import { type ClassifiedTask, type TaskType, taskTypes } from "./task-type.ts";

/** What kind of work a text asks for. */
export function classifyTask(text: string): ClassifiedTask {
  const type: TaskType = /\btests?\b/i.test(text)
    ? "testing"
    : /\b(?:document|readme|docs?)\b/i.test(text)
      ? "documentation"
      : /\b(?:research|explain|compare|what|why|how)\b/i.test(text)
        ? "research"
        : "coding";
  const probabilities = Object.fromEntries(taskTypes.map((each) => [each, each === type ? 0.7 : 0.1])) as Record<
    TaskType,
    number
  >;
  return { type, confidence: probabilities[type], probabilities, why: [] };
}
