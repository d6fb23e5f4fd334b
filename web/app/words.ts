// words.ts: every sentence that people see, in three languages, and how it is looked up.
//
// A screen area has one file under words/ that exports one table({en, ru, kk}). The types hold that the three have the
// same keys and the same kind of value; t(table, "key", {…}) asks for exactly the {names} that the English text has.
// Texts are plain strings: nothing in them is markup, and what is put in can't turn the direction of the rest.
import type { Lang } from "../peer/api.ts";

export type { Lang };
export const LANGS: readonly Lang[] = ["kk", "ru", "en"];

// A text that depends on a number {n}. English has one and other, Russian one, few, many and other, Kazakh only other:
// its nouns don't change behind a number.
export interface Plural {
    one?: string;
    few?: string;
    many?: string;
    other: string;
}
type Word = string | Plural;
type Like<T> = { [K in keyof T]: T[K] extends string ? string : Plural };
export interface Table<T> {
    en: T;
    ru: Like<T>;
    kk: Like<T>;
}
type Names<S> = S extends `${string}{${infer N}}${infer R}` ? N | Names<R> : never;
type Needs<W> = W extends string ? Names<W> : "n" | Names<W[keyof W]>;
export type Values = Record<string, string | number>;
type Args<W> = [Needs<W>] extends [never] ? [] : [values: Record<Needs<W>, string | number>];

// Declare the words of a screen area.
export function table<const T extends Record<string, Word>>(words: {
    en: T;
    ru: NoInfer<Like<T>>;
    kk: NoInfer<Like<T>>;
}): Table<T> {
    return words;
}

let current: Lang = "kk";
let rules: Intl.PluralRules | null = null;

// The language that most fits what the browser asks for; Kazakh if it asks for none of ours.
export function langOf(wanted: readonly string[]): Lang {
    for (const tag of wanted) {
        const found = LANGS.find((one) => one === tag.slice(0, 2).toLowerCase());
        if (found) return found;
    }
    return "kk";
}

export const lang = (): Lang => current;

export function setWordsLang(next: Lang): void {
    current = next;
    // A browser that doesn't know Kazakh would silently take another language's rules.
    const known = typeof Intl !== "undefined" && Intl.PluralRules?.supportedLocalesOf([next]).length > 0;
    rules = known ? new Intl.PluralRules(next) : null;
}

export function pluralForm(word: Plural, n: number): string {
    if (rules === null && current !== "kk") setWordsLang(current);
    const form = rules?.select(n) ?? "other";
    return (form === "one" || form === "few" || form === "many" ? word[form] : undefined) ?? word.other;
}

const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc]/;
const CONTROLS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// Put a text of somebody else's into a sentence so that it can't change the order of what stands around it.
export function isolate(text: string): string {
    return TURNS.test(text) ? `\u2068${text.replace(CONTROLS, "")}\u2069` : text;
}

export function fill(text: string, values: Values): string {
    return text.replace(/\{(\w+)\}/g, (all, name: string) => {
        const value = values[name];
        return value === undefined ? all : typeof value === "number" ? number(value) : isolate(value);
    });
}

// The text of a table under a key in the language of the moment.
export function t<T, K extends keyof T & string>(words: Table<T>, key: K, ...args: Args<T[K]>): string {
    const word = words[current][key] as Word;
    const values: Values = args[0] ?? {};
    return fill(typeof word === "string" ? word : pluralForm(word, Number(values["n"])), values);
}

// A number with thin spaces or commas between thousands, as the language has it.
export function number(n: number): string {
    const digits = String(n);
    return digits.replace(/\B(?=(\d{3})+$)/g, current === "en" ? "," : "\u00a0");
}
