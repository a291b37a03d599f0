import { createHash } from "node:crypto";
import type { QualificationCase } from "./cases/case.ts";

/** Groups of cases that a quick run takes, by ability: under five minutes with a small model on two cores. */
const quickGroups = { review: 10, confirm: 8, label: 12, wording: 10, edit: 8 } as const;

/**
 * Parts cases by the hashes of their groups: every second one is for choosing thresholds, the others for the figure that is
 * reported. Cases that share their material stay together.
 */
export function halve<Case extends QualificationCase>(cases: readonly Case[]): { calibration: Case[]; test: Case[] } {
  const groups = groupsOf(cases);
  const of = (remainder: number): Case[] => {
    const own = new Set(groups.filter((_, index) => index % 2 === remainder));
    return cases.filter(({ group }) => own.has(group));
  };
  return { calibration: of(0), test: of(1) };
}

/** The same few cases of each ability every time. */
export function quickSample(cases: readonly QualificationCase[]): QualificationCase[] {
  return Object.entries(quickGroups).flatMap(([ability, count]) => {
    const own = cases.filter((entry) => entry.ability === ability);
    const groups = new Set(groupsOf(own).slice(0, count));
    return own.filter(({ group }) => groups.has(group));
  });
}

function groupsOf(cases: readonly QualificationCase[]): string[] {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const hashes = new Map(groups.map((group) => [group, createHash("sha256").update(group).digest("hex")]));
  return groups.toSorted((a, b) => ((hashes.get(a) ?? "") < (hashes.get(b) ?? "") ? -1 : 1));
}
