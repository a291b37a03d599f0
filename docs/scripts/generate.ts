/**
 * Writes what follows from the code, the lock file and the demo's repository: messages, notices, pictures.
 * `npm run generate` runs it, then the formatter; test/docs compares the files with what this would write.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagesPage } from "./messages-page.ts";
import { noticesText } from "./notices.ts";
import { drawAll } from "./pictures/draw-all.ts";

const docs = join(import.meta.dirname, "..");
writeFileSync(join(docs, "messages.md"), await messagesPage());
writeFileSync(join(docs, "../THIRD-PARTY-NOTICES.txt"), noticesText());
mkdirSync(join(docs, "pictures"), { recursive: true });
for (const [name, picture] of Object.entries(await drawAll())) writeFileSync(join(docs, "pictures", name), picture);
