// For tests: modules of web/peer in node, with the same crypto and core as the page, and stand-ins for what a browser gives. Who imports this is skipped
// (exit status 77) where the page was not built.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { randomBytes, webcrypto } from "node:crypto";
import { inflateSync } from "node:zlib";

export const WEB = new URL("../../web/", import.meta.url);
const build = process.env.BUILD ?? "build";
export const PAGE = `${build}/web/link.html`;
export const PHONE = process.env.PHONE_WASM ?? `${build}/wasm/phone.wasm`;
for (const needed of [new URL("node_modules/esbuild", WEB), PAGE, PHONE])
    if (!existsSync(needed)) {
        console.log(`${needed} is missing: make app`);
        process.exit(77);
    }
globalThis.crypto ??= webcrypto;
export const require = createRequire(new URL("package.json", WEB));
const esbuild = require("esbuild");
const { sodiumParts } = await import(new URL("tools/sodium.mjs", WEB));
const { zstdParts } = await import(new URL("tools/zstd.mjs", WEB));
const read = (path) => readFileSync(new URL(`node_modules/${path}`, WEB));
export const sodiumFile = sodiumParts(read("libsodium-sumo/dist/modules-sumo/libsodium-sumo.js").toString("latin1"));
export const zstdFile = zstdParts(
    read("@bokuweb/zstd-wasm/dist/web/zstd.wasm"),
    read("@bokuweb/zstd-wasm/dist/web/zstd.js").toString(),
);

const folder = mkdtempSync(join(tmpdir(), "longear-peer-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let files = 0;

// What these lines export.
export async function load(lines) {
    const made = await esbuild.build({
        stdin: { contents: lines, resolveDir: new URL(".", WEB).pathname, loader: "ts" },
        bundle: true,
        write: false,
        format: "esm",
        target: "es2022",
        loader: { ".html": "text" },
        logLevel: "error",
        define: { SODIUM_NAMES: JSON.stringify(sodiumFile.names), ZSTD_NAMES: JSON.stringify(zstdFile.names) },
    });
    const file = join(folder, `${files++}.mjs`);
    writeFileSync(file, made.outputFiles[0].text);
    return import(file);
}

export const random = (size) => new Uint8Array(randomBytes(size));
export const page = readFileSync(PAGE, "utf8");

// A payload of the built page, as the page itself would take it out.
export function payload(name, html = page) {
    const from = html.indexOf(`id="part-${name}">`) + `id="part-${name}">`.length;
    return new Uint8Array(inflateSync(Buffer.from(html.slice(from, html.indexOf("<", from)), "base64")));
}

// Several tabs' BroadcastChannels.
export class Air {
    members = new Set();
    join() {
        const member = {
            onmessage: null,
            postMessage: (data) => {
                for (const other of this.members)
                    if (other !== member) setTimeout(() => other.onmessage?.({ data: structuredClone(data) }));
            },
            close: () => this.members.delete(member),
        };
        this.members.add(member);
        return member;
    }
}

// A tab's sessionStorage; limit in characters.
export function tabStore(map = new Map(), limit = Infinity) {
    return {
        map,
        load: async () => [...map],
        save: async (key, value) => {
            if (value.length + [...map.values()].join("").length > limit) throw new Error("quota");
            map.set(key, value);
        },
        clear: async () => map.clear(),
    };
}

export function environment({ sections = [], ...options } = {}) {
    const wasm = { sodium: sodiumFile.wasm, phone: readFileSync(PHONE), zstd: zstdFile.wasm };
    wasm.dictionary = readFileSync("src/core/dictionary/messages-1.zdict");
    return {
        asset: async (name) => new Uint8Array(wasm[name]),
        app: async () => page,
        sections: async () => sections,
        tab: null,
        storage: null,
        channel: null,
        fetch: (url, init) => fetch(url, init),
        random,
        now: () => Math.floor(Date.now() / 1000),
        steady: () => performance.now(),
        turn: () => new Promise((resolve) => setImmediate(resolve)),
        origin: null,
        secure: false,
        blank: async () => {},
        ...options,
    };
}

export const until = async (what, ms = 10_000) => {
    const end = performance.now() + ms;
    for (;;) {
        const value = await what();
        if (value) return value;
        if (performance.now() > end) throw new Error(`in vain: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
};
