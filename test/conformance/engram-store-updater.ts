/**
 * Updates one engram to the commits it is given, round and round, until it is killed: the child process of
 * engram-store-kill.test.ts. Arguments: folder of engrams, repository, commits. Prints a dot before every write.
 */
import { createSqliteEngramStore } from "../../src/engram/sqlite-engram-store.ts";

const [directory = "", repository = "", ...commits] = process.argv.slice(2);
const store = createSqliteEngramStore({ directory });

for (let i = 0; ; i++) {
  const { engram } = await store.update("host/owner/name", repository, commits[i % commits.length] as string, {
    // The plan is made, the transaction comes next.
    onProgress: (done, total) => void (done === total && process.stdout.write(".")),
  });
  engram.close();
}
