import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../fixtures/webhooks");

/** A payload of fixtures/webhooks, for example `issues.opened`; a fresh copy on each call. */
export function webhookPayload(name: string): unknown {
  return JSON.parse(webhookText(name));
}

/** Its text, as it would be sent and signed. */
export function webhookText(name: string): string {
  return readFileSync(join(folder, `${name}.json`), "utf8");
}
