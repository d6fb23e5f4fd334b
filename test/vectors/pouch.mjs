// Frames of a pouch: doc/protocol.md, section 8. Codec 1 (zstd with the project's dictionary) is left out: it never enters an id.
import { Reader, attempt, check, fail, varint, zigzag } from "./bytes.mjs";
import { open } from "./charter.mjs";
import { verifyChunk } from "./blob.mjs";
import { TIME_MAX, day, decode, headerParts } from "./record.mjs";
import { concat, equal, hashKeyed, hex } from "./sodium.mjs";

export const MAGIC = Uint8Array.of(0x8c, 0x6c, 0x65, 0x50, 0x0d, 0x0a, 0x1a, 0x0a);
export const SECTION_MAX = 262144,
    RECORDS = 1,
    CHUNK_TYPE = 2;
const u32 = (n) => Uint8Array.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const none = new Uint8Array(0);

export function frame({
    version = 1,
    type,
    codec = 0,
    reserved = 0,
    plain,
    packed = plain,
    raw = none,
    plainSize = plain.length,
}) {
    const start = concat(
        MAGIC,
        Uint8Array.of(version, type, codec, reserved),
        u32(packed.length),
        u32(plainSize),
        u32(raw.length),
    );
    return concat(start, hashKeyed(start, packed, raw).subarray(0, 8), packed, raw);
}

// One frame that begins at the first byte: its parts. What stands behind it is no concern here.
export function readFrame(bytes) {
    const reader = new Reader(bytes);
    const start = bytes.subarray(0, 24);
    check(equal(reader.take(8), MAGIC), "NOT_POUCH");
    const [version, type, codec, reserved] = reader.take(4);
    check(version === 1 && reserved === 0, "VERSION");
    const size = () => {
        const b = reader.take(4);
        const n = (b[0] | (b[1] << 8) | (b[2] << 16)) + b[3] * 2 ** 24;
        check(n <= SECTION_MAX, "LIMIT");
        return n;
    };
    const [packedSize, plainSize, rawSize] = [size(), size(), size()];
    check(codec !== 0 || packedSize === plainSize, "LIMIT");
    const given = reader.take(8);
    const [packed, raw] = [reader.take(packedSize), reader.take(rawSize)];
    check(equal(hashKeyed(start, packed, raw).subarray(0, 8), given), "CHECKSUM");
    return { type, codec, plain: codec === 0 ? packed : null, raw, size: reader.at };
}

// Every frame of a file, however it is damaged: [{ at, frame }] and [{ at, error }] in their order.
export function scan(file) {
    const found = [];
    for (let at = 0; (at = Buffer.from(file).indexOf(MAGIC, at)) >= 0;) {
        const { value, error } = attempt(() => readFrame(file.subarray(at)));
        found.push(value ? { at, frame: value } : { at, error });
        at += value ? value.size : 1;
    }
    return found;
}

// charters: [{ compact, keep, id }]; items: [{ bytes, stub }]. The shortest form of each meta, unless an item says explicitPrev.
export function recordsFrame(charters, items) {
    const [metas, contents, rawParts] = [[], [], []];
    let last = null;
    for (const { bytes, stub = false, explicitPrev = false } of items) {
        const r = decode(bytes, stub);
        const community = charters.findIndex(({ id }) => equal(id, r.community));
        const same = last !== null && equal(last.community, r.community) && equal(last.author, r.author);
        const follows = same && r.seq === last.seq + 1 && r.prev && equal(r.prev, last.id.subarray(0, 16));
        const prev = r.seq > 0 && (explicitPrev || !follows);
        const hasRefs = r.refs.length > 0;
        metas.push(
            Uint8Array.of((same ? 1 : 0) | (prev ? 2 : 0) | (stub ? 4 : 0) | (r.urgency << 3) | (hasRefs ? 32 : 0)),
            varint(r.kind),
            same ? none : varint(community),
            zigzag(same ? r.seq - last.seq - 1 : r.seq),
            zigzag(r.created - (last ? last.created : 0)),
            zigzag(r.expiry - day(r.created) - charters[community].keep),
            hasRefs ? Uint8Array.of(r.refs.length, ...r.refs.map(({ type }) => type)) : none,
            varint(r.bodySize - 8),
        );
        rawParts.push(
            same ? none : r.author,
            prev ? r.prev : none,
            ...r.refs.map(({ id }) => id),
            stub ? r.bodyHash : r.body.subarray(0, 8),
            r.signature,
        );
        if (!stub) contents.push(r.body.subarray(8));
        last = r;
    }
    return { charters: charters.map(({ compact }) => compact), count: items.length, metas, contents, rawParts };
}
// The sections of such a frame; each of the counts and sizes can be told wrongly.
export function recordsSections(
    { charters, count, metas, contents, rawParts },
    { m, sizes, n, contentsSize, tail = none, rawTail = none } = {},
) {
    const content = concat(...contents);
    return {
        type: RECORDS,
        plain: concat(
            m ?? varint(charters.length),
            ...(sizes ?? charters.map((c) => varint(c.length))),
            n ?? varint(count),
            contentsSize ?? varint(content.length),
            ...metas,
            content,
            tail,
        ),
        raw: concat(...charters, ...rawParts, rawTail),
    };
}
export const chunkSections = ({ id, size, index, bytes, proof }) => ({
    type: CHUNK_TYPE,
    plain: concat(id, varint(size), varint(index), ...proof),
    raw: bytes,
});

const range = (sum, max) => (check(sum >= 0n && sum <= BigInt(max), "LIMIT"), Number(sum));
function readMeta(metas, raw, contents, charters, last) {
    const flags = metas.u8();
    check(flags < 64, "VERSION");
    const [same, prev, stub, refs] = [1, 2, 4, 32].map((bit) => (flags & bit) !== 0);
    check(!same || last, "FIELD");
    const r = { form: 1, kind: metas.varint(2 ** 31 - 1), urgency: (flags >> 3) & 3, stub };
    check(r.kind !== 1, "FIELD");
    r.index = same ? last.index : metas.varint(charters.length - 1);
    const charter = charters[r.index];
    r.seq = range(metas.zigzag() + (same ? BigInt(last.seq) + 1n : 0n), 2 ** 32 - 1);
    r.created = range(metas.zigzag() + BigInt(last ? last.created : 0), TIME_MAX);
    const beyond = metas.zigzag();
    const count = refs ? metas.u8() : 0;
    check(!refs || (count >= 1 && count <= 16), "LIMIT");
    const types = [...metas.take(count)];
    const contentSize = metas.varint(32760);
    r.author = same ? last.author : raw.take(32);
    check(!prev || r.seq > 0, "FIELD");
    check(prev || r.seq === 0 || (same && r.seq === last.seq + 1), "FIELD");
    r.prev = prev ? raw.take(16) : r.seq > 0 && last.id ? last.id.subarray(0, 16) : undefined;
    r.refs = types.map((type) => ({ type, id: raw.take(32) }));
    const salt = raw.take(stub ? 32 : 8);
    const signature = raw.take(64);
    r.body = stub ? new Uint8Array(8 + contentSize) : concat(salt, contents.take(contentSize));
    if (!charter.value) return { ...r, error: charter.error };
    r.community = charter.value.id;
    r.expiry = range(beyond + BigInt(day(r.created) + charter.value.keep), 2 ** 32 - 1);
    const bytes = concat(...Object.values(headerParts(r)), signature, stub ? salt : r.body);
    return { ...r, bytes, id: decode(bytes, stub).id };
}

// The charters and records of a frame, and the error that ended it, if one did. A record whose charter is bad has an error of its own.
export function readRecords({ plain, raw }) {
    const out = { charters: [], records: [], error: null };
    const { error } = attempt(() => {
        const [metas, parts] = [new Reader(plain), new Reader(raw)];
        const m = metas.varint(16);
        check(m >= 1, "FIELD");
        const sizes = Array.from({ length: m }, () => metas.varint(1125));
        const n = metas.varint(4096);
        const contentsSize = metas.varint(SECTION_MAX);
        check(contentsSize <= metas.left, "TRUNCATED");
        const contents = new Reader(plain.subarray(plain.length - contentsSize));
        metas.bytes = plain.subarray(0, plain.length - contentsSize);
        out.charters = sizes.map((size) => parts.take(size)).map((bytes) => ({ bytes, ...attempt(() => open(bytes)) }));
        for (let last = null, i = 0; i < n; i++)
            out.records.push((last = readMeta(metas, parts, contents, out.charters, last)));
        for (const reader of [metas, contents, parts]) reader.end();
    });
    return { ...out, error };
}
export function readChunk({ plain, raw }) {
    const reader = new Reader(plain);
    const c = {
        id: reader.take(32),
        size: reader.varint(2 ** 29),
        index: reader.varint(2 ** 14 - 1),
        bytes: raw,
        proof: [],
    };
    check(reader.left % 32 === 0, "FIELD");
    while (reader.left > 0) c.proof.push(reader.take(32));
    verifyChunk(c);
    return c;
}
