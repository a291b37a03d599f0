import type { TaskType } from "./task-type.ts";

/** A rule that speaks for a type. */
export interface TaskPattern {
  name: string;
  type: TaskType;
  pattern: RegExp;
  /** In units of log-odds, before `classifyTask` scales them. */
  weight: number;
  /**
   * `opening`: at the beginning of the request, where its verb stands (courtesies are taken off before); `anywhere`: counts
   * half in what follows the first sentence.
   */
  where: "opening" | "anywhere";
}

/** Words as such: `\b` of JavaScript knows no letter but a to z. */
const before = "(?<![\\p{L}\\d_])";
const after = "(?![\\p{L}\\d_])";

function opening(name: string, type: TaskType, weight: number, source: string): TaskPattern {
  return { name, type, weight, where: "opening", pattern: new RegExp(`^(?:${source})${after}`, "iu") };
}

function anywhere(name: string, type: TaskType, weight: number, source: string): TaskPattern {
  return { name, type, weight, where: "anywhere", pattern: new RegExp(`${before}(?:${source})${after}`, "iu") };
}

/** Verbs that make or mend something: what they make decides. */
const making =
  "write|add|create|generate|make|build|draft|prepare|provide|extend|improve|update|fix|correct|rewrite|rework|complete|" +
  "put|give|set up|need|want|i need|i want|i'd like|we need|we want|need the|turn|expand|move|convert|share|skip|split|clean up|" +
  "repair|stabili[sz]e|replace|use|increase|raise|run|rerun|automate|mock|stub|delete|remove|drop|reduce|rename|speed up|" +
  "schreib\\p{L}*|ergänz\\p{L}*|aktualisier\\p{L}*|füge?|erstell\\p{L}*|" +
  "ajoute[rz]?|écri[st]|écrire|rédige[rz]?|mets à jour|mettre à jour|crée[rz]?|" +
  "añad[ae]|agrega|escrib[ae]|actualiza|crea|redacta";

/** Up to eight words between a verb and what it is about, within the sentence. */
const within = "(?:[^\\p{L}\\d.!?;:]+[\\p{L}\\d'’_-]+){0,8}?[^\\p{L}\\d.!?;:]+";

/** Not a test but something with its name: `test runner`, `tests page`. */
const notTestThing =
  "(?![\\s-](?:runners?|helpers?|utils|utilities|frameworks?|servers?|pages?|accounts?|buttons?|modes?|flags?|tools?|drivers?)(?![\\p{L}\\d_]))";
const testWords =
  "(?:unit|integration|regression|smoke|acceptance|contract|property|property-based|snapshot|end-to-end|e2e|load|stress|" +
  "performance|characteri[sz]ation)[\\s-]?(?:tests?|testings?|specs?|suites?|runs?)" +
  `|unit-?tests?|tests${notTestThing}|test${notTestThing}(?:[\\s-](?:cases?|suites?|coverage|plans?))?|specs?|test suites?|coverage|` +
  "assertions?|e2e|gherkin scenarios?|pruebas|tests? unitaires?";

const notDocThing =
  "(?![\\s-](?:generators?|builders?|parsers?|popups?|servers?|strings? parsers?|trees?|viewers?|buttons?|sites?|nodes?)(?![\\p{L}\\d_]))";
const docWords =
  `(?:docs?|documentation|readme(?:\\.md)?|docstrings?|jsdocs?|tsdocs?|javadocs?|doc comments?|comments?|changelog|release notes|` +
  "guides?|tutorials?|manuals?|handbook|wiki|man pages?|faq|how-?tos?|cheat ?sheets?|runbooks?|adr|glossary|usage examples?|" +
  "quick start|blog posts?|help (?:pages?|texts?)|api reference|dokumentation|anleitung|handbuch|manuel|guía|documentación|" +
  `manual de usuario)${notDocThing}`;

const questions =
  "what|why|how|where|which|who|whom|whose|when|is|are|does|do|did|was|were|has|have|should|would|am i|any idea|" +
  "was|warum|wie|wo|wer|wann|welche\\p{L}*|wieso|weshalb|gibt es|ist|pourquoi|comment|où|quels?|quelles?|qui|est-ce|" +
  "qué|cómo|por qué|dónde|cuál(?:es)?|quién";

/** In the order of intent: tests and documents are named by what is made, answers by how is asked; the rest is code. */
export const taskPatterns: readonly TaskPattern[] = [
  opening("makes tests", "testing", 5.5, `(?:${making})${within}(?:${testWords})`),
  opening(
    "tests it",
    "testing",
    3,
    "test(?:e|en|er|ea)?|fuzz|load-?test|stress-?test|smoke-?test|unit-?test|mock|stub|assert|cover",
  ),
  opening(
    "checks it",
    "testing",
    1.6,
    "verify|verif(?:y|ies)|validate|check|prove|make sure|ensure|prüf\\p{L}*|vérifie[rz]?|comprueba|verifica|try",
  ),
  opening(
    "names tests",
    "testing",
    3,
    `(?:the |our |these |more |a |an |no |missing |flaky:? ?|some )*(?:${testWords})`,
  ),
  anywhere(
    "kind of test",
    "testing",
    2.5,
    "(?:unit|integration|regression|smoke|acceptance|contract|property-based|snapshot|mutation|end-to-end|" +
      "e2e|load|stress|fuzz)[\\s-]?(?:test\\p{L}*|specs?|suites?)|e2e|fuzz(?:ing|er)?|flaky|test cases?|" +
      "test coverage|branch coverage",
  ),
  anywhere(
    "words of testing",
    "testing",
    1.2,
    `tests${notTestThing}|specs?|suite|coverage|fixtures?|snapshots?|tested|mock(?:s|ed)?|assert(?:s|ions?)?|` +
      "edge cases|regression test|pruebas",
  ),
  anywhere("a test", "testing", 0.8, `test${notTestThing}|qa`),

  opening(
    "makes documents",
    "documentation",
    5,
    `(?:${making}|describe|mention|explain|collect|translate|write down|write up|spell-?check|` +
      `clarify)${within}${docWords}`,
  ),
  opening(
    "documents it",
    "documentation",
    3.5,
    "document|comment|annotate|write up|write down|spell-?check|clarify|mention|dokumentier\\p{L}*|" +
      "kommentier\\p{L}*|documente[rz]?|documenta|comenta|commente[rz]?",
  ),
  opening("describes it", "documentation", 1, "describe|write about|beschreib\\p{L}*|décri[st]|describe"),
  opening(
    "names documents",
    "documentation",
    3,
    `(?:the |our |missing |broken |outdated |wrong |no |inline |public |dead |api )*(?:${docWords}|typos?)`,
  ),
  anywhere(
    "words of documents",
    "documentation",
    1.5,
    `${docWords}|typos?|undocumented|documented|wording|grammar|spelling|chapter|paragraph|newcomers|` +
      "operators|new colleagues|contributors|deprecation notice|short description|generated reference",
  ),

  // French for "how" is a verb of documentation elsewhere.
  opening("asks how", "research", 8, "comment (?:fonctionne\\p{L}*|marche\\p{L}*|est|sont|se|peut|on|puis|faire)"),
  opening("asks", "research", 3, questions),
  opening(
    "wants to know",
    "research",
    3,
    "explain|research|investigate|analy[sz]e|compare|summari[sz]e|survey|review|evaluate|assess|study|" +
      "find out|look into|look for|figure out|explore|tell me|show me (?:where|how|which|what|who|why|every|" +
      "all)|collect (?:the )?(?:arguments|opinions|reasons|facts)|report on|state of the art|recommendations?|" +
      "estimate|has anyone|has anybody|i am not sure|i'm not sure|not sure|help me (?:to )?understand|" +
      "walk me through|list|overview|give me (?:a |an )?(?:\\p{L}+ )?(?:overview|summary|introduction)|" +
      "understand|learn|identify|trace|discuss|difference|pros|advantages|best practices?|literature|spike|rfc|" +
      "question|discussion|i (?:do not|don't|not) understand|i wonder|i am wondering|could (?:someone|somebody|" +
      "anyone)|can (?:someone|somebody|anyone)|erklär\\p{L}*|vergleich\\p{L}*|fasse|analysier\\p{L}*|" +
      "untersuch\\p{L}*|explique[rz]?|compare[rz]?|résume[rz]?|analyse[rz]?|explica|compara|resume|analiza|" +
      "investiga",
  ),
  anywhere("question mark", "research", 1.2, "\\p{L}+\\s?(?=\\?)"),
  anywhere(
    "words of research",
    "research",
    1.5,
    "differences? between|pros and cons|trade-?offs?|overview|summary|summari[sz]e|best practices?|papers?|" +
      "alternatives|feasibility|root cause|i (?:do not|don't|not) understand|wonder|shed (?:some )?light|" +
      "understand|would like to know|want to know|like to know|explain|compare|options are|cite|sources|" +
      "evaluate|investigate|report what|and report|don't change|do not change|what|why|how|who|which",
  ),

  opening(
    "changes code",
    "coding",
    3,
    "implement(?:e|iere?|a|er)?|refactor(?:e|iere?|isiere?|ise[rz]?|iza|ing)?|debug|rename|port|migrate|" +
      "upgrade|bump|optimi[sz]e|speed up|support|scaffold|inline|extract|simplify|handle|expose|debounce|" +
      "throttle|cache|delete|remove|drop|strip|allow|let|parse|hide|show|display|wrap|swap|reduce|retry|catch|" +
      "throw|log|save|send|load|open|close|start|sort|filter|merge|group|skip|ignore|escape|encode|decode|" +
      "compress|convert|replace|introduce|enable|disable|behebe\\p{L}*|beheben|korrigier\\p{L}*|" +
      "refaktorier\\p{L}*|entfern\\p{L}*|umbenenn\\p{L}*|benenne|änder\\p{L}*|bau\\p{L}*|füge?|corrige[rz]?|" +
      "supprime[rz]?|renomme[rz]?|arregla|elimina|cambia|renombra|corrige",
  ),
  opening(
    "makes or mends",
    "coding",
    2,
    "add|fix|create|write|generate|build|make|move|change|set|use|turn|update|split|clean up|extend|improve|" +
      "return|stop|avoid|prevent|need|i need|i want|want|we should|we need|it should|feature|feature request|" +
      "find out why .* and fix|ajoute[rz]?|añad[ae]|agrega|crea|crée[rz]?",
  ),
  anywhere(
    "defect",
    "coding",
    1.8,
    "crash(?:es|ed|ing)?|\\p{L}*(?:error|exception)|segfault|segmentation fault|stack ?trace|memory leak|" +
      "leaks?|deadlocks?|race condition|hangs?|freezes?|broken|wrong|incorrect(?:ly)?|fails?|does(?:n't| not)|" +
      "do(?:n't| not) work|throws?|regression:?|chokes|does nothing|blank|nothing happens|off by one|absturz|" +
      "fehler|plantage|erreur",
  ),
  anywhere(
    "wish for code",
    "coding",
    1.2,
    "feature|as an? (?:user|administrator|admin|developer|customer),? i|must not|instead of|" +
      "should (?:not )?be|fix it|fix this|and fix|make it|implement|refactor",
  ),
  anywhere(
    "things of code",
    "coding",
    0.5,
    "function|class|method|endpoint|button|component|module|query|loop|variable|regex|option|helper|handler",
  ),
];
