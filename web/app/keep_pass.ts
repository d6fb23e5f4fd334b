// keep_pass.ts: how good a passphrase is, and good ones made by chance.
import type { Lang } from "../peer/api.ts";
import { PASS_WORDS } from "./words/keep_list.ts";

export const PASS_LENGTH_MIN = 10;
const SUGGESTED = 6;
const COMMON = /^(?:password|passphrase|qwerty|йцукен|пароль|құпиясөз|longear|байланыс|связь|link|admin|iloveyou)/;

// The same words typed on another keyboard or another day are the same bytes.
export function tidyPass(typed: string): string {
    return typed.normalize("NFKC").trim().replace(/\s+/g, " ");
}

export type PassStrength = "tooShort" | "weak" | "fair" | "strong";

// A rough guess at what a guesser needs: words count 11 bits at most, whatever their length, because they stand in
// lists; letters that repeat or follow each other count little.
export function passStrength(typed: string): PassStrength {
    const pass = tidyPass(typed);
    if ([...pass].length < PASS_LENGTH_MIN) return "tooShort";
    const words = new Set(pass.toLowerCase().split(/[\s.,;:_-]+/));
    let bits = 0;
    for (const word of words) {
        let fresh = 0;
        let last = 0;
        for (const letter of word) {
            const code = letter.codePointAt(0) ?? 0;
            if (Math.abs(code - last) > 1) fresh++;
            last = code;
        }
        const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(word)).length;
        const letters = Math.min(fresh, new Set(word).size);
        bits += words.size > 1 ? Math.min(11, 3 * letters) : letters * (/^\d+$/.test(word) ? 2 : 1.8 + kinds);
    }
    if (COMMON.test(pass.toLowerCase())) bits /= 2;
    return bits < 28 ? "weak" : bits < 44 ? "fair" : "strong";
}

export function suggestPass(lang: Lang): string {
    const list = PASS_WORDS[lang].split(" ");
    const chosen = new Set<string>();
    while (chosen.size < SUGGESTED) {
        for (const n of crypto.getRandomValues(new Uint32Array(1))) chosen.add(list[n % list.length] ?? "");
    }
    return [...chosen].join(" ");
}
