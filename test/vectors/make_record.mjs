// record.json: records of both forms, stubs, contents, admission and time.
import { longVarint, varint } from "./bytes.mjs";
import { admit, open } from "./charter.mjs";
import { attachmentBytes, decodeText, encodeText } from "./content.mjs";
import * as curve from "./ed25519.mjs";
import {
    BYTES,
    SOURCE,
    SQUARE,
    T0,
    YARD,
    bytesJson,
    expect,
    expectError,
    expectStep,
    label,
    largeRepeat,
    largeStream,
    makeRecord,
    next,
    person,
    run,
    salt,
} from "./fixtures.mjs";
import * as record from "./record.mjs";
import { concat, hex, keyPair, utf8 } from "./sodium.mjs";
import { encodeFields } from "./bytes.mjs";

const ref = (type, name) => ({ type, id: label(`id: ${name}`) });
const blobRef = (name) => ref(record.BLOB, name);
const picture = { size: 70001, media: "image/jpeg", name: "алаң.jpg" };
const u8 = (...bytes) => Uint8Array.of(...bytes);

function plainPositive() {
    const first = makeRecord("Қай жерде су мен нан бар?");
    const second = makeRecord("Нужна кровь второй группы, больница № 7", { ...next(first), urgency: 3 });
    const list = [
        first,
        second,
        makeRecord("Hot meals at the yurt until 22:00", { ...next(second), urgency: 2 }),
        makeRecord("bulk", { urgency: 0 }),
    ];
    list.push(makeRecord("a reply", { author: person(4), refs: [{ type: record.REPLY, id: first.id }] }));
    list.push(makeRecord("a reply to two with lines\n\tand a tab", { refs: [ref(1, "a"), ref(1, "b")] }));
    list.push(makeRecord("a retraction", { kind: 5, ...next(second), refs: [{ type: record.TARGET, id: second.id }] }));
    list.push(
        makeRecord("a retraction with fields", {
            kind: 5,
            refs: [ref(2, "t")],
            content: encodeFields([
                [1, utf8("x")],
                [127, u8(0)],
                [300, u8()],
            ]),
        }),
    );
    list.push(
        makeRecord("sixteen references", {
            refs: Array.from({ length: 16 }, (_, i) => ref(i % 2 ? 127 : 1 + (i % 4), `ref ${i}`)),
            content: encodeText({ text: "x", attachments: Array(4).fill(picture) }),
        }),
    );
    for (const seq of [1, 127, 128, 16383, 16384, 2 ** 32 - 1]) list.push(makeRecord(`seq ${seq}`, { seq }));
    for (const kind of [3, 4, 6, 7, 8, 9, 127, 128, 2 ** 31 - 2, 2 ** 31 - 1])
        list.push(makeRecord(`kind ${kind}`, { kind, content: label(`kind ${kind}`) }));
    list.push(makeRecord("empty content", { kind: 8 }));
    for (const [name, created, life] of [
        ["the first second", 0, 3660],
        ["the last second", record.TIME_MAX, 3660],
        ["one day", T0 + 86399, 0],
        ["ten years", T0, 3660],
    ])
        list.push(makeRecord(name, { created, life }));
    list.push(makeRecord("guest", { content: encodeText({ text: "Мен қонақпын", guest: true }) }));
    list.push(
        makeRecord("unknown fields", {
            content: encodeText({
                text: "x",
                more: [
                    [8, u8(1, 2)],
                    [128, u8()],
                    [2 ** 31 - 1, u8(9)],
                ],
            }),
        }),
    );
    list.push(
        makeRecord("a correction", {
            refs: [
                { type: 1, id: new Uint8Array(32).fill(7) },
                { type: 5, id: new Uint8Array(32).fill(7) },
            ],
            content: encodeText({ text: "at ten, not at nine" }),
        }),
    );
    list.push(makeRecord("a place, witnessed", { content: encodeText({ text: "x", place: "көпір жанында", ground: 1 }) }));
    list.push(makeRecord("a place of 120 bytes, told", { content: encodeText({ text: "x", place: "ж".repeat(60), ground: 2 }) }));
    list.push(
        makeRecord("the original of one of two attachments", {
            refs: [blobRef("a"), blobRef("b")],
            content: encodeText({ attachments: [picture, picture], originals: [record.zero, label("original")] }),
        }),
    );
    list.push(makeRecord("a record passed on, alone", { content: encodeText({ forwarded: first.record }) }));
    const withPicture = makeRecord("passed on later", { refs: [blobRef("a")], content: encodeText({ attachments: [picture] }) });
    list.push(
        makeRecord("a record with an attachment passed on", {
            refs: [blobRef("own"), blobRef("a")],
            content: encodeText({ text: "x", guest: true, attachments: [picture, picture], forwarded: withPicture.record }),
        }),
    );
    list.push(
        makeRecord("text with an attachment", {
            refs: [blobRef("a")],
            content: encodeText({ text: "Сурет", attachments: [picture] }),
        }),
    );
    list.push(
        makeRecord("an attachment alone", {
            refs: [blobRef("a")],
            content: encodeText({ attachments: [{ size: 1, media: "", name: "" }] }),
        }),
    );
    list.push(
        makeRecord("eight attachments and a reply", {
            refs: [ref(1, "r"), ...Array.from({ length: 8 }, (_, i) => blobRef(i))],
            content: encodeText({
                text: "8",
                attachments: Array.from({ length: 8 }, (_, i) => ({
                    size: Math.min(128 ** i, 2 ** 29),
                    media: "a".repeat(60),
                    name: "ж".repeat(50),
                })),
            }),
        }),
    );
    list.push(
        makeRecord("all of Unicode's edges", {
            content: encodeText({
                text: "\u{20}\u{7e}\u{a0}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{feff}\u{ffff}\u{10000}\u{10ffff}",
            }),
        }),
    );
    list.push(
        largest("the largest record", [], "ұзын құлақ "),
        largest(
            "the largest record with sixteen references",
            Array.from({ length: 16 }, (_, i) => ref(1, i)),
            "x",
        ),
    );
    return list;
}
// A record of exactly 32768 bytes: a text of repeated words.
function largest(name, refs, words) {
    const unit = utf8(words);
    const make = (size) => {
        const text = concat(largeRepeat(unit, Math.floor(size / unit.length)), utf8("!".repeat(size % unit.length)));
        return makeRecord(name, { refs, content: concat(u8(1), varint(size), text) });
    };
    const r = make(30000 + record.RECORD_MAX - make(30000).record.length);
    expect(name, r.record.length, record.RECORD_MAX);
    return r;
}
function sealed(name, sizeClass, { parts, size, ...change } = {}) {
    const seed = label("shelf seed");
    const { publicKey, secret } = keyPair(seed);
    const body = largeStream(`sealed body ${name}`, size ?? record.SEALED_SIZES[sizeClass]);
    const r = {
        form: 2,
        shelf: publicKey,
        expiry: 19000 + sizeClass,
        urgency: sizeClass % 4,
        class: sizeClass,
        body,
        ...change,
    };
    return {
        name,
        ...r,
        seed,
        secret,
        ...record.assemble(2, { ...record.headerParts(r), ...parts }, body, { secret }),
    };
}

function positiveJson(r) {
    const decoded = run(r.record, false, "verify");
    const stub = run(r.stub, true, "verify");
    for (const key of ["header", "signature", "bodyHash", "id"])
        for (const d of [decoded, stub]) expect(`${r.name}: ${key}`, d[key], r[key]);
    const fields =
        r.form === 2
            ? { shelf: hex(r.shelf), expiry: r.expiry, urgency: r.urgency, class: r.class, body: bytesJson(r.body) }
            : {
                  kind: r.kind,
                  critical: r.kind % 2 === 1,
                  community: hex(r.community),
                  author: hex(r.author),
                  seq: r.seq,
                  prev: bytesJson(r.prev),
                  created: r.created,
                  expiry: r.expiry,
                  urgency: r.urgency,
                  refs: r.refs.map(({ type, id }) => ({ type, id: hex(id) })),
                  salt: hex(r.salt),
                  content: bytesJson(r.content),
                  body: bytesJson(r.body),
              };
    for (const key of ["kind", "seq", "created", "expiry", "urgency", "class"])
        expect(`${r.name}: ${key}`, decoded[key], r[key]);
    const extra = {};
    if (r.form === 1 && r.kind === 2) {
        const { text, attachments, guest, place, ground, originals, forwarded } = decodeText(r.content, r.refs);
        extra.text = {
            ...(text.length > 1000 ? { size: utf8(text).length } : { text, attachments }),
            guest,
            ...(place ? { place } : {}),
            ...(ground ? { ground } : {}),
            ...(originals ? { originals: hex(originals) } : {}),
            ...(forwarded ? { forwarded: hex(forwarded.id) } : {}),
            unknown_fields: r.name === "unknown fields",
        };
    }
    return {
        name: r.name,
        form: r.form,
        seed: hex(r.seed),
        ...fields,
        body_hash: hex(r.bodyHash),
        header: hex(r.header),
        signed_message: hex(r.message),
        signature: hex(r.signature),
        id: hex(r.id),
        record: bytesJson(r.record),
        stub: hex(r.stub),
        ...extra,
    };
}

const bad = (
    name,
    error,
    r,
    { step = "decode", stub = false, bytes = stub ? r.stub : r.record, every_prefix } = {},
) => {
    if (every_prefix)
        for (let size = 0; size < bytes.length; size++)
            expectError(`${name}, ${size} bytes`, () => run(bytes.subarray(0, size), stub, step), error);
    else expectStep(name, bytes, stub, step, error);
    return {
        name,
        step,
        form: stub ? "stub" : "record",
        bytes: bytesJson(bytes),
        error,
        ...(every_prefix && { every_prefix }),
    };
};
const withParts = (name, error, parts, options) =>
    bad(name, error, makeRecord(name, { seq: 5, refs: [ref(1, "a")], parts, ...options }), options);

function headerNegative() {
    const list = [];
    const values = { kind: 2, seq: 5, created: T0 + 60, expiry: record.day(T0) + 30 };
    const body = varint(8 + encodeText({ text: "x" }).length)[0];
    for (const [part, value] of Object.entries(values))
        list.push(withParts(`${part} in a varint that is too long`, "VARINT", { [part]: longVarint(value) }));
    list.push(
        withParts(
            "body length in a varint that is too long",
            "VARINT",
            { body_length: longVarint(body) },
            { content: encodeText({ text: "x" }) },
        ),
    );
    for (const part of [...Object.keys(values), "body_length"]) {
        list.push(withParts(`${part}: a varint of ten bytes`, "VARINT", { [part]: u8(...Array(9).fill(0x80), 1) }));
        list.push(
            withParts(`${part}: 2^63 - 1`, ["created", "expiry"].includes(part) ? "TIME" : "LIMIT", {
                [part]: varint(2n ** 63n - 1n),
            }),
        );
    }
    const day = record.day(T0 + 60);
    for (const [name, error, parts] of [
        ["unknown form 0", "VERSION", { form: u8(0) }],
        ["unknown form 3", "VERSION", { form: u8(3) }],
        ["unknown form 255", "VERSION", { form: u8(255) }],
        ["kind 2^31", "LIMIT", { kind: varint(2 ** 31) }],
        ["seq 2^32", "LIMIT", { seq: varint(2 ** 32) }],
        ["created 2^33", "TIME", { created: varint(2 ** 33), expiry: varint(record.day(2 ** 33)) }],
        ["expiry before created", "TIME", { expiry: varint(day - 1) }],
        ["expiry 3661 days after created", "TIME", { expiry: varint(day + 3661) }],
        ["expiry 0", "TIME", { expiry: varint(0) }],
        ["urgency 4", "FIELD", { urgency: u8(4) }],
        ["urgency 255", "FIELD", { urgency: u8(255) }],
        ["reference type 0", "FIELD", { refs: concat(u8(0), label("r")) }],
        ["reference type 128", "FIELD", { refs: concat(u8(128), label("r")) }],
        ["reference type 200", "FIELD", { refs: concat(u8(200), label("r")) }],
        [
            "17 references",
            "LIMIT",
            { ref_count: u8(17), refs: concat(...Array.from({ length: 17 }, (_, i) => concat(u8(1), label(`${i}`)))) },
        ],
        ["a charter with a community", "FIELD", { kind: varint(1) }],
        ["no charter but no community", "FIELD", { community: record.zero }],
        ["body length 32769", "LIMIT", { body_length: varint(32769) }],
    ])
        list.push(withParts(name, error, parts));
    for (const size of [0, 7]) {
        const r = makeRecord(`a body of ${size} bytes`, {});
        const body_ = new Uint8Array(size);
        const made = record.assemble(1, { ...record.headerParts({ ...r, body: body_ }) }, body_, { secret: r.secret });
        list.push(
            bad(`a body of ${size} bytes`, "FIELD", made),
            bad(`a stub of a body of ${size} bytes`, "FIELD", made, { stub: true }),
        );
    }
    return list;
}
function sizeNegative() {
    const r = makeRecord("a whole record", {
        seq: 1,
        refs: [ref(1, "a"), blobRef("b")],
        content: encodeText({ text: "x", attachments: [picture] }),
    });
    const short = (name, by) =>
        bad(
            name,
            by < 0 ? "TRUNCATED" : "TRAILING",
            makeRecord(name, { parts: { body_length: varint(8 + encodeText({ text: name }).length - by) } }),
        );
    const large = largest("the largest record", [], "ұзын құлақ ");
    const over = makeRecord("one byte over 32768", { content: concat(large.content, u8(33)) });
    expect("over", over.record.length, record.RECORD_MAX + 1);
    return [
        bad("every beginning of a record", "TRUNCATED", r, { every_prefix: true }),
        bad("every beginning of a stub", "TRUNCATED", r, { stub: true, every_prefix: true }),
        bad("every beginning of a sealed record", "TRUNCATED", sealed("prefix", 0), { every_prefix: true }),
        bad("a byte after a record", "TRAILING", null, { bytes: concat(r.record, u8(0)) }),
        bad("a byte after a stub", "TRAILING", null, { stub: true, bytes: concat(r.stub, u8(0)) }),
        bad("a second record after a record", "TRAILING", null, { bytes: concat(r.record, r.record) }),
        short("body length one too large", -1),
        short("body length one too small", 1),
        bad("one byte over 32768", "LIMIT", over),
        bad("a stub of one byte over 32768", "LIMIT", over, { stub: true }),
    ];
}
function sealedNegative() {
    const list = [];
    for (const [name, error, parts] of [
        ["sealed: expiry in a varint that is too long", "VARINT", { expiry: longVarint(19000) }],
        ["sealed: expiry beyond the last day", "TIME", { expiry: varint(record.day(record.TIME_MAX) + 1) }],
        ["sealed: urgency 4", "FIELD", { urgency: u8(4) }],
        ["sealed: class 15", "FIELD", { class: u8(15) }],
        ["sealed: class 1 with a body of class 0", "TRUNCATED", { class: u8(1) }],
    ])
        list.push(bad(name, error, sealed(name, 0, { parts })));
    list.push(bad("sealed: class 0 with a body of class 1", "TRAILING", sealed("class 0 with more", 0, { size: 384 })));
    list.push(bad("sealed: class 14 with a byte more", "TRAILING", sealed("class 14 with more", 14, { size: 32513 })));
    const r = sealed("plain domain", 0);
    const wrong = record.assemble(1, record.headerParts(r), r.body, { secret: r.secret });
    return [...list, bad("sealed: signed under the domain of plain records", "SIGNATURE", wrong, { step: "verify" })];
}

function signatureNegative() {
    const seq = { seq: 300, refs: [ref(1, "a")] };
    const r = makeRecord("to be changed", seq);
    const list = [];
    const step = { step: "verify" };
    const change = (name, parts, body = r.body, signature = r.signature) =>
        list.push(
            bad(
                name,
                "SIGNATURE",
                record.assemble(1, { ...record.headerParts(r), ...parts }, body, { signature }),
                step,
            ),
        );
    const flip = (bytes, at, bit) => bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
    for (const [part, at, bit] of [
        ["kind", 0, 2],
        ["community", 0, 0],
        ["community", 31, 7],
        ["author", 0, 0],
        ["author", 31, 7],
        ["seq", 0, 0],
        ["prev", 15, 3],
        ["created", 0, 1],
        ["expiry", 0, 0],
        ["urgency", 0, 1],
        ["refs", 0, 1],
        ["refs", 32, 6],
    ])
        change(`a bit of ${part} flipped (byte ${at}, bit ${bit})`, {
            [part]: flip(record.headerParts(r)[part], at, bit),
        });
    for (const [at, bit] of [
        [0, 0],
        [r.body.length - 1, 7],
    ])
        change(`a bit of the body flipped (byte ${at})`, {}, flip(r.body, at, bit));
    for (const [at, bit] of [
        [0, 0],
        [31, 7],
        [32, 0],
        [62, 7],
        [63, 4],
        [63, 7],
    ])
        change(`a bit of the signature flipped (byte ${at}, bit ${bit})`, {}, r.body, flip(r.signature, at, bit));
    change("a signature of zeros", {}, r.body, new Uint8Array(64));
    const [rBytes, S] = [r.signature.subarray(0, 32), curve.toInteger(r.signature.subarray(32))];
    for (const times of [1n, 2n, 8n])
        change(`S + ${times}L in place of S`, {}, r.body, concat(rBytes, curve.toBytes(S + times * curve.L)));
    list.push(
        bad("a stub with a flipped bit in its body hash", "SIGNATURE", null, {
            ...step,
            stub: true,
            bytes: flip(r.stub, r.stub.length - 1, 0),
        }),
    );
    const sealedDomain = record.assemble(1, record.headerParts(r), r.body, {
        signature: record.assemble(2, record.headerParts(r), r.body, { secret: r.secret }).signature,
    });
    list.push(bad("signed under the domain of sealed records", "SIGNATURE", sealedDomain, step));
    return [...list, ...curveNegative(r, step)];
}
// Signatures whose equation holds, or holds with the cofactor, and that are refused all the same.
function curveNegative(base, step) {
    const a = curve.scalar(base.seed);
    const make = (name, { keyBytes = base.author, scalar = a, error = "SIGNATURE", ...how }) => {
        const parts = { ...record.headerParts(base), author: keyBytes };
        const header = concat(...Object.values(parts));
        const message = record.signedMessage(1, header, base.bodyHash);
        const hScalar = (rPoint) => curve.challenge(rPoint, keyBytes, message);
        let r = how.r ?? 1000n;
        const signature = () =>
            curve.signWith({ r, a: scalar, keyBytes, message, extra: how.extra, rBytes: how.rBytes });
        // With a key or R that has a part of small order, the equation may hold by luck once in eight: choose the next r until it does not.
        while (how.mixed && hScalar(signature().subarray(0, 32)) % 8n === 0n) r++;
        return bad(name, error, record.assemble(1, parts, base.body, { signature: signature() }), step);
    };
    const T = curve.TORSION;
    const identity = curve.encode(curve.IDENTITY);
    const p = 2n ** 255n - 19n;
    const mixed = curve.encode(curve.add(curve.multiply(a, curve.BASE), T));
    return [
        make("R is the identity; the equation holds", { r: 0n, rBytes: identity }),
        make("R is the identity in a form that is not canonical", { r: 0n, rBytes: curve.toBytes(p + 1n) }),
        make("the key is the identity; the equation holds", { keyBytes: identity, scalar: 0n }),
        make("the key is the identity in a form that is not canonical", {
            keyBytes: curve.toBytes(p + 1n),
            scalar: 0n,
        }),
        ...[1n, 2n, 4n].map((k) =>
            make(`the key is of order ${8n / k}`, { keyBytes: curve.encode(curve.multiply(k, T)), scalar: 0n }),
        ),
        make("the key has a part of order 8; the equation holds with the cofactor alone", {
            keyBytes: mixed,
            mixed: true,
        }),
        make("R has a part of order 8; the equation holds with the cofactor alone", { extra: T, mixed: false }),
        make("the key is no point", { keyBytes: noPoint(), scalar: a }),
    ];
}
const noPoint = () => {
    for (let y = 2n; ; y++) if (!curve.decode(curve.toBytes(y))) return curve.toBytes(y);
};

function contentNegative() {
    const list = [];
    const text = (name, error, content, refs = []) =>
        list.push(bad(name, error, makeRecord(name, { refs, content }), { step: "content" }));
    const raw = (bytes) => encodeFields([[1, bytes]]);
    for (const [name, bytes] of [
        ["a lone continuation byte", [0x80]],
        ["an overlong /", [0xc0, 0xaf]],
        ["an overlong U+07FF", [0xe0, 0x9f, 0xbf]],
        ["an overlong U+FFFF", [0xf0, 0x8f, 0xbf, 0xbf]],
        ["a surrogate", [0xed, 0xa0, 0x80]],
        ["U+110000", [0xf4, 0x90, 0x80, 0x80]],
        ["the byte f5", [0xf5, 0x80, 0x80, 0x80]],
        ["the byte ff", [0xff]],
        ["a cut sequence", [0xd2, 0xb1, 0xd2]],
        ["a cut sequence of three", [0xe2, 0x82]],
        ["U+0000", [0]],
        ["U+000D", [0x61, 0x0d, 0x0a]],
        ["U+001F", [0x1f]],
        ["U+007F", [0x7f]],
        ["U+0080", [0xc2, 0x80]],
        ["U+009F", [0xc2, 0x9f]],
    ])
        text(`text: ${name}`, "TEXT", raw(u8(...bytes)));
    text("text: no field", "FIELD", u8());
    text("text: an empty text", "FIELD", raw(u8()));
    text("text: a guest's without a text", "FIELD", encodeFields([[3, u8(1)]]));
    const x = [1, utf8("x")];
    text("text: a place of no byte", "FIELD", encodeFields([x, [4, u8()]]));
    text("text: a place of 121 bytes", "LIMIT", encodeFields([x, [4, utf8("x".repeat(121))]]));
    text("text: a place of two lines", "TEXT", encodeFields([x, [4, utf8("a\nb")]]));
    text("text: a place alone", "FIELD", encodeFields([[4, utf8("a")]]));
    for (const ground of [u8(0), u8(3), u8(), u8(1, 1)])
        text(`text: ground ${hex(ground) || "of no byte"}`, "FIELD", encodeFields([x, [5, ground]]));
    text("text: originals of no attachment", "FIELD", encodeFields([x, [6, u8()]]));
    text("text: an original without an attachment", "FIELD", encodeFields([x, [6, label("o")]]));
    const inner = makeRecord("inner");
    const bytesOf = (r) => r.record;
    const whole = bytesOf(inner);
    text("text: a record passed on that is cut", "TRUNCATED", encodeFields([[7, whole.subarray(0, whole.length - 1)]]));
    text("text: a record passed on and a byte", "TRAILING", encodeFields([[7, concat(whole, u8(0))]]));
    text("text: a record passed on of no byte", "TRUNCATED", encodeFields([x, [7, u8()]]));
    text("text: a record of another kind passed on", "FIELD", encodeFields([[7, bytesOf(makeRecord("k8", { kind: 8 }))]]));
    text(
        "text: a record passed on that passes one on",
        "FIELD",
        encodeFields([[7, bytesOf(makeRecord("outer", { content: encodeText({ text: "x", forwarded: whole }) }))]]),
    );
    text(
        "text: a record passed on whose attachment is not ours",
        "FIELD",
        encodeFields([
            x,
            [7, bytesOf(makeRecord("its", { refs: [blobRef("a")], content: encodeText({ attachments: [picture] }) }))],
        ]),
    );
    for (const value of [[0], [2], [255]])
        text(
            `text: origin ${value}`,
            "FIELD",
            encodeFields([
                [1, utf8("x")],
                [3, u8(...value)],
            ]),
        );
    text(
        "text: fields in the wrong order",
        "FIELD",
        encodeFields([
            [3, u8(1)],
            [1, utf8("x")],
        ]),
    );
    text(
        "text: a field twice",
        "FIELD",
        encodeFields([
            [1, utf8("x")],
            [1, utf8("y")],
        ]),
    );
    text(
        "text: tag 0",
        "FIELD",
        encodeFields([
            [0, u8()],
            [1, utf8("x")],
        ]),
    );
    text(
        "text: tag 2^31",
        "LIMIT",
        encodeFields([
            [1, utf8("x")],
            [2 ** 31, u8()],
        ]),
    );
    text("text: a tag in a varint that is too long", "VARINT", concat(longVarint(1), varint(1), utf8("x")));
    text("text: a length in a varint that is too long", "VARINT", concat(varint(1), longVarint(1), utf8("x")));
    text("text: a length over 32768", "LIMIT", concat(varint(1), varint(32769), utf8("x")));
    text("text: a field longer than its room", "TRUNCATED", concat(varint(1), varint(2), utf8("x")));
    text("text: a tag without a length", "TRUNCATED", concat(raw(utf8("x")), varint(9)));
    return [...list, ...attachmentNegative(), ...retractionNegative()];
}
function attachmentNegative() {
    const list = [];
    const one = [blobRef("a")];
    const text = (name, error, attachments, refs = one) =>
        list.push(
            bad(
                name,
                error,
                makeRecord(name, {
                    refs,
                    content: encodeFields([[1, utf8("x")], ...(attachments ? [[2, attachments]] : [])]),
                }),
                { step: "content" },
            ),
        );
    const a = attachmentBytes(picture);
    const media = (bytes) => concat(varint(1), u8(bytes.length), bytes, u8(1), utf8("n"));
    const name = (bytes) => concat(varint(1), u8(1), utf8("m"), u8(bytes.length), bytes);
    text("attachment: a reference without an entry", "FIELD", null);
    text("attachment: an entry without a reference", "FIELD", a, []);
    text("attachment: an entry with a reference of another type", "FIELD", a, [ref(1, "a")]);
    text("attachment: two references, one entry", "TRUNCATED", a, [...one, blobRef("b")]);
    text("attachment: one reference, two entries", "TRAILING", concat(a, a));
    text(
        "attachment: nine",
        "LIMIT",
        concat(...Array(9).fill(a)),
        Array.from({ length: 9 }, (_, i) => blobRef(i)),
    );
    text("attachment: size 0", "LIMIT", attachmentBytes({ ...picture, size: 0 }));
    text("attachment: size 2^29 + 1", "LIMIT", attachmentBytes({ ...picture, size: 2 ** 29 + 1 }));
    text(
        "attachment: size in a varint that is too long",
        "VARINT",
        concat(longVarint(5), u8(1), utf8("m"), u8(1), utf8("n")),
    );
    text("attachment: media type of 61 bytes", "LIMIT", media(utf8("m".repeat(61))));
    text("attachment: name of 101 bytes", "LIMIT", name(utf8("n".repeat(101))));
    for (const [what, bytes] of [
        ["a space", utf8("a b")],
        ["a control character", u8(0x1f)],
        ["a letter beyond ASCII", utf8("ж")],
        ["U+007F", u8(0x7f)],
    ])
        text(`attachment: media type with ${what}`, "FIELD", media(bytes));
    for (const [what, bytes] of [
        ["a line", utf8("a\nb")],
        ["a tab", utf8("\t")],
        ["a cut sequence", u8(0xd2)],
        ["a right-to-left override", utf8("photo\u202egpj.exe")],
        ["a line separator", utf8("a\u2028b")],
        ["an isolate", utf8("\u2066a\u2069")],
    ])
        text(`attachment: name with ${what}`, "TEXT", name(bytes));
    for (const [what, bytes] of [
        ["a slash", utf8("a/b")],
        ["a backslash", utf8("a\\b")],
        ["one dot alone", utf8(".")],
        ["two dots alone", utf8("..")],
    ])
        text(`attachment: name with ${what}`, "FIELD", name(bytes));
    for (const size of [1, 3, 4, a.length - 1])
        text(`attachment: cut after ${size} bytes`, "TRUNCATED", a.subarray(0, size));
    return list;
}
function retractionNegative() {
    const retraction = (name, error, refs, content) =>
        bad(name, error, makeRecord(name, { kind: 5, refs, content }), { step: "content" });
    return [
        retraction("retraction without a target", "FIELD", []),
        retraction("retraction of two", "FIELD", [ref(2, "a"), ref(2, "b")]),
        retraction("retraction with a reply in place of a target", "FIELD", [ref(1, "a")]),
        retraction("retraction with a target and a reply", "FIELD", [ref(2, "a"), ref(1, "b")]),
        retraction(
            "retraction with fields in the wrong order",
            "FIELD",
            [ref(2, "a")],
            encodeFields([
                [9, u8()],
                [8, u8()],
            ]),
        ),
        retraction("retraction with a cut field", "TRUNCATED", [ref(2, "a")], concat(varint(9), varint(5))),
    ];
}

function admission() {
    const yard = open(YARD.compact);
    const row = (name, r, error, stub = false) => {
        const bytes = stub ? r.stub : r.record;
        expectError(name, () => admit(record.decode(bytes, stub), yard), error);
        return { name, charter: hex(YARD.compact), form: stub ? "stub" : "record", bytes: bytesJson(bytes), error };
    };
    const here = { community: YARD };
    const good = makeRecord("fits", here);
    const flipped = { ...good, record: good.record.map((byte, i) => (i === good.record.length - 1 ? byte ^ 1 : byte)) };
    return [
        row("fits", good, null),
        row("a stub fits", good, null, true),
        row("lives as long as may be", makeRecord("30 days", { ...here, life: 30 }), null),
        row("lives a day longer than may be", makeRecord("31 days", { ...here, life: 31 }), "CHARTER"),
        row("another community's", makeRecord("elsewhere"), "COMMUNITY"),
        row("a signature that does not fit", flipped, "SIGNATURE"),
        row("an unknown kind", makeRecord("unknown kind", { ...here, kind: 64, content: u8(255) }), null),
        row(
            "an unknown critical kind",
            makeRecord("unknown critical kind", { ...here, kind: 65, content: u8(255) }),
            null,
        ),
        row("a text that is none", makeRecord("no text", { ...here, content: u8() }), "FIELD"),
        row("a stub of a text that is none", makeRecord("no text", { ...here, content: u8() }), null, true),
        row("a retraction without a target", makeRecord("no target", { ...here, kind: 5 }), "FIELD"),
        row("a stub of a retraction without a target", makeRecord("no target", { ...here, kind: 5 }), "FIELD", true),
        row("a sealed record", sealed("admission", 0), "COMMUNITY"),
    ];
}
function time() {
    const r = makeRecord("a year ahead", { created: T0 + 366 * 86400 });
    const ahead = [
        [T0, true],
        [r.created - 601, true],
        [r.created - 600, false],
        [r.created, false],
    ].map(([clock, waits]) => {
        expect("waits", record.waits(r.created, clock), waits);
        return { record: hex(r.record), created: r.created, clock, waits };
    });
    const clock = (days) => days * 86400;
    const expiry = [
        [clock(19001) - 1, true, false],
        [clock(19002) - 1, true, false],
        [clock(19002), true, true],
        [clock(19002), false, false],
        [clock(30000), true, true],
    ].map(([now, confirmed, expired]) => {
        expect("expired", record.expired(19000, now, confirmed), expired);
        return { expiry: 19000, clock: now, confirmed, expired };
    });
    return { ahead, expiry };
}

export function makeRecordJson() {
    const plain = plainPositive();
    const seals = record.SEALED_SIZES.map((_, i) => sealed(`sealed, class ${i}`, i));
    const order = [3, 1, 2, 0].map((i) => makeRecord(`order ${i}`, { created: T0 + (i >> 1) })).sort(record.order);
    const every = makeRecord("any bit", { seq: 1, refs: [ref(1, "a")] });
    return {
        about: `${SOURCE} ${BYTES} A negative record fails at its step (decode, verify, content: section 3) and passes those before; every_prefix: each shorter beginning gives that error. flips: with any one bit flipped, decode or verify fails.`,
        positive: [...plain, ...seals].map(positiveJson),
        negative: [
            ...headerNegative(),
            ...sizeNegative(),
            ...sealedNegative(),
            ...signatureNegative(),
            ...contentNegative(),
        ],
        flips: [
            { form: "record", bytes: hex(every.record) },
            { form: "stub", bytes: hex(every.stub) },
        ],
        admission: admission(),
        time: time(),
        order: order.map(({ created, id }) => ({ created, id: hex(id) })),
    };
}
