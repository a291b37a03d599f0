import { tinyBert, type TinyTensor, tinyWords } from "./tiny-bert.ts";

/**
 * The definition of a BERT encoder with mean pooling, number by number, from the published weights: what llama.cpp is held
 * against. Texts of small letters, digits and the punctuation of the vocabulary only.
 */
export function plainVector(text: string, tensors: ReadonlyMap<string, TinyTensor>): number[] {
  const { width, heads, layers, epsilon } = tinyBert;
  const get = (name: string): TinyTensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const row = (name: string, at: number): number[] => [...get(name).data.subarray(at * width, (at + 1) * width)];
  const plus = (...lists: number[][]): number[] =>
    (lists[0] as number[]).map((_, at) => lists.reduce((sum, list) => sum + (list[at] as number), 0));
  const norm = (list: number[], name: string): number[] => {
    const mean = list.reduce((sum, one) => sum + one, 0) / list.length;
    const variance = list.reduce((sum, one) => sum + (one - mean) ** 2, 0) / list.length;
    const { data: scale } = get(`${name}.weight`);
    const { data: shift } = get(`${name}.bias`);
    return list.map((one, at) => ((one - mean) / Math.sqrt(variance + epsilon)) * scale[at]! + shift[at]!);
  };
  const dense = (list: number[], name: string): number[] => {
    const { data } = get(`${name}.weight`);
    return Array.from(get(`${name}.bias`).data, (bias, out) =>
      list.reduce((sum, one, at) => sum + one * data[out * list.length + at]!, bias),
    );
  };

  let rows = tokensOf(text).map((token, at) =>
    norm(
      plus(
        row("embeddings.word_embeddings.weight", token),
        row("embeddings.position_embeddings.weight", at),
        row("embeddings.token_type_embeddings.weight", 0),
      ),
      "embeddings.LayerNorm",
    ),
  );
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const [queries, keys, values] = ["query", "key", "value"].map((part) =>
      rows.map((list) => dense(list, `${at}.attention.self.${part}`)),
    ) as [number[][], number[][], number[][]];
    const size = width / heads;
    const attended = queries.map((query) =>
      Array.from({ length: heads }, (_, head) => {
        const from = head * size;
        const scores = keys.map((key) => {
          const product = query.slice(from, from + size).reduce((sum, one, i) => sum + one * key[from + i]!, 0);
          return Math.exp(product / Math.sqrt(size));
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        return Array.from({ length: size }, (__, i) =>
          scores.reduce((sum, score, other) => sum + (score / total) * values[other]![from + i]!, 0),
        );
      }).flat(),
    );
    rows = rows.map((list, i) =>
      norm(plus(list, dense(attended[i]!, `${at}.attention.output.dense`)), `${at}.attention.output.LayerNorm`),
    );
    rows = rows.map((list) => {
      const inner = dense(list, `${at}.intermediate.dense`).map(gelu);
      return norm(plus(list, dense(inner, `${at}.output.dense`)), `${at}.output.LayerNorm`);
    });
  }
  const mean = plus(...rows);
  const length = Math.hypot(...mean);
  return mean.map((one) => one / length);
}

/** The exact one: half the text's definition, with the error function by its series. */
function gelu(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let term = z;
  let sum = z;
  for (let n = 1; n < 60; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  const erf = z > 5 ? 1 : (2 / Math.sqrt(Math.PI)) * sum;
  return 0.5 * x * (1 + Math.sign(x) * erf);
}

/** WordPiece: the longest piece first. */
function tokensOf(text: string): number[] {
  const id = (word: string): number => tinyWords.indexOf(word);
  const pieces = (text.match(/[a-z0-9]+|[.:!]/g) ?? []).flatMap((word) => {
    const found: number[] = [];
    for (let at = 0; at < word.length;) {
      let end = word.length;
      while (end > at && id(`${at > 0 ? "##" : ""}${word.slice(at, end)}`) < 0) end--;
      found.push(id(`${at > 0 ? "##" : ""}${word.slice(at, end)}`));
      at = end;
    }
    return found;
  });
  return [id("[CLS]"), ...pieces, id("[SEP]")];
}
