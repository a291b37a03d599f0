import { findSyntaxErrors } from "../api/check-syntax.ts";
import { findDefinitions } from "../api/find-definitions.ts";
import { decide } from "../model/decide.ts";
import type { ImplementTools } from "../tasks/implement/input.ts";

/** What an implementation needs of other stages. */
export const implementTools: ImplementTools = { findSyntaxErrors, findDefinitions, decide };
