import { limits } from "../shared/limits.ts";
import { taskExamples } from "./task-examples.ts";
import { taskPatterns } from "./task-patterns.ts";
import { type ClassifiedTask, type TaskType, taskTypes } from "./task-type.ts";
import { type Vote, voteOn, type Voters, votersOf } from "./task-vote.ts";
import { readTask } from "./task-words.ts";

export type TaskExamples = Record<TaskType, readonly string[]>;

/** How much patterns and votes say, in log-odds; set on the examples, each asked of the others (docs/models.md). */
export interface ClassifierWeights {
  patterns: number;
  votes: number;
  /** What speaks for code beforehand: a text that asks nothing and names neither tests nor documents reports a defect or a wish. */
  coding: number;
}

export const classifierWeights: ClassifierWeights = { patterns: 1, votes: 3, coding: 0.5 };

/**
 * What kind of work a text asks for: patterns speak for types, and labelled examples that are alike vote. Both are log-odds
 * that add up; `confidence` is the probability that comes of them. A text of which neither knows anything is as likely each.
 */
export function classifyTask(
  text: string,
  examples: TaskExamples = taskExamples,
  weights: ClassifierWeights = classifierWeights,
): ClassifiedTask {
  const asked = text.slice(0, limits.classifiedCharacters);
  return decideTask(matchPatterns(asked), voteOn(asked, readyVoters(examples)), weights);
}

/** A pattern that matched, with what it says. */
export interface Match {
  name: string;
  type: TaskType;
  weight: number;
  /** The words that it matched. */
  words: string;
}

export function matchPatterns(text: string): Match[] {
  const { opening, rest } = readTask(text);
  const matches: Match[] = [];
  for (const { name, type, weight, where, pattern } of taskPatterns) {
    const first = pattern.exec(opening);
    const found = first ?? (where === "anywhere" ? pattern.exec(rest) : null);
    if (found) matches.push({ name, type, weight: first ? weight : weight / 2, words: found[0].trim() });
  }
  return matches;
}

export function decideTask(matches: Match[], vote: Vote, weights: ClassifierWeights): ClassifiedTask {
  const evidence = taskTypes.map((type) => {
    const said = matches.filter((match) => match.type === type).reduce((sum, { weight }) => sum + weight, 0);
    const beforehand = type === "coding" ? weights.coding : 0;
    return { type, odds: beforehand + weights.patterns * said + weights.votes * vote.shares[type] };
  });
  const total = evidence.reduce((sum, { odds }) => sum + Math.exp(odds), 0);
  const ranked = evidence
    .map(({ type, odds }) => ({ type, probability: Math.exp(odds) / total }))
    .toSorted((a, b) => b.probability - a.probability);
  const probabilities = Object.fromEntries(ranked.map((one) => [one.type, one.probability]));
  const [{ type, probability }] = ranked as [(typeof ranked)[0]];
  return {
    type,
    confidence: probability,
    probabilities: probabilities as Record<TaskType, number>,
    why: whyOf(type, matches, vote),
  };
}

/** The strongest three of each kind that spoke for the type. */
function whyOf(type: TaskType, matches: Match[], vote: Vote): string[] {
  const patterns = matches
    .filter((match) => match.type === type)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ name, words }) => `${name}: “${words}”`);
  const voters = vote.voters
    .filter((voter) => voter.type === type)
    .map(({ text, similarity }) => `like “${text}” (${similarity.toFixed(2)})`);
  return [...patterns.slice(0, 3), ...voters.slice(0, 3)];
}

const known = new WeakMap<TaskExamples, Voters>();

/** Vectors of examples are made once. */
function readyVoters(examples: TaskExamples): Voters {
  const voters = known.get(examples) ?? votersOf(examples);
  known.set(examples, voters);
  return voters;
}
