// One pass of reconciliation by lists, both roles, from section 18 of doc/protocol.md. It makes no sketches: as asker it chooses its list, as solver it
// answers a START with its own (L = 0), as the document allows. An element is {id, day, hour} and whatever else its maker keeps there.
import { Reader, check, fail, varint } from "../vectors/bytes.mjs";
import { hashOf, keys, listBits, start, state } from "../vectors/reconcile.mjs";
import { readRice, rice } from "../vectors/sketch.mjs";
import { concat, equal } from "../vectors/sodium.mjs";

const START = 1,
    DIFF = 2,
    LIST = 6,
    WANT = 7;
const LISTED_IN_START = 24;
const PIECE_IDS = 256;
const COUNT_MAX = 2 ** 40;
const u8 = (...bytes) => Uint8Array.of(...bytes);
const place = (e) => e.day * 2 ** 32 + e.hour;

function readDays(reader, floor) {
    let next = floor;
    return Array.from({ length: reader.varint(64) }, () => {
        const day = next + reader.varint(2 ** 32);
        next = day + 1;
        return day;
    });
}
function readBounds(reader, floor, count) {
    let [hour, life] = [24 * floor, 0];
    let before = floor * 2 ** 32;
    return Array.from({ length: count }, () => {
        const code = reader.varint(2 ** 40);
        if (code % 2 === 0) hour += code / 2;
        else {
            const z = (code - 1) / 2;
            life += z % 2 ? -(z + 1) / 2 : z / 2;
            hour += Number(reader.zigzag());
        }
        const bound = { hour, day: life + Math.floor(hour / 24) };
        check(place(bound) > before, "FIELD");
        before = place(bound);
        return bound;
    });
}
const inRange = (bounds, i) => (e) =>
    (i === 0 || place(e) >= place(bounds[i - 1])) && (i === bounds.length || place(e) < place(bounds[i]));
// A few bounds between the places of a set.
function boundsOf(set, floor) {
    const places = [...new Map(set.map((e) => [place(e), e])).values()].sort((a, b) => place(a) - place(b));
    const step = Math.max(1, Math.ceil(places.length / 8));
    return places.filter((e, i) => i % step === 0 && place(e) > floor * 2 ** 32).map(({ day, hour }) => ({ day, hour }));
}

// `to` is { send(message), lacked(elements): the peer has not these }. After `done`, wanted + told are the records that the peer has to send.
class Pass {
    constructor(salt, set, floor, to) {
        Object.assign(this, { k: keys(salt), set, floor, to, done: false, wanted: 0, told: 0 });
    }
    idOf(e) {
        return hashOf(this.k, e) >> BigInt(64 - this.bits);
    }
    byId() {
        const out = new Map();
        for (const e of this.set) {
            const id = this.idOf(e);
            out.set(id, [...(out.get(id) ?? []), e]);
        }
        return out;
    }
    // Send the list of all that is compared, in pieces of few ids.
    listOut(peers) {
        this.bits = listBits(this.set.length, peers);
        this.list = this.byId();
        this.ids = [...this.list.keys()].sort((a, b) => (a < b ? -1 : 1));
        this.answered = 0;
        const end = 1n << BigInt(this.bits);
        for (let [a, i] = [0n, 0]; a < end; ) {
            let v = this.bits;
            const until = () => (a + (1n << BigInt(v)) < end ? a + (1n << BigInt(v)) : end);
            const within = () => this.ids.slice(i).filter((id) => id < until());
            while (within().length > PIECE_IDS) v--;
            const ids = within().map((id) => id - a);
            this.to.send(concat(u8(LIST), a === 0n ? u8(this.bits) : u8(), u8(v), rice(ids, until() - a)));
            i += ids.length;
            a = until();
        }
        this.state = "list out";
    }
    // The peer's answer to a list: ranks among the next k ids.
    want(reader) {
        const code = reader.varint(2 ** 20);
        const k = code >> 1;
        check(this.answered + k <= this.ids.length, "FIELD");
        const ranks = k > 0 ? readRice(reader, k, BigInt(k)) : [];
        const wanted = ranks.flatMap((rank) => this.list.get(this.ids[this.answered + Number(rank)]));
        this.answered += k;
        if (code & 1) {
            check(this.answered === this.ids.length, "FIELD");
            this.told = reader.varint(COUNT_MAX);
            this.done = true;
        }
        reader.end();
        this.to.lacked(wanted);
    }
    listIn() {
        Object.assign(this, { state: "list in", at: 0n, bits: 0, found: 0 });
    }
    // A piece of the peer's list; answered at once.
    piece(reader) {
        if (this.at === 0n) {
            this.bits ||= reader.u8();
            check(this.bits >= 16 && this.bits <= 48, "LIMIT");
            this.mine ??= this.byId();
        }
        const v = reader.u8();
        check(v <= this.bits, "LIMIT");
        const end = 1n << BigInt(this.bits);
        check(this.at < end, "FIELD");
        const until = this.at + (1n << BigInt(v)) < end ? this.at + (1n << BigInt(v)) : end;
        const ids = readRice(reader, 1024, until - this.at).map((id) => id + this.at);
        reader.end();
        const theirs = new Set(ids);
        const lacked = [...this.mine].filter(([id]) => id >= this.at && id < until && !theirs.has(id)).flatMap(([, e]) => e);
        const ranks = ids.flatMap((id, rank) => (this.mine.has(id) ? [] : [BigInt(rank)]));
        this.at = until;
        this.wanted += ranks.length;
        this.found += lacked.length;
        const last = until === end;
        if (ids.length > 0 || last)
            this.to.send(
                concat(
                    u8(WANT),
                    varint(2 * ids.length + (last ? 1 : 0)),
                    ids.length > 0 ? rice(ranks, BigInt(ids.length)) : u8(),
                    last ? varint(this.found) : u8(),
                ),
            );
        this.done = last;
        this.to.lacked(lacked);
    }
}

export class Asker extends Pass {
    begin(width) {
        this.set = this.set.filter((e) => e.day >= this.floor);
        this.bounds = this.set.length > LISTED_IN_START ? boundsOf(this.set, this.floor) : null;
        if (!this.bounds) {
            this.bits = 32;
            this.list = this.byId();
            this.ids = [...this.list.keys()].sort((a, b) => (a < b ? -1 : 1));
            this.answered = 0;
        }
        this.state = "diff";
        this.to.send(start(this.k, { floor: this.floor, set: this.set, out: [], bounds: this.bounds, w: width }));
    }
    take(message) {
        const reader = new Reader(message);
        const type = reader.u8();
        if (this.done) fail("FIELD");
        else if (this.state === "diff" && type === DIFF) this.#diff(reader);
        else if (type === WANT && (this.state === "list out" || (this.state === "diff" && this.ids))) {
            check(this.state === "list out" || message[1] & 1, "FIELD");
            this.want(reader);
        } else if (this.state === "list in" && type === LIST) this.piece(reader);
        else fail("FIELD");
    }
    #diff(reader) {
        const floor = this.floor + reader.varint(2 ** 32);
        const out = readDays(reader, floor);
        const mode = reader.u8();
        check(mode <= 2, "LIMIT");
        if (mode === 0) {
            reader.end();
            this.done = true;
            return;
        }
        const bounds = this.bounds ?? [];
        const bitmap = mode === 2 ? reader.take(Math.ceil((bounds.length + 1) / 8)) : null;
        const within = (e) => !bitmap || bitmap.some((byte, i) => [...Array(8).keys()].some((b) => (byte >> b) & 1 && inRange(bounds, 8 * i + b)(e)));
        this.set = this.set.filter((e) => e.day >= floor && !out.includes(e.day) && within(e));
        const peers = reader.varint(COUNT_MAX);
        const levels = reader.u8();
        check(levels <= 12, "LIMIT");
        reader.take(8 * levels);
        reader.end();
        this.ids = null;
        if (levels === 0) this.listIn();
        else this.listOut(peers);
    }
}

export class Solver extends Pass {
    take(message) {
        const reader = new Reader(message);
        const type = reader.u8();
        if (this.done) fail("FIELD");
        else if (!this.state && type === START) this.#start(reader);
        else if (this.state === "list out" && type === WANT) this.want(reader);
        else fail("FIELD");
    }
    #start(reader) {
        const floor = reader.varint(2 ** 32);
        const count = reader.varint(COUNT_MAX);
        const out = readDays(reader, floor);
        const ranges = reader.u8();
        check(ranges <= 64, "LIMIT");
        const higher = Math.max(floor, this.floor);
        this.set = this.set.filter((e) => e.day >= higher && !out.includes(e.day));
        if (ranges === 0 && this.floor <= floor) {
            this.listIn();
            this.bits = 32;
            return this.piece(reader);
        }
        let differs = [true];
        let bounds = [];
        if (ranges > 0) {
            const width = reader.u8();
            check(width >= 1 && width <= 8, "LIMIT");
            bounds = readBounds(reader, floor, ranges - 1);
            differs = Array.from({ length: ranges }, (_, i) => {
                const own = state(this.k.digests, this.set.filter(inRange(bounds, i))).subarray(0, width);
                return !equal(own, reader.take(width));
            });
            reader.end();
        }
        const head = concat(u8(DIFF), varint(higher - floor), varint(0));
        if (!differs.includes(true)) {
            this.done = true;
            return this.to.send(concat(head, u8(0)));
        }
        const all = !differs.includes(false);
        const bitmap = new Uint8Array(Math.ceil(differs.length / 8));
        differs.forEach((d, i) => (bitmap[i >> 3] |= d ? 1 << (i & 7) : 0));
        this.set = this.set.filter((e) => differs.some((d, i) => d && inRange(bounds, i)(e)));
        this.to.send(concat(head, u8(all ? 1 : 2), all ? u8() : bitmap, varint(this.set.length), u8(0)));
        this.listOut(count);
    }
}
