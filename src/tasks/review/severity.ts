import { findingKinds } from "../../publish/finding-kinds.ts";
import type { Finding, Severity } from "../../publish/outcome.ts";

const order: Severity[] = ["low", "medium", "high"];

/** How much a finding asks for: as it says itself, else as its kind does. */
export function severityOf({ kind, severity }: Pick<Finding, "kind" | "severity">): Severity {
  return severity ?? ({ error: "high", warning: "medium", note: "low" } as const)[findingKinds[kind].level];
}

export function isBelow(severity: Severity, least: Severity): boolean {
  return order.indexOf(severity) < order.indexOf(least);
}
