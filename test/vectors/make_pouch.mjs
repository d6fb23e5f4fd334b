// pouch.json: frames of records and of chunks, good and bad, and whole files with damage between frames.
import { longVarint, varint, zigzag } from "./bytes.mjs";
import { open } from "./charter.mjs";
import { encodeText } from "./content.mjs";
import {
    BYTES,
    SOURCE,
    SQUARE,
    T0,
    YARD,
    bytesJson,
    expect,
    expectError,
    label,
    largeStream,
    makeCharter,
    makeRecord,
    next,
    person,
} from "./fixtures.mjs";
import { sampleBlob, sampleChunk } from "./make_blob.mjs";
import * as pouch from "./pouch.mjs";
import * as record from "./record.mjs";
import { concat, hex } from "./sodium.mjs";

const CUT = { ...SQUARE, compact: SQUARE.compact.subarray(0, 50) };
const u8 = (...bytes) => Uint8Array.of(...bytes);
const BROKEN = { ...SQUARE, compact: SQUARE.compact.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) };
const whole = (r, options) => ({ bytes: r.record, ...options });
const stub = (r, options) => ({ bytes: r.stub, stub: true, ...options });
const build = (charters, items) => pouch.recordsFrame(charters, items);
const ofFrame = (sections) => pouch.frame(sections);

function samples() {
    const first = makeRecord("pouch: first", { urgency: 3 });
    const second = makeRecord("pouch: second", { ...next(first), created: T0 + 90, refs: [{ type: 1, id: first.id }] });
    const third = makeRecord("pouch: third", {
        ...next(second),
        kind: 5,
        created: T0 + 30,
        refs: [{ type: 2, id: first.id }],
    });
    const fork = makeRecord("pouch: a fork of second", { ...next(first), created: T0 + 95 });
    const gap = makeRecord("pouch: a gap", { seq: 9, urgency: 0 });
    const other = makeRecord("pouch: another author", { author: person(4), created: T0 - 5, life: 3650 });
    const yard = makeRecord("pouch: in the yard", { community: YARD, kind: 999, life: 30, content: label("content") });
    const yardShort = makeRecord("pouch: dies today", { community: YARD, ...next(yard), life: 0 });
    const beyond = makeRecord("pouch: beyond keep", { community: YARD, author: person(5), life: 3660 });
    const many = makeRecord("pouch: sixteen references", {
        refs: Array.from({ length: 16 }, (_, i) => ({ type: i + 4, id: label(`ref ${i}`) })),
    });
    const edges = makeRecord("pouch: the edges", {
        kind: 2 ** 31 - 1,
        seq: 2 ** 32 - 1,
        created: record.TIME_MAX,
        life: 3660,
        content: new Uint8Array(0),
    });
    const start = makeRecord("pouch: the first second", { kind: 2 ** 31 - 2, created: 0, life: 0 });
    const large = makeRecord("pouch: a large one", { kind: 998, content: largeStream("pouch content", 32500) });
    return { first, second, third, fork, gap, other, yard, yardShort, beyond, many, edges, start, large };
}
const S = samples();

function recordsJson(name, charters, items, built) {
    const sections = pouch.recordsSections(built);
    const bytes = pouch.frame(sections);
    const read = pouch.readRecords(pouch.readFrame(bytes));
    expect(`${name}: ended`, read.error, null);
    expect(`${name}: records`, read.records.length, items.length);
    const records = items.map((item, i) => {
        const { error, bytes: got } = read.records[i];
        if (!error) expect(`${name}: record ${i}`, got, item.bytes);
        return error
            ? { error }
            : { form: item.stub ? "stub" : "record", bytes: bytesJson(item.bytes), id: hex(read.records[i].id) };
    });
    return {
        name,
        type: 1,
        codec: 0,
        charters: read.charters.map(({ bytes: c, error }) => ({ compact: hex(c), error })),
        records,
        metas: built.metas.length ? hex(concat(...built.metas)) : "",
        plain: bytesJson(sections.plain),
        raw: bytesJson(sections.raw),
        frame: bytesJson(bytes),
        shortest: !items.some(({ explicitPrev }) => explicitPrev),
    };
}
function positives() {
    const { first, second, third, fork, gap, other, yard, yardShort, beyond, many, edges, start, large } = S;
    const frame = (name, charters, items) => recordsJson(name, charters, items, build(charters, items));
    const sixteen = Array.from({ length: 16 }, (_, i) => makeCharter(`pouch community ${i}`, { keep: 1 + i }));

    return [
        frame("a charter and no record", [SQUARE], []),
        frame("one record", [SQUARE], [whole(first)]),
        frame("one stub", [SQUARE], [stub(first)]),
        frame(
            "a sequence of one author",
            [SQUARE],
            [first, second, third].map((r) => whole(r)),
        ),
        frame("a sequence with a stub in it", [SQUARE], [whole(first), stub(second), whole(third)]),
        frame("stubs alone", [SQUARE], [stub(first), stub(second), stub(third)]),
        frame("a fork", [SQUARE], [whole(first), whole(second), whole(fork)]),
        frame("a fork the other way about", [SQUARE], [whole(first), whole(fork), whole(second), whole(third)]),
        frame("a gap, then back", [SQUARE], [whole(gap), whole(first), whole(second)]),
        frame("the same record twice", [SQUARE], [whole(first), whole(first)]),
        frame("prev stands though it follows", [SQUARE], [whole(first), whole(second, { explicitPrev: true })]),
        frame(
            "two communities, several authors",
            [SQUARE, YARD],
            [first, second, other, yard, yardShort, beyond, many].map((r) => whole(r)),
        ),
        frame("the second community alone", [SQUARE, YARD], [whole(yard), whole(first), whole(yardShort)]),
        frame(
            "sixteen communities",
            sixteen,
            sixteen.map((community, i) => whole(makeRecord(`pouch: in ${i}`, { community, life: 0 }))),
        ),
        frame("edges of kind, seq and time", [SQUARE], [whole(start), whole(edges), whole(start)]),
        frame("a large record", [SQUARE], [whole(large), stub(large), whole(first)]),
        frame(
            "every urgency",
            [SQUARE],
            [0, 1, 2, 3].map((urgency) => whole(makeRecord(`pouch: urgency ${urgency}`, { urgency }))),
        ),
        frame(
            "a charter that is cut, and its records from the first second on",
            [CUT, YARD],
            [start, first, yard].map((r) => whole(r)),
        ),
        frame(
            "a charter whose signature does not fit, and its records between others",
            [YARD, BROKEN],
            [yard, first, second, beyond].map((r) => whole(r)),
        ),
    ];
}

// Sections told wrongly: counts and sizes, one meta, one raw part.
function recordNegatives() {
    const list = [];
    const { first, second, gap, yard } = S;
    const row = (name, error, charters, items, { edit = () => {}, before = 0, ...told } = {}) => {
        const built = build(charters, items);
        edit(built);
        const sections = pouch.recordsSections(built, told);
        const read = pouch.readRecords(sections);
        expect(name, read.error, error);
        expect(`${name}: read before`, read.records.length, before);
        list.push({ name, frame: bytesJson(ofFrame(sections)), error, records_before: before });
    };
    const one = (name, error, told) => row(name, error, [SQUARE], [whole(first)], told);
    const size = SQUARE.compact.length;
    // The parts of one meta, in their order: flags, kind, community, seq, created, expiry, references, content size.
    const meta = (name, error, at, value, options) =>
        one(name, error, { edit: ({ metas }) => (metas[at] = value), ...options });
    one("no charter", "FIELD", { m: varint(0), sizes: [] });
    row("17 charters", "LIMIT", Array(17).fill(SQUARE), []);
    one("m in a varint that is too long", "VARINT", { m: longVarint(1) });
    one("a charter of 1126 bytes", "LIMIT", { sizes: [varint(1126)] });
    one("a charter's size in a varint that is too long", "VARINT", { sizes: [longVarint(size)] });
    one("4097 records", "LIMIT", { n: varint(4097) });
    one("n in a varint that is too long", "VARINT", { n: longVarint(1) });
    one("contents of 262145 bytes", "LIMIT", { contentsSize: varint(262145) });
    one("contents size in a varint that is too long", "VARINT", { contentsSize: longVarint(first.content.length) });
    one("contents larger than their room", "TRUNCATED", { contentsSize: varint(1000) });
    one("a charter larger than raw", "TRUNCATED", { sizes: [varint(size + 300)] });
    one("a byte behind raw", "TRAILING", { rawTail: u8(0), before: 1 });
    one("raw a byte short", "TRUNCATED", {
        edit: (b) => (b.rawParts[b.rawParts.length - 1] = b.rawParts.at(-1).subarray(1)),
    });
    one("a byte between metas and contents", "TRAILING", { edit: ({ metas }) => metas.push(u8(0)), before: 1 });
    one("a byte of contents that belongs to nobody", "TRAILING", {
        edit: ({ contents }) => contents.push(u8(0)),
        before: 1,
    });
    one("contents a byte short", "TRUNCATED", { edit: ({ contents }) => (contents[0] = contents[0].subarray(1)) });
    one("one record more than there are", "TRUNCATED", { n: varint(2), before: 1 });
    one("one record less than there are", "TRAILING", { n: varint(0) });
    meta("flags: bit 6", "VERSION", 0, u8(64 | (3 << 3)));
    meta("flags: bit 7", "VERSION", 0, u8(128 | (3 << 3)));
    meta("flags: the first is same", "FIELD", 0, u8(1 | (3 << 3)), {});
    meta("flags: prev with seq 0", "FIELD", 0, u8(2 | (3 << 3)));
    meta("kind in a varint that is too long", "VARINT", 1, longVarint(2));
    meta("kind 2^31", "LIMIT", 1, varint(2 ** 31));
    meta("a charter among the records", "FIELD", 1, varint(1));
    row("a charter among the records, in a community whose charter is bad", "FIELD", [BROKEN], [whole(first)], {
        edit: ({ metas }) => (metas[1] = varint(1)),
    });
    meta("community m", "LIMIT", 2, varint(1));
    meta("community in a varint that is too long", "VARINT", 2, longVarint(0));
    meta("seq in a varint that is too long", "VARINT", 3, longVarint(0));
    meta("seq -1", "LIMIT", 3, zigzag(-1));
    meta("seq 2^32", "LIMIT", 3, zigzag(2 ** 32));
    meta("seq -2^62", "LIMIT", 3, zigzag(-(2n ** 62n)));
    meta("seq 2^62 - 1", "LIMIT", 3, zigzag(2n ** 62n - 1n));
    meta("created in a varint that is too long", "VARINT", 4, longVarint(2 * (T0 + 60)));
    meta("created -1", "LIMIT", 4, zigzag(-1));
    meta("created 2^33", "LIMIT", 4, zigzag(2 ** 33));
    meta("created 2^62 - 1", "LIMIT", 4, zigzag(2n ** 62n - 1n));
    meta("expiry in a varint that is too long", "VARINT", 5, longVarint(1));
    const day = record.day(T0 + 60);
    meta("expiry -1", "LIMIT", 5, zigzag(-day - SQUARE.keep - 1));
    meta("expiry a day before created", "TIME", 5, zigzag(-SQUARE.keep - 1));
    meta("expiry 3661 days after created", "TIME", 5, zigzag(3661 - SQUARE.keep));
    meta("expiry 2^32 - 1", "TIME", 5, zigzag(2 ** 32 - 1 - day - SQUARE.keep));
    meta("expiry 2^32", "LIMIT", 5, zigzag(2 ** 32 - day - SQUARE.keep));
    meta("expiry 2^62 - 1", "LIMIT", 5, zigzag(2n ** 62n - 1n));
    meta("expiry -2^62", "LIMIT", 5, zigzag(-(2n ** 62n)));
    meta("references: 0", "LIMIT", 6, u8(0), {
        edit: ({ metas }) => ((metas[0] = u8(32 | (3 << 3))), (metas[6] = u8(0))),
    });
    one("references: 17", "LIMIT", {
        edit: (b) => (
            (b.metas[0] = u8(32 | (3 << 3))),
            (b.metas[6] = u8(17, ...Array(17).fill(1))),
            b.rawParts.splice(2, 0, new Uint8Array(17 * 32))
        ),
    });
    for (const type of [0, 200])
        one(`references: type ${type}`, "FIELD", {
            edit: (b) => (
                (b.metas[0] = u8(32 | (3 << 3))),
                (b.metas[6] = u8(1, type)),
                b.rawParts.splice(2, 0, label("ref"))
            ),
        });
    meta("content size in a varint that is too long", "VARINT", 7, longVarint(first.content.length));
    meta("content size 32761", "LIMIT", 7, varint(32761));
    row("prev left out where it does not follow", "FIELD", [SQUARE], [whole(gap)], {
        edit: (b) => ((b.metas[0] = u8(0)), (b.rawParts[1] = u8())),
    });
    row("prev left out: same author, not the next", "FIELD", [SQUARE], [whole(first), whole(second)], {
        edit: ({ metas }) => (metas[8 + 3] = zigzag(5)),
        before: 1,
    });
    row("an error in the second record", "VERSION", [SQUARE, YARD], [whole(first), whole(yard), whole(second)], {
        edit: ({ metas }) => (metas[8] = u8(64)),
        before: 1,
    });
    row("seq of the same author before 0", "LIMIT", [SQUARE], [whole(first), whole(second)], {
        edit: ({ metas }) => (metas[8 + 3] = zigzag(-2)),
        before: 1,
    });
    row("a record over 32768 bytes", "LIMIT", [SQUARE], [whole(S.large)], {
        edit: (b) => ((b.metas[7] = varint(32760)), b.contents.push(new Uint8Array(260))),
    });
    return list;
}

function chunkFrames() {
    const blobs = [1, 32768, 3 * 32768].map(sampleBlob);
    const positive = blobs.flatMap((blob) =>
        blob.levels[0].map((_, index) => {
            const sections = pouch.chunkSections(sampleChunk(blob, index));
            const bytes = pouch.frame(sections);
            pouch.readChunk(pouch.readFrame(bytes));
            return {
                name: `chunk ${index} of a blob of ${blob.size} bytes`,
                type: 2,
                codec: 0,
                id: hex(blob.id),
                size: blob.size,
                index,
                proof: sampleChunk(blob, index).proof.map(hex),
                chunk: bytesJson(sections.raw),
                plain: hex(sections.plain),
                raw: bytesJson(sections.raw),
                frame: bytesJson(bytes),
            };
        }),
    );
    const good = sampleChunk(blobs[2], 0);
    const small = sampleChunk(blobs[0], 0);
    const negative = [
        ["a wrong proof", "HASH", { ...good, proof: good.proof.slice().reverse() }],
        ["a flipped bit", "HASH", { ...small, bytes: u8(small.bytes[0] ^ 1) }],
        ["a proof one longer", "FIELD", { ...small, proof: [label("x")] }],
        ["a proof one shorter", "FIELD", { ...good, proof: good.proof.slice(1) }],
        ["half a neighbour", "FIELD", { ...small, proof: [new Uint8Array(16)] }],
        ["index out of range", "LIMIT", { ...small, index: 1 }],
        ["size 0", "LIMIT", { ...small, size: 0 }],
        ["size 2^29 + 1", "LIMIT", { ...good, size: 2 ** 29 + 1 }],
        ["an empty chunk", "FIELD", { ...small, bytes: u8() }],
    ].map(([name, error, c]) => [name, error, pouch.chunkSections(c)]);
    const { id, size, index, bytes } = small;
    const start = { type: 2, raw: bytes };
    negative.push(
        [
            "size in a varint that is too long",
            "VARINT",
            { ...start, plain: concat(id, longVarint(size), varint(index)) },
        ],
        [
            "index in a varint that is too long",
            "VARINT",
            { ...start, plain: concat(id, varint(size), longVarint(index)) },
        ],
        ["no index", "TRUNCATED", { ...start, plain: concat(id, varint(size)) }],
        ["half an id", "TRUNCATED", { ...start, plain: id.subarray(16) }],
    );
    return {
        chunks: positive,
        chunk_negative: negative.map(([name, error, sections]) => {
            expectError(name, () => pouch.readChunk(sections), error);
            return { name, frame: bytesJson(pouch.frame(sections)), error };
        }),
    };
}

function frames() {
    const sections = pouch.recordsSections(build([SQUARE], [whole(S.first)]));
    const good = pouch.frame(sections);
    const change = (at, value) => good.map((byte, i) => (i === at ? value : byte));
    const empty = { type: 1, plain: u8() };
    const negative = [
        ["version 0", "VERSION", pouch.frame({ ...sections, version: 0 })],
        ["version 2", "VERSION", pouch.frame({ ...sections, version: 2 })],
        ["the fourth byte is 1", "VERSION", pouch.frame({ ...sections, reserved: 1 })],
        ["a bit of the type flipped", "CHECKSUM", change(9, 3)],
        ["a bit of the codec flipped", "CHECKSUM", change(10, 1)],
        ["stored, and a bit of the plain size flipped", "LIMIT", change(16, good[16] ^ 1)],
        ["a bit of the check flipped", "CHECKSUM", change(24, good[24] ^ 1)],
        ["a bit of the packed section flipped", "CHECKSUM", change(32, good[32] ^ 1)],
        ["a bit of the raw section flipped", "CHECKSUM", change(good.length - 1, good.at(-1) ^ 1)],
        ["codec 0 with sizes that differ", "LIMIT", pouch.frame({ ...sections, plainSize: sections.plain.length + 1 })],
        [
            "a packed section over the limit",
            "LIMIT",
            pouch.frame({ ...empty, packed: new Uint8Array(0), plainSize: 262145 }),
        ],
        ["sizes of 2^32 - 1", "LIMIT", concat(good.subarray(0, 12), new Uint8Array(12).fill(255), good.subarray(24))],
        ["another magic", "NOT_POUCH", change(0, 0x8d)],
    ].map(([name, error, bytes]) => {
        expectError(name, () => pouch.readFrame(bytes), error);
        return { name, bytes: hex(bytes), error };
    });
    for (let size = 0; size < good.length; size++)
        expectError(`frame of ${size} bytes`, () => pouch.readFrame(good.subarray(0, size)), "TRUNCATED");
    return [
        ...negative,
        { name: "every beginning of a frame", bytes: hex(good), error: "TRUNCATED", every_prefix: true },
    ];
}

// Whole files: what a reader finds, in order.
function files() {
    const frame = (r) => pouch.frame(pouch.recordsSections(build([SQUARE], [whole(r)])));
    const [a, b, c] = [S.first, S.other, S.gap].map(frame);
    const unknown = [
        pouch.frame({ type: 77, plain: u8(1, 2, 3) }),
        pouch.frame({ type: 1, codec: 9, plain: u8(1, 2, 3) }),
    ];
    const damaged = b.map((byte, i) => (i === 100 ? byte ^ 4 : byte));
    const inner = pouch.frame({ type: 78, plain: c });
    const list = [
        ["one frame", a],
        ["three frames", concat(a, b, c)],
        ["nothing", u8()],
        ["no frame", label("no frame")],
        ["the magic alone", pouch.MAGIC],
        ["junk before, between and behind", concat(label("j"), a, label("k"), b, label("l"))],
        ["a damaged frame between", concat(a, damaged, c)],
        ["cut within the second", concat(a, b.subarray(0, 200))],
        ["a cut frame between whole ones", concat(a, b.subarray(0, 200), c)],
        ["unknown type and codec", concat(unknown[0], a, unknown[1])],
        ["a magic right before a frame", concat(pouch.MAGIC, a)],
        ["a later version between", concat(a, pouch.frame({ version: 2, type: 1, plain: u8(7) }), b)],
        ["a frame within a frame of unknown type is not read", concat(inner, a)],
        [
            "a frame within a damaged frame is read",
            concat(
                inner.map((byte, i) => (i === 24 ? byte ^ 1 : byte)),
                a,
            ),
        ],
    ];
    return list.map(([name, bytes]) => ({
        name,
        bytes: bytesJson(bytes),
        frames: pouch
            .scan(bytes)
            .filter(({ frame: f }) => f)
            .map(({ at, frame: f }) => ({
                at,
                size: f.size,
                type: f.type,
                codec: f.codec,
                ids: f.type === 1 && f.codec === 0 ? pouch.readRecords(f).records.map(({ id }) => hex(id)) : [],
            })),
    }));
}

export function makePouchJson() {
    open(SQUARE.compact);
    expectError("broken", () => open(BROKEN.compact), "SIGNATURE");
    return {
        about: `${SOURCE} ${BYTES} All frames are of codec 0. shortest: a writer that leaves out what it may makes these bytes. A record with an error is refused for its charter. record_negative: error ends the frame after records_before records. frame_negative: bytes that begin with a frame that is not whole. files: the whole frames that a reader finds, and the records in those that it knows.`,
        records: positives(),
        record_negative: recordNegatives(),
        ...chunkFrames(),
        frame_negative: frames(),
        files: files(),
    };
}
