/** Under what terms weights may be used. */
export interface Licence {
  name: string;
  /** Where its text stands; null for licences that everybody has. */
  url: string | null;
  /** Its terms bind whoever uses the model, so they must be read and accepted before it is installed. */
  asksConsent: boolean;
  /** Whether it may be used to earn money. Conditions may still apply: see the text. */
  commercial: boolean;
}

export type LicenceId = keyof typeof licences;

export const licences = {
  apache: { name: "Apache-2.0", url: null, asksConsent: false, commercial: true },
  mit: { name: "MIT", url: null, asksConsent: false, commercial: true },
  gemma: { name: "Gemma Terms of Use", url: "https://ai.google.dev/gemma/terms", asksConsent: true, commercial: true },
  llama2: {
    name: "Llama 2 Community",
    url: "https://ai.meta.com/llama/license/",
    asksConsent: true,
    commercial: true,
  },
  llama31: {
    name: "Llama 3.1 Community",
    url: "https://www.llama.com/llama3_1/license/",
    asksConsent: true,
    commercial: true,
  },
  llama32: {
    name: "Llama 3.2 Community",
    url: "https://www.llama.com/llama3_2/license/",
    asksConsent: true,
    commercial: true,
  },
  qwenResearch: {
    name: "Qwen Research",
    url: "https://huggingface.co/Qwen/Qwen2.5-Coder-3B-Instruct/blob/main/LICENSE",
    asksConsent: true,
    commercial: false,
  },
  deepseek: {
    name: "DeepSeek Model License",
    url: "https://github.com/deepseek-ai/DeepSeek-Coder/blob/main/LICENSE-MODEL",
    asksConsent: true,
    commercial: true,
  },
  openrail: {
    name: "BigCode OpenRAIL-M",
    url: "https://huggingface.co/spaces/bigcode/bigcode-model-license-agreement",
    asksConsent: true,
    commercial: true,
  },
  mistralNonProduction: {
    name: "Mistral AI Non-Production",
    url: "https://mistral.ai/licenses/MNPL-0.1.md",
    asksConsent: true,
    commercial: false,
  },
} as const satisfies Record<string, Licence>;
