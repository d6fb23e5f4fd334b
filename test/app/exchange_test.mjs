// The page's peer and the real node over HTTP, with a bad way in between, and against points that mean harm:
//   1. a guest learns the node's groups, gets 1,000 messages, writes; the ticks tell how far its messages came, through two points;
//   2. a way that loses, delays, repeats and breaks off requests and answers brings everything all the same; one that buffers events too;
//   3. a node that was started anew, one that is full, busy, refuses: the state says so and an exchange follows when it can;
//   4. garbage, other pages, endless answers and endless events: a clear state, bounded memory and few requests;
//   5. who has nothing to say asks no more often than the rule says, and not at all while the page is hidden.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { environment, load, random, tabStore, until } from "./peer_util.mjs";

const LONGEAR = process.env.LONGEAR ?? "build/rel/longear";
if (!existsSync(LONGEAR)) {
    console.log(`${LONGEAR} is missing: make`);
    process.exit(77);
}
const { PeerCore, TIMING } = await load('export { PeerCore } from "./peer/peer.ts"; export { TIMING } from "./peer/exchange.ts";');
const work = mkdtempSync(join(tmpdir(), "longear-exchange-"));
const begun = performance.now();
const part = (name) => console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const nodes = new Set();
const longear = (home, ...args) => execFileSync(LONGEAR, ["--home", join(work, home), ...args], { encoding: "utf8", timeout: 30_000 });
async function up(home, web = 0) {
    const node = spawn(LONGEAR, ["--home", join(work, home), "up", "--web", `127.0.0.1:${web}`, "--listen", "127.0.0.1:0", "--no-discovery"], {
        stdio: ["ignore", "pipe", "pipe"],
    });
    nodes.add(node);
    let said = "";
    for (const stream of [node.stdout, node.stderr]) stream.on("data", (data) => (said += data));
    const port = await until(() => /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1]);
    return { node, port: Number(port), address: `http://127.0.0.1:${port}` };
}
async function down({ node }) {
    const over = new Promise((resolve) => node.on("exit", resolve));
    node.kill("SIGKILL");
    await over;
    nodes.delete(node);
}
process.on("exit", () => {
    for (const node of nodes) node.kill("SIGKILL");
    rmSync(work, { recursive: true, force: true });
});
const peers = [];
async function phone(options = {}, timing = {}) {
    const events = [];
    const peer = await PeerCore.start(environment({ tab: tabStore(), ...options }), (event) => events.push(event), { ...TIMING, ...timing });
    peer.events = events;
    peers.push(peer);
    return peer;
}
const point = async (peer) => (await peer.points())[0];
const count = async (peer, group) => (await peer.groups()).find((g) => g.community === group)?.records ?? 0;

// ---- 1. A guest and two points ----
part("two nodes");
for (const home of ["a", "b"]) longear(home, "init", "--name", home);
const group = JSON.parse(longear("a", "--json", "community", "new", "--title", "Двор", "--open", "--lang", "ru")).community;
const invite = longear("a", "invite", group).trim();
longear("b", "join", invite);
const lines = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ text: `${i} ${"сообщение о воде ".repeat(8)}`.slice(0, 160) }));
writeFileSync(join(work, "many.jsonl"), `${lines.join("\n")}\n`);
longear("a", "import", group, join(work, "many.jsonl"));
let a = await up("a");
const b = await up("b");

part("a guest gets 1,000 messages");
let from = performance.now();
const guest = await phone({ origin: a.address });
await until(async () => (await count(guest, group)) >= 1000, 20_000);
console.log(`         ${(performance.now() - from).toFixed(0)} ms from the start of the page to 1,000 messages`);
await until(async () => (await point(guest)).state === "settled");
assert.ok((await point(guest)).received >= 1000);
assert.ok(guest.events.some((e) => e.type === "changed" && e.communities.includes(group)));
const id = await guest.write({ community: group, text: "Мне нужна помощь", urgency: 3 });
await until(() => longear("a", "--json", "list", group).includes("Мне нужна помощь"));
await until(async () => (await guest.message(id)).way === 1);
assert.equal((await guest.state()).waiting, 0);
await sleep(1100); // in another second than the many, so that it is the newest
longear("a", "post", group, "Уже идём");
from = performance.now();
await until(async () => (await guest.list(group, null, 1)).messages[0].text === "Уже идём");
assert.ok(performance.now() - from < 3000, "what is written there comes at once");
// The same point once more is no other hand; another one is.
await guest.exchange(a.address);
assert.equal((await guest.message(id)).way, 1);
assert.equal((await guest.exchange(`127.0.0.1:${b.port}`)).state, "settled");
await until(async () => (await guest.message(id)).way === 2);
assert.ok(longear("b", "--json", "list", group).includes("Уже идём"), "the phone carried what it had to the other point");

// ---- 2. A bad way ----
// Passes requests on, unless trouble has it otherwise. trouble(kind, n): "lose" (the request), "deaf" (its answer), "cut" (half of the answer), a number of
// milliseconds to wait, "buffer" (nothing of an answer before its end).
async function way(target, trouble) {
    let n = 0;
    const seen = [];
    const server = createServer((incoming, outgoing) => {
        const kind = incoming.method === "GET" ? (incoming.url.endsWith("/events") ? "events" : "session") : "post";
        const what = trouble(kind, n++);
        seen.push({ kind, at: performance.now() });
        const parts = [];
        incoming.on("data", (chunk) => parts.push(chunk));
        incoming.on("end", async () => {
            if (what === "lose") return incoming.socket.destroy();
            if (typeof what === "number") await sleep(what);
            const again = what === "twice" ? 2 : 1;
            for (let i = 0; i < again; i++) {
                const one = request({ host: "127.0.0.1", port: target(), method: incoming.method, path: incoming.url, headers: { ...incoming.headers, host: `127.0.0.1:${target()}` } });
                one.on("error", () => outgoing.destroy());
                outgoing.on("close", () => one.destroy());
                one.on("response", async (answer) => {
                    const chunks = [];
                    if (i < again - 1) return answer.resume();
                    if (what !== "buffer") outgoing.writeHead(answer.statusCode, { ...answer.headers });
                    answer.on("error", () => outgoing.destroy());
                    answer.on("data", (chunk) => (kind === "events" && what !== "buffer" ? outgoing.write(chunk) : chunks.push(chunk)));
                    answer.on("end", () => {
                        const all = Buffer.concat(chunks);
                        if (what === "deaf") return outgoing.destroy();
                        if (what === "cut") {
                            outgoing.write(all.subarray(0, all.length / 2));
                            return setTimeout(() => outgoing.destroy(), 5);
                        }
                        if (what === "buffer") outgoing.writeHead(answer.statusCode, { ...answer.headers });
                        outgoing.end(all);
                    });
                });
                one.end(Buffer.concat(parts));
            }
        });
        incoming.on("error", () => {});
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { address: `http://127.0.0.1:${server.address().port}`, seen, close: () => (server.closeAllConnections?.(), server.close()) };
}
const quick = { pause: 50, pauseMax: 400 };
part("a way that loses, delays, repeats, cuts");
const troubles = ["lose", "deaf", "cut", 300, 20, "twice", null, null, null];
const bad = await way(() => a.port, (kind) => (kind === "events" ? null : troubles[(Math.random() * troubles.length) | 0]));
const hurt = await phone({ origin: bad.address }, quick);
await until(async () => (await count(hurt, group)) >= 1002, 60_000);
const note = await hurt.write({ community: group, text: "сквозь помехи", urgency: 2 });
await until(async () => (await hurt.message(note)).way === 1, 30_000);
assert.ok(longear("a", "--json", "list", group).includes("сквозь помехи"));
await hurt.stop();
bad.close();

part("a way that buffers");
const buffered = await way(() => a.port, () => "buffer");
const slow = await phone({ origin: buffered.address }, { ...quick, eventsProof: 500, eventsAgain: 60_000 });
await until(async () => (await point(slow)).state === "settled", 20_000);
await sleep(1200);
longear("a", "post", group, "через буфер");
from = performance.now();
await until(async () => (await slow.list(group, null, 1)).messages[0].text === "через буфер", 10_000);
assert.ok(performance.now() - from < 4000, "a question that waits brings it as soon");
await slow.stop();
buffered.close();

// ---- 3. Points that go and refuse ----
part("a node that is started anew");
await down(a);
await until(async () => (await guest.points()).some((p) => p.address === a.address && p.state === "gone"), 20_000);
const meanwhile = await guest.write({ community: group, text: "пока точки нет", urgency: 1 });
a = await up("a", a.port);
await guest.exchange(a.address);
await until(() => longear("a", "--json", "list", group).includes("пока точки нет"), 20_000);
await until(async () => (await guest.message(meanwhile)).way >= 1);

part("full, busy, refused");
async function fake(answer) {
    const seen = [];
    const server = createServer((incoming, outgoing) => {
        seen.push({ url: incoming.url, at: performance.now() });
        incoming.resume();
        answer(incoming, outgoing, seen.length);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { address: `http://127.0.0.1:${server.address().port}`, seen, close: () => (server.closeAllConnections?.(), server.close()) };
}
const hello = (outgoing, more = {}) => outgoing.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ longear: 1, groups: [], near: 3, ...more }));
async function meets(answer, timing = quick, ms = 1500) {
    const there = await fake(answer);
    const peer = await phone({ origin: there.address }, timing);
    await sleep(ms);
    const status = await point(peer);
    await peer.stop();
    there.close();
    return { status, seen: there.seen };
}
const session = (incoming) => incoming.url === "/session";
for (const [code, state, error] of [[503, "full", "POINT_FULL"], [429, "busy", "POINT_BUSY"], [409, "refused", "ERR_END"]]) {
    const { status, seen } = await meets((incoming, outgoing) => (session(incoming) ? hello(outgoing) : outgoing.writeHead(code, { "Retry-After": "20" }).end('{"error":"x"}')));
    assert.deepEqual([status.state, status.error.name, status.near], [state, error, 3]);
    assert.ok(seen.length <= 3, `${code}: ${seen.length} requests`);
}
const forgetful = await meets((incoming, outgoing) => (session(incoming) ? hello(outgoing) : outgoing.writeHead(404).end()));
assert.ok(forgetful.seen.length < 30, `a point that forgets every contact is asked ${forgetful.seen.length} times`);

// ---- 4. Harm ----
part("points that mean harm");
const noise = random(200_000);
const harms = {
    "another page": (_, outgoing) => outgoing.end("<html><script>alert(1)</script>"),
    "no JSON at all": (_, outgoing) => outgoing.end(noise),
    "wrong shapes": (incoming, outgoing) => (session(incoming) ? hello(outgoing, { groups: [1, {}, "longear:x", "x".repeat(1e5)], near: "<b>" }) : outgoing.end(noise)),
    "not even a status": (incoming) => incoming.socket.end("HTTP/9.9 hello\r\n\r\n"),
    "frames of garbage": (incoming, outgoing) => (session(incoming) ? hello(outgoing) : outgoing.end(Buffer.concat([Buffer.from([49, 0, 2]), noise.subarray(0, 48)]))),
    "a redirect": (_, outgoing) => outgoing.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(),
    "an answer without end": (incoming, outgoing) => {
        if (session(incoming)) return hello(outgoing);
        outgoing.writeHead(200);
        const pour = () => !outgoing.destroyed && outgoing.write(noise, pour);
        pour();
    },
    "a list without end": (_, outgoing) => {
        outgoing.writeHead(200);
        const pour = () => !outgoing.destroyed && outgoing.write(noise, pour);
        pour();
    },
};
for (const [name, answer] of Object.entries(harms)) {
    const before = process.memoryUsage().arrayBuffers;
    const { status, seen } = await meets(answer, { ...quick, find: 800 });
    assert.ok(["gone", "refused", "connecting"].includes(status.state), `${name}: ${status.state}`);
    assert.ok(status.error === null || /^(POINT_GONE|ERR_[A-Z]+)$/.test(status.error.name), `${name}: ${JSON.stringify(status.error)}`);
    assert.ok(seen.length < 40, `${name}: ${seen.length} requests`);
    assert.ok(process.memoryUsage().arrayBuffers - before < 64e6, `${name} takes memory`);
}
// An answer that never ends delays nothing else: what the person does goes on.
const stuck = await fake((incoming, outgoing) => (session(incoming) ? hello(outgoing) : outgoing.writeHead(200).write("x")));
const free = await phone({ origin: stuck.address }, quick);
const own = await free.found("Своя", "kk", 30);
from = performance.now();
await free.write({ community: own, text: "x", urgency: 1 });
assert.ok(performance.now() - from < 500);
await free.stop();
stuck.close();

part("endless events");
const flood = await way(() => a.port, () => null);
const flooding = createServer((incoming, outgoing) => {
    if (incoming.url.endsWith("/events")) {
        outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
        const pour = () => !outgoing.destroyed && outgoing.write(Buffer.alloc(100_000, 0x61), () => setTimeout(pour, 1));
        return pour();
    }
    const one = request({ host: "127.0.0.1", port: a.port, method: incoming.method, path: incoming.url, headers: { ...incoming.headers, host: `127.0.0.1:${a.port}` } });
    one.on("response", (answer) => (outgoing.writeHead(answer.statusCode, answer.headers), answer.pipe(outgoing)));
    one.on("error", () => outgoing.destroy());
    incoming.pipe(one);
});
await new Promise((resolve) => flooding.listen(0, "127.0.0.1", resolve));
const drowned = await phone({ origin: `http://127.0.0.1:${flooding.address().port}` }, quick);
await until(async () => (await point(drowned)).state === "settled", 20_000);
const held = process.memoryUsage().arrayBuffers;
await sleep(1000);
assert.ok(process.memoryUsage().arrayBuffers - held < 32e6);
await drowned.write({ community: group, text: "и при потопе", urgency: 1 });
await until(() => longear("a", "--json", "list", group).includes("и при потопе"));
await drowned.stop();
flooding.closeAllConnections?.();
flooding.close();
flood.close();

// ---- 5. Quiet ----
part("quiet");
const plain = await way(() => a.port, () => null);
const idle = await phone({ origin: plain.address }, quick);
await until(async () => (await point(idle)).state === "settled", 20_000);
await sleep(1500);
const asked = plain.seen.length;
await sleep(4000);
assert.ok(plain.seen.length - asked <= 1, `${plain.seen.length - asked} requests in 4 s with nothing to say`);
idle.setVisible(false);
await sleep(300);
const hidden = plain.seen.length;
longear("a", "post", group, "пока не видно");
await sleep(2000);
assert.equal(plain.seen.length, hidden, "a hidden page asks nothing");
idle.setVisible(true);
await until(async () => (await idle.list(group, null, 1)).messages[0].text === "пока не видно", 10_000);
// A point that answers nothing at once, instead of waiting, is not asked more often for it.
plain.close();
part("done");
for (const peer of peers) await peer.stop();
process.exit(0);
