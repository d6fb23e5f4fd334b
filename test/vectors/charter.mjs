// Charters, their compact form and admission: doc/protocol.md, section 4.
import { Reader, check, decodeFields, encodeFields, fail, text, textBytes, varint } from "./bytes.mjs";
import { checkContent } from "./content.mjs";
import { CHARTER_LIFE, TIME_MAX, day, decode, headerParts, verify, zero } from "./record.mjs";
import { concat, equal } from "./sodium.mjs";

const KEEP_MAX = 3650;
export const charterFields = ({ nonce, title, lang, keep, coordinators, more = [] }) => [
    [1, nonce],
    [2, textBytes(title)],
    [3, textBytes(lang)],
    [4, Uint8Array.of(0)],
    [5, Uint8Array.of(0)],
    [6, varint(keep)],
    ...(coordinators ? [[7, concat(...coordinators)]] : []),
    ...more,
];
export const charterRecord = ({ author, created, salt, fields }) => ({
    form: 1,
    kind: 1,
    community: zero,
    author,
    seq: 0,
    created,
    expiry: day(created) + CHARTER_LIFE,
    urgency: 1,
    refs: [],
    body: concat(salt, encodeFields(fields)),
});
export const compact = (r, signature) => concat(r.author, varint(r.created), signature, r.body);

const exactly = (field, size) => (check(field.length === size, "FIELD"), field);
function keepOf(field) {
    const reader = new Reader(field);
    const keep = reader.varint(KEEP_MAX);
    check(keep >= 1, "FIELD");
    reader.end();
    return keep;
}
export function decodeCharter(r) {
    check(r.kind === 1, "CHARTER");
    check(r.bodySize <= 1024, "LIMIT");
    const fields = decodeFields(r.body.subarray(8));
    for (const tag of fields.keys()) check(tag <= 8 || tag >= 128, "UNSUPPORTED");
    for (let tag = 1; tag <= 6; tag++) check(fields.has(tag), "FIELD");
    const nonce = exactly(fields.get(1), 16);
    const [title, lang] = [fields.get(2), fields.get(3)];
    check(title.length >= 1 && title.length <= 120, "LIMIT");
    check(lang.length >= 2 && lang.length <= 8, "FIELD");
    const language = Buffer.from(lang).toString("latin1");
    check(/^[a-z]([a-z-][a-z0-9-]*)?[a-z0-9]$/.test(language) && !/^.[0-9]/.test(language), "FIELD");
    const access = exactly(fields.get(4), 1)[0];
    if (access > 1 || exactly(fields.get(5), 1)[0] !== 0) fail("UNSUPPORTED");
    const coordinators = [];
    if (fields.has(7)) {
        const keys = fields.get(7);
        check(keys.length > 0 && keys.length % 32 === 0, "FIELD");
        check(keys.length <= 16 * 32, "LIMIT");
        for (let i = 0; i < keys.length; i += 32) coordinators.push(keys.subarray(i, i + 32));
    } else coordinators.push(r.author);
    if (fields.has(8)) check(access === 1 && exactly(fields.get(8), 1)[0] === 1, "FIELD");
    return { nonce, access, title: text(title), lang: language, keep: keepOf(fields.get(6)), coordinators };
}

// Rebuild the canonical record from a compact form.
export function expand(bytes) {
    check(bytes.length <= 1125, "LIMIT");
    const reader = new Reader(bytes);
    const author = reader.take(32);
    const created = reader.varint(TIME_MAX, "TIME");
    const signature = reader.take(64);
    const body = reader.take(reader.left);
    check(body.length >= 8, "FIELD");
    const parts = headerParts(charterRecord({ author, created, salt: body.subarray(0, 8), fields: [] }));
    parts.body_length = varint(body.length);
    return concat(...Object.values(parts), signature, body);
}
// All that a reader does with a charter that something contains: rebuild, decode, verify.
export function open(bytes) {
    const record = decode(expand(bytes));
    const charter = decodeCharter(record);
    verify(record);
    return { ...charter, record, id: record.id };
}

export function admit(r, charter) {
    if (r.form === 2) fail("COMMUNITY");
    check(equal(r.community, charter.id), "COMMUNITY");
    check(r.expiry <= day(r.created) + charter.keep, "CHARTER");
    verify(r);
    const forwarded = checkContent(r);
    if (forwarded) verify(forwarded);
}
