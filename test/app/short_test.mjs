// What the build may say shorter (web/tools/short.mjs), on a small page of its own: a word's key becomes a number only where nothing but t(table, "key") asks
// for it. A test of the whole page is every other test that opens link.html.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

if (!existsSync("web/node_modules/typescript")) {
    console.log("web/node_modules is missing: make app");
    process.exit(77);
}
const { shortenings, shortWords } = await import(resolve("web/tools/short.mjs"));

const folder = mkdtempSync(join(tmpdir(), "longear-short-"));
const load = {}; // what the plugin gives to esbuild, by the file's name
try {
    for (const name of ["app", "peer"]) mkdirSync(join(folder, name));
    symlinkSync(resolve("web/node_modules"), join(folder, "node_modules"));
    const files = {
        "tsconfig.json": JSON.stringify({ compilerOptions: { target: "ES2022", lib: ["ES2022", "DOM"], types: [], strict: true }, include: ["app", "peer"] }),
        "app/words.ts": `export const table = <T>(words: { en: T; ru: T }): { en: T; ru: T } => words;
            export const t = <T>(words: { en: T }, key: keyof T): T[keyof T] => words.en[key];
            export const plain = table({ en: { once: "1", often: "2", picked: "3", asked: "{filled}" }, ru: { often: "2", once: "1", picked: "3", asked: "4" } });
            export const looked = table({ en: { first: "1" }, ru: { first: "1" } });`,
        "app/main.ts": `import { looked, plain, t } from "./words.ts";
            export const show = (yes: boolean, asked: "asked"): unknown[] =>
                [t(plain, "often"), t(plain, yes ? "often" : "once"), t(plain, "picked"), t(plain, asked), t(looked, "first"), Object.keys(looked.en)];`,
        "peer/thing.ts": `export const often = "often";`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

    shortWords(shortenings(folder)).setup({ onLoad: (_, give) => { load.of = (name) => give({ path: join(folder, name) })?.contents; } });
    assert.match(load.of("app/words.ts"), /en: \{ 1: "1", 0: "2", 2: "3", asked: "\{filled\}" \}, ru: \{ 0: "2", 1: "1", 2: "3", asked: "4" \}/);
    assert.match(load.of("app/words.ts"), /\{ first: "1" \}/, "a table that is looked into stays");
    assert.match(load.of("app/main.ts"), /\[t\(plain, 0\), t\(plain, yes \? 0 : 1\), t\(plain, 2\), t\(plain, asked\), t\(looked, "first"\)/);
    assert.equal(load.of("peer/thing.ts"), undefined);
} finally {
    rmSync(folder, { recursive: true });
}
