// Section 15 of doc/protocol.md: the parts of a frame's content, what an end makes of them, and what it sends first.
import { MAX_63, Reader, check, varint } from "./bytes.mjs";
import { concat } from "./sodium.mjs";

export const ROOMS = [8192, 34816, 40960];

// The rows of an ack of these counters: [highest, lowest], from the highest down.
const rowsOf = (counters) =>
    [...new Set(counters)]
        .sort((a, b) => b - a)
        .reduce((rows, counter) => {
            if (rows.length > 0 && rows.at(-1)[1] === counter + 1) rows.at(-1)[1] = counter;
            else rows.push([counter, counter]);
            return rows;
        }, []);
export function ack(counters) {
    const [[largest, lowest], ...rest] = rowsOf(counters);
    let below = lowest;
    const rows = rest.map(([to, from]) => {
        const row = concat(varint(below - to - 2), varint(to - from));
        below = from;
        return row;
    });
    return concat(Uint8Array.of(1), varint(largest), varint(largest - lowest), Uint8Array.of(rows.length), ...rows);
}
export const data = (stream, offset, bytes) =>
    concat(Uint8Array.of(0x10 + stream), varint(offset), varint(bytes.length), bytes);
export const credit = (stream, limit) => concat(Uint8Array.of(0x20 + stream), varint(limit));
export const PING = Uint8Array.of(2);

// One end: sent is how many frames it has sent, counters 0 to sent - 1.
export class End {
    constructor(sent = 0) {
        this.sent = sent;
        this.bytes = ROOMS.map((room) => Array(room));
        this.limits = [...ROOMS];
        this.heard = [];
        this.acked = new Set();
    }
    take(counter, content) {
        const reader = new Reader(content);
        let acks = 0;
        while (reader.left > 0) {
            const type = reader.u8();
            const stream = type & 15;
            if (type === 1) {
                check(acks++ === 0, "FIELD");
                this.#ack(reader);
            } else if (type === 2) continue;
            else if (type >> 4 === 1 && stream < 3) this.#data(reader, stream);
            else if (type >> 4 === 2 && stream < 3) this.limits[stream] = Math.max(this.limits[stream], reader.varint(MAX_63));
            else check(false, "FIELD");
        }
        this.heard.push(counter);
    }
    #ack(reader) {
        let to = reader.varint(MAX_63);
        let run = reader.varint(MAX_63);
        const rows = reader.u8();
        check(rows <= 63, "LIMIT");
        check(to < this.sent && run <= to, "FIELD");
        for (let row = 0; ; row++) {
            for (let i = 0; i <= run; i++) this.acked.add(to - i);
            if (row === rows) return;
            const lowest = to - run;
            const gap = reader.varint(MAX_63);
            run = reader.varint(MAX_63);
            to = lowest - gap - 2;
            check(to >= 0 && run <= to, "FIELD");
        }
    }
    #data(reader, stream) {
        const offset = reader.varint(MAX_63);
        const bytes = reader.take(reader.varint(MAX_63));
        check(bytes.length > 0 && offset + bytes.length <= ROOMS[stream], "FIELD");
        bytes.forEach((byte, i) => (this.bytes[stream][offset + i] ??= byte));
    }
    // What can be read of a stream: up to the first gap.
    ready(stream) {
        const end = this.bytes[stream].findIndex((byte) => byte === undefined);
        return Uint8Array.from(this.bytes[stream].slice(0, end < 0 ? ROOMS[stream] : end));
    }
}

// How many of `want` bytes at this offset fit into room with their part's head.
function fits(offset, want, room) {
    for (let size = Math.min(want, room); size > 0; size--)
        if (1 + varint(offset).length + varint(size).length + size <= room) return size;
    return 0;
}
// The frames in which an end that heard nothing sends what was written to its three streams, each of at most max bytes.
export function frames(written, max) {
    const sent = [0, 0, 0];
    const out = [];
    while (sent.some((offset, stream) => offset < written[stream].length)) {
        let content = new Uint8Array();
        for (let stream = 0; stream < 3; stream++) {
            const want = written[stream].length - sent[stream];
            const size = fits(sent[stream], want, max - content.length);
            if (size === 0 || (size < want && size < 16 && content.length > 0)) continue;
            content = concat(content, data(stream, sent[stream], written[stream].subarray(sent[stream], sent[stream] + size)));
            sent[stream] += size;
        }
        out.push(content);
    }
    return out;
}
