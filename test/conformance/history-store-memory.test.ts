import { createMemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import { historyStoreSuite } from "./history-suite.ts";

historyStoreSuite((limit) => createMemoryHistoryStore(limit === undefined ? {} : { limit }));
