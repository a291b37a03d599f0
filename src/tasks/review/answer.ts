import { z } from "zod";
import type { Concern, Severity } from "../../publish/outcome.ts";
import { limits } from "../../shared/limits.ts";

/** One problem that a model sees. */
export interface Remark {
  /** The line or lines that it stands on, copied; code finds them again. */
  quote: string;
  /** Id of the evidence that shows it, or `none`. */
  evidence: string;
  concern: Concern;
  severity: Severity;
  /** What is wrong, in one sentence. */
  claim: string;
  /** Which input or state makes what go wrong, in one sentence. */
  scenario: string;
  /** What shall stand in the place of the quoted lines; empty for none. */
  replacement: string;
}

/** What the coding model may answer about one tile. Remarks beside "no problem" do not count. */
export interface TileAnswer {
  verdict: "problem" | "no problem";
  remarks: Remark[];
}

const concerns = ["bug", "security", "performance", "clarity"] as const satisfies readonly Concern[];
const severities = ["high", "medium", "low"] as const satisfies readonly Severity[];

/**
 * The answer's schema for one tile. Evidence is an enumeration of what really exists there, so that an invented citation
 * cannot be written at all; lines are copied, because small models miscount, and a copy shows what they read.
 */
export function tileAnswerSchema(evidence: string[]): z.ZodType<TileAnswer> {
  return z.object({
    verdict: z.enum(["problem", "no problem"]),
    remarks: z
      .array(
        z.object({
          quote: z.string().max(limits.quoteCharacters),
          evidence: z.enum([...evidence, "none"]),
          concern: z.enum(concerns),
          severity: z.enum(severities),
          claim: z.string().max(limits.claimCharacters),
          scenario: z.string().max(limits.scenarioCharacters),
          replacement: z.string().max(limits.replacementCharacters),
        }),
      )
      .max(limits.remarksPerTile),
  });
}
