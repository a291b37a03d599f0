/**
 * The file of a worker thread or child process that stands beside the caller: JavaScript after the build, TypeScript
 * when run from source (tests, the command line from a clone). `--import tsx` does nothing in a worker of Node 20,
 * so tsx is registered there through its programming interface.
 */
export function siblingFile(importMetaUrl: string, name: string): { url: URL; execArgv: string[] } {
  if (!importMetaUrl.endsWith(".ts")) return { url: new URL(`./${name}.js`, importMetaUrl), execArgv: [] };
  const tsx = import.meta.resolve("tsx/esm/api");
  const register = `import { register } from ${JSON.stringify(tsx)}; register();`;
  return {
    url: new URL(`./${name}.ts`, importMetaUrl),
    execArgv: ["--import", `data:text/javascript,${encodeURIComponent(register)}`],
  };
}
