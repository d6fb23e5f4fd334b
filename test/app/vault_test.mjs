// The formats of the kept page against bad input: every byte of a vault changed, and every place to cut it off, is FILE_DAMAGED, PASSPHRASE_WRONG or a later
// version, never anything else and never opened; a passphrase counts in its composed form; costs that a file asks for are bounded. A page's file goes through
// making and parsing and back; hostile files (sections cut off, nested, without end, thousands of them, other names) yield sections or none, never code.
// Entries of the journal and the sealed person are read back, and refuse what is not whole. Prefs out of a file keep only what has the right shape.
import assert from "node:assert/strict";
import { load, page, random, require, sodiumFile, until } from "./peer_util.mjs";

const { IDBFactory, IDBKeyRange } = require("fake-indexeddb");
globalThis.IDBKeyRange = IDBKeyRange;
const m = await load(`
    export * from "./peer/vault.ts"; export * from "./peer/page_file.ts"; export * from "./peer/journal.ts";
    export * from "./peer/prefs.ts"; export * from "./peer/person_file.ts"; export * from "./peer/bytes.ts";
    export * from "./peer/points.ts"; export { Sodium } from "./peer/sodium.ts";
`);
const sodium = await m.Sodium.load(new Uint8Array(sodiumFile.wasm));
const nameOf = async (action) => {
    try {
        await action();
        return "opened";
    } catch (error) {
        if (!error.name || error.name === "Error" || error.name === "TypeError" || error.name === "RangeError") throw error;
        return error.name;
    }
};

// ---- The vault ----
// A cheap one, so that every byte can be tried.
const cheap = async (passphrase) => {
    const salt = random(16);
    return { salt, operations: 1, memoryMib: 1, key: await sodium.passwordHash(passphrase.normalize("NFKC"), salt, 32, 1, 1 << 20) };
};
const plain = random(300);
const vault = await cheap("құпия сөз");
const sealed = m.vaultSeal(sodium, vault, plain, random);
assert.deepEqual((await m.vaultOpen(sodium, "құпия сөз", sealed)).plain, plain);
assert.equal(await nameOf(() => m.vaultOpen(sodium, "құпия сөз ", sealed)), "PASSPHRASE_WRONG");
const composed = m.vaultSeal(sodium, await cheap("\u0439"), plain, random);
assert.deepEqual((await m.vaultOpen(sodium, "\u0438\u0306", composed)).plain, plain, "й in two pieces");
assert.notDeepEqual(m.vaultSeal(sodium, vault, plain, random), sealed, "a nonce is never used twice");
for (let at = 0; at < sealed.length; at++)
    for (const bit of [1, 0x80]) {
        const bad = Uint8Array.from(sealed);
        bad[at] ^= bit;
        assert.equal(await nameOf(() => m.vaultOpen(sodium, "құпия сөз", bad)), "FILE_DAMAGED", `byte ${at}`);
    }
for (let size = 0; size < sealed.length; size += size < 100 ? 1 : 7)
    assert.equal(await nameOf(() => m.vaultOpen(sodium, "құпия сөз", sealed.slice(0, size))), "FILE_DAMAGED", `cut at ${size}`);
// A head that was made whole again: another version, and costs to choke the reader with.
const forge = (change) => {
    const bad = Uint8Array.from(sealed);
    change(bad);
    bad.set(sodium.hash(bad.subarray(0, 72)).subarray(0, 8), 72);
    return bad;
};
assert.equal(await nameOf(() => m.vaultOpen(sodium, "құпия сөз", forge((b) => (b[8] = 2)))), "ERR_VERSION");
for (const change of [(b) => (b[9] = 0), (b) => (b[9] = 255), (b) => (b[11] = 255), (b) => b.fill(0, 10, 12)])
    assert.equal(await nameOf(() => m.vaultOpen(sodium, "құпия сөз", forge(change))), "ERR_LIMIT");
const real = await m.newVaultKey(sodium, "x", random);
assert.deepEqual([real.operations, real.memoryMib], [3, 64]);
const box = m.boxSeal(sodium, vault.key, plain, "a", random);
assert.deepEqual(m.boxOpen(sodium, vault.key, box, "a"), plain);
for (const bad of [box.slice(0, 10), box.slice(0, -1), new Uint8Array(0)])
    assert.equal(await nameOf(() => m.boxOpen(sodium, vault.key, bad, "a")), "FILE_DAMAGED");
assert.equal(await nameOf(() => m.boxOpen(sodium, vault.key, box, "b")), "FILE_DAMAGED", "a box in another's place");

// ---- The page's file ----
const parts = [m.section("person", random(500)), m.section("parcel", random(100_001)), m.section("original", random(1)), m.section("sealed-parcel", new Uint8Array(0))];
const file = m.makePageFile(page, parts);
assert.deepEqual(m.parsePageFile(file), parts);
assert.deepEqual(m.parsePageFile(m.makePageFile(page, [])), []);
assert.equal(m.parsePageFile(random(100_000)), null);
assert.equal(m.parsePageFile(Buffer.from("<html><script>alert(1)</script>")), null);
assert.equal(await nameOf(() => m.makePageFile(page.slice(0, -1), [])), "BROKEN");
const END = "<!--end of the app-->\n";
const parse = (text) => m.parsePageFile(new Uint8Array(Buffer.from(END + text)));
const OPEN = '<script type="application/x-longear-';
assert.deepEqual(parse(`${OPEN}parcel">AAAAA`), [{ name: "parcel", base64: "AAAA" }], "cut off");
assert.deepEqual(parse(`${OPEN}parcel">${OPEN}parcel">AAAA</script>`).map((s) => s.base64), ["", "AAAA"], "one in another");
assert.deepEqual(parse(`${OPEN}evil">AAAA</script>`), []);
assert.deepEqual(parse(`${OPEN}__proto__">AAAA</script>`), []);
assert.deepEqual(parse(`${OPEN}parcel" src="http://x/">AAAA</script>`), [], "with more than a name");
assert.equal(parse(`${OPEN}parcel">AAAA</script>`.repeat(5000)).length, 256);
assert.deepEqual(parse(`${OPEN.repeat(20000)}`), []);
assert.equal(m.looseBytes({ name: "parcel", base64: "AA<img src=x onerror=alert(1)>A" }).constructor, Uint8Array);
const from = performance.now();
parse("<".repeat(3_000_000));
assert.ok(performance.now() - from < 3000, "no text makes parsing slow");
for (const bad of ["A", "AAAAA", "AA=A", "A===", "АААА"]) assert.equal(await nameOf(() => m.fromBase64(bad)), "FILE_DAMAGED", bad);
for (const size of [0, 1, 2, 3, 24575, 24576, 24577, 100_000]) {
    const bytes = random(size);
    assert.deepEqual(m.fromBase64(m.base64(bytes)), bytes);
    assert.equal(m.base64(bytes), Buffer.from(bytes).toString("base64"));
}

// ---- The person ----
const hex = (size) => Buffer.from(random(size)).toString("hex");
const person = {
    seed: random(32), keep: hex(16), journalKey: random(32), boxKey: random(32), lock: false, parcelHash: hex(32), savedAt: 1,
    journals: { a: 3 }, originals: [{ hash: hex(32), name: "a.jpg", size: 4 }], closed: random(300), prefs: m.emptyPrefs(),
};
const encoded = m.encodePerson(person);
assert.deepEqual(m.decodePerson(encoded), person);
const older = { ...JSON.parse(Buffer.from(encoded.slice(1)).toString()), closed: undefined };
assert.equal(m.decodePerson(new Uint8Array([1, ...Buffer.from(JSON.stringify(older))])).closed.length, 0, "a file from before there were closed groups");
for (let i = 0; i < 2000; i++) {
    const bad = Uint8Array.from(encoded);
    bad[1 + (Math.random() * (bad.length - 1) | 0)] = Math.random() * 256;
    const name = await nameOf(() => m.decodePerson(bad));
    assert.ok(["opened", "FILE_DAMAGED"].includes(name), name);
}
assert.equal(await nameOf(() => m.decodePerson(Uint8Array.of(2))), "ERR_VERSION");
const odd = m.readPrefs(JSON.parse('{"lang":"xx","names":{"__proto__":"a","b":5,"c":"ok"},"muted":[1,"m"],"drafts":[],"ways":{"x":[3,"a"],"y":[2,"p"]},"unread":{"g":[1,"i"]}}'));
assert.deepEqual([odd.lang, odd.names.c, odd.names.b, odd.muted, odd.ways.x, odd.ways.y, odd.unread.g], [null, "ok", undefined, ["m"], undefined, [2, "p"], ["i"]]);
assert.equal({}.a, undefined);
assert.equal(Object.getPrototypeOf(odd.names), Object.prototype, "no name becomes a prototype");
for (const nothing of [null, 5, "x", []]) assert.deepEqual(m.readPrefs(nothing), m.emptyPrefs());

// ---- The journal ----
for (const entry of [{ kind: "step", step: { do: "lang", lang: "kk" } }, { kind: "frames", bytes: random(500) }, { kind: "original", hash: "h", name: "н.jpg", bytes: random(9) }]) {
    const bytes = m.encodeEntry(entry);
    assert.deepEqual(m.decodeEntry(bytes), entry);
    for (let i = 0; i < 300; i++) {
        const bad = Uint8Array.from(bytes).slice(0, Math.random() < 0.3 ? (Math.random() * bytes.length) | 0 : undefined);
        if (bad.length > 0) bad[(Math.random() * bad.length) | 0] = Math.random() * 256;
        const name = await nameOf(() => m.decodeEntry(bad));
        assert.ok(["opened", "FILE_DAMAGED"].includes(name), name);
    }
}
const storage = new IDBFactory();
const key = random(32);
const { journal } = await m.openJournal(storage, sodium, "k1", key, random);
for (let i = 0; i < 20; i++) await journal.append({ kind: "frames", bytes: random(i * 10) });
let reopened = await m.openJournal(storage, sodium, "k1", key, random);
assert.deepEqual([reopened.journal.id, reopened.journal.count, reopened.entries.length, reopened.damaged], [journal.id, 20, 20, 0]);
assert.equal((await m.openJournal(storage, sodium, "k2", key, random)).entries.length, 0, "another page's journal");
assert.equal((await m.openJournal(storage, sodium, "k1", random(32), random)).entries.length, 0, "another key opens nothing");
await reopened.journal.replace([{ kind: "frames", bytes: random(5) }]);
reopened = await m.openJournal(storage, sodium, "k1", key, random);
assert.deepEqual(reopened.entries.map(({ n }) => n), [21], "numbers go on");

await m.forgetJournal(storage, "k1");
assert.equal((await m.openJournal(storage, sodium, "k1", key, random)).entries.length, 0);
assert.equal(await m.openJournal({ open: () => { throw new DOMException("no", "SecurityError"); } }, sodium, "k", key, random), null, "an opaque origin");
assert.equal(await m.openJournal(null, sodium, "k", key, random), null);

// ---- Addresses ----
for (const [text, expected] of [
    ["10.42.0.1", ["http://10.42.0.1:8480", "http://10.42.0.1"]],
    [" link.local:9000 ", ["http://link.local:9000"]],
    ["http://10.42.0.1:8480/abc?x", ["http://10.42.0.1:8480"]],
    ["HTTP://Point.Test", ["http://point.test", "http://point.test:8480"]],
    ["https://point.test/", ["https://point.test", "https://point.test:8480"]],
    ["fd00::1", ["http://[fd00::1]:8480", "http://[fd00::1]"]],
    ["[fd00::1]:99", ["http://[fd00::1]:99"]],
])
    assert.deepEqual(m.pointAddresses(text), expected, text);
for (const text of ["", " ", "longear:abcdef", "javascript:alert(1)", "WIFI:S:x;;", "a b", "http://", "http://user@host/", "host:0", "host:99999", "file:///etc/passwd", "mailto:a@b", "<x>", "x".repeat(301)])
    assert.equal(await nameOf(() => m.pointAddresses(text)), "ADDRESS_BAD", text);
await until(() => true);
process.exit(0);
