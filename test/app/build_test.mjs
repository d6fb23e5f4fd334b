// The page's build: types are right; two builds give the same bytes; the sizes are under their limits; the file is what its policy says: every script in it has
// its hash there, nothing in it is fetched from anywhere, no handler stands in a tag; what the page would write as its own file is the file, to the byte.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { load, page, payload } from "./peer_util.mjs";

const types = spawnSync("web/node_modules/.bin/tsc", ["-p", "web"], { encoding: "utf8" });
assert.equal(types.stdout, "");
assert.equal(types.status, 0);

const out = mkdtempSync(join(tmpdir(), "longear-build-"));
try {
    const said = execFileSync("node", ["web/build.mjs"], { encoding: "utf8", env: { ...process.env, OUT: out } });
    const built = process.env.BUILD ?? "build";
    for (const name of ["link.html", "link.html.gz"])
        assert.ok(readFileSync(join(out, name)).equals(readFileSync(`${built}/web/${name}`)), `${name} is the same again`);
    const gzip = readFileSync(join(out, "link.html.gz"));
    assert.equal(gunzipSync(gzip).toString(), page);
    assert.deepEqual([...gzip.subarray(4, 8)], [0, 0, 0, 0], "no time in it");
    assert.ok(gzip.length <= 400 * 1024, `${gzip.length} bytes over the air`);
    const own = Number(/own JavaScript, minified +(\d+)/.exec(said)[1]);
    // The goal is 80 KiB (web/build.mjs says when it is missed); this is slightly above what is reached.
    assert.ok(own > 1000 && own <= 160 * 1024, `${own} bytes of own JavaScript`);
    console.log(`${gzip.length} bytes over the air, ${own} of own JavaScript`);
} finally {
    rmSync(out, { recursive: true });
}

const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)[1];
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const ui = /<script id="part-ui">([\s\S]*?)<\/script>/.exec(page)[1];
const style = /<style id="part-style">([\s\S]*?)<\/style>/.exec(page)[1];
for (const script of [ui, Buffer.from(payload("peer")).toString(), Buffer.from(payload("qr")).toString()])
    assert.ok(policy.includes(hash(script)), "a script without its hash");
assert.ok(policy.includes(hash(style)));
assert.match(policy, /^default-src 'none'; /);
assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|data:.*script/);
// Without scripts there is one thing to do: go to the point's plain page.
const instead = /<noscript><p class="gate"><a href="\/plain">[^<>]+<\/a><\/p><\/noscript>/;
const skeleton = page.replace(instead, "").replace(/(<script[^>]*>)[\s\S]*?<\/script>/g, "$1").replace(style, "");
assert.match(page, instead);
assert.ok(!/\s(src|href|on\w+|style)=/i.test(skeleton), "nothing is fetched, nothing runs from a tag");
assert.ok(!page.includes("\r") && !page.includes("\0"), "what a parser would change");
assert.ok(!/<!--|<\/script/i.test(ui), "what would end the script");

// The page's own way to its file: the parts as a document has them, put together again.
const { APP_END, assemblePage, PAYLOADS } = await load('export * from "./peer/page_parts.ts"');
const payloads = Object.fromEntries(PAYLOADS.map((name) => [name, new RegExp(`id="part-${name}">([^<]*)<`).exec(page)[1]]));
assert.equal(assemblePage({ policy, style, ui, payloads }), page);
assert.equal(page.indexOf(APP_END), page.length - APP_END.length, "one end mark, at the end");
