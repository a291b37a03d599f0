import type { QualificationRecord } from "../record.ts";
import { smollm2 } from "./smollm2-135m-instruct-q4_1.ts";

/** Records of catalogue models, by their SHA-256. */
export const shippedRecords: readonly QualificationRecord[] = [smollm2];
