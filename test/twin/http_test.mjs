// The peer written in another language from doc/protocol.md alone meets the real program over HTTP (section 20), as a page does: POSTs that wait, events,
// a page that sleeps, a node that is killed in the middle, requests that are no session's. Each part says what it shows.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const vectors = fileURLToPath(new URL("../vectors/", import.meta.url));
if (!existsSync(join(vectors, "node_modules/libsodium-wrappers"))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
const { Author, Community, Session, dial } = await import("./peer.mjs");
const { HttpSocket } = await import("./http.mjs");
const { decode: decodeInvite } = await import("../vectors/invite.mjs");
const { decodeText } = await import("../vectors/content.mjs");
const { verifying } = await import("../vectors/record.mjs");
const { hash } = await import("../vectors/sodium.mjs");
verifying.slow = false;

const program = process.env.LONGEAR ?? fileURLToPath(new URL("../../build/rel/longear", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "longear-http."));
const running = new Set();
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const run = async (home, ...args) =>
    (await promisify(execFile)(program, ["--home", join(work, home), ...args], { timeout: 20000 })).stdout;
const listed = async (home) =>
    (await run(home, "list", "Group", "--json"))
        .split("\n")
        .filter((line) => line)
        .map((line) => JSON.parse(line));
const texts = (community) => community.entries.map((e) => decodeText(e.record.body.subarray(8), e.record.refs).text).sort();
const fresh = (community) => new Community(community.charter);

// Start a node; { node, web, tcp } with its ports.
async function up(home, web = 0) {
    const args = ["--home", join(work, home), "up", "--web", `127.0.0.1:${web}`, "--listen", "127.0.0.1:0", "--no-discovery"];
    const node = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(node);
    node.on("exit", () => running.delete(node));
    let out = "";
    return new Promise((resolve, reject) => {
        node.on("exit", (code) => reject(new Error(`the node ended with ${code}: ${out}`)));
        node.stderr.on("data", (chunk) => (out += chunk));
        node.stdout.on("data", (chunk) => {
            out += chunk;
            const page = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(out);
            const tcp = /sync 127\.0\.0\.1:(\d+)/.exec(out);
            if (page && tcp) resolve({ node, web: Number(page[1]), tcp: Number(tcp[1]) });
        });
    });
}
async function killed(node) {
    const over = new Promise((resolve) => node.on("exit", resolve));
    node.kill("SIGKILL");
    await over;
}
// One request; { status, headers, body }.
function ask(port, method, path, { headers = {}, body = "", from } = {}) {
    return new Promise((resolve, reject) => {
        const one = request({ host: "127.0.0.1", port, method, path, headers, localAddress: from }, (response) => {
            const parts = [];
            response.on("data", (chunk) => parts.push(chunk));
            response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }));
        });
        one.on("error", reject);
        one.end(body);
    });
}
// Listen to the events of a contact; what came, as [name, data].
function listen(port, id) {
    const came = [];
    const one = request({ host: "127.0.0.1", port, path: `/session/${id}/events`, headers: { origin: "null" } }, (response) => {
        let text = "";
        assert.equal(response.headers["content-type"], "text/event-stream");
        response.on("error", () => {});
        response.on("data", (chunk) => {
            text += chunk;
            for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
                const event = /event: (.*)\ndata: ?(.*)/.exec(text.slice(0, end));
                came.push(event ? [event[1], event[2]] : ["comment", ""]);
            }
        });
    });
    one.on("error", () => {});
    one.end();
    return { came, close: () => one.destroy() };
}
async function until(what, done, seconds = 10) {
    for (const end = Date.now() + seconds * 1000; !done(); await sleep(10)) assert.ok(Date.now() < end, what);
}
const call = (port, options, http = {}) => {
    const socket = new HttpSocket(port, http);
    const session = new Session(socket, { initiator: true, ...options });
    session.socket = socket;
    return session;
};
async function agreed(session, count) {
    await session.until(() => session.settled, "both are through");
    assert.deepEqual(session.slots.map((s) => s.state), ["equal"]);
    assert.equal(session.communities[0].records.size, count);
}

async function main() {
    await run("a", "init", "--name", "A");
    await run("a", "community", "new", "--title", "Group", "--lang", "en");
    for (let i = 1; i <= 5; i++) await run("a", "post", "Group", `text ${i}`);
    let { node, web, tcp } = await up("a");

    const told = await ask(web, "GET", "/session");
    assert.equal(told.status, 200);
    assert.equal(told.headers["access-control-allow-origin"], "*");
    const first = JSON.parse(told.body);
    assert.equal(first.longear, 1);
    assert.equal(first.groups.length, 1);
    const mine = new Community(decodeInvite(first.groups[0]).charter);
    const foreign = await ask(web, "GET", "/session", { headers: { origin: "http://example.org" } });
    assert.deepEqual(JSON.parse(foreign.body), { longear: 1, groups: [], near: 0 });
    part("the point tells its groups to its own page, and to no page from elsewhere in the same browser");

    const author = new Author(hash(Buffer.from("http twin")));
    mine.add(author.text(mine, "from the page, before").record);
    let session = call(web, { communities: [mine] });
    await agreed(session, 6);
    const requests = session.socket.requests;
    assert.ok(requests <= 12, `${requests} requests`);
    assert.deepEqual(texts(mine), ["from the page, before", 1, 2, 3, 4, 5].map((i) => (typeof i === "number" ? `text ${i}` : i)));
    assert.ok((await listed("a")).some((line) => line.text === "from the page, before"));
    part(`both have what the other had, after ${requests} requests`);

    // Pushed by what waits; and from the page to a peer on TCP, and back.
    await run("a", "post", "Group", "during the contact");
    await session.until(() => texts(mine).includes("during the contact"), "pushed");
    const second = fresh(mine);
    const other = dial(tcp, { communities: [second] });
    await agreed(other, 7);
    mine.add(author.text(mine, "page to TCP", 3).record);
    await other.until(() => texts(second).includes("page to TCP"), "page to TCP");
    second.add(new Author(hash(Buffer.from("tcp twin"))).text(second, "TCP to page", 3).record);
    await session.until(() => texts(mine).includes("TCP to page"), "TCP to page");
    await sleep(1100); // the counts are a second old at most
    const status = JSON.parse(await run("a", "status", "--json"));
    assert.deepEqual(status.peers.map((p) => p.carrier).sort(), ["http", "tcp"]);
    part("what is new goes at once: written at the node, from the page to TCP, from TCP to the page; status tells the carriers");

    // Events: `more` when no request is there to take it; `near` with the number of others.
    const ear = listen(web, session.socket.id);
    await until("near: 1", () => ear.came.some(([name, value]) => name === "near" && value === "1"));
    session.socket.sleep();
    await sleep(100);
    assert.ok(!ear.came.some(([name]) => name === "more"));
    const posted = Date.now();
    await run("a", "post", "Group", "for the sleeper");
    await until("more", () => ear.came.some(([name]) => name === "more"));
    const took = Date.now() - posted;
    assert.ok(!texts(mine).includes("for the sleeper"));
    session.socket.wake();
    await session.until(() => texts(mine).includes("for the sleeper"), "taken after more");
    other.goodbye();
    await until("near: 0", () => ear.came.at(-1)[0] === "near" && ear.came.at(-1)[1] === "0");
    part(`events say when there is more (after ${took} ms, the command included) and who is near`);
    ear.close();

    // Asleep for ten seconds: no request, and then on with the same contact.
    session.socket.sleep();
    const statuses = session.socket.statuses.length;
    await run("a", "post", "Group", "in the night");
    await sleep(10000);
    assert.equal(session.socket.statuses.length, statuses);
    session.socket.wake();
    await session.until(() => texts(mine).includes("in the night"), "resumed");
    session.verify();
    await agreed(session, mine.records.size);
    part("a page that slept for 10 s goes on in the same contact");

    // From another address the ID is unknown; garbage is told from frames; what is no session is refused.
    const elsewhere = await ask(web, "POST", `/session/${session.socket.id}`, { from: "127.0.0.2" });
    assert.equal(elsewhere.status, 404);
    assert.equal(elsewhere.body, '{"error":"contact"}');
    const rot = await ask(web, "POST", `/session/${session.socket.id}`, { body: "ab" });
    assert.deepEqual([rot.status, rot.body], [400, '{"error":"frames"}']);
    assert.equal((await ask(web, "POST", "/g/" + "0".repeat(64) + "/write", { headers: { origin: "null" } })).status >= 400, true);
    part("an ID belongs to its address; bytes that are no frames are refused");

    // Who breaks the rules is told so, and held off.
    const wrong = call(web, { communities: [fresh(mine)], answerTags: [new Uint8Array(6)] }, { host: "127.0.0.9" });
    await wrong.until(() => wrong.reason, "an unknown tag").catch(() => {});
    assert.equal(wrong.reason, "closed");
    assert.equal(wrong.socket.why, '409 {"error":"rules"}');
    const held = call(web, { communities: [fresh(mine)] }, { host: "127.0.0.9" });
    await held.until(() => held.reason, "held off").catch(() => {});
    assert.equal(held.socket.why, '429 {"error":"often"}');
    part("a broken rule ends the contact, and its address has to wait");

    // The node is killed in the middle of an exchange; another on the same home goes on.
    session.goodbye();
    const many = fresh(mine);
    const writer = new Author(hash(Buffer.from("many")));
    for (let i = 0; i < 600; i++) many.add(writer.text(many, `many ${i} ${"x".repeat(200)}`).record);
    const crashed = call(web, { communities: [many] });
    await crashed.until(() => crashed.stored[2] > 50, "in the middle");
    await killed(node);
    await crashed.until(() => crashed.reason, "the point has gone").catch(() => {});
    const kept = crashed.stored[2];
    ({ node, web, tcp } = await up("a"));
    const now = (await listed("a")).length;
    assert.ok(now >= kept, "what was acknowledged is there");
    session = call(web, { communities: [many] });
    await session.until(() => session.settled, "both are through", 60000);
    assert.equal((await listed("a")).length, many.records.size);
    part(`killed after ${kept} of 600 were acknowledged: ${now} were there, the rest came with the next contact`);

    const gone = await ask(web, "POST", `/session/${crashed.socket.id}`);
    assert.equal(gone.body, '{"error":"contact"}');
    part("a contact of before the crash is unknown");
    session.goodbye();
}

try {
    await main();
} finally {
    running.forEach((node) => node.removeAllListeners("exit") && node.kill("SIGKILL"));
    rmSync(work, { recursive: true, force: true });
}
