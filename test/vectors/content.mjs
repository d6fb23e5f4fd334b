// The bodies of texts and retractions: doc/protocol.md, section 3.
import { Reader, check, decodeFields, encodeFields, text, textBytes, varint } from "./bytes.mjs";
import { concat } from "./sodium.mjs";
import { BLOB, TARGET } from "./record.mjs";

export const TEXT = 2,
    RETRACTION = 5;
export const attachmentBytes = ({ size, media, name }) =>
    concat(
        varint(size),
        Uint8Array.of(media.length),
        textBytes(media),
        Uint8Array.of(textBytes(name).length),
        textBytes(name),
    );

export function encodeText({ text: words, attachments = [], guest = false, more = [] }) {
    const fields = [];
    if (words !== undefined) fields.push([1, textBytes(words)]);
    if (attachments.length > 0) fields.push([2, concat(...attachments.map(attachmentBytes))]);
    if (guest) fields.push([3, Uint8Array.of(1)]);
    return encodeFields([...fields, ...more]);
}

function attachment(reader) {
    const size = reader.varint(2 ** 29);
    check(size > 0, "LIMIT");
    const mediaSize = reader.u8();
    check(mediaSize <= 60, "LIMIT");
    const media = Buffer.from(reader.take(mediaSize)).toString("latin1");
    check(/^[!-~]*$/.test(media), "FIELD");
    const nameSize = reader.u8();
    check(nameSize <= 100, "LIMIT");
    const name = text(reader.take(nameSize));
    check(!/[/\\]|^\.\.?$/.test(name), "FIELD");
    return { size, media, name };
}
export function decodeText(content, refs) {
    const fields = decodeFields(content);
    const blobs = refs.filter((ref) => ref.type === BLOB).length;
    const words = fields.has(1) ? text(fields.get(1), true) : "";
    check(fields.has(2) === blobs > 0, "FIELD");
    check(blobs <= 8, "LIMIT");
    let attachments = [];
    if (fields.has(2)) {
        const reader = new Reader(fields.get(2));
        attachments = Array.from({ length: blobs }, () => attachment(reader));
        reader.end();
    }
    const origin = fields.get(3);
    check(!origin || (origin.length === 1 && origin[0] === 1), "FIELD");
    check(words !== "" || blobs > 0, "FIELD");
    return { text: words, attachments, guest: origin !== undefined };
}
export function decodeRetraction(content, refs) {
    check(refs.length === 1 && refs[0].type === TARGET, "FIELD");
    decodeFields(content);
}
// The content of a decoded record, as far as its kind is known. A stub's content is gone; its references still count.
export function checkContent(r) {
    if (r.kind === TEXT && r.body) decodeText(r.body.subarray(8), r.refs);
    if (r.kind === RETRACTION) decodeRetraction(r.body ? r.body.subarray(8) : new Uint8Array(0), r.refs);
}
