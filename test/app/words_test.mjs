// The words of the app: every table says the same things in three languages (the same keys, the same {names}, every plural form that the language has), each in
// its own letters; every key is asked for somewhere in the screens, and none twice; numbers, plurals and dates come out as people of each language write them,
// also where the browser has no Kazakh.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { load, WEB } from "./peer_util.mjs";

const files = readdirSync(new URL("app/words/", WEB)).filter((name) => name.endsWith(".ts") && name !== "core_errors.ts");
globalThis.CORE_ERRORS = {}; // the build puts the core's sentences in; test/lang holds those
const m = await load(`
    ${files.map((name, i) => `export * as words${i} from "./app/words/${name}";`).join("\n")}
    export { t, setWordsLang, pluralForm, langOf, number, fill, isolate } from "./app/words.ts";
    export * as dates from "./app/dates.ts";
`);

// ---- Tables ----
const FORMS = { en: ["one", "other"], ru: ["few", "many", "one", "other"], kk: ["other"] };
const textsOf = (word) => (typeof word === "string" ? [word] : Object.values(word));
const namesOf = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort().join(" ");
const sources = [];
(function walk(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const at = new URL(entry.isDirectory() ? `${entry.name}/` : entry.name, folder);
        if (entry.isDirectory() && entry.name !== "words") walk(at);
        else if (/\.tsx?$/.test(entry.name) && !entry.name.startsWith("mock")) sources.push(readFileSync(at, "utf8"));
    }
})(new URL("app/", WEB));
const states = readFileSync(new URL("peer/api.ts", WEB), "utf8"); // names of states and errors that are said as they come

let keys = 0;
let tables = 0;
const bad = [];
for (let i = 0; i < files.length; i++)
    for (const [name, table] of Object.entries(m[`words${i}`])) {
        if (!table?.en || !table.ru || !table.kk || typeof table.en !== "object") continue; // the list to make passphrases of is no table
        tables++;
        const users = sources.filter((text) => new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from`).test(text));
        assert.deepEqual(Object.keys(table.ru).sort(), Object.keys(table.en).sort(), name);
        assert.deepEqual(Object.keys(table.kk).sort(), Object.keys(table.en).sort(), name);
        for (const key of Object.keys(table.en)) {
            keys++;
            const where = `${name}.${key}`;
            const wanted = namesOf(textsOf(table.en[key]).join(" "));
            for (const lang of ["en", "ru", "kk"]) {
                const word = table[lang][key];
                if (typeof word !== typeof table.en[key]) bad.push(`${where}: ${lang} is of another kind`);
                if (typeof word !== "string" && Object.keys(word).sort().join() !== FORMS[lang].join())
                    bad.push(`${where}: ${lang} has ${Object.keys(word)}`);
                for (const text of textsOf(word)) {
                    if (text.trim() === "" || text !== text.trim()) bad.push(`${where}: ${lang} is empty or has a space at an end`);
                    if (namesOf(text) !== wanted) bad.push(`${where}: ${lang} fills in {${namesOf(text)}}, English {${wanted}}`);
                    if (lang !== "kk" && /[әғқңөұүһі]/i.test(text) && !/Қаз/.test(text)) bad.push(`${where}: ${lang} has Kazakh letters`);
                    if (lang === "en" && /\p{Script=Cyrillic}{3}/u.test(text) && !/Қаз|Рус|РУС/.test(text)) bad.push(`${where}: English in Cyrillic`);
                    if (lang === "kk" && text === textsOf(table.ru[key])[0] && /\p{L}{6}/u.test(text.replace(/\{\w+\}/g, ""))) bad.push(`${where}: Kazakh is the Russian text`);
                }
            }
            const asked = new RegExp(`["'\`]${key}["'\`]`);
            if (!users.some((text) => asked.test(text)) && !asked.test(states)) bad.push(`${where} is used nowhere`);
        }
    }
assert.deepEqual(bad, []);
assert.ok(tables >= 12 && keys > 250, `${tables} tables, ${keys} keys`);

// ---- Plurals, numbers ----
const days = m.words0 && Object.values(Object.assign({}, ...files.map((_, i) => m[`words${i}`]))).find((table) => table?.en?.days);
const said = (lang, n) => (m.setWordsLang(lang), m.t(days, "days", { n }));
assert.deepEqual([1, 2, 21].map((n) => said("en", n)), ["1 day", "2 days", "21 days"]);
assert.deepEqual([1, 2, 5, 11, 14, 21, 22, 25, 111].map((n) => said("ru", n)),
    ["1 день", "2 дня", "5 дней", "11 дней", "14 дней", "21 день", "22 дня", "25 дней", "111 дней"]);
assert.deepEqual([1, 2, 21].map((n) => said("kk", n)), ["1 күн", "2 күн", "21 күн"]);
m.setWordsLang("en");
assert.equal(m.number(1234567), "1,234,567");
m.setWordsLang("kk");
assert.equal(m.number(1234567), "1\u00a0234\u00a0567");
assert.equal(m.langOf(["de", "ru-KZ", "kk"]), "ru");
assert.equal(m.langOf(["de"]), "kk");
assert.equal(m.fill("{a} {b}", { a: "{b}", b: "x" }), "{b} x", "what is put in is not filled again");
assert.ok(!/\u202e/.test(m.isolate("a\u202eb")), "no text turns the sentence around it");

// ---- Dates ----
const at = (text) => Date.parse(text) / 1000;
const now = Date.parse("2026-01-06T12:00:00");
const label = (lang, text) => (m.setWordsLang(lang), m.dates.dayLabel(at(text), now));
assert.equal(label("ru", "2025-11-21T10:00:00"), "21 ноября 2025 г.");
assert.equal(label("en", "2025-11-21T10:00:00"), "21 November 2025");
assert.equal(label("kk", "2025-11-21T10:00:00"), "2025 ж. 21 қараша");
assert.equal(label("kk", "2026-01-01T10:00:00").toLowerCase(), "бейсенбі");
assert.equal(label("ru", "2026-01-01T10:00:00"), "четверг");
for (const lang of ["en", "ru", "kk"]) {
    assert.notEqual(label(lang, "2026-01-06T01:00:00"), label(lang, "2026-01-05T23:00:00"), "today is not yesterday");
    assert.equal(m.dates.timeOfDay(at("2026-01-06T09:05:00")), "09:05");
}
const Format = Intl.DateTimeFormat;
Intl.DateTimeFormat = Object.assign(function (...a) { return new Format(...a); }, { supportedLocalesOf: (tags) => tags.filter((tag) => tag !== "kk") });
const fresh = await load(`export * from "./app/dates.ts"; export { setWordsLang } from "./app/words.ts";`);
fresh.setWordsLang("kk");
assert.equal(fresh.dayLabel(at("2026-01-01T10:00:00"), now), "бейсенбі", "a browser without Kazakh");
console.log(`${keys} words in ${tables} tables, three languages each`);
