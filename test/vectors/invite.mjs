// Invitations: doc/protocol.md, section 6.
import * as base32 from "./base32.mjs";
import { check, decodeFields, encodeFields } from "./bytes.mjs";
import { admit, open } from "./charter.mjs";
import { decode as decodeRecord } from "./record.mjs";
import { concat, equal, hash, utf8 } from "./sodium.mjs";

export const PREFIX = "longear:";
export const checkOf = (bytes) => hash(utf8("longear invite 1"), bytes).subarray(0, 5);
export const line = (bytes) => PREFIX + base32.encode(concat(bytes, checkOf(bytes)));
export const inviteBytes = (fields, version = 1) => concat(Uint8Array.of(version), encodeFields(fields));
export const encode = (compact, message) => line(inviteBytes([[1, compact], ...(message ? [[128, message]] : [])]));

export function decode(given) {
    const stripped = given.replace(/[\t-\r ]/g, "");
    check(stripped.slice(0, 8).toLowerCase() === PREFIX, "NOT_INVITE");
    const all = base32.decode(stripped.slice(8));
    check(all.length <= 2600, "LIMIT");
    check(all.length > 5, "CHECKSUM");
    const bytes = all.subarray(0, all.length - 5);
    check(equal(checkOf(bytes), all.subarray(bytes.length)), "CHECKSUM");
    check(bytes[0] === 1, "VERSION");
    const fields = decodeFields(bytes.subarray(1));
    for (const tag of fields.keys()) check(tag === 1 || tag >= 128, "UNSUPPORTED");
    check(fields.has(1), "FIELD");
    const charter = open(fields.get(1));
    const message = fields.get(128) ?? null;
    if (message) {
        const r = decodeRecord(message);
        check(r.kind !== 1, "FIELD");
        admit(r, charter);
    }
    return { bytes, compact: fields.get(1), charter, message };
}
