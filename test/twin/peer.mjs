// A second peer, in another language, from doc/protocol.md alone: the session of section 17, both roles, over link.mjs (sections 13, 15, 19) and lists.mjs
// (section 18, by lists). It holds its records in memory, makes texts of its own, serves no chunks of blobs and never expires anything.
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { MAX_63, Reader, attempt, check, fail, varint } from "../vectors/bytes.mjs";
import { admit } from "../vectors/charter.mjs";
import { encodeText } from "../vectors/content.mjs";
import { day, decode, encode, headerParts, order } from "../vectors/record.mjs";
import { state as chain } from "../vectors/reconcile.mjs";
import { concat, equal, hash, hashKeyed, hex, keyPair, utf8 } from "../vectors/sodium.mjs";
import { Asker, Solver } from "./lists.mjs";
import { Link } from "./link.mjs";

const CONTROL = 0,
    URGENT = 1,
    BULK = 2;
const HELLO = 1,
    ANSWER = 2,
    RECONCILE = 3,
    VERIFY = 4,
    STATE = 5,
    STORED = 6,
    ASK = 7,
    ANNOUNCE = 8,
    WANT = 9,
    IDLE = 10;
const RECORD = 1,
    STUB = 2,
    CHUNK = 3,
    ASKED = 4;
const VERSION = 1;
const PASSES = 4;
const u8 = (...bytes) => Uint8Array.of(...bytes);
const u64 = (n) => Uint8Array.from({ length: 8 }, (_, i) => Number((BigInt(n) >> BigInt(8 * i)) & 255n));

// ---- What a peer has ----

// One open community and the records of it, by id, in the order of their arrival.
export class Community extends EventEmitter {
    constructor(charter) {
        super();
        this.charter = charter;
        this.id = charter.id;
        this.records = new Map();
    }
    // Take a record's canonical bytes; throws the error's name. Tells whether it is new.
    add(bytes, { stub = false, from = null } = {}) {
        const record = decode(bytes, stub);
        admit(record, this.charter);
        const name = hex(record.id);
        if (this.records.has(name)) return false;
        const entry = { id: record.id, day: record.expiry, hour: Math.floor(record.created / 3600), record, bytes, stub };
        this.records.set(name, entry);
        this.emit("record", entry, from);
        return true;
    }
    get entries() {
        return [...this.records.values()];
    }
    from(floor) {
        return this.entries.filter((e) => e.day >= floor);
    }
    get urgent() {
        const all = this.entries.filter((e) => e.record.urgency === 3 && !e.stub);
        return all.sort((a, b) => order(b.record, a.record));
    }
}
export class Author {
    constructor(seed) {
        Object.assign(this, keyPair(seed), { seq: 0, prev: undefined });
    }
    text(community, words, urgency = 1, created = Math.floor(Date.now() / 1000)) {
        const made = encode(
            {
                form: 1,
                kind: 2,
                community: community.id,
                author: this.publicKey,
                seq: this.seq++,
                prev: this.prev,
                created,
                expiry: day(created) + community.charter.keep,
                urgency,
                refs: [],
                body: concat(new Uint8Array(randomBytes(8)), encodeText({ text: words })),
            },
            this.secret,
        );
        this.prev = made.id.subarray(0, 16);
        return made;
    }
}

// ---- What is said of a community in one contact ----

class Slot {
    constructor(community, contact) {
        Object.assign(this, { community, contact, state: "to do", next: 0, pass: null, number: -1, told: new Set() });
    }
    key(purpose, number) {
        const padded = concat(utf8(purpose), new Uint8Array(16 - purpose.length));
        return hashKeyed(this.community.id, padded, u8(number), this.contact);
    }
    tag(answer) {
        return this.key("tag", answer ? 1 : 0).subarray(0, 6);
    }
    digest(floor) {
        return chain(this.key("state", 0), this.community.from(floor)).subarray(0, 6);
    }
    urgentOf(list) {
        return hashKeyed(this.key("urgent", 0), ...list.map((e) => e.id)).subarray(0, 2);
    }
    get urgent() {
        return this.urgentOf(this.community.urgent.slice(0, 8));
    }
    // The newest urgent records that the peer seems to lack.
    newUrgent(peers) {
        const list = this.community.urgent.slice(0, 16);
        for (let k = 0; k < 8; k++) if (equal(this.urgentOf(list.slice(k, k + 8)), peers)) return list.slice(0, k);
        return list.slice(0, 8);
    }
}

// A table of authors: one stream, one direction.
class Authors {
    constructor() {
        this.places = Array(64);
    }
    write(r, bytes) {
        const at = r.author[0] % 64;
        const known = this.places[at] && equal(this.places[at], r.author);
        this.places[at] = r.author;
        const parts = headerParts({ ...r, refs: [], body: u8() });
        const begin = 1 + parts.kind.length + 64;
        return concat(known ? concat(u8(2), parts.kind, u8(at)) : concat(u8(1), parts.kind, r.author), bytes.subarray(begin));
    }
    read(reader, community) {
        const mode = reader.u8();
        if (mode === 0) return reader.take(reader.left);
        check(mode <= 2, "LIMIT");
        const kind = varint(reader.varint(2 ** 31 - 1));
        let author;
        if (mode === 1) author = reader.take(32);
        else {
            const at = reader.u8();
            check(at < 64 && this.places[at], "FIELD");
            author = this.places[at];
        }
        this.places[author[0] % 64] = author;
        return concat(u8(1), kind, community.id, author, reader.take(reader.left));
    }
}

// ---- The session ----

export class Session {
    constructor(socket, { initiator, communities, floor = 0, answerTags = [], hold = false }) {
        Object.assign(this, { initiator, communities, floor, answerTags, hold, slots: null, reason: null, waiting: [], answered: 0 });
        this.sent = [0, 0, 0];
        this.stored = [0, 0, 0];
        this.got = [0, 0, 0];
        this.gotTold = 0;
        this.order = []; // every record that came, in the order of arrival
        this.announced = []; // own announcements
        this.heard = 0; // announcements heard
        this.moved = true;
        this.idle = { mine: false, theirs: false };
        this.verifies = [];
        this.out = [null, new Authors(), new Authors()];
        this.in = [null, new Authors(), new Authors()];
        this.onRecord = communities.map((community) => {
            const live = (entry, from) => this.#live(community, entry, from);
            community.on("record", live);
            return () => community.off("record", live);
        });
        this.link = new Link(socket, initiator, {
            open: (contact) => this.#open(contact),
            message: (stream, type, body) => this.#message(stream, type, body),
            through: () => this.#advance(),
            end: (reason) => {
                this.reason = reason;
                this.onRecord.forEach((off) => off());
                this.#wake();
            },
        });
    }
    // Wait until something is so; throws when the contact is over or the time is up.
    until(condition, what, ms = 5000) {
        return new Promise((resolve, reject) => {
            const look = () => {
                if (condition()) resolve();
                else if (this.reason) reject(new Error(`${what}: the contact is over: ${this.reason}`));
                else return false;
                clearTimeout(timer);
                return true;
            };
            const timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
            if (!look()) this.waiting.push(look);
        });
    }
    #wake() {
        this.waiting = this.waiting.filter((look) => !look());
    }
    get settled() {
        return this.idle.mine && this.idle.theirs && !this.moved;
    }
    goodbye() {
        this.link.goodbye();
    }

    // ---- Hello and answer ----

    #open(contact) {
        this.contact = contact;
        this.all = this.communities.map((community) => new Slot(community, contact));
        if (this.initiator) return;
        const entries = this.all.map((slot) => concat(slot.tag(false), slot.digest(this.floor), slot.urgent));
        while (entries.length === 0 || entries.length % 4 > 0) entries.push(new Uint8Array(randomBytes(14)));
        entries.sort(Buffer.compare);
        this.link.write(CONTROL, HELLO, concat(...this.#head(), varint(entries.length), ...entries));
    }
    #head() {
        return [varint(VERSION), varint(Math.floor(Date.now() / 1000)), varint(this.floor)];
    }
    #readHead(reader) {
        this.peer = { version: reader.varint(MAX_63), clock: reader.varint(MAX_63), floor: reader.varint(2 ** 32) };
        this.both = Math.max(this.floor, this.peer.floor);
        return reader.varint(128);
    }
    #hello(reader) {
        check(this.initiator && !this.slots, "FIELD");
        const count = this.#readHead(reader);
        this.slots = [];
        const answer = [...this.answerTags.map((tag) => concat(tag, u8(0, 0)))];
        for (let i = 0; i < count; i++) {
            const [tag, state, urgent] = [reader.take(6), reader.take(6), reader.take(2)];
            const slot = this.all.find((s) => equal(s.tag(false), tag));
            if (!slot) continue;
            Object.assign(slot, { number: this.slots.length, peers: urgent });
            if (equal(slot.digest(this.peer.floor), state)) slot.state = "equal";
            this.slots.push(slot);
            answer.push(concat(slot.tag(true), slot.urgent));
        }
        this.link.write(CONTROL, ANSWER, concat(...this.#head(), varint(answer.length), ...answer));
        for (const slot of this.slots) if (slot.state === "to do") this.#send(slot, slot.newUrgent(slot.peers));
    }
    #answer(reader) {
        check(!this.initiator && !this.slots, "FIELD");
        const count = this.#readHead(reader);
        this.slots = [];
        for (let i = 0; i < count; i++) {
            const [tag, urgent] = [reader.take(6), reader.take(2)];
            const slot = this.all.find((s) => equal(s.tag(true), tag)) ?? fail("FIELD");
            slot.number = this.slots.length;
            this.slots.push(slot);
            this.#send(slot, slot.newUrgent(urgent));
        }
    }

    // ---- Records ----

    #send(slot, entries) {
        const precedence = (a, b) => b.record.urgency - a.record.urgency;
        for (const e of entries.slice().reverse().sort(precedence)) {
            if (slot.told.has(hex(e.id))) continue;
            slot.told.add(hex(e.id));
            const stream = e.record.urgency >= 2 ? URGENT : BULK;
            const wire = this.out[stream].write(e.record, e.bytes);
            this.link.write(stream, e.stub ? STUB : RECORD, concat(varint(slot.number), wire));
            this.sent[stream]++;
            this.moved = true;
        }
    }
    #record(stream, type, body) {
        const reader = new Reader(body);
        const slot = this.#slot(reader);
        const bytes = this.in[stream].read(reader, slot.community);
        const { id } = decode(bytes, type === STUB);
        slot.told.add(hex(id));
        this.got[stream]++;
        this.moved = true;
        this.order.push({ id: hex(id), stream });
        slot.community.add(bytes, { stub: type === STUB, from: this });
    }
    // A record became durable here: its own are sent at once, so are urgent ones; others are announced.
    #live(community, entry, from) {
        const slot = this.slots?.find((s) => s.community === community);
        if (!slot || from === this || this.reason) return;
        if (from === null || entry.record.urgency >= 2) this.#send(slot, [entry]);
        else {
            this.announced.push({ slot, entry });
            this.link.write(CONTROL, ANNOUNCE, concat(varint(slot.number), entry.id));
        }
        this.moved = true;
        this.#advance();
        this.link.pump();
    }
    #announce(reader) {
        const slot = this.#slot(reader);
        check(reader.left > 0 && reader.left % 32 === 0 && reader.left <= 64 * 32, "FIELD");
        const wanted = [];
        for (; reader.left > 0; this.heard++)
            if (!slot.community.records.has(hex(reader.take(32)))) wanted.push(varint(this.heard));
        if (wanted.length > 0) this.link.write(CONTROL, WANT, concat(...wanted));
        this.moved = true;
    }
    #want(reader) {
        while (reader.left > 0) {
            const number = reader.varint(MAX_63);
            check(number < this.announced.length, "FIELD");
            const { slot, entry } = this.announced[number];
            this.#send(slot, [entry]);
        }
    }

    // ---- Messages ----

    #slot(reader) {
        const number = reader.varint(MAX_63);
        check(this.slots && number < this.slots.length, "FIELD");
        return this.slots[number];
    }
    #message(stream, type, body) {
        if (stream !== CONTROL) {
            if (type === RECORD || type === STUB) this.#record(stream, type, body);
            else check(type !== CHUNK && type !== ASKED, "FIELD"); // nothing was asked for
            return;
        }
        const reader = new Reader(body);
        if (type === HELLO) this.#hello(reader);
        else if (type === ANSWER) this.#answer(reader);
        else if (type === RECONCILE) this.#reconcile(reader);
        else if (type === VERIFY) this.verifies.push(this.#slot(reader));
        else if (type === STATE) this.#state(reader);
        else if (type === STORED) this.#stored(reader);
        else if (type === ASK) this.#ask(reader);
        else if (type === ANNOUNCE) this.#announce(reader);
        else if (type === WANT) this.#want(reader);
        else if (type === IDLE) this.#idle();
    }
    #reconcile(reader) {
        const slot = this.#slot(reader);
        const number = reader.u8();
        if (!this.initiator && number !== slot.passNumber) this.#pass(slot, number, Solver);
        check(slot.pass && number === slot.passNumber, "FIELD");
        slot.pass.take(reader.take(reader.left));
    }
    #pass(slot, number, Role) {
        slot.passNumber = number;
        slot.pass = new Role(slot.key("reconcile", number), slot.community.entries, this.floor, {
            send: (message) => this.link.write(CONTROL, RECONCILE, concat(varint(slot.number), u8(number), message)),
            lacked: (entries) => this.#send(slot, entries),
        });
    }
    #stored(reader) {
        this.stored = [0, reader.varint(MAX_63), reader.varint(MAX_63)];
        check(this.stored.every((count, stream) => count <= this.sent[stream]), "FIELD");
    }
    // This peer has no chunks.
    #ask(reader) {
        this.#slot(reader);
        this.link.write(BULK, ASKED, u8());
    }
    #state(reader) {
        check(this.initiator, "FIELD");
        const slot = this.#slot(reader);
        check(slot.state === "verify", "FIELD");
        if (equal(reader.take(6), slot.digest(this.both))) slot.state = "equal";
        else slot.state = slot.next < PASSES ? "to do" : "given up";
    }
    #idle() {
        this.idle.theirs = true;
        if (!this.initiator) this.mayIdle = true;
    }
    // All this side sent is stored over there.
    get through() {
        return this.link.idle && this.sent.every((count, stream) => count === this.stored[stream]);
    }
    // With `hold` nothing is compared before this.
    resume() {
        this.hold = false;
        this.#advance();
    }
    // Ask for the state of every slot once more.
    verify() {
        for (const slot of this.slots) slot.state = "moved";
        this.moved = true;
        this.#advance();
        this.link.pump();
    }
    #advance() {
        if (this.reason) return;
        if (this.got[1] + this.got[2] > this.gotTold) {
            this.gotTold = this.got[1] + this.got[2];
            this.link.write(CONTROL, STORED, concat(varint(this.got[1]), varint(this.got[2])));
        }
        if (this.slots && this.initiator) this.#lead();
        else if (this.slots) this.#follow();
        this.link.pump();
        this.#wake();
    }
    #lead() {
        const running = this.slots.find((s) => s.state === "running");
        if (running?.pass.done) running.state = "moved";
        const todo = this.slots.find((s) => s.state === "to do");
        if (todo && !this.hold && !this.slots.some((s) => s.state === "running")) {
            todo.state = "running";
            this.#pass(todo, todo.next++, Asker);
            todo.pass.begin(todo.next > 1 ? 8 : 4);
        }
        if (!this.through) return;
        for (const slot of this.slots.filter((s) => s.state === "moved")) {
            slot.state = "verify";
            this.link.write(CONTROL, VERIFY, varint(slot.number));
        }
        if (!this.slots.every((s) => s.state === "equal" || s.state === "given up")) return;
        if (!this.moved) return;
        this.moved = false;
        this.idle = { mine: true, theirs: false };
        this.link.write(CONTROL, IDLE, u8());
    }
    #follow() {
        if (!this.through) return;
        for (const slot of this.verifies.splice(0)) {
            this.link.write(CONTROL, STATE, concat(varint(slot.number), slot.digest(this.both)));
            this.answered++;
        }
        if (!this.mayIdle) return;
        this.mayIdle = this.moved = false;
        this.idle.mine = true;
        this.link.write(CONTROL, IDLE, u8());
    }
}

// Dial a node, from an address of this host.
export const dial = (port, options, localAddress = "127.0.0.1") =>
    new Session(connect({ host: "127.0.0.1", port, localAddress }), { initiator: true, ...options });
export { CONTROL, ANSWER };
