import type { CatalogueRole } from "./catalogue.ts";
import type { ModelRole } from "./model.ts";

/** An installed model, as far as choosing goes. */
export interface AutoModel {
  path: string;
  name: string;
  bytes: number;
  /** Null: nobody knows what it was made for; it may serve both. */
  roles: readonly CatalogueRole[] | null;
  /** Whether it can be asked; others only go on with a text. */
  chat: boolean;
  /** Memory it needs with one slot, and with as many as it would take. Bytes. */
  leastBytes: number;
  mostBytes: number;
}

/**
 * What `auto` means: the installed models for a role in order of preference, the largest that fits first. `other` is the
 * model of the other role: what fits beside it comes first, and both share it where nothing does. Those made for the role
 * come before those that are not.
 *
 * @param roomBytes memory for all models together: what is free and what they hold already
 */
export function rankForRole(
  role: ModelRole,
  models: readonly AutoModel[],
  roomBytes: number,
  other: AutoModel | null,
): AutoModel[] {
  const left = other === null ? roomBytes : roomBytes - other.mostBytes;
  const fits = (model: AutoModel) => model.path === other?.path || model.leastBytes <= left;
  const made = (model: AutoModel) => model.roles === null || model.roles.includes(role);
  const bySize = [...models].filter(({ chat }) => chat).sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  const fitting = bySize.filter(fits);
  return [...fitting.filter(made), ...fitting.filter((model) => !made(model))];
}
