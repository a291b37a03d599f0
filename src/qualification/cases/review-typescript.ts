import type { ReviewListing } from "./case.ts";

export const reviewTypescript: ReviewListing[] = [
  {
    id: "ts-page-window",
    language: "typescript",
    path: "src/catalog/page-window.ts",
    kind: "off by one",
    text: String.raw`
 export interface PageWindow {
   first: number;
   last: number;
 }
 
 /** Page numbers start at 1; both ends of the window belong to it. */
 export function pageWindow(page: number, size: number, total: number): PageWindow {
-  const first = page * size;
-  const last = first + size;
-  return { first, last };
+  if (total === 0) return { first: 0, last: 0 };
+  const first = (page - 1) * size + 1;
>  const last = Math.min(first + size - 1, total);
!  const last = Math.min(first + size, total);
+  return { first, last };
 }
 
 export function windowLabel({ first, last }: PageWindow, total: number): string {
   return total === 0 ? "nothing found" : first + "–" + last + " of " + total;
 }
`,
  },
  {
    id: "ts-await-save",
    language: "typescript",
    path: "src/profile/save-avatar.ts",
    kind: "missing await",
    text: String.raw`
 import { rm } from "node:fs/promises";
 import { resizeTo } from "./resize.ts";
 import type { AvatarStore } from "./avatar-store.ts";
 
 export async function saveAvatar(store: AvatarStore, userId: string, upload: string): Promise<string> {
-  const key = await store.put(userId, upload);
-  return key;
+  const small = await resizeTo(upload, 256);
+  try {
>    const key = await store.put(userId, small);
>    return key;
!    return store.put(userId, small);
+  } finally {
+    // The store has read the file by now.
+    await rm(small, { force: true });
+  }
 }
`,
    evidence: [
      {
        path: "src/profile/avatar-store.ts",
        why: "Declares the function that is called here.",
        text: "  /** Resolves with the key once the whole file was read. */\n  put(userId: string, file: string): Promise<string>;",
      },
    ],
  },
  {
    id: "ts-sort-shared",
    language: "typescript",
    path: "src/board/ranking.ts",
    kind: "mutation of shared state",
    text: String.raw`
 import type { Player } from "./player.ts";
 
 export interface Board {
   /** In the order of joining; turns follow it. */
   readonly players: Player[];
 }
 
 export function podium(board: Board, places = 3): Player[] {
-  return [board.players[0]];
>  const byScore = [...board.players].sort((a, b) => b.score - a.score);
!  const byScore = board.players.sort((a, b) => b.score - a.score);
+  return byScore.slice(0, places);
 }
 
 export function nextTurn(board: Board, turn: number): Player | undefined {
   return board.players[turn % board.players.length];
 }
`,
  },
  {
    id: "ts-empty-zero",
    language: "typescript",
    path: "src/billing/discount.ts",
    kind: "wrong default",
    text: String.raw`
 interface Plan {
   name: string;
   /** Percent; 0 is a plan that has no discount. */
   discount?: number;
 }
 
 const usualDiscount = 15;
 
-export function discountOf(plan: Plan): number {
-  return plan.discount ?? usualDiscount;
-}
+export function discountOf(plan: Plan, override?: number): number {
>  const discount = override ?? plan.discount ?? usualDiscount;
!  const discount = override || plan.discount || usualDiscount;
+  if (discount < 0 || discount > 100) throw new RangeError("a discount is a percentage");
+  return discount;
+}
`,
  },
  {
    id: "ts-listener-leak",
    language: "typescript",
    path: "src/stream/wait-for-drain.ts",
    kind: "resource leak",
    text: String.raw`
 import type { Writable } from "node:stream";
 
 /** Resolves when the stream takes data again, rejects when it fails. Called for every block. */
 export function waitForDrain(stream: Writable): Promise<void> {
   return new Promise((resolve, reject) => {
-    stream.once("drain", resolve);
*    const drained = (): void => {
>      stream.off("error", failed);
*      resolve();
+    };
+    const failed = (error: Error): void => {
+      stream.off("drain", drained);
+      reject(error);
+    };
+    stream.once("drain", drained);
*    stream.once("error", failed);
   });
 }
`,
  },
  {
    id: "ts-html-name",
    language: "typescript",
    path: "src/mail/greeting.ts",
    kind: "injection",
    text: String.raw`
 import { escapeHtml } from "./escape-html.ts";
 
 interface Recipient {
   /** As the person typed it. */
   name: string;
   locale: string;
 }
 
 export function greeting(recipient: Recipient): string {
-  return "<p>Hello,</p>";
+  const word = recipient.locale.startsWith("de") ? "Guten Tag" : "Hello";
>  return "<p>" + word + " " + escapeHtml(recipient.name) + ",</p>";
!  return "<p>" + word + " " + recipient.name + ",</p>";
 }
 
 export function footer(company: string): string {
   return "<small>" + escapeHtml(company) + "</small>";
 }
`,
  },
  {
    id: "ts-retry-inverted",
    language: "typescript",
    path: "src/http/retry.ts",
    kind: "inverted condition",
    text: String.raw`
 const mayPass = new Set([429, 502, 503, 504]);
 
 export interface Reply {
   status: number;
   body: string;
 }
 
 /** Asks again while the server says that it may work later. */
 export async function askAgain(ask: () => Promise<Reply>, tries: number): Promise<Reply> {
   let reply = await ask();
-  for (let i = 1; i < tries && reply.status >= 500; i++) {
+  for (let i = 1; i < tries; i++) {
>    if (!mayPass.has(reply.status)) break;
!    if (mayPass.has(reply.status)) break;
+    await new Promise((resolve) => setTimeout(resolve, 2 ** i * 100));
     reply = await ask();
   }
   return reply;
 }
`,
  },
  {
    id: "ts-date-month",
    language: "typescript",
    path: "src/calendar/parse-day.ts",
    kind: "API misuse",
    text: String.raw`
 const shape = /^(\d{4})-(\d{2})-(\d{2})$/;
 
 /** A day as the form sends it, for example 2031-04-09, at midnight UTC. */
 export function parseDay(text: string): Date | null {
   const match = shape.exec(text);
   if (match === null) return null;
-  return new Date(text);
+  const year = Number(match[1]);
>  const month = Number(match[2]) - 1;
!  const month = Number(match[2]);
+  const day = Number(match[3]);
+  const date = new Date(Date.UTC(year, month, day));
+  return date.getUTCDate() === day ? date : null;
 }
`,
  },
  {
    id: "ts-cache-race",
    language: "typescript",
    path: "src/rates/rate-cache.ts",
    kind: "race",
    text: String.raw`
 type Load = (currency: string) => Promise<number>;
 
 /** Loads each rate once, however many ask for it at the same time. */
 export function createRateCache(load: Load): Load {
-  const rates = new Map<string, number>();
+  const rates = new Map<string, Promise<number>>();
   return async (currency) => {
     const known = rates.get(currency);
     if (known !== undefined) return known;
-    const rate = await load(currency);
>    const rate = load(currency);
>    rates.set(currency, rate);
>    rate.catch(() => rates.delete(currency));
>    return rate;
!    const rate = await load(currency);
!    rates.set(currency, Promise.resolve(rate));
~    return rate;
   };
 }
`,
  },
];
