/** TYPE FILE of the qualification stage: what was measured of a model, kept by the SHA-256 of its weights. */
import { z } from "zod";

export const abilities = ["review", "confirm", "label", "wording", "edit"] as const;

const abilitySchema = z.object({
  ability: z.enum(abilities),
  /** Cases that the figure rests on. */
  n: z.number(),
  /** How many of these were right. */
  right: z.number(),
  /** right / n, 0..1; 0 where n is 0. */
  figure: z.number(),
  /** Lower bound of the figure (shared/wilson.ts): it decides. */
  lower: z.number(),
  /** What the lower bound must reach. */
  bar: z.number(),
  /** Of the cases in which there was something to say, the share in which the right thing was said; null where it has no meaning. */
  recall: z.number().nullable(),
  allowed: z.boolean(),
  /** Probability from which on the model speaks; null where it gives none, or none is asked. */
  threshold: z.number().nullable(),
  /** One clause that ends a sentence. */
  reason: z.string(),
  quick: z.boolean(),
  /** ISO 8601. */
  when: z.string(),
});

/** The model's remarks on past pull requests of one repository: information, never a bar. */
const repositorySchema = z.object({
  repository: z.string(),
  pulls: z.number(),
  /** Parts of changes that it read. */
  parts: z.number(),
  remarks: z.number(),
  /** Remarks whose line the pull request itself changed before it was merged. */
  right: z.number(),
  /** Share of lines of the very same parts that were changed: what a remark at random would reach; null without remarks. */
  chance: z.number().nullable(),
  when: z.string(),
});

export const recordSchema = z.object({
  version: z.literal(1),
  model: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of this program. */
  product: z.string(),
  /** Of the cases and of the prompts: a record of others says nothing about these. */
  cases: z.string(),
  prompts: z.string(),
  abilities: z.array(abilitySchema),
  /** Tokens read and written in a second of work; null where nothing was asked. */
  tokensPerSecond: z.number().nullable(),
  /** Of the process with the model loaded; null where it runs elsewhere. */
  memoryBytes: z.number().nullable(),
  repositories: z.array(repositorySchema).default([]),
});

export type QualificationRecord = z.infer<typeof recordSchema>;
export type AbilityRecord = z.infer<typeof abilitySchema>;
export type RepositoryFindings = z.infer<typeof repositorySchema>;
