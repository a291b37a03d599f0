import type { Operation } from "./specification.ts";

/**
 * Whether a text holds the function of an operation: its name, its method and its path, parameters being filled in somehow.
 * @returns what is wrong, or null
 */
export function checkOperation(code: string, { name, method, path }: Operation): string | null {
  const body = functionText(code, name);
  if (body === null) return `there is no function ${name}`;
  if (!new RegExp(`["'\`]${method}["'\`]`, "i").test(body)) return `${name} does not send ${method}`;
  const wanted = normal(path.replace(/\{[^{}]*\}/g, "{}"));
  const texts = Array.from(body.matchAll(/(["'`])((?:\\.|(?!\1)[\s\S])*)\1/g), ([, , text = ""]) => text);
  const paths = texts.map((text) => normal(text.replace(/\$\{[^{}]*\}/g, "{}").replace(/\?.*$/s, "")));
  return paths.some((one) => one === wanted || one === `{}${wanted}`) ? null : `${name} does not ask for ${path}`;
}

/** From the function's head to the next one's, or to the end. */
function functionText(code: string, name: string): string | null {
  const head = new RegExp(`(?:^|\\n)(?:export )?(?:async )?function ${name}\\s*[(<]`).exec(code);
  if (head === null) return null;
  const rest = code.slice(head.index + head[0].length);
  const next = rest.search(/\n(?:\/\*\* |(?:export )?(?:async )?function )/);
  return next < 0 ? rest : rest.slice(0, next);
}

function normal(path: string): string {
  return path.replace(/\/+$/, "") || "/";
}
