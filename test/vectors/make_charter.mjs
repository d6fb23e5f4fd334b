// charter.json, invite.json and person.json.
import * as base32 from "./base32.mjs";
import { longVarint, varint } from "./bytes.mjs";
import { expand, open } from "./charter.mjs";
import {
    BYTES,
    SOURCE,
    SQUARE,
    T0,
    YARD,
    expect,
    expectError,
    expectStep,
    label,
    makeCharter,
    person,
    run,
    makeRecord,
} from "./fixtures.mjs";
import * as invite from "./invite.mjs";
import * as people from "./person.mjs";
import * as record from "./record.mjs";
import { concat, hash, hex, keyPair, unhex, utf8 } from "./sodium.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const keys = (count) => Array.from({ length: count }, (_, i) => keyPair(label(`coordinator ${i}`)).publicKey);

function positive(c) {
    const decoded = run(c.record, false, "charter");
    expect(c.name, expand(c.compact), c.record);
    for (const d of [decoded, open(c.compact)])
        for (const key of ["title", "lang", "keep"]) expect(`${c.name}: ${key}`, d[key], c[key]);
    expect(c.name, concat(...decoded.coordinators), concat(...c.coordinators));
    return {
        name: c.name,
        founder_seed: hex(c.founder),
        nonce: hex(c.nonce),
        seed: hex(c.seed),
        author: hex(c.author),
        created: c.created,
        expiry: c.expiry,
        title: c.title,
        lang: c.lang,
        keep: c.keep,
        coordinators: c.coordinators.map(hex),
        coordinators_field: c.coordinators.length !== 1 || hex(c.coordinators[0]) !== hex(c.author),
        salt: hex(c.body.subarray(0, 8)),
        unknown_fields: c.hasMore === true,
        body: hex(c.body),
        body_hash: hex(c.bodyHash),
        header: hex(c.header),
        signed_message: hex(c.message),
        signature: hex(c.signature),
        id: hex(c.id),
        record: hex(c.record),
        compact: hex(c.compact),
        invite: invite.encode(c.compact),
    };
}
function positives() {
    const all = [SQUARE, YARD];
    const add = (name, options) => all.push({ ...makeCharter(name, options), hasMore: options.more !== undefined });
    add("one letter, one day", { title: "x", keep: 1 });
    add("the longest title and language", { title: "ұзын".repeat(15), lang: "zh-hant1" });
    add("language with digits", { lang: "es-419" });
    add("one coordinator, another than the author", { coordinators: keys(1) });
    add("sixteen coordinators", { coordinators: keys(16) });
    add("unknown fields from 128 upwards", {
        more: [
            [128, u8(1, 2, 3)],
            [2 ** 31 - 1, u8()],
        ],
    });
    const filler = (size) => [[128, new Uint8Array(size).fill(0x2e)]];
    const spare = 1024 - makeCharter("the largest", { coordinators: keys(16), more: filler(200) }).body.length;
    add("the largest", { coordinators: keys(16), more: filler(200 + spare) });
    expect("the largest", all.at(-1).compact.length, 1125);
    add("the first second", { created: 0 });
    add("the last second", { created: record.TIME_MAX });
    return all.map(positive);
}

function negatives() {
    const list = [];
    const add = (name, error, change, { step = "charter", stub = false } = {}) => {
        const c = makeCharter(name, { change });
        expectStep(name, c.record, stub, step, error);
        list.push({ name, step, record: hex(c.record), error });
        return c;
    };
    const set = (tag, value) => (fields) => fields.map(([t, v]) => [t, t === tag ? value : v]);
    const field = (name, error, tag, value) => add(name, error, { fields: set(tag, value) });
    const lists = (name, error, edit) => add(name, error, { fields: edit });
    for (let tag = 1; tag <= 6; tag++)
        lists(`field ${tag} is missing`, "FIELD", (fields) => fields.filter(([t]) => t !== tag));
    for (let tag = 1; tag <= 6; tag++)
        lists(`field ${tag} twice`, "FIELD", (fields) => fields.flatMap((f) => (f[0] === tag ? [f, f] : [f])));
    lists("fields 2 and 3 in the wrong order", "FIELD", ([a, b, c, ...rest]) => [a, c, b, ...rest]);
    lists("field 1 last", "FIELD", ([a, ...rest]) => [...rest, a]);
    lists("no field", "FIELD", () => []);
    lists("unknown field 9", "UNSUPPORTED", (fields) => [...fields, [9, u8()]]);
    lists("history in an open community", "FIELD", (fields) => [...fields, [8, u8(1)]]);
    lists("unknown field 127", "UNSUPPORTED", (fields) => [...fields, [127, u8(1)]]);
    lists("tag 0", "FIELD", (fields) => [[0, u8()], ...fields]);
    lists("tag 2^31", "LIMIT", (fields) => [...fields, [2 ** 31, u8()]]);
    field("nonce of 15 bytes", "FIELD", 1, new Uint8Array(15));
    field("nonce of 17 bytes", "FIELD", 1, new Uint8Array(17));
    field("title of no byte", "LIMIT", 2, u8());
    field("title of 121 bytes", "LIMIT", 2, utf8("x".repeat(121)));
    for (const [what, bytes] of [
        ["a line", utf8("a\nb")],
        ["a tab", utf8("a\tb")],
        ["U+0000", u8(0)],
        ["U+0085", u8(0xc2, 0x85)],
        ["a cut sequence", u8(0xd2)],
        ["an overlong form", u8(0xc1, 0xa1)],
    ])
        field(`title with ${what}`, "TEXT", 2, bytes);
    for (const lang of ["", "k", "K", "KK", "k1", "1k", "-kk", "kk-", "kk_kz", "қ", "kk\n"])
        field(`language "${lang}"`, "FIELD", 3, utf8(lang));
    field("language of 9 bytes", "FIELD", 3, utf8("kk-latn-x"));
    for (const tag of [4, 5]) {
        for (const value of [tag === 4 ? 2 : 1, 255]) field(`field ${tag} is ${value}`, "UNSUPPORTED", tag, u8(value));
        field(`field ${tag} is empty`, "FIELD", tag, u8());
        field(`field ${tag} of two bytes`, "FIELD", tag, u8(0, 0));
    }
    field("keep 0", "FIELD", 6, varint(0));
    field("keep 3651", "LIMIT", 6, varint(3651));
    field("keep is empty", "TRUNCATED", 6, u8());
    field("keep in a varint that is too long", "VARINT", 6, longVarint(30));
    field("keep with a byte behind it", "TRAILING", 6, u8(30, 0));
    for (const [what, error, value] of [
        ["no key", "FIELD", u8()],
        ["31 bytes", "FIELD", new Uint8Array(31)],
        ["33 bytes", "FIELD", new Uint8Array(33)],
        ["17 keys", "LIMIT", concat(...keys(17))],
    ])
        lists(`coordinators: ${what}`, error, (fields) => [...fields, [7, value]]);
    const parts = (name, error, changed, step) => add(name, error, { parts: changed }, { step });
    const lastDay = record.day(T0) + 3650;
    parts("kind 2 with a zero community", "FIELD", { kind: varint(2) }, "decode");
    parts("with a community", "FIELD", { community: label("community") }, "decode");
    parts("seq 1", "FIELD", { seq: varint(1), prev: new Uint8Array(16) }, "decode");
    parts("a reference", "FIELD", { ref_count: u8(1), refs: concat(u8(1), label("ref")) }, "decode");
    for (const urgency of [0, 2, 3]) parts(`urgency ${urgency}`, "FIELD", { urgency: u8(urgency) }, "decode");
    for (const by of [-1, 1])
        parts(`expiry ${3650 + by} days after created`, "FIELD", { expiry: varint(lastDay + by) }, "decode");
    const room =
        1025 -
        makeCharter("a body of 1025 bytes", { change: { fields: (f) => [...f, [128, new Uint8Array(200)]] } }).body
            .length;
    lists("a body of 1025 bytes", "LIMIT", (fields) => [...fields, [128, new Uint8Array(200 + room)]]);
    add(
        "the signature of another key",
        "SIGNATURE",
        { assemble: { secret: keyPair(label("another key")).secret } },
        { step: "verify" },
    );
    return list;
}
function compactNegatives() {
    const list = [];
    const add = (name, error, bytes) => {
        expectError(name, () => open(bytes), error);
        list.push({ name, bytes: hex(bytes), error });
    };
    const { author, signature, body, compact } = SQUARE;
    for (const size of [0, 31, 32, 36, 37, 100]) add(`cut after ${size} bytes`, "TRUNCATED", compact.subarray(0, size));
    for (const size of [101, 108]) add(`a body of ${size - 101} bytes`, "FIELD", compact.subarray(0, size));
    add("cut within a field", "TRUNCATED", compact.subarray(0, compact.length - 1));
    add("a byte after it", "TRUNCATED", concat(compact, u8(128)));
    add("1126 bytes", "LIMIT", concat(compact, new Uint8Array(1126 - compact.length)));
    add("created in a varint that is too long", "VARINT", concat(author, longVarint(T0), signature, body));
    add("created 2^33", "TIME", concat(author, varint(2 ** 33), signature, body));
    add("created one second later", "SIGNATURE", concat(author, varint(T0 + 1), signature, body));
    add("another author", "SIGNATURE", concat(YARD.author, varint(T0), signature, body));
    add(
        "a bit of the nonce flipped",
        "SIGNATURE",
        compact.map((byte, i) => (i === 101 + 8 + 2 ? byte ^ 1 : byte)),
    );
    add(
        "of an access that is not known",
        "UNSUPPORTED",
        makeCharter("closed", { change: { fields: (fields) => fields.map(([t, v]) => [t, t === 4 ? u8(2) : v]) } })
            .compact,
    );
    return list;
}
export const makeCharterJson = () => ({
    about: `${SOURCE} ${BYTES} negative: records that fail at their step (decode; charter: decoding as a charter; verify) and pass decode. compact_negative: compact forms, rebuilt, decoded, decoded as a charter and verified.`,
    positive: positives(),
    negative: negatives(),
    compact_negative: compactNegatives(),
});

export function makeInviteJson() {
    const good = invite.encode(SQUARE.compact);
    const more = invite.line(
        invite.inviteBytes([
            [1, SQUARE.compact],
            [129, u8(1)],
            [300, u8()],
        ]),
    );
    const largest = makeCharterJson().positive.find(({ name }) => name === "the largest");
    const urgent = makeRecord("Су мен нан көпір жанында", { urgency: 3 });
    const row = (name, line, c = SQUARE) => {
        const { charter, bytes, compact, message } = invite.decode(line);
        expect(name, charter.id, c.id);
        return {
            name,
            line,
            canonical: line === invite.encode(compact, message),
            bytes: hex(bytes),
            check: hex(invite.checkOf(bytes)),
            compact: hex(compact),
            community: hex(charter.id),
            ...(message ? { message: hex(message) } : {}),
        };
    };
    const positive = [
        row("a square's", good),
        row("a yard's", invite.encode(YARD.compact), YARD),
        row("upper case", good.toUpperCase()),
        row("upper case behind the colon", invite.PREFIX + good.slice(8).toUpperCase()),
        row(
            "mixed case",
            good.replace(/./g, (c, at) => (at % 2 ? c.toUpperCase() : c)),
        ),
        row("wrapped", `  ${good.replace(/(.{40})/g, "$1\r\n\t ")} \v\f\n`),
        row("a space in every place", ` ${[...good].join(" ")} `),
        row("unknown fields from 129 upwards", more),
        row("with a message", invite.encode(SQUARE.compact, urgent.record)),
        row("the largest charter", largest.invite, { id: unhex(largest.id) }),
    ];
    const negative = [];
    const bad = (name, error, line) => {
        expectError(name, () => invite.decode(line), error);
        negative.push({ name, line, error });
    };
    for (const line of [
        "",
        "longear",
        "long",
        "http://example.org/",
        "longear;abc",
        good.slice(1),
        `x${good}`,
        good.slice(8),
    ])
        bad(`another beginning: ${line.slice(0, 12)}`, "NOT_INVITE", line);
    const body = good.slice(8);
    bad("nothing behind the colon", "CHECKSUM", "longear:");
    bad("fewer bytes than a check has", "CHECKSUM", `longear:${base32.encode(u8(1, 2, 3, 4))}`);
    bad("a check of nothing", "CHECKSUM", `longear:${base32.encode(invite.checkOf(u8()))}`);
    for (const character of ["0", "1", "8", "9", "=", "-", "ж", "\u00a0"])
        bad(`the character ${JSON.stringify(character)}`, "CHECKSUM", `longear:${character}${body.slice(1)}`);
    bad("one character more", "CHECKSUM", `${good}a`);
    bad("one character less", "CHECKSUM", good.slice(0, -1));
    bad("eight characters less", "CHECKSUM", good.slice(0, -8));
    bad("two characters swapped", "CHECKSUM", `longear:${swapped(body)}`);
    const unused = negativeUnused(body);
    if (unused) bad("an unused bit that is not zero", "CHECKSUM", `longear:${unused}`);
    const fields = (name, error, list, version) => bad(name, error, invite.line(invite.inviteBytes(list, version)));
    fields("version 0", "VERSION", [[1, SQUARE.compact]], 0);
    fields("version 2", "VERSION", [[1, SQUARE.compact]], 2);
    fields("unknown field 2", "UNSUPPORTED", [
        [1, SQUARE.compact],
        [2, u8(1)],
    ]);
    fields("unknown field 127", "UNSUPPORTED", [
        [1, SQUARE.compact],
        [127, u8()],
    ]);
    const bringing = (name, error, bytes) =>
        fields(name, error, [
            [1, SQUARE.compact],
            [128, bytes],
        ]);
    const forged = urgent.record.slice();
    forged[forged.length - 1] ^= 1;
    bringing("a message of another community", "COMMUNITY", makeRecord("elsewhere", { community: YARD }).record);
    bringing("a message whose signature does not fit", "SIGNATURE", forged);
    bringing("a message that is cut", "TRUNCATED", urgent.record.subarray(0, -1));
    bringing("a charter as a message", "FIELD", expand(SQUARE.compact));
    fields("no field", "FIELD", []);
    fields("no charter", "FIELD", [[128, u8()]]);
    fields("the charter twice", "FIELD", [
        [1, SQUARE.compact],
        [1, SQUARE.compact],
    ]);
    fields("a charter that is cut", "TRUNCATED", [[1, SQUARE.compact.subarray(0, 90)]]);
    fields("a charter with another author", "SIGNATURE", [[1, concat(YARD.author, SQUARE.compact.subarray(32))]]);
    fields("a community of an access that is not known", "UNSUPPORTED", [
        [1, makeCharter("closed", { change: { fields: (f) => f.map(([t, v]) => [t, t === 4 ? u8(2) : v]) } }).compact],
    ]);
    bad(
        "a field in a varint that is too long",
        "VARINT",
        invite.line(concat(u8(1), longVarint(1), varint(SQUARE.compact.length), SQUARE.compact)),
    );
    const size = (n) =>
        invite.line(
            invite.inviteBytes([
                [1, SQUARE.compact],
                [129, new Uint8Array(n - 5 - 1 - 3 - SQUARE.compact.length - 4)],
            ]),
        );
    expect("size", base32.decode(size(2600).slice(8)).length, 2600);
    positive.push(row("2600 bytes", size(2600)));
    bad("2601 bytes", "LIMIT", size(2601));
    for (let at = 0; at < good.length; at++)
        expectError(`changed at ${at}`, () => invite.decode(changed(good, at)), at < 8 ? "NOT_INVITE" : "CHECKSUM");
    negative.push({
        name: "one character changed",
        line: good,
        every_position: true,
        alphabet: base32.ALPHABET,
        error: "CHECKSUM",
        error_in_prefix: "NOT_INVITE",
    });
    return {
        about: `${SOURCE} canonical: encoding the charter gives this line again. every_position: put in the place of each character, one at a time, the one after it in the alphabet (the first after the last), in the first 8 places a "#".`,
        positive,
        negative,
    };
}
const changed = (line, at) =>
    line.slice(0, at) +
    (at < 8 ? "#" : base32.ALPHABET[(base32.ALPHABET.indexOf(line[at]) + 1) % 32]) +
    line.slice(at + 1);
function swapped(body) {
    const at = [...body].findIndex((c, i) => c !== body[i + 1]);
    return body.slice(0, at) + body[at + 1] + body[at] + body.slice(at + 2);
}
// The last character with its lowest bit set, where that bit carries nothing.
const negativeUnused = (body) =>
    body.length % 8 === 0 ? null : body.slice(0, -1) + base32.ALPHABET[base32.ALPHABET.indexOf(body.at(-1)) | 1];

export function makePersonJson() {
    const positive = [1, 2, 3].map((n) => {
        const seed = person(n);
        const keysOf = (derived) => {
            const { publicKey } = keyPair(derived);
            return { seed: hex(derived), key: hex(publicKey), handle: people.handle(publicKey) };
        };
        return {
            seed: hex(seed),
            fingerprint: hex(people.fingerprint(seed)),
            members: [SQUARE.id, YARD.id, record.zero].map((community) => ({
                community: hex(community),
                ...keysOf(people.memberSeed(seed, community)),
            })),
            founders: [SQUARE.nonce, YARD.nonce, new Uint8Array(16)].map((nonce) => ({
                nonce: hex(nonce),
                ...keysOf(people.founderSeed(seed, nonce)),
            })),
        };
    });
    // The examples of arXiv:0901.4016: addresses and their proquints.
    const known = {
        "127.0.0.1": "lusab-babad",
        "63.84.220.193": "gutih-tugad",
        "63.118.7.35": "gutuk-bisog",
        "140.98.193.141": "mudof-sakat",
        "64.255.6.200": "haguz-biram",
        "128.30.52.45": "mabiv-gibot",
        "147.67.119.2": "natag-lisaf",
        "212.58.253.68": "tibup-zujah",
        "216.35.68.215": "tobog-higil",
        "216.68.232.21": "todah-vobij",
        "198.81.129.136": "sinid-makam",
        "12.110.110.204": "budov-kuras",
    };
    const handles = Object.entries(known).map(([address, handle]) => {
        const key = concat(u8(...address.split(".").map(Number)), hash(utf8(address)).subarray(4));
        expect(address, people.handle(key), handle);
        return { key: hex(key), handle };
    });
    const ends = [
        [0, "babab-babab"],
        [255, "zuzuz-zuzuz"],
    ].map(([byte, handle]) => {
        expect("ends", people.handle(new Uint8Array(32).fill(byte)), handle);
        return { key: hex(new Uint8Array(32).fill(byte)), handle };
    });
    return {
        about: `${SOURCE} handles: the first twelve are the examples of arXiv:0901.4016.`,
        positive,
        handles: [...handles, ...ends],
    };
}
