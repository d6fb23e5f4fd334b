// Reconciliation as doc/protocol.md, section 18, has it, from the messages' side: what a message must be, reckoned the plainest way. What differs is
// found by comparing both whole sets, and ranks by sorting the asker's; nothing is decoded. A set is a list of {day, hour, id}.
import { varint, zigzag } from "./bytes.mjs";
import { element, oddSketch, part, rice, sketchBytes, syndromes } from "./sketch.mjs";
import { concat, hash, hashKeyed, hex, shortHash, utf8 } from "./sodium.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const little = (value, size) => Uint8Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
const number = (bytes) => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
const sorted = (list) => list.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const bitLength = (n) => (n === 0 ? 0 : n.toString(2).length);

export function keys(salt) {
    const domain = utf8("longear reconcil");
    const digests = hashKeyed(salt, domain);
    return { digests, hashes: hashKeyed(digests, domain).subarray(0, 16) };
}
export const hashOf = (k, e) => number(shortHash(e.id, k.hashes));

// ---- Buckets, states, ranges ----

const place = ({ day, hour }) => day * 2 ** 32 + hour;
const isCompared = (floor, out) => (e) => e.day >= floor && !out.includes(e.day);

export function state(key, set) {
    const places = [...new Set(set.map(place))].sort((a, b) => a - b);
    return places.reduce((chain, at) => {
        const bucket = set.filter((e) => place(e) === at);
        const ids = bucket.map((e) => hex(e.id)).sort();
        const digest = hash(...ids.map((id) => new Uint8Array(Buffer.from(id, "hex"))));
        return hashKeyed(key, chain, little(bucket[0].day, 4), little(bucket[0].hour, 4), digest);
    }, new Uint8Array(32));
}
const inRange = (begins, i) => (e) => place(e) >= begins[i] && (i + 1 === begins.length || place(e) < begins[i + 1]);
const beginsOf = (floor, bounds) => [floor * 2 ** 32, ...bounds.map(place)];
const rangeDigests = (key, begins, w, set) => begins.map((_, i) => state(key, set.filter(inRange(begins, i))).subarray(0, w));

function daysBytes(floor, days) {
    let next = floor;
    return concat(
        varint(days.length),
        ...days.map((day) => {
            const bytes = varint(day - next);
            next = day + 1;
            return bytes;
        }),
    );
}
function boundsBytes(floor, bounds) {
    let [hour, life] = [24 * floor, 0];
    return concat(
        ...bounds.map((b) => {
            const l = b.day - Math.floor(b.hour / 24);
            const step = b.hour - hour, change = l - life;
            [hour, life] = [b.hour, l];
            if (change === 0 && step > 0) return varint(2 * step);
            const z = change < 0 ? -2 * change - 1 : 2 * change;
            return concat(varint(2 * z + 1), zigzag(step));
        }),
    );
}

// ---- Lists: one piece of all ids ----

const idsOf = (k, set, bits) => [...new Set(sorted(set.map((e) => hashOf(k, e) >> BigInt(64 - bits))))];
export const listBits = (own, peer) => Math.min(48, Math.max(16, 8 + bitLength(own) + bitLength(peer)));
const piece = (k, set, bits) => concat(u8(bits), rice(idsOf(k, set, bits), 1n << BigInt(bits)));
export const list = (k, set, bits) => concat(u8(6, bits), piece(k, set, bits));
// The answer to a list of all that `owner` has from one who has `own`.
export function want(k, owner, own, bits) {
    const theirs = idsOf(k, owner, bits), mine = new Set(idsOf(k, own, bits));
    const ranks = theirs.flatMap((id, rank) => (mine.has(id) ? [] : [BigInt(rank)]));
    const lacked = own.filter((e) => !theirs.includes(hashOf(k, e) >> BigInt(64 - bits)));
    return concat(
        u8(7),
        varint(2 * theirs.length + 1),
        theirs.length > 0 ? rice(ranks, BigInt(theirs.length)) : u8(),
        varint(lacked.length),
    );
}

// ---- START and DIFF ----

export function start(k, { floor, set, out, bounds, w }) {
    const own = set.filter(isCompared(floor, out));
    const begins = beginsOf(floor, bounds ?? []);
    return concat(
        u8(1),
        varint(floor),
        varint(own.length),
        daysBytes(floor, out),
        bounds
            ? concat(u8(begins.length, w), boundsBytes(floor, bounds), ...rangeDigests(k.digests, begins, w, own))
            : concat(u8(0), piece(k, own, 32)),
    );
}

// What a solver answers, and what is compared from then on.
export function diff(k, asker, solver) {
    const floor = Math.max(asker.floor, solver.floor);
    const more = solver.out.filter((day) => day >= floor && !asker.out.includes(day));
    const compared = isCompared(floor, [...asker.out, ...more]);
    const begins = beginsOf(asker.floor, asker.bounds ?? []);
    const mine = solver.set.filter(compared);
    const head = concat(u8(2), varint(floor - asker.floor), daysBytes(floor, more));
    let differs = begins.map(() => true);
    if (asker.bounds) {
        const theirs = rangeDigests(k.digests, begins, asker.w, asker.set.filter(isCompared(asker.floor, asker.out)));
        differs = rangeDigests(k.digests, begins, asker.w, mine).map((digest, i) => hex(digest) !== hex(theirs[i]));
        if (!differs.includes(true)) return { bytes: concat(head, u8(0)), asker: [], solver: [] };
        const count = mine.filter((e) => begins.some((_, i) => differs[i] && inRange(begins, i)(e))).length;
        if (2 * count > mine.length) differs = begins.map(() => true);
    }
    const within = (e) => begins.some((_, i) => differs[i] && inRange(begins, i)(e));
    const own = mine.filter(within);
    const all = !differs.includes(false);
    const bitmap = new Uint8Array(Math.ceil(begins.length / 8));
    differs.forEach((d, i) => (bitmap[i >> 3] |= d ? 1 << (i & 7) : 0));
    let levels = 1;
    for (let reach = 16; reach < 2 * own.length && levels < 12; reach *= 4) levels++;
    if (own.length <= 24) levels = 0;
    const odd = levels ? oddSketch(own.map((e) => hashOf(k, e)), levels) : [];
    return {
        bytes: concat(head, u8(all ? 1 : 2), all ? u8() : bitmap, varint(own.length), u8(levels), ...odd.map((x) => little(x, 8))),
        asker: asker.set.filter(compared).filter(within),
        solver: own,
    };
}

// ---- SKETCH and FOUND, of a round of one level in one message ----

const partsOf = (k, set, parts) => {
    const out = Array.from({ length: parts }, () => []);
    for (const e of set) out[Number(part(hashOf(k, e), parts))].push(element(hashOf(k, e)));
    return out.map(sorted);
};
export const sketch = (k, asker, parts, capacity) =>
    concat(
        u8(3),
        varint(parts),
        varint(capacity),
        ...partsOf(k, asker, parts).map((elements) => sketchBytes(syndromes(elements, 0, capacity))),
    );
export function found(k, asker, solver, parts) {
    const theirs = partsOf(k, asker, parts), mine = partsOf(k, solver, parts);
    const ranks = [];
    let [row, given] = [0, 0];
    theirs.forEach((elements, p) => {
        elements.forEach((e, i) => mine[p].includes(e) || ranks.push(BigInt(row + i)));
        row += elements.length;
        given += mine[p].filter((e) => !elements.includes(e)).length;
    });
    return concat(
        u8(4),
        varint(parts),
        new Uint8Array(Math.ceil(parts / 8)),
        varint(given),
        u8(row % 256),
        row > 0 ? rice(ranks, BigInt(row)) : u8(),
    );
}
