// The core as WebAssembly gives the known answers of test/vectors, as it does on the host: records, stubs, charters, invitations and frames of records decode
// to the same ids, encode to the same bytes and verify; bad ones are refused by the same errors. Its crypto is what a page would bring: npm's libsodium.
import { core, give, id, nameOf, output } from "./core.mjs";

const { bytesOf, load } = await import("../vectors/answers.mjs");
const { concat, equal, hex, unhex, utf8 } = await import("../vectors/sodium.mjs");

let made = 0;
let failed = 0;
function expect(name, got, wanted) {
    made++;
    if (got === wanted) return;
    if (failed++ < 40) console.error(`${name}: ${got} instead of ${wanted}`);
}
const expectBytes = (name, got, wanted) => expect(name, equal(got, wanted) ? "same" : hex(got).slice(0, 200), "same");

const answers = load("record");
for (const v of answers.positive)
    for (const form of ["record", "stub"]) {
        const bytes = bytesOf(v[form]);
        expect(`${v.name}: decode the ${form}`, nameOf(core.shim_decode(give(bytes), form === "stub" ? 1 : 0)), null);
        expect(`${v.name}: id`, id(), v.id);
        expect(`${v.name}: verify`, nameOf(core.shim_verify()), null);
        const size = core.shim_encode();
        expect(`${v.name}: size`, size, bytes.length);
        if (size > 0) expectBytes(`${v.name}: encode`, output(size), bytes);
        if (form === "record" && v.text) expect(`${v.name}: content`, nameOf(core.shim_content()), null);
    }

function firstError(bytes, stub, step) {
    let err = core.shim_decode(give(bytes), stub ? 1 : 0);
    if (err || step === "decode") return nameOf(err);
    if (step === "charter") return nameOf(core.shim_charter());
    err = core.shim_verify();
    return nameOf(err || step === "verify" ? err : core.shim_content());
}
function refused(v, bytes, stub) {
    const from = v.every_prefix ? 0 : bytes.length;
    const to = v.every_prefix ? bytes.length - 1 : bytes.length;
    for (let size = from; size <= to; size++)
        expect(`${v.name}, ${size} bytes`, firstError(bytes.subarray(0, size), stub, v.step), v.error);
}
for (const v of answers.negative) refused(v, bytesOf(v.bytes), v.form === "stub");

const charters = load("charter");
for (const v of charters.positive) {
    expect(`${v.name}: expand`, nameOf(core.shim_expand(give(bytesOf(v.compact)))), null);
    expect(`${v.name}: id`, id(), v.id);
    expectBytes(`${v.name}: rebuilt`, output(core.shim_encode()), bytesOf(v.record));
}
for (const v of charters.negative) refused(v, bytesOf(v.record), false);
for (const v of charters.compact_negative) expect(v.name, nameOf(core.shim_expand(give(bytesOf(v.bytes)))), v.error);

const invites = load("invite");
for (const v of invites.positive) {
    expect(`${v.name}: invitation`, nameOf(core.shim_invite(give(utf8(v.line)))), null);
    expect(`${v.name}: community`, id(), v.community);
}
for (const v of invites.negative.filter((n) => !n.every_position))
    expect(v.name, nameOf(core.shim_invite(give(utf8(v.line)))), v.error);

const pouch = load("pouch");
for (const v of pouch.records) {
    expect(`${v.name}: frame`, nameOf(core.shim_frame(give(bytesOf(v.frame)))), null);
    for (const wanted of v.records) {
        const size = core.shim_frame_next();
        expect(`${v.name}: refused`, nameOf(core.shim_frame_refused()), wanted.error ?? null);
        if (wanted.error) continue;
        expect(`${v.name}: id`, id(), wanted.id);
        expectBytes(`${v.name}: record`, size > 0 ? output(size) : concat(), bytesOf(wanted.bytes));
    }
    expect(`${v.name}: the end`, core.shim_frame_next(), 0);
}
for (const v of pouch.record_negative) {
    let err = core.shim_frame(give(bytesOf(v.frame)));
    let before = 0;
    while (err >= 0 && (err = core.shim_frame_next()) > 0) before++;
    expect(v.name, nameOf(err), v.error);
    expect(`${v.name}: before`, before, v.records_before);
}
for (const v of pouch.frame_negative.filter((n) => !n.every_prefix))
    expect(v.name, nameOf(core.shim_frame(give(bytesOf(v.bytes)))), v.error);

// Both ends of a channel, with the browser's libsodium under them; a new one for each frame.
const channel = load("channel");
function meet(v) {
    [v.initiator_secret, v.responder_secret].forEach((secret, side) => {
        give(bytesOf(secret));
        core.shim_handshake(side, side === 0 ? 1 : 0);
    });
    [v.first, v.second].forEach((frame, side) => {
        expectBytes(`handshake frame ${side + 1}`, output(core.shim_handshake_write(side)), bytesOf(frame));
        expect(`handshake read ${side + 1}`, nameOf(core.shim_handshake_read(1 - side, give(bytesOf(frame)))), null);
    });
    for (const side of [0, 1]) {
        expect("channel", nameOf(core.shim_channel_begin(side)), null);
        expectBytes("handshake hash", output(64), bytesOf(v.handshake_hash));
    }
}
const [one, ...others] = channel.handshakes;
for (const v of others) meet(v);
for (const v of channel.refused) {
    meet(one);
    expect(v.name, nameOf(core.shim_open(1, give(bytesOf(v.frame)))), v.error);
}
// Key changes are at counters that take too long to get to here.
for (const v of channel.frames.filter((f) => f.counter < 1000)) {
    meet(one);
    const content = bytesOf(v.content);
    for (let counter = 0; counter < v.counter; counter++) core.shim_seal(0, 0, 200, 0);
    const size = core.shim_seal(0, v.padded ? 1 : 0, v.frame_max, give(content));
    expectBytes(`${v.name}: frame`, output(Math.max(size, 0)), bytesOf(v.frame));
    const opened = core.shim_open(1, give(bytesOf(v.frame)));
    expectBytes(`${v.name}: content`, output(Math.max(opened, 0)), content);
    expect(`${v.name}: twice`, nameOf(core.shim_open(1, give(bytesOf(v.frame)))), "EXISTS");
}

const sketch = load("sketch");
const u64 = (list) => {
    const bytes = new Uint8Array(8 * list.length);
    list.forEach((text, i) => new DataView(bytes.buffer).setBigUint64(8 * i, BigInt(`0x${text}`), true));
    return bytes;
};
for (const v of sketch.siphash) {
    const size = core.shim_siphash(give(unhex(v.key + v.data)));
    expectBytes(`siphash of ${v.data.length / 2} bytes`, output(size), u64([v.hash]));
}
for (const v of sketch.sketches) {
    let all = concat();
    for (const piece of v.pieces) {
        give(u64(v.set));
        const size = core.shim_sketch(v.set.length, piece.first, piece.count);
        expectBytes(`${v.name}: syndromes from ${piece.first}`, output(size), unhex(piece.bytes));
        all = concat(all, unhex(piece.bytes));
    }
    give(all);
    const found = core.shim_sketch_decode(all.length / 5);
    expect(`${v.name}: found`, found, v.set.length);
    expectBytes(`${v.name}: elements`, output(8 * found), u64(v.set));
}
for (const v of sketch.answers) {
    give(unhex(v.bytes));
    const found = core.shim_sketch_decode(v.capacity);
    expect(v.name, v.error ? nameOf(found) : found, v.error ?? v.found);
}
for (const v of sketch.odd) {
    const size = core.shim_odd(give(unhex(v.hashes)) / 8, v.levels);
    expectBytes(`odd sketch of ${v.levels} levels`, output(size), u64(v.odd));
}
for (const v of [...sketch.rice.positive, ...sketch.rice.choices]) {
    const count = core.shim_rice(give(unhex(v.bytes)), v.values.length, BigInt(`0x${v.universe}`));
    expect(`${v.name ?? v.choice}: count`, count, v.values.length);
    expectBytes(`${v.name ?? v.choice}: numbers`, output(8 * count), u64(v.values));
}
for (const v of sketch.rice.negative)
    expect(v.name, nameOf(core.shim_rice(give(unhex(v.bytes)), v.most, BigInt(`0x${v.universe}`))), v.error);

console.log(`${made} comparisons, ${failed} differ`);
process.exit(failed === 0 && made > 1500 ? 0 : 1);
