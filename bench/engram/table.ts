import type { BenchResult } from "../bench.ts";
import { milliseconds } from "../statistics.ts";

/** Rows for people and figures by key, filled side by side. */
export interface Table extends BenchResult {
  figures: Record<string, number | string | null>;
}

export interface Aim {
  /** The figure shall be at least (or at most) this. */
  atLeast?: number;
  atMost?: number;
}

export function createTable(): Table {
  return { rows: [], figures: {} };
}

/** A peer's time, ours and the ratio. */
export function addRatio(
  table: Table,
  key: string,
  name: string,
  peerMs: number,
  oursMs: number,
  detail: string,
  aim: Aim = {},
): void {
  const ratio = peerMs / oursMs;
  table.figures[key] = round(ratio);
  const text = `${milliseconds(peerMs)} / ${milliseconds(oursMs)} = ${ratio.toFixed(1)} ×`;
  table.rows.push([name, [text, missed(ratio, aim), detail].filter((part) => part !== "").join("; ")]);
}

export function addFigure(table: Table, key: string, name: string, value: number, text: string, aim: Aim = {}): void {
  table.figures[key] = round(value);
  table.rows.push([name, [text, missed(value, aim)].filter((part) => part !== "").join("; ")]);
}

/** How far an aim is missed, or nothing. */
function missed(value: number, { atLeast, atMost }: Aim): string {
  if (atLeast !== undefined && value < atLeast) return `MISSED: aim ≥ ${atLeast}, ${share(1 - value / atLeast)} short`;
  if (atMost !== undefined && value > atMost) return `MISSED: aim ≤ ${atMost}, ${share(value / atMost - 1)} over`;
  return "";
}

function share(part: number): string {
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
