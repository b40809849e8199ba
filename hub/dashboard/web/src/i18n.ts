// English and Chinese. A word of the definitions (an action, a taxon group) brings its own names.
import { en } from "./words_en";
import { zh } from "./words_zh";
import type { Definitions, Word } from "./types";

export type Key = keyof typeof en;
export type Language = "en" | "zh";
const words: Record<Language, Record<string, string>> = { en, zh };
const kStore = "vervet.language";

function chosen(): Language {
  try {
    const stored = localStorage.getItem(kStore);
    if (stored === "en" || stored === "zh") return stored;
  } catch {
    // Without storage the browser's own language is asked each time.
  }
  return navigator.languages.some((one) => one.toLowerCase().startsWith("zh")) &&
    !navigator.language.toLowerCase().startsWith("en")
    ? "zh"
    : "en";
}

let current: Language = chosen();
export const language = (): Language => current;
export function setLanguage(next: Language): void {
  current = next;
  try {
    localStorage.setItem(kStore, next);
  } catch {
    // The choice holds until the page is closed.
  }
}

// `{name}` in a text is replaced. What is in no dictionary comes back as it is.
export function t(key: Key | `${string}.${string}`, values: Record<string, string | number> = {}): string {
  const text = words[current][key] ?? words.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// Units are the hub's words, or the definitions', which have no other names for them: known ones are translated.
export const unitName = (unit: string): string => words[current][`unit.${unit}`] ?? unit;

let definitions: Definitions | undefined;
export function setDefinitions(next: Definitions | undefined): void {
  definitions = next;
}
type List = "taxonGroups" | "platformClasses" | "surfaces" | "languages";
const nameOf = (word: Word | undefined, id: string) =>
  (current === "zh" && word?.nameZh ? word.nameZh : word?.name) || id.replace(/_/g, " ");
export const wordName = (list: List, id: string): string => nameOf(definitions?.[list].find((one) => one.id === id), id);
export const actionName = (id: string): string => nameOf(definitions?.actions.find((one) => one.word?.id === id)?.word, id);
export const actionMeaning = (id: string): string | undefined =>
  definitions?.actions.find((one) => one.word?.id === id)?.meaning;
export const sourceName = (id: string): string =>
  nameOf(definitions?.detectionSources.find((one) => one.word?.id === id)?.word, id);
export const isProactive = (id: string): boolean =>
  definitions?.detectionSources.find((one) => one.word?.id === id)?.proactive ?? false;
export const positiveText = (): string => definitions?.positive ?? "";
