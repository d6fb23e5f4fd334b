// One contact's bytes, from doc/protocol.md alone: the prefix of section 19, the handshake and frames of section 13, the streams of section 15.
// TCP loses nothing, so nothing is sent twice; what the other side sends twice is passed over.
import { randomBytes } from "node:crypto";
import { MAX_63, Reader, attempt, check, varint } from "../vectors/bytes.mjs";
import { Handshake, PROLOGUE, frame, openFrame } from "../vectors/noise.mjs";
import { PING, ROOMS, ack, credit, data } from "../vectors/stream.mjs";
import { concat, equal } from "../vectors/sodium.mjs";

const FRAME_MAX = 16384;
const WINDOW = 1024;
const REFUSED_MAX = 8;
const PING_MS = 15000;
// A frame's content beside its data: type, counter, tag, an ack of a few rows, three credits, the heads of three parts.
const HEADS = 200;

// What arrived of one stream: the bytes from `base` on, within the credit that was told.
class Incoming {
    constructor(room) {
        this.room = this.limit = room;
        this.base = 0;
        this.bytes = new Uint8Array(room);
        this.have = new Uint8Array(room);
    }
    take(offset, bytes) {
        check(bytes.length > 0 && offset + bytes.length <= this.limit, "FIELD");
        bytes.forEach((byte, i) => {
            const at = offset + i - this.base;
            if (at < 0 || this.have[at]) return;
            this.bytes[at] = byte;
            this.have[at] = 1;
        });
    }
    // The next message, type (1) ‖ size u16 ‖ body, or null while it is not all there.
    message() {
        const gap = this.have.indexOf(0);
        const ready = gap < 0 ? this.room : gap;
        if (ready < 3) return null;
        const size = 3 + (this.bytes[1] | (this.bytes[2] << 8));
        check(size <= this.room, "LIMIT");
        if (ready < size) return null;
        const message = { type: this.bytes[0], body: this.bytes.slice(3, size) };
        for (const array of [this.bytes, this.have]) array.copyWithin(0, size);
        this.have.fill(0, this.room - size);
        this.base += size;
        return message;
    }
    // The credit to be told, if it has grown by enough.
    credit() {
        if (this.base + this.room < this.limit + this.room / 4) return null;
        return (this.limit = this.base + this.room);
    }
}

// `on` is { open(handshake hash), message(stream, type, body), end(reason) }. reason: "goodbye", "closed", or the error for which this side closed.
export class Link {
    constructor(socket, initiator, on) {
        Object.assign(this, { socket, initiator, on });
        this.handshake = new Handshake(initiator, PROLOGUE, new Uint8Array(randomBytes(32)));
        this.keys = null;
        this.ended = false;
        this.sent = 0;
        this.heard = new Set();
        this.newest = -1;
        this.refused = 0;
        this.owesAck = false;
        this.incoming = ROOMS.map((room) => new Incoming(room));
        this.outgoing = ROOMS.map((limit) => ({ bytes: new Uint8Array(0), offset: 0, limit }));
        this.input = new Uint8Array(0);
        this.bytesIn = 0;
        socket.setNoDelay(true);
        socket.on("data", (chunk) => this.#receive(chunk));
        socket.on("error", () => {});
        socket.on("close", () => this.#end("closed"));
        this.timer = setInterval(() => this.keys && this.sendFrame(PING), PING_MS).unref();
        if (initiator) this.#raw(concat(Uint8Array.of(1), this.handshake.write()));
    }
    #raw(bytes) {
        if (!this.ended) this.socket.write(concat(Uint8Array.of(bytes.length & 255, bytes.length >> 8), bytes));
    }
    #end(reason) {
        if (this.ended) return;
        this.ended = true;
        clearInterval(this.timer);
        this.socket.destroy();
        this.on.end(reason);
    }
    #receive(chunk) {
        this.bytesIn += chunk.length;
        this.input = concat(this.input, chunk);
        const { error } = attempt(() => {
            while (!this.ended && this.input.length >= 2) {
                const size = this.input[0] | (this.input[1] << 8);
                check(size > 0, "FIELD");
                check(size <= FRAME_MAX, "LIMIT");
                if (this.input.length < 2 + size) break;
                const bytes = this.input.slice(2, 2 + size);
                this.input = this.input.slice(2 + size);
                this.#frame(bytes);
            }
            if (!this.ended) this.on.through();
            this.pump();
        });
        if (error) this.#end(error);
    }
    #refuse() {
        check(++this.refused <= REFUSED_MAX, "SEAL");
    }
    #frame(bytes) {
        if (bytes[0] === 1 && !this.initiator) return this.#first(bytes);
        if (bytes[0] === 2 && this.initiator && !this.keys) {
            check(bytes.length === 49, "SEAL");
            this.handshake.read(bytes.subarray(1));
            return this.#open();
        }
        if (!this.keys) return this.#refuse();
        const { value, error } = openFrame(this.theirKey, bytes);
        if (error) return this.#refuse();
        const counter = Number(value.counter);
        if (this.heard.has(counter) || counter + WINDOW < this.newest + 1) return this.#refuse();
        this.heard.add(counter);
        this.newest = Math.max(this.newest, counter);
        this.#content(value.content);
    }
    #first(bytes) {
        check(bytes.length === 33, "SEAL");
        if (this.keys) {
            if (this.heard.size === 0 && equal(bytes, this.firstFrame)) this.#raw(this.secondFrame);
            return this.#refuse();
        }
        this.firstFrame = bytes;
        this.handshake.read(bytes.subarray(1));
        this.secondFrame = concat(Uint8Array.of(2), this.handshake.write());
        this.#raw(this.secondFrame);
        this.#open();
    }
    #open() {
        const { keys, hash } = this.handshake.split();
        this.keys = keys;
        [this.myKey, this.theirKey] = this.initiator ? keys : [keys[1], keys[0]];
        this.on.open(hash);
    }
    #content(content) {
        if (content[0] === 0) return this.#end("goodbye");
        const reader = new Reader(content);
        let acks = 0;
        while (reader.left > 0) {
            const type = reader.u8();
            const stream = type & 15;
            if (type === 1) {
                check(acks++ === 0, "FIELD");
                this.#acked(reader);
                continue;
            }
            this.owesAck = true;
            if (type === 2) continue;
            check(stream < 3 && (type >> 4 === 1 || type >> 4 === 2), "FIELD");
            const number = reader.varint(MAX_63);
            if (type >> 4 === 1) this.incoming[stream].take(number, reader.take(reader.varint(MAX_63)));
            else this.outgoing[stream].limit = Math.max(this.outgoing[stream].limit, number);
        }
        for (const [stream, incoming] of this.incoming.entries())
            for (let m; !this.ended && (m = incoming.message()); ) this.on.message(stream, m.type, m.body);
    }
    // An ack is only checked: over TCP a frame that was written arrives.
    #acked(reader) {
        let to = reader.varint(MAX_63);
        check(to < this.sent, "FIELD");
        let run = reader.varint(MAX_63);
        check(run <= to, "FIELD");
        const rows = reader.u8();
        check(rows <= 63, "LIMIT");
        for (let row = 0; row < rows; row++) {
            to = to - run - reader.varint(MAX_63) - 2;
            run = reader.varint(MAX_63);
            check(to >= 0 && run <= to, "FIELD");
        }
    }
    #ack() {
        for (const counter of this.heard) if (counter + WINDOW < this.newest) this.heard.delete(counter);
        const counters = [...this.heard].sort((a, b) => b - a);
        const gaps = counters.findIndex((c, i) => i > 0 && counters[i - 1] - c > 1 && i >= 16);
        return ack(gaps < 0 ? counters : counters.slice(0, gaps));
    }

    // ---- Sending ----

    write(stream, type, body) {
        check(3 + body.length <= ROOMS[stream], "LIMIT");
        const out = this.outgoing[stream];
        out.bytes = concat(out.bytes, Uint8Array.of(type, body.length & 255, body.length >> 8), body);
    }
    // All that was written has left this side.
    get idle() {
        return this.outgoing.every((out) => out.bytes.length === 0);
    }
    sealed(content) {
        return frame(this.myKey, this.sent++, content);
    }
    sendFrame(content) {
        if (this.keys) this.#raw(this.sealed(content));
    }
    sendRaw(bytes) {
        this.#raw(bytes);
    }
    pump() {
        while (this.keys && !this.ended) {
            const parts = [];
            if (this.owesAck) parts.push(this.#ack());
            this.owesAck = false;
            this.incoming.forEach((incoming, stream) => {
                const limit = incoming.credit();
                if (limit !== null) parts.push(credit(stream, limit));
            });
            let room = FRAME_MAX - HEADS;
            this.outgoing.forEach((out, stream) => {
                const size = Math.min(out.bytes.length, out.limit - out.offset, room);
                if (size <= 0) return;
                parts.push(data(stream, out.offset, out.bytes.subarray(0, size)));
                out.bytes = out.bytes.slice(size);
                out.offset += size;
                room -= size;
            });
            if (parts.length === 0) return;
            this.sendFrame(concat(...parts));
        }
    }
    goodbye() {
        if (this.ended) return;
        this.sendFrame(Uint8Array.of(0));
        this.ended = true;
        clearInterval(this.timer);
        this.socket.end();
        this.on.end("left");
    }
}
