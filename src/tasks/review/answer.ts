import { z } from "zod";

/** What the coding model may answer about one tile. */
export interface Remark {
  verdict: "problem" | "no problem";
  /** Label of the line that the remark is about, for example `L31`. */
  line: string;
  /** Id of the evidence that it rests on, or `none`. */
  evidence: string;
  remark: string;
}

/**
 * The answer's schema for one tile: lines and evidence are enumerations of what really exists there, so that an anchor off
 * the diff or an invented citation cannot be written at all.
 */
export function remarkSchema(lines: string[], evidence: string[]): z.ZodType<Remark> {
  return z.object({
    verdict: z.enum(["problem", "no problem"]),
    line: z.enum(lines),
    evidence: z.enum([...evidence, "none"]),
    remark: z.string().max(200),
  });
}
