import { type Html, html } from "./html.ts";

/** `3 min ago`, as an element that holds the exact time. */
export function ago(at: number, now: number): Html {
  if (!Number.isFinite(at)) return html`at a time that nobody noted`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${spanOf(now - at)} ago</time>`;
}

/** `3 min`, from ms. */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

export function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Text of ours, in which `…` is code. */
export function withCode(text: string): Html {
  const parts = text.split(/`([^`\n]+)`/);
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))}`;
}

/** `1 finding`, `2 findings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
