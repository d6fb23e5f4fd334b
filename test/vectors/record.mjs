// Records, forms 1 and 2: doc/protocol.md, section 2, and the rules of time, section 9.
import { accepts } from "./ed25519.mjs";
import { Reader, check, fail, varint } from "./bytes.mjs";
import { concat, equal, hash, hex, libsodiumAccepts, sign, utf8 } from "./sodium.mjs";

export const RECORD_MAX = 32768;
export const TIME_MAX = 2 ** 33 - 1;
export const DAY = 86400;
export const KEEP_MAX = 3660;
export const CHARTER_LIFE = 3650;
export const day = (seconds) => Math.floor(seconds / DAY);
export const DOMAINS = { 1: "longear record 1", 2: "longear sealed 1" };
export const REPLY = 1,
    TARGET = 2,
    BLOB = 3;
export const zero = new Uint8Array(32);
export const SEALED_SIZES = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32512];

// The header's parts by name, in their order; bad records are made by replacing one of them.
export function headerParts(r) {
    if (r.form === 2)
        return {
            form: Uint8Array.of(2),
            shelf: r.shelf,
            expiry: varint(r.expiry),
            urgency: Uint8Array.of(r.urgency),
            class: Uint8Array.of(r.class),
        };
    return {
        form: Uint8Array.of(1),
        kind: varint(r.kind),
        community: r.community,
        author: r.author,
        seq: varint(r.seq),
        prev: r.prev ?? new Uint8Array(0),
        created: varint(r.created),
        expiry: varint(r.expiry),
        urgency: Uint8Array.of(r.urgency),
        ref_count: Uint8Array.of(r.refs.length),
        refs: concat(...r.refs.map(({ type, id }) => concat(Uint8Array.of(type), id))),
        body_length: varint(r.body.length),
    };
}
export const signedMessage = (form, header, bodyHash) => concat(utf8(DOMAINS[form] ?? DOMAINS[1]), header, bodyHash);

// All that follows from header parts and body: hash, message, signature (made with secret, unless given), id, both encodings.
export function assemble(form, parts, body, { secret, signature, bodyHash = hash(body) }) {
    const header = concat(...Object.values(parts));
    const message = signedMessage(form, header, bodyHash);
    signature ??= sign(message, secret);
    return {
        header,
        bodyHash,
        message,
        signature,
        id: hash(header, bodyHash, signature),
        record: concat(header, signature, body),
        stub: concat(header, signature, bodyHash),
    };
}
export const encode = (r, secret) => assemble(r.form, headerParts(r), r.body, { secret });

function decodePlain(reader) {
    const r = { form: 1, kind: reader.varint(2 ** 31 - 1), community: reader.take(32), author: reader.take(32) };
    check((r.kind === 1) === equal(r.community, zero), "FIELD");
    r.seq = reader.varint(2 ** 32 - 1);
    r.prev = r.seq === 0 ? null : reader.take(16);
    r.created = reader.varint(TIME_MAX, "TIME");
    r.expiry = reader.varint(day(r.created) + KEEP_MAX, "TIME");
    check(r.expiry >= day(r.created), "TIME");
    r.urgency = reader.u8();
    check(r.urgency <= 3, "FIELD");
    const count = reader.u8();
    check(count <= 16, "LIMIT");
    r.refs = Array.from({ length: count }, () => {
        const type = reader.u8();
        check(type >= 1 && type <= 127, "FIELD");
        return { type, id: reader.take(32) };
    });
    const charter = r.seq === 0 && count === 0 && r.urgency === 1 && r.expiry === day(r.created) + CHARTER_LIFE;
    check(r.kind !== 1 || charter, "FIELD");
    r.bodySize = reader.varint(32768);
    check(r.bodySize >= 8, "FIELD");
    return r;
}
function decodeSealed(reader) {
    const r = { form: 2, shelf: reader.take(32), expiry: reader.varint(day(TIME_MAX), "TIME"), urgency: reader.u8() };
    check(r.urgency <= 3, "FIELD");
    r.class = reader.u8();
    check(r.class < SEALED_SIZES.length, "FIELD");
    r.bodySize = SEALED_SIZES[r.class];
    return r;
}
export function decode(bytes, isStub = false) {
    const reader = new Reader(bytes);
    const form = reader.u8();
    const r = form === 1 ? decodePlain(reader) : form === 2 ? decodeSealed(reader) : fail("VERSION");
    r.header = bytes.subarray(0, reader.at);
    check(r.header.length + 64 + r.bodySize <= RECORD_MAX, "LIMIT");
    r.signature = reader.take(64);
    r.body = isStub ? null : reader.take(r.bodySize);
    r.bodyHash = isStub ? reader.take(32) : hash(r.body);
    reader.end();
    r.id = hash(r.header, r.bodyHash, r.signature);
    return r;
}

// Both verifiers, libsodium's and the slow one that follows the document, must agree on every record that is made here;
// a test of very many records sets slow to false.
export const verifying = { slow: true };
const verdicts = new Map();
function verdict(signature, message, key) {
    if (!verifying.slow) return libsodiumAccepts(signature, message, key);
    const name = hex(concat(signature, key, message));
    if (!verdicts.has(name)) {
        const accepted = accepts(signature, message, key);
        if (accepted !== libsodiumAccepts(signature, message, key)) throw new Error(`verifiers disagree: ${name}`);
        verdicts.set(name, accepted);
    }
    return verdicts.get(name);
}
export function verify(r) {
    const message = signedMessage(r.form, r.header, r.bodyHash);
    check(verdict(r.signature, message, r.form === 2 ? r.shelf : r.author), "SIGNATURE");
}

export const waits = (created, clock) => created > clock + 600;
export const expired = (expiry, clock, confirmed) => confirmed && day(clock) > expiry + 1;
// Section 2.3.
export const order = (a, b) => a.created - b.created || Buffer.compare(a.id, b.id);
