/** A login without the `[bot]` that REST writes behind a bot's and GraphQL does not, in lower case. */
export function bareLogin(login: string): string {
  return login.toLowerCase().replace(/\[bot\]$/, "");
}
