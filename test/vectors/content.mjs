// The bodies of texts and retractions: doc/protocol.md, section 3.
import { Reader, check, decodeFields, encodeFields, text, textBytes, varint } from "./bytes.mjs";
import { concat, equal } from "./sodium.mjs";
import { BLOB, TARGET, decode } from "./record.mjs";

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

export function encodeText({ text: words, attachments = [], guest = false, place, ground, originals, forwarded, more = [] }) {
    const fields = [];
    if (words !== undefined) fields.push([1, textBytes(words)]);
    if (attachments.length > 0) fields.push([2, concat(...attachments.map(attachmentBytes))]);
    if (guest) fields.push([3, Uint8Array.of(1)]);
    if (place !== undefined) fields.push([4, textBytes(place)]);
    if (ground !== undefined) fields.push([5, Uint8Array.of(ground)]);
    if (originals !== undefined) fields.push([6, concat(...originals)]);
    if (forwarded !== undefined) fields.push([7, forwarded]);
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
// The message that is passed on, in a text with these references.
function decodeForwarded(bytes, refs) {
    const r = decode(bytes);
    check(r.form === 1 && r.kind === TEXT, "FIELD");
    const inner = decodeText(r.body.subarray(8), r.refs);
    check(inner.forwarded === null, "FIELD");
    for (const ref of r.refs)
        if (ref.type === BLOB) check(refs.some((own) => own.type === BLOB && equal(own.id, ref.id)), "FIELD");
    return r;
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
    let place = "";
    if (fields.has(4)) {
        check(fields.get(4).length > 0, "FIELD");
        check(fields.get(4).length <= 120, "LIMIT");
        place = text(fields.get(4));
    }
    const ground = fields.has(5) ? fields.get(5) : Uint8Array.of(0);
    check(!fields.has(5) || (ground.length === 1 && (ground[0] === 1 || ground[0] === 2)), "FIELD");
    const originals = fields.get(6);
    check(!originals || (blobs > 0 && originals.length === 32 * blobs && originals.some((b) => b !== 0)), "FIELD");
    check(words !== "" || blobs > 0 || fields.has(7), "FIELD");
    const forwarded = fields.has(7) ? decodeForwarded(fields.get(7), refs) : null;
    return { text: words, attachments, guest: origin !== undefined, place, ground: ground[0], originals: originals ?? null, forwarded };
}
export function decodeRetraction(content, refs) {
    check(refs.length === 1 && refs[0].type === TARGET, "FIELD");
    decodeFields(content);
}
// The content of a decoded record, as far as its kind is known; a text gives the record that it passes on, or null. A stub's content is gone; its references still count.
export function checkContent(r) {
    if (r.kind === RETRACTION) decodeRetraction(r.body ? r.body.subarray(8) : new Uint8Array(0), r.refs);
    return r.kind === TEXT && r.body ? decodeText(r.body.subarray(8), r.refs).forwarded : null;
}
