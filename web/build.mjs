// Build the page: web/app and web/peer, the core as WebAssembly, crypto and the lazy things as one file, build/web/link.html, and the same under gzip.
// Every byte depends on the sources and the lock file alone. Prints sizes; exits 1 if the page is over its limit. usage: node web/build.mjs [--mock]
// With --mock it makes build/web/mock.html instead, the screens over a peer in memory (app/mock.ts), for design and tests.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zopfli from "@gfx/zopfli";
import * as esbuild from "esbuild";
import { sodiumParts } from "./tools/sodium.mjs";
import { shortenings, shortWords } from "./tools/short.mjs";
import { zstdParts } from "./tools/zstd.mjs";
import { coreErrors } from "./words_from_po.mjs";

// zopfli's own listeners print its whole source when anything fails.
for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);

const web = dirname(fileURLToPath(import.meta.url));
const out = process.env.OUT ?? join(web, "../build/web");
const PHONE = process.env.PHONE_WASM ?? join(web, "../build/wasm/phone.wasm");
const LIMITS = { gzip: 400 * 1024, own: 160 * 1024 };
const OWN_GOAL = 80 * 1024;
const module = (path) => readFileSync(join(web, "node_modules", path));
const tsconfig = JSON.parse(readFileSync(join(web, "tsconfig.json")));

const common = {
    absWorkingDir: web,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome97", "firefox113", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    loader: { ".html": "text" },
    // Elements as h("p", null, …), which says less than the automatic form that the checker is told of.
    jsx: "transform",
    jsxFactory: "h",
    jsxFragment: "Fragment",
    tsconfigRaw: { compilerOptions: { ...tsconfig.compilerOptions, jsx: "react", jsxImportSource: undefined } },
    metafile: true,
    write: false,
    logLevel: "warning",
};
async function bundle(entry, options = {}) {
    const made = await esbuild.build({ ...common, entryPoints: [entry], ...options });
    const inputs = Object.values(made.metafile.outputs)[0].inputs;
    const own = Object.entries(inputs)
        .filter(([path]) => !path.includes("node_modules/") && !path.startsWith("app/words/") && !path.startsWith("<define:"))
        .reduce((sum, [, input]) => sum + input.bytesInOutput, 0);
    const text = made.outputFiles[0].text.trimEnd();
    // Inside of a script these would end it or change how its end is found.
    if (/<\/script|<!--/i.test(text)) throw new Error(`${entry}: its script holds an end of a script or a comment`);
    return { text, own };
}
// A module of web/ for use here: TypeScript that only this build runs.
async function use(entry) {
    const made = await esbuild.build({ ...common, entryPoints: [entry], format: "esm", minify: false });
    return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString("base64")}`);
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
// zopfli, not Node's zlib: smaller, and the same bytes on every version of Node.
const pack = (bytes) => promisify(zopfli.zlib)(Buffer.from(bytes), { numiterations: 5 });

const { APP_END, PAYLOADS, assemblePage } = await use("peer/page_parts.ts");
const sodium = sodiumParts(module("libsodium-sumo/dist/modules-sumo/libsodium-sumo.js").toString("latin1"));
const zstd = zstdParts(
    module("@bokuweb/zstd-wasm/dist/web/zstd.wasm"),
    module("@bokuweb/zstd-wasm/dist/web/zstd.js").toString(),
);
const define = {
    ...Object.fromEntries(Object.entries(sodium.names).map(([name, short]) => [`SODIUM_NAMES.${name}`, JSON.stringify(short)])),
    ZSTD_NAMES: JSON.stringify(zstd.names),
    CORE_ERRORS: JSON.stringify(coreErrors(join(web, ".."))),
};
const mock = process.argv.includes("--mock");
const plugins = [shortWords(shortenings(web))];
const ui = await bundle(mock ? "app/mock_main.tsx" : "app/main.tsx", { define, inject: ["app/h.ts"], plugins });
const peer = await bundle("peer/worker.ts", { define });
const qr = await bundle("qr/entry.ts");
const style = (await esbuild.build({ ...common, entryPoints: ["app/style.css"] })).outputFiles[0].text.trimEnd();
if (/<\/style/i.test(style)) throw new Error("app/style.css holds the end of a style");

if (mock) {
    const payloads = Object.fromEntries(PAYLOADS.map((name) => [name, ""]));
    payloads.qr = Buffer.from(await pack(qr.text)).toString("base64");
    const policy = `default-src 'none'; script-src ${hash(ui.text)} ${hash(qr.text)}; worker-src blob:; style-src ${hash(style)}; img-src blob: data:; media-src blob: data:`;
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "mock.html"), assemblePage({ policy, style, ui: ui.text, payloads }));
    process.exit(0);
}

// What the app shows of itself (peer.ts, appWords), for whoever compares: the first half of BLAKE2b-256, in hex. The node shows it, too.
async function checkWords(bytes) {
    const sodium = createRequire(import.meta.url)("libsodium-sumo");
    await sodium.ready;
    const [at, to] = [sodium._malloc(bytes.length), sodium._malloc(32)];
    sodium.HEAPU8.set(bytes, at);
    if (sodium._crypto_generichash(to, 32, at, bytes.length, 0, 0, 0) !== 0) throw new Error("no hash");
    return Buffer.from(sodium.HEAPU8.slice(to, to + 16)).toString("hex");
}

const raw = {
    peer: peer.text,
    sodium: sodium.wasm,
    phone: existsSync(PHONE) ? readFileSync(PHONE) : Buffer.alloc(0),
    zstd: zstd.wasm,
    dictionary: readFileSync(join(web, "../src/core/dictionary/messages-1.zdict")),
    qr: qr.text,
};
if (raw.phone.length === 0) console.error(`${relative(".", PHONE)} is missing: this page has no core`);
const policy = [
    "default-src 'none'",
    `script-src ${hash(ui.text)} ${hash(peer.text)} ${hash(qr.text)} 'wasm-unsafe-eval'`,
    "worker-src blob:",
    `style-src ${hash(style)}`,
    "img-src blob: data:",
    "media-src blob: data:",
    "connect-src http: https:",
    "form-action 'none'",
    "base-uri 'none'",
].join("; ");
const packed = {};
for (const name of PAYLOADS) packed[name] = Buffer.from(await pack(raw[name]));
const payloads = Object.fromEntries(PAYLOADS.map((name) => [name, packed[name].toString("base64")]));
const page = Buffer.from(assemblePage({ policy, style, ui: ui.text, payloads }));
if (page.indexOf(APP_END) !== page.length - APP_END.length) throw new Error("the end mark is not the end");
const gzip = Buffer.from(await promisify(zopfli.gzip)(page, { numiterations: 5 }));

mkdirSync(out, { recursive: true });
writeFileSync(join(out, "link.html"), page);
writeFileSync(join(out, "link.html.gz"), gzip);
writeFileSync(join(out, "link.html.words"), `${await checkWords(page)}\n`);

const line = (name, ...sizes) => console.log(name.padEnd(34), ...sizes.map((size) => String(size).padStart(9)));
line("part", "raw", "deflated");
line("style", style.length, (await pack(style)).length);
line("script of the page", Buffer.byteLength(ui.text), (await pack(ui.text)).length);
for (const name of PAYLOADS) line(name, Buffer.byteLength(raw[name]), packed[name].length);
line("own JavaScript, minified", ui.own + peer.own);
line("link.html", page.length);
line("link.html.gz", gzip.length);
let over = 0;
if (gzip.length > LIMITS.gzip) over = console.error(`link.html.gz is over ${LIMITS.gzip} bytes`) ?? 1;
if (ui.own + peer.own > LIMITS.own) over = console.error(`own JavaScript is over ${LIMITS.own} bytes`) ?? 1;
// A goal, not what a phone waits for: that is the size under gzip.
else if (ui.own + peer.own > OWN_GOAL) console.error(`own JavaScript is over its goal of ${OWN_GOAL} bytes (doc/decisions/app.md)`);
process.exit(over);
