// A peer written in another language from doc/protocol.md alone meets the real program over TCP on loopback: so the document is enough for a second
// implementation, and the program does what it says. Each part says what it shows.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const vectors = fileURLToPath(new URL("../vectors/", import.meta.url));
if (!existsSync(join(vectors, "node_modules/libsodium-wrappers"))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
const { ANSWER, Author, CONTROL, Community, Session, dial } = await import("./peer.mjs");
const { decode: decodeInvite } = await import("../vectors/invite.mjs");
const { decodeText } = await import("../vectors/content.mjs");
const { verifying } = await import("../vectors/record.mjs");
const { data } = await import("../vectors/stream.mjs");
const { varint } = await import("../vectors/bytes.mjs");
const { concat, equal, hash, hex } = await import("../vectors/sodium.mjs");
verifying.slow = false;

const program = process.env.LONGEAR ?? fileURLToPath(new URL("../../build/rel/longear", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "longear-twin."));
const running = [];
const begun = Date.now();
const run = async (home, ...args) =>
    (await promisify(execFile)(program, ["--home", join(work, home), ...args], { timeout: 10000 })).stdout;
const listed = async (home) =>
    (await run(home, "list", "Group", "--json"))
        .split("\n")
        .filter((line) => line)
        .map((line) => JSON.parse(line));
async function up(home) {
    const node = spawn(program, ["--home", join(work, home), "up", "--web", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--no-discovery"], {
        stdio: ["ignore", "pipe", "pipe"],
    });
    running.push(node);
    let out = "";
    return new Promise((resolve, reject) => {
        node.on("exit", (code) => reject(new Error(`the node ended with ${code}: ${out}`)));
        node.stderr.on("data", (chunk) => {
            out += chunk;
        });
        node.stdout.on("data", (chunk) => {
            out += chunk;
            const port = /sync 127\.0\.0\.1:(\d+)/.exec(out);
            if (port) resolve(Number(port[1]));
        });
    });
}
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const texts = (community) => community.entries.map((e) => decodeText(e.record.body.subarray(8), e.record.refs).text).sort();
const fresh = (community) => new Community(community.charter);
// What each side told of a community in the end is the same, and both are through.
async function agreed(session, count) {
    await session.until(() => session.settled, "both are through");
    assert.deepEqual(session.slots.map((s) => s.state), ["equal"]);
    assert.equal(session.communities[0].records.size, count);
}

async function main() {
    await run("a", "init", "--name", "A");
    await run("a", "community", "new", "--title", "Group", "--lang", "en");
    for (let i = 1; i <= 5; i++) await run("a", "post", "Group", `text ${i}`);
    const invitation = await run("a", "invite", "Group");
    const charter = decodeInvite(invitation).charter;
    const port = await up("a");

    const mine = new Community(charter);
    let session = dial(port, { communities: [mine] });
    await agreed(session, 5);
    assert.deepEqual(texts(mine), [1, 2, 3, 4, 5].map((i) => `text ${i}`));
    part("it gets all records of a node; each is verified before it is taken (charter.mjs, admit)");

    // A record of its own, which goes to the node at once, and one that it had before the contact.
    const author = new Author(hash(Buffer.from("twin")));
    const own = author.text(mine, "from the twin, live");
    mine.add(own.record);
    await session.until(() => session.through && session.settled, "the node has stored it");
    session.verify();
    await agreed(session, 6);
    session.goodbye();
    mine.add(author.text(mine, "from the twin, before").record);
    session = dial(port, { communities: [mine] });
    await agreed(session, 7);
    assert.ok(session.slots[0].next === 1, "one pass is enough");
    const shown = await listed("a");
    for (const text of ["from the twin, live", "from the twin, before"]) assert.ok(shown.some((line) => line.text === text), text);
    assert.ok(shown.some((line) => line.record === hex(own.id)));
    part("what it makes and signs itself is in the node's list; the states are equal");

    // What is written on the node while the contact lasts.
    await run("a", "post", "Group", "during the contact");
    await session.until(() => texts(mine).includes("during the contact"), "pushed");
    session.verify();
    await agreed(session, 8);
    part("what is written on the node during the contact is sent at once");

    // What another peer brings is announced, and asked for: two twins on one node.
    const second = fresh(mine);
    const other = dial(port, { communities: [second] });
    await agreed(other, 8);
    second.add(author.text(second, "through the node").record);
    await session.until(() => texts(mine).includes("through the node"), "announced");
    assert.equal(session.heard, 1);
    assert.equal(other.heard, 0, "nobody is told of what came from there");
    session.verify();
    other.verify();
    await agreed(session, 9);
    await agreed(other, 9);
    other.goodbye();
    session.goodbye();
    part("what one twin brings is announced to another, which asks for it");

    // An urgent record comes before anything is compared, and goes so too.
    await run("a", "post", "Group", "urgent 1", "--urgency", "urgent");
    const all = fresh(mine);
    session = dial(port, { communities: [all], hold: true });
    await session.until(() => session.order.length === 1, "an urgent record");
    assert.deepEqual([texts(all), session.slots[0].pass], [["urgent 1"], null], "it came, and nothing is compared yet");
    session.resume();
    await agreed(session, 10);
    session.goodbye();
    mine.add(author.text(mine, "urgent 2", 3).record);
    session = dial(port, { communities: [mine], hold: true });
    await session.until(() => session.stored[1] === 1 && texts(mine).includes("urgent 1"), "urgent records both ways");
    assert.equal(session.slots[0].pass, null);
    session.resume();
    await agreed(session, 11);
    const equalHello = dial(port, { communities: [mine] });
    await equalHello.until(() => equalHello.slots, "hello");
    assert.equal(equalHello.slots[0].state, "equal");
    assert.ok(equal(equalHello.slots[0].peers, equalHello.slots[0].urgent), "the same newest urgent records");
    equalHello.goodbye();
    session.goodbye();
    part("urgent records come and go before the comparison");

    // More than a START can list, as asker: ranges, DIFF, lists; with a floor day as well.
    const many = fresh(mine);
    const writer = new Author(hash(Buffer.from("many")));
    const now = Math.floor(Date.now() / 1000);
    for (let i = 0; i < 300; i++) many.add(writer.text(many, `many ${i}`, i % 3, now - 600 * i).record);
    const today = Math.floor(now / 86400);
    session = dial(port, { communities: [many], floor: today });
    await agreed(session, 311);
    assert.equal(session.slots[0].next, 1);
    session.goodbye();
    for (let i = 0; i < 5; i++) many.add(writer.text(many, `more ${i}`, 1, now - 7 * i).record);
    session = dial(port, { communities: [many] });
    await agreed(session, 316);
    session.goodbye();
    part("300 more records, by ranges and lists");

    // The node dials: the twin is the responder.
    const sessions = [];
    const server = createServer((socket) => sessions.push(new Session(socket, { initiator: false, communities: [many] })));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${server.address().port}`;
    many.add(author.text(many, "as responder", 3).record);
    await run("a", "post", "Group", "the node dials");
    await run("b", "init", "--name", "B");
    await run("b", "join", invitation.trim());
    await run("b", "post", "Group", "from an empty node");
    for (const home of ["a", "b"]) {
        const result = JSON.parse(await run(home, "sync", address, "--json"));
        const last = sessions.at(-1);
        assert.equal(result.communities, 1);
        assert.deepEqual([result.received, result.sent], home === "a" ? [1, 3] : [318, 1]); // a cannot tell which of its urgent ones the twin has
        await last.until(() => last.reason, "the node says goodbye").catch(() => {});
        assert.equal(last.reason, "goodbye");
        assert.ok(last.settled && last.answered > 0);
    }
    assert.equal(many.records.size, 319);
    assert.ok(texts(many).includes("the node dials") && texts(many).includes("from an empty node"));
    assert.equal((await listed("b")).length, 319);
    server.close();
    part("the node as initiator, with little and with nothing: the twin answers");

    // What breaks the rules ends the contact without a word. Each from an address of its own, since the node holds such an address off.
    const wrong = {
        "frames that were changed": (s) => {
            for (let i = 0; i < 9; i++) {
                const bytes = s.link.sealed(Uint8Array.of(2));
                bytes[bytes.length - 1] ^= 1;
                s.link.sendRaw(bytes);
            }
        },
        "data beyond the credit": (s) => s.link.sendFrame(data(0, 2 ** 20, Uint8Array.of(1))),
        "an ack of what was not sent": (s) => s.link.sendFrame(concat(Uint8Array.of(1), varint(2 ** 20), Uint8Array.of(0, 0))),
        "a second answer": (s) => s.link.write(CONTROL, ANSWER, Uint8Array.of(1, 0, 0, 0)),
    };
    let host = 2;
    for (const [what, offend] of Object.entries(wrong)) {
        const s = dial(port, { communities: [fresh(many)] }, `127.0.0.${host++}`);
        await agreed(s, 319 - 1);
        const before = s.link.bytesIn;
        offend(s);
        s.link.pump();
        await s.until(() => s.reason, what).catch(() => {});
        assert.equal(s.reason, "closed", what);
        assert.equal(s.link.bytesIn, before, `${what}: not a byte more`);
    }
    const stranger = dial(port, { communities: [fresh(many)], answerTags: [new Uint8Array(6)] }, `127.0.0.${host}`);
    await stranger.until(() => stranger.reason, "an unknown tag").catch(() => {});
    assert.equal(stranger.reason, "closed", "an unknown tag");
    assert.equal(stranger.order.length, 0, "an unknown tag: nothing was told");
    part(`${Object.keys(wrong).length + 1} ways to break the rules, each ends the contact without a word`);
}

try {
    await main();
} finally {
    running.forEach((node) => node.removeAllListeners("exit") && node.kill("SIGKILL"));
    rmSync(work, { recursive: true, force: true });
}
