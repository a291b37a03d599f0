/** Turns tokens into text as they are written, each looked at once. Knows nothing of llama.cpp. */

export interface TextWriterOptions<Token> {
  /** Text of tokens that follow `before`; a character that is not whole ends as U+FFFD. */
  detokenize(tokens: readonly Token[], before: readonly Token[]): string;
  /** The text ends before the first of these. */
  stops: readonly string[];
  /** The text is a JSON object or array and ends with it. */
  json: boolean;
  /** Called with whole characters that will not be taken back; together they are `text`. */
  onText: (piece: string) => void;
}

export interface TextWriter<Token> {
  readonly tokens: number;
  readonly text: string;
  /** True where the text is complete. */
  write(token: Token): boolean;
  /** Hands out what was held back: nothing follows that could complete it. */
  end(): void;
}

/** Tokenizers look back one or two tokens for a space; more changes nothing. */
const lookBack = 3;

export function textWriter<Token>(options: TextWriterOptions<Token>): TextWriter<Token> {
  const { stops, onText } = options;
  const depth = options.json ? jsonDepth() : null;
  let tokens = 0;
  let text = "";
  let before: Token[] = [];
  /** Tokens whose last character is not whole yet. */
  let open: Token[] = [];
  /** Text that may be the beginning of a stop text. */
  let held = "";

  function handOut(piece: string): void {
    if (piece === "") return;
    text += piece;
    onText(piece);
  }

  function add(piece: string): boolean {
    const complete = depth?.isComplete(piece) ?? false;
    if (stops.length === 0) {
      handOut(piece);
      return complete;
    }
    held += piece;
    const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      handOut(held.slice(0, Math.min(...found)));
      held = "";
      return true;
    }
    const keep = Math.max(...stops.map((stop) => beginningAtEnd(held, stop)));
    handOut(held.slice(0, held.length - keep));
    held = held.slice(held.length - keep);
    return complete;
  }

  function close(piece: string): boolean {
    before = [...before, ...open].slice(-lookBack);
    open = [];
    return add(piece);
  }

  return {
    get tokens() {
      return tokens;
    },
    get text() {
      return text;
    },
    write(token) {
      tokens++;
      open.push(token);
      const piece = options.detokenize(open, before);
      return piece.endsWith("\uFFFD") ? false : close(piece);
    },
    end() {
      if (open.length > 0) close(options.detokenize(open, before));
      handOut(held);
      held = "";
    },
  };
}

/** How many characters at the end of a text may be the beginning of `stop`. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}

/** Follows text that a grammar keeps to JSON: whether the outermost object or array has been closed. */
function jsonDepth(): { isComplete(piece: string): boolean } {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let complete = false;
  return {
    isComplete(piece) {
      for (const character of piece) {
        if (inString) {
          if (escaped) escaped = false;
          else if (character === "\\") escaped = true;
          else if (character === '"') inString = false;
        } else if (character === '"') inString = true;
        else if (character === "{" || character === "[") depth++;
        else if (character === "}" || character === "]") complete ||= --depth === 0;
      }
      return complete;
    },
  };
}
