import type { QualificationRecord } from "../record.ts";

/** Records of catalogue models, made by `assistant models qualify`. */
export const shippedRecords: readonly QualificationRecord[] = [];
