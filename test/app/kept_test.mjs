// Phones with no network between them, as peers in node with a browser's storage made of stand-ins:
//   1. a guest founds a group, writes, keeps the page as a file; the file is link.html to the byte with data behind it; opened under the passphrase it is
//      the same person with everything; a wrong passphrase and damage are told apart;
//   2. the file passed on greets a new person, with the messages and without a name, a draft or a key of its owner; so does a parcel in the form of a page;
//   3. two phones exchange whole conversations through .zip and .html files and back;
//   4. a tab that is killed has lost nothing: a guest's own messages outlive a reload of the tab, a kept page's are in the sealed journal, where no word
//      can be read; a double of a guest's tab is another guest, a second tab of a kept page only reads;
//   5. "leave no trace" leaves nothing in the tab's and the device's storage.
import assert from "node:assert/strict";
import { Air, environment, load, page, require, sodiumFile, tabStore, until } from "./peer_util.mjs";

const { IDBFactory, IDBKeyRange } = require("fake-indexeddb");
globalThis.IDBKeyRange = IDBKeyRange;
const { PeerCore, Sodium, parsePageFile } = await load(`
    export { PeerCore } from "./peer/peer.ts";
    export { parsePageFile } from "./peer/page_file.ts";
    export { Sodium } from "./peer/sodium.ts";
`);
const peers = [];
async function start(options = {}) {
    const events = [];
    const peer = await PeerCore.start(environment(options), (event) => events.push(event));
    peer.events = events;
    peers.push(peer);
    return peer;
}
const text = (community, text, more = {}) => ({ community, text, urgency: 1, ...more });
// Of one second, so in any order.
const texts = async (peer, community) => (await peer.list(community, null, 200)).messages.map((m) => m.text).sort();
const fails = (promise, name) => assert.rejects(promise, (error) => (assert.equal(error.name, name, error), true));
const opened = (bytes, options = {}) => start({ ...options, sections: parsePageFile(bytes) });

// ---- 1. A guest keeps the page ----
const storage = new IDBFactory();
const guestTab = tabStore();
const guest = await start({ tab: guestTab });
let state = await guest.state();
assert.deepEqual([state.mode, state.storage, state.otherTab, state.waiting], ["guest", "tab", false, 0]);
assert.match(state.fingerprint, /^[0-9a-f]{32}$/);
const group = await guest.found("Двор на Абая", "ru", 30);
const first = await guest.write(text(group, "Вода есть в доме 7", { urgency: 2, place: "у фонтана", ground: 1 }));
const photo = new Uint8Array(70_000).map((_, i) => i * 31);
const original = await guest.keepOriginal("IMG_1.jpg", photo);
await guest.write(text(group, "Су әкеліңіздер", { reply: first, attachments: [{ bytes: photo.slice(0, 40_000), media: "image/jpeg", name: "a.jpg", original }] }));
await guest.setName((await guest.groups())[0].author, "Я сама");
await guest.setDraft(group, "незаконченное");
await guest.setSetting("theme", "dark");
await guest.setLang("ru");
state = await guest.state();
assert.equal(state.waiting, 2);
assert.ok(state.unsaved > 0);
await until(async () => (await guest.state()).appWords !== "");
const words = (await guest.state()).appWords;
const sodium = await Sodium.load(new Uint8Array(sodiumFile.wasm));
assert.equal(words, Buffer.from(sodium.hash(Buffer.from(page))).toString("hex").slice(0, 32));

const file = await guest.keep("тихая вода 7", false);
assert.match(file.name, /^link-\d{4}-\d\d-\d\d\.html$/);
assert.equal(Buffer.from(file.bytes.subarray(0, Buffer.byteLength(page))).toString(), page, "the app in it is the served page to the byte");
assert.equal((await guest.state()).mode, "kept");
assert.equal((await guest.state()).unsaved, 0);
assert.equal(guestTab.map.size, 0, "the person is no longer in the tab");
const whole = Buffer.from(file.bytes).toString();
const data = whole.slice(page.length);
for (const secret of ["Я сама", "незаконченное", "IMG_1.jpg", "dark"]) assert.ok(!data.includes(secret), `${secret} is to be read in the file`);
assert.ok(parsePageFile(file.bytes).some((s) => s.name === "parcel"));

let kept = await opened(file.bytes, { storage });
state = await kept.state();
assert.deepEqual([state.mode, state.fingerprint], ["locked", ""]);
await fails(kept.write(text(group, "x")), "ERR_KEY");
await fails(kept.unlock("тихая вода 8"), "PASSPHRASE_WRONG");
assert.equal((await kept.state()).mode, "locked", "a wrong passphrase changes nothing");
state = await kept.unlock("тихая вода 7");
assert.deepEqual([state.mode, state.storage, state.oldCopy, state.lang], ["kept", "device", false, "ru"]);
assert.deepEqual(await texts(kept, group), ["Вода есть в доме 7", "Су әкеліңіздер"]);
const shown = await kept.groups();
assert.deepEqual([shown[0].draft, shown[0].unread, shown[0].title], ["незаконченное", 0, "Двор на Абая"]);
assert.ok((await kept.list(group, null, 10)).messages.every((m) => m.own && m.way === 0), "the same person");
assert.deepEqual(Object.values(await kept.names()), ["Я сама"]);
assert.equal(await kept.setting("theme"), "dark");
assert.deepEqual(Buffer.from(await kept.original(original)), Buffer.from(photo), "the original of the photo");
const [attachment] = (await kept.list(group, null, 9)).messages.find((m) => m.attachments.length > 0).attachments;
assert.equal(attachment.original, original);
assert.equal((await kept.blob(attachment.blob)).length, 40_000);

// Damage: every kind of byte of the sealed part, without a crash and without another word than these.
const at = Buffer.from(file.bytes).indexOf("x-longear-person\">") + 18;
for (const offset of [0, 5, 12, 20, 40, 60, 80, 100, 106, 107, 108, 200, 300]) {
    const bytes = Uint8Array.from(file.bytes);
    bytes[at + offset] = bytes[at + offset] === 0x41 ? 0x42 : 0x41;
    const damaged = await opened(bytes);
    await assert.rejects(damaged.unlock("тихая вода 7"), (error) => (assert.equal(error.name, "FILE_DAMAGED", `${offset}: ${error}`), true));
}

// ---- 2. Passed on ----
const passed = await opened(file.bytes);
state = await passed.startFresh();
assert.equal(state.mode, "guest");
assert.notEqual(state.fingerprint, (await kept.state()).fingerprint);
assert.deepEqual(await texts(passed, group), ["Вода есть в доме 7", "Су әкеліңіздер"]);
assert.ok((await passed.list(group, null, 10)).messages.every((m) => !m.own));
assert.deepEqual(await passed.names(), {});
assert.equal((await passed.groups())[0].draft, "");
assert.equal((await passed.originals()).length, 0);

const given = await kept.parcelMake(null, "html");
assert.ok(!Buffer.from(given.bytes).toString().includes("x-longear-person\">"));
const neighbour = await opened(given.bytes, { tab: tabStore() });
state = await neighbour.state();
assert.equal(state.mode, "fresh");
assert.equal((await neighbour.startFresh()).mode, "guest");

// ---- 3. Two phones and files ----
const line = await kept.invite(group, null);
await neighbour.join(line);
await neighbour.write(text(group, "Несу воду"));
const zip = await neighbour.parcelMake(group, "zip");
assert.equal(Buffer.from(zip.bytes.subarray(0, 2)).toString(), "PK");
let result = await kept.parcelOpen(zip.name, zip.bytes);
assert.deepEqual([result.accepted, result.rejected, result.truncated], [1, 0, false], JSON.stringify(result));
assert.deepEqual((await texts(kept, group)).sort(), ["Вода есть в доме 7", "Несу воду", "Су әкеліңіздер"].sort());
assert.equal((await kept.groups())[0].unread, 1);
await kept.write(text(group, "Спасибо!", { reply: (await kept.list(group, null, 1)).messages[0].id }));
const back = await kept.parcelMake(null, "html");
result = await neighbour.parcelOpen(back.name, back.bytes);
assert.equal(result.accepted, 1);
assert.deepEqual((await texts(neighbour, group)).sort(), (await texts(kept, group)).sort(), "both have everything");
result = await neighbour.parcelOpen(back.name, back.bytes);
assert.equal(result.accepted, 0, "nothing twice");
await fails(neighbour.parcelOpen("x.pdf", new TextEncoder().encode("%PDF-1.4 and so on")), "FILE_FOREIGN");
await fails(neighbour.parcelOpen("x", new Uint8Array(0)), "FILE_FOREIGN");
for (let round = 0; round < 40; round++) {
    const bytes = Uint8Array.from(round % 2 ? back.bytes : zip.bytes);
    for (let i = 0; i < 8; i++) bytes[(Math.random() ** 2 * bytes.length) | 0] = Math.random() * 256;
    await neighbour.parcelOpen("x", bytes.subarray(0, bytes.length - (Math.random() * 400 | 0))).catch((error) => {
        if (!["FILE_FOREIGN", "FILE_DAMAGED"].includes(error.name)) throw error;
    });
}
assert.equal((await texts(neighbour, group)).length, 4, "damage adds and takes nothing");
// What the daemon packs is unpacked with the dictionary: its own parcel of the same group.
const sealedFile = await kept.keep("другая тайна", true);
await fails(neighbour.parcelOpen("locked.html", sealedFile.bytes), "ERR_SEAL");
const words2 = Buffer.from(sealedFile.bytes).toString();
assert.ok(words2.includes("x-longear-sealed-parcel") && !words2.includes('x-longear-parcel"'));
const locked = await opened(sealedFile.bytes);
await fails(locked.unlock("тихая вода 7"), "PASSPHRASE_WRONG");
await locked.unlock("другая тайна");
assert.equal((await texts(locked, group)).length, 4);

// ---- 4. Killed, doubled ----
await kept.read(group, Math.max(...(await kept.list(group, null, 9)).messages.map((m) => m.num)));
assert.equal((await kept.groups())[0].unread, 0);
const last = await kept.write(text(group, "После копии"));
await kept.stop();
const again = await opened(file.bytes, { storage }); // the first file: three messages ago
state = await again.unlock("тихая вода 7");
assert.deepEqual([state.oldCopy, state.storage], [true, "device"]);
assert.ok(state.unsaved > 0);
assert.deepEqual((await texts(again, group)).sort(), ["Вода есть в доме 7", "Несу воду", "Су әкеліңіздер", "Спасибо!", "После копии"].sort());
assert.equal((await again.message(last)).own, true);
assert.equal((await again.groups())[0].unread, 0, "what was read stays read");
const copy = await again.saveCopy();
assert.equal((await again.state()).unsaved, 0);
await again.stop();
const device = await new Promise((resolve) => {
    const opening = storage.open("longear", 1);
    opening.onsuccess = () => {
        const all = opening.result.transaction("journal").objectStore("journal").getAll();
        all.onsuccess = () => (opening.result.close(), resolve(all.result));
    };
});
assert.ok(device.length > 5);
for (const entry of device)
    for (const word of ["Спасибо", "После", "draft", "community"])
        assert.equal(Buffer.from(entry).includes(word), false, "the journal is sealed");

const air = new Air();
const one = await opened(copy.bytes, { storage, channel: air.join() });
assert.equal((await one.unlock("тихая вода 7")).otherTab, false);
const two = await opened(copy.bytes, { storage, channel: air.join() });
assert.equal((await two.unlock("тихая вода 7")).otherTab, true);
assert.equal((await texts(two, group)).length, 5, "it reads");
await fails(two.write(text(group, "x")), "ERR_READ_ONLY");
await one.write(text(group, "пишет один"));

const tab = tabStore();
const sky = new Air();
const visitor = await start({ tab, channel: sky.join(), origin: null });
await visitor.join(line);
const kind = await visitor.write(text(group, "я гость"));
const seedOf = async (peer) => (await peer.state()).fingerprint;
const double = await start({ tab: tabStore(new Map(tab.map)), channel: sky.join() });
assert.notEqual(await seedOf(double), await seedOf(visitor), "a double is another guest");
await visitor.stop();
const reloaded = await start({ tab, channel: sky.join() });
assert.equal(await seedOf(reloaded), await seedOf(visitor), "a reload is the same guest");
assert.equal((await reloaded.message(kind)).own, true);
assert.equal((await reloaded.state()).waiting, 1);
await reloaded.write(text(group, "и ещё"));
const small = tabStore(new Map(), 3000);
const full = await start({ tab: small });
await full.join(line);
await full.write(text(group, "x".repeat(2000)));
assert.equal((await full.state()).storage, "memory", "a full tab is told");
assert.equal(small.map.size, 0, "and loaded again it is another guest, who can't fork this one's sequence");
assert.equal((await full.list(group, null, 5)).messages.length, 1, "and costs nothing that is there");

// ---- 5. No trace ----
await one.leaveNoTrace();
const left = await new Promise((resolve) => {
    const opening = storage.open("longear", 1);
    opening.onsuccess = () => {
        const all = opening.result.transaction("journal").objectStore("journal").getAllKeys();
        all.onsuccess = () => (opening.result.close(), resolve(all.result));
    };
});
assert.deepEqual(left, []);
await reloaded.leaveNoTrace();
assert.equal(tab.map.size, 0);
for (const peer of peers) if (![one, reloaded].includes(peer)) await peer.stop();
console.log(`kept file of ${file.bytes.length} bytes, the app ${Buffer.byteLength(page)}`);
process.exit(0);
