/*
 * The catalogues and the sources agree. Shows that every text that the sources give to the translating functions stands in both
 * catalogues, that no catalogue has a text that no source has (a typing error in a msgid is found as both), and that the parser used here
 * reads C well enough to say so (comments, escapes, strings written in pieces).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/* Functions and macros whose string arguments are msgids: all of them, or the first one only (a format with its arguments). */
const ALL = new Set(['T', 'WORDS_LATER', 'LANG_LATER', 'lang_text', 'request_text', 'IN_ALL']);
const FIRST = new Set(['output_say', 'output_note', 'output_print', 'output_text', 'refuse']);

function unescape(text) {
    return text.replace(/\\(n|t|"|\\|\?|x[0-9a-fA-F]{2}|[0-7]{1,3})/g, (_, code) => {
        if (code === 'n') return '\n';
        if (code === 't') return '\t';
        if (code[0] === 'x') return String.fromCharCode(parseInt(code.slice(1), 16));
        if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8));
        return code;
    });
}

/* Split C into names, punctuation and strings; neighbouring strings are one. */
export function tokens(source) {
    const found = [];
    const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"((?:[^"\\\n]|\\.)*)"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|\s+|\\\n|[^\s]/g;
    for (const match of source.matchAll(pattern)) {
        const [text, string] = match;
        if (/^(\/\*|\/\/|\s|\\\n)/.test(text)) continue;
        if (string !== undefined) {
            const last = found[found.length - 1];
            if (last?.string !== undefined) last.string += unescape(string);
            else found.push({ string: unescape(string) });
        } else {
            found.push({ text });
        }
    }
    return found;
}

/* The msgids of one source, and all its strings. */
export function texts(source, firsts = FIRST) {
    const list = tokens(source);
    const used = new Set();
    const strings = new Set();
    list.forEach((token, i) => {
        if (token.string !== undefined) strings.add(token.string);
        /* X(NAME, -1, "text") of err.h */
        const all = ALL.has(token.text) || (token.text === 'X' && /^[A-Z_0-9]+$/.test(list[i + 2]?.text ?? '') && list[i + 3]?.text === ',' && list[i + 4]?.text === '-');
        const first = firsts.has(token.text);
        if ((!all && !first) || list[i + 1]?.text !== '(') return;
        for (let at = i + 2, depth = 1; at < list.length && depth > 0; at++) {
            if (list[at].text === '(') depth++;
            if (list[at].text === ')') depth--;
            if (list[at].string === undefined || !/\p{L}/u.test(list[at].string.replace(/%[-+ #0-9.*]*[hljzt]*[a-zA-Z%]|--[a-z]+|longear/g, ''))) continue;
            used.add(list[at].string);
            if (first) break;
        }
    });
    return { used, strings };
}

function catalogue(path) {
    const entries = new Map();
    let id = null;
    let state = '';
    for (const line of readFileSync(path, 'utf8').split('\n')) {
        const match = line.match(/^(msgid|msgstr)?\s*"((?:[^"\\]|\\.)*)"\s*$/);
        if (!match) continue;
        if (match[1] === 'msgid') {
            id = '';
            state = 'id';
        } else if (match[1] === 'msgstr') {
            entries.set(id, '');
            state = 'str';
        }
        if (state === 'id') id += unescape(match[2]);
        else entries.set(id, entries.get(id) + unescape(match[2]));
    }
    entries.delete('');
    return entries;
}

function sources(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return sources(path);
        return /\.[ch]$/.test(entry.name) ? [path] : [];
    });
}

let failures = 0;
function fail(text) {
    failures++;
    console.error(text);
}

function selfTest() {
    const { used, strings } = texts(`
        /* T("in a comment") */ // T("in a line")
        a(T("one \\"quoted\\"" /* between */ "\\n two"), T(x ? "three" : "four"), TT("not"), '"', output_say(o, "five", "six"));
        X(NAME, -1, "seven") T("%s: %llu")`, new Set(['output_say']));
    const want = ['one "quoted"\n two', 'three', 'four', 'five', 'seven'];
    if (JSON.stringify([...used].sort()) !== JSON.stringify(want.sort())) fail(`the parser found ${JSON.stringify([...used])}`);
    if (!strings.has('not') || strings.has('in a comment')) fail('the parser misreads strings or comments');
}

selfTest();
const used = new Map();
const strings = new Set();
for (const path of sources('src')) {
    const found = texts(readFileSync(path, 'utf8'));
    for (const text of found.used) used.set(text, path);
    for (const text of found.strings) strings.add(text);
}
if (used.size < 100) fail(`only ${used.size} texts were found in the sources`);
for (const lang of ['ru', 'kk']) {
    const entries = catalogue(`po/${lang}.po`);
    for (const [text, path] of used) {
        if (!entries.get(text)) fail(`po/${lang}.po lacks ${JSON.stringify(text)} (${path})`);
    }
    for (const text of entries.keys()) {
        if (!strings.has(text)) fail(`po/${lang}.po has a text that no source has: ${JSON.stringify(text)}`);
    }
}
console.log(`${used.size} texts, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
