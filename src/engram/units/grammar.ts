/** TYPE FILE: how one language is taken apart. */

export interface Grammar {
  /** Where the compiled grammar lies: package and path inside of it. */
  wasm: string;
  /**
   * A tree-sitter query of ours. Its captures:
   *
   * - `@unit`: a node that begins a unit. One on the same line as the unit around it is the same unit.
   * - `@lead`: a node (comment, decorator) that belongs to the unit right below, where it begins its own line.
   * - `@wrapped`: a node that shares its unit with the node around it; has to stand before `@unit` in the query.
   * - `@defines`, `@calls`, `@imports`: names with these roles, in quotation marks or not.
   * - `@component`: a call where it begins with a capital letter (`<Panel />` is one, `<p>` is none).
   * - names that begin with an underscore: for predicates only.
   *
   * Patterns for children of frequent nodes (blocks, statements) cost half of the speed, because every child keeps a
   * state alive; types of nodes that are units wherever they stand cost next to nothing.
   */
  query: string;
  /** A query for the variables of a text (grammars/variables.ts); absent where nobody wrote one. */
  variables?: string;
  /** A query for the classes of a text (grammars/members.ts); absent where nobody wrote one. */
  members?: string;
}
