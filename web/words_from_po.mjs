// words_from_po.mjs: the core's error sentences for the page, from where the program has them: names and English texts
// from src/core/err.h, the other languages from po/. Throws if a language lacks one.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const unquote = (text) => JSON.parse(`"${text}"`);

// msgid → msgstr of a catalogue.
export function catalogue(text) {
    const found = new Map();
    for (const entry of text.split(/\n\s*\n/)) {
        const field = (name) => {
            const match = entry.match(new RegExp(`^${name} ((?:"(?:[^"\\\\]|\\\\.)*"\\s*)+)`, "m"));
            return match ? [...match[1].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => unquote(part)).join("") : null;
        };
        const id = field("msgid");
        if (id) found.set(id, field("msgstr"));
    }
    return found;
}

// {ERR_SIGNATURE: {en, ru, kk}, …}
export function coreErrors(root) {
    const list = readFileSync(join(root, "src/core/err.h"), "utf8");
    const catalogues = ["ru", "kk"].map((lang) => [lang, catalogue(readFileSync(join(root, `po/${lang}.po`), "utf8"))]);
    const errors = {};
    for (const [, name, quoted] of list.matchAll(/\bX\((\w+), -\d+, "((?:[^"\\]|\\.)*)"\)/g)) {
        const en = unquote(quoted);
        const sentences = { en };
        for (const [lang, words] of catalogues) {
            if (!words.get(en)) throw new Error(`po/${lang}.po has no "${en}"`);
            sentences[lang] = words.get(en);
        }
        errors[`ERR_${name}`] = sentences;
    }
    if (Object.keys(errors).length < 20) throw new Error("the list of errors in src/core/err.h was not understood");
    return errors;
}
