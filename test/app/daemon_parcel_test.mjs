// Parcels between the program and the phones' page, whose peer runs here in node:
//   1. `pouch pack FILE.html` writes link.html to the byte with the messages behind it; opened, it greets a new person with them, who can write;
//   2. `pouch pack FILE.zip --app` holds link.html, which unzip takes out to the byte, and messages that the page opens; without --app it holds none;
//   3. a page that a phone saved, and a parcel that it made as a page, are opened by the program; one whose messages are sealed is not;
//   4. a node that runs does the same for the command, and --max-size counts the app;
//   5. no app, or a file that is none: a sentence, and no parcel.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { environment, load, page, PAGE, tabStore } from "./peer_util.mjs";

const build = process.env.BUILD ?? "build";
const program = process.env.LONGEAR ?? `${build}/rel/longear`;
const app = `--app=${PAGE}.gz`;
const folder = mkdtempSync(join(tmpdir(), "longear-parcel-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const at = (name) => join(folder, name);
const run = (home, ...words) =>
    spawnSync(program, ["--home", at(home), "--lang", "en", "--json", ...words], { encoding: "utf8", env: { PATH: process.env.PATH } });
function done(home, ...words) {
    const { status, stdout, stderr } = run(home, ...words);
    assert.equal(status, 0, `${words}: ${stderr}`);
    return stdout.trim() ? JSON.parse(stdout.split("\n")[0]) : null;
}
function refused(sentence, home, ...words) {
    const { status, stdout, stderr } = run(home, ...words);
    assert.deepEqual([status, stdout], [1, ""], `${words}`);
    assert.ok(stderr.includes(sentence), stderr);
}
const { PeerCore, parsePageFile } = await load(`
    export { PeerCore } from "./peer/peer.ts";
    export { parsePageFile } from "./peer/page_file.ts";
`);
const peers = [];
async function start(options = {}) {
    const peer = await PeerCore.start(environment({ tab: tabStore(), ...options }), () => {});
    peers.push(peer);
    return peer;
}
const texts = async (peer, group) => (await peer.list(group, null, 200)).messages.map((m) => m.text).sort();

done("node", "init", "--name", "N");
const group = done("node", "community", "new", "--title", "Двор", "--open").community;
writeFileSync(at("lines"), Array.from({ length: 150 }, (_, i) => `{"text":"хабар ${i} ${"су ".repeat(i % 40)}"}\n`).join(""));
done("node", "import", group, at("lines"));
done("node", "post", group, "Вода есть в доме 7", "--urgency", "urgent");

// ---- 1. A page ----
const made = done("node", "pouch", "pack", at("a.html"), app);
assert.deepEqual([made.records, made.left_out, made.bytes], [151, 0, statSync(at("a.html")).size]);
const html = new Uint8Array(readFileSync(at("a.html")));
assert.equal(Buffer.from(html.subarray(0, Buffer.byteLength(page))).toString(), page, "the app is the served one to the byte");
const sections = parsePageFile(html);
assert.deepEqual(sections.map((s) => s.name), ["parcel"]);
const fresh = await start({ sections });
assert.equal((await fresh.state()).mode, "fresh");
assert.equal((await fresh.startFresh()).mode, "guest");
assert.equal((await texts(fresh, group)).length, 151);
assert.ok((await texts(fresh, group)).includes("Вода есть в доме 7"));
await fresh.join(done("node", "invite", group).invitation);
await fresh.write({ community: group, text: "Несу", urgency: 1 });

// ---- 2. A zip ----
done("node", "pouch", "pack", at("a.zip"), app);
const unzip = (...words) => spawnSync("unzip", words, { maxBuffer: 1 << 24 });
assert.equal(unzip("-tq", at("a.zip")).status, 0);
assert.equal(unzip("-p", at("a.zip"), "link.html").stdout.toString(), page);
assert.match(unzip("-p", at("a.zip"), "READ-ME.txt").stdout.toString(), /link\.html/);
const guest = await start();
let result = await guest.parcelOpen("a.zip", new Uint8Array(readFileSync(at("a.zip"))));
assert.deepEqual([result.accepted, result.damaged, result.truncated], [151, 0, false]);
done("node", "pouch", "pack", at("bare.zip"));
assert.ok(!unzip("-l", at("bare.zip")).stdout.toString().includes("link.html"));
assert.ok(!unzip("-p", at("bare.zip"), "READ-ME.txt").stdout.toString().includes("link.html"));
for (const file of ["a.zip", "a.html", "bare.zip"]) {
    const home = `opens-${file}`;
    done(home, "init", "--name", "O");
    assert.deepEqual({ ...done(home, "pouch", "open", at(file)), refused: 0, communities: 0 },
        { accepted: 151, known: 0, rejected: 0, truncated: false, waiting: 0, blobs: 0, communities: 0, sealed: 0, damaged: 0, refused: 0 });
}

// ---- 3. What phones make ----
const given = await fresh.parcelMake(null, "html");
writeFileSync(at("phone.html"), given.bytes);
assert.equal(done("node", "pouch", "open", at("phone.html")).accepted, 1);
await fresh.write({ community: group, text: "Уже у дома", urgency: 1 });
writeFileSync(at("kept.html"), (await fresh.keep("тихая вода 7", false)).bytes);
assert.equal(done("node", "pouch", "open", at("kept.html")).accepted, 1);
writeFileSync(at("sealed.html"), (await fresh.keep("тихая вода 7", true)).bytes);
refused("", "node", "pouch", "open", at("sealed.html"));

// ---- 4. A running node; the limit ----
const node = spawn(program, ["--home", at("node"), "up", "--web", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--no-discovery"], { stdio: ["ignore", "pipe", "inherit"] });
await new Promise((resolve, reject) => {
    let said = "";
    node.stdout.on("data", (data) => (said += data).includes("The page:") && resolve());
    node.on("exit", () => reject(new Error("the node ended")));
});
try {
    for (const name of ["b.html", "b.zip"]) {
        const own = name === "b.html" ? Buffer.byteLength(page) : statSync(`${PAGE}.gz`).size;
        const most = own + 9000;
        const less = done("node", "pouch", "pack", at(name), app, "--max-size", String(most));
        assert.equal(less.bytes, statSync(at(name)).size);
        assert.ok(less.bytes <= most && less.bytes > own && less.left_out > 0 && less.records > 0, JSON.stringify(less));
        assert.equal(less.records + less.left_out, 153);
        result = await (await start()).parcelOpen(name, new Uint8Array(readFileSync(at(name))));
        assert.deepEqual([result.accepted, result.damaged, result.truncated], [less.records, 0, false]);
        refused("too small even for the app", "node", "pouch", "pack", at(`no-${name}`), app, "--max-size", String(own));
    }
} finally {
    node.removeAllListeners("exit");
    const ended = new Promise((resolve) => node.on("exit", resolve));
    node.kill();
    await ended;
}

// ---- 5. No app ----
copyFileSync(program, at("alone")); // a program that no app came with
const alone = spawnSync(at("alone"), ["--home", at("node"), "--lang", "en", "pouch", "pack", at("no.html")], { encoding: "utf8" });
assert.equal(alone.status, 1);
assert.match(alone.stderr, /there is no app with this program/);
const bytes = readFileSync(`${PAGE}.gz`);
const wrong = {
    "damaged.gz": Buffer.from(bytes).fill(0, 5000, 5010),
    "cut.gz": bytes.subarray(0, bytes.length - 1),
    "other.gz": gzipSync("<p>no app"),
    "empty.gz": Buffer.alloc(0),
    "plain.gz": Buffer.from(page),
};
for (const [name, content] of Object.entries(wrong)) {
    writeFileSync(at(name), content);
    refused("is not the app, whole", "node", "pouch", "pack", at("no.zip"), `--app=${at(name)}`);
}
refused("No such file", "node", "pouch", "pack", at("no.zip"), "--app=/nowhere");
assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("no-") || name.startsWith("no.") || name.startsWith(".parcel")), []);
assert.ok(existsSync(at("b.zip")));
for (const peer of peers) await peer.stop();
process.exit(0);
