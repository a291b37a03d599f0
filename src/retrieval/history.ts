export type { History } from "../history/history.ts";
