export { adaptiveThreads as prefillThreads } from "./adaptive-threads.ts";
