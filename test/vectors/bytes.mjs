// The conventions of doc/protocol.md, section 1: errors by name, a bounds-checked reader, a writer, varints, zigzag, text, fields.
import { concat, utf8 } from "./sodium.mjs";

export class FormatError extends Error {}
export const fail = (name) => {
    throw new FormatError(name);
};
export const check = (condition, name) => condition || fail(name);
// Run a decoder: its value, or the name of its error.
export function attempt(decoder) {
    try {
        return { value: decoder(), error: null };
    } catch (e) {
        if (!(e instanceof FormatError)) throw e;
        return { value: null, error: e.message };
    }
}

export const MAX_63 = 2n ** 63n - 1n;

export function varint(value) {
    const out = [];
    let rest = BigInt(value);
    if (rest < 0n || rest > MAX_63) throw new Error(`no varint: ${value}`);
    for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
    return Uint8Array.of(...out, Number(rest));
}
// The same value in one byte more than it needs, which no reader takes.
export function longVarint(value) {
    const short = varint(value);
    short[short.length - 1] |= 128;
    return Uint8Array.of(...short, 0);
}
export const zigzag = (n) => varint(BigInt(n) >= 0n ? 2n * BigInt(n) : -2n * BigInt(n) - 1n);

export class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }
    get left() {
        return this.bytes.length - this.at;
    }
    take(size) {
        check(size <= this.left, "TRUNCATED");
        return this.bytes.subarray(this.at, (this.at += size));
    }
    u8() {
        return this.take(1)[0];
    }
    // The value as an integer without bound; varint() is the one for a field.
    wide() {
        let value = 0n;
        for (let i = 0; ; i++) {
            const byte = this.u8();
            check(i < 8 || byte < 128, "VARINT");
            value |= BigInt(byte & 127) << BigInt(7 * i);
            if (byte < 128) {
                check(i === 0 || byte !== 0, "VARINT");
                return value;
            }
        }
    }
    varint(max, error = "LIMIT") {
        const value = this.wide();
        check(value <= BigInt(max), error);
        return Number(value);
    }
    zigzag() {
        const value = this.wide();
        return value & 1n ? -((value + 1n) >> 1n) : value >> 1n;
    }
    end() {
        check(this.left === 0, "TRAILING");
    }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TURNING = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
export function text(bytes, lines = false) {
    let value;
    try {
        value = decoder.decode(bytes);
    } catch {
        fail("TEXT");
    }
    for (const character of value) {
        const code = character.codePointAt(0);
        if (lines && (code === 9 || code === 10)) continue;
        check(code > 0x1f && !(code >= 0x7f && code <= 0x9f), "TEXT");
        check(lines || !TURNING.test(character), "TEXT");
    }
    return value;
}

// fields: a list of [tag, value]; encodeFields sets no order right, so that wrong ones can be made.
export const encodeFields = (fields) =>
    concat(...fields.flatMap(([tag, value]) => [varint(tag), varint(value.length), value]));
export function decodeFields(bytes) {
    const reader = new Reader(bytes);
    const fields = new Map();
    for (let last = 0; reader.left > 0;) {
        const tag = reader.varint(2 ** 31 - 1);
        check(tag > last, "FIELD");
        fields.set(tag, reader.take(reader.varint(32768)));
        last = tag;
    }
    return fields;
}
export const textBytes = (value) => utf8(value);
