// The peer in a real browser, without screens: the built page with a script in place of its own that gives the test its peer. The page writes its own file to
// the byte; a kept file opens from file:// with the device's journal behind it, and in an opaque origin from memory; where no worker can be made the peer runs
// in the page; "leave no trace" empties the tab and the page; the browser finds nothing against the page's policy in all of it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { page as built, require, WEB } from "./peer_util.mjs";

if (!existsSync("test/web/node_modules/playwright-core")) {
    console.log("playwright-core is missing: cd test/web && npm ci");
    process.exit(77);
}
const { chromium } = createRequire(new URL("../web/package.json", import.meta.url))("playwright-core");
const made = await require("esbuild").build({
    stdin: {
        contents: `import { connect } from "./peer/client.ts"; import { ownPage } from "./peer/payload.ts";
            globalThis.ownPage = ownPage; globalThis.peer = connect();`,
        resolveDir: new URL(".", WEB).pathname,
        loader: "ts",
    },
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    charset: "utf8",
    target: "es2022",
    loader: { ".html": "text" },
});
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const ui = made.outputFiles[0].text.trimEnd();
const before = /<script id="part-ui">([\s\S]*?)<\/script>/.exec(built)[1];
const page = built.split(hash(before)).join(hash(ui)).split(before).join(ui);

const work = mkdtempSync(join(tmpdir(), "longear-kept-"));
let kept;
const server = createServer((asked, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    if (asked.url === "/frame") answer.end('<!doctype html><iframe sandbox="allow-scripts" src="/kept"></iframe>');
    else answer.end(asked.url === "/kept" ? kept : page);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const faults = [];
async function open(url, prepare) {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => faults.push(error.message));
    tab.on("console", (message) => /Content.Security|Refused/i.test(message.text()) && faults.push(message.text()));
    if (prepare) await tab.addInitScript(prepare);
    await tab.goto(url);
    return tab;
}
try {
    const served = await open(`${base}/app`);
    const state = await served.evaluate(async () => (await peer).api.state());
    assert.deepEqual([state.mode, state.storage, state.origin], ["guest", "tab", base]);
    assert.equal(await served.evaluate(async () => await ownPage()), page, "its own file, to the byte");
    const saved = await served.evaluate(async () => {
        const { api } = await peer;
        const community = await api.found("Двор", "ru", 30);
        await api.write({ community, text: "привет", urgency: 1 });
        const file = await api.keep("тихая вода", true);
        return { bytes: [...file.bytes], words: (await api.state()).appWords, tab: Object.keys(sessionStorage).length };
    });
    kept = Buffer.from(saved.bytes);
    assert.equal(saved.tab, 0, "who keeps the page is no longer in the tab");
    assert.match(saved.words, /^[0-9a-f]{32}$/);
    assert.equal(kept.subarray(0, Buffer.byteLength(page)).toString(), page);
    assert.ok(!kept.includes("привет"));

    writeFileSync(join(work, "link.html"), kept);
    const file = await open(`file://${work}/link.html`);
    const opened = await file.evaluate(async () => {
        const { api } = await peer;
        const { mode } = await api.state();
        const wrong = await api.unlock("громкая вода").catch((error) => error.name);
        const from = performance.now();
        const state = await api.unlock("тихая вода");
        const ms = performance.now() - from;
        const [group] = await api.groups();
        await api.write({ community: group.community, text: "из файла", urgency: 1 });
        return { mode, wrong, state, ms, last: group.last.text };
    });
    assert.deepEqual([opened.mode, opened.wrong, opened.last], ["locked", "PASSPHRASE_WRONG", "привет"]);
    assert.deepEqual([opened.state.mode, opened.state.storage, opened.state.origin], ["kept", "device", null]);
    assert.equal(await file.evaluate(async () => await ownPage()), page, "a kept page knows its app from its data");
    await file.reload();
    const again = await file.evaluate(async () => {
        const { api } = await peer;
        const state = await api.unlock("тихая вода");
        const [group] = await api.groups();
        return { state, texts: (await api.list(group.community, null, 9)).messages.map((m) => m.text).sort() };
    });
    assert.deepEqual(again.texts, ["из файла", "привет"], "the old file and the device's journal");
    assert.equal(again.state.oldCopy, true);

    const frame = (await open(`${base}/frame`)).frames()[1];
    const opaque = await frame.evaluate(async () => {
        const { api } = await peer;
        const state = await api.unlock("тихая вода");
        const [group] = await api.groups();
        await api.write({ community: group.community, text: "из рамки", urgency: 1 });
        const { unsaved } = await api.state();
        await api.saveCopy();
        return { origin, state, unsaved, after: (await api.state()).unsaved };
    });
    assert.deepEqual([opaque.origin, opaque.state.mode, opaque.state.storage, opaque.after], ["null", "kept", "memory", 0]);
    assert.ok(opaque.unsaved > 0);

    const alone = await open(`${base}/app`, () => {
        globalThis.Worker = class {
            constructor() {
                throw new Error("no worker here");
            }
        };
    });
    const left = await alone.evaluate(async () => {
        const { api } = await peer;
        const community = await api.found("Без", "ru", 30);
        await api.write({ community, text: "x", urgency: 1 });
        const held = Object.keys(sessionStorage).length;
        await api.leaveNoTrace();
        return { held, left: Object.keys(sessionStorage).length, html: document.body.innerHTML };
    });
    assert.ok(left.held >= 2);
    assert.deepEqual([left.left, left.html], [0, ""]);
    assert.deepEqual(faults, []);
    console.log(`a kept file opens in ${opened.ms.toFixed(0)} ms after the passphrase`);
} finally {
    await browser.close();
    server.close();
    rmSync(work, { recursive: true, force: true });
}
