// What all known answers are made of: seeds and salts out of labels, two communities, and the writing of bytes as JSON.
import { attempt } from "./bytes.mjs";
import * as charter from "./charter.mjs";
import { checkContent, encodeText } from "./content.mjs";
import { founderKeys, founderSeed, memberKeys, memberSeed } from "./person.mjs";
import * as record from "./record.mjs";
import { concat, equal, hash, hex, stream, utf8 } from "./sodium.mjs";

export const SOURCE = "Made by test/vectors/make.mjs, a second implementation written from doc/protocol.md.";
export const BYTES =
    'Bytes are lower-case hex, or a list of parts to join: hex, {"stream": label, "skip": k, "size": n} = n bytes, after k (0 if it is not there), of H(label ‖ 0 u64) ‖ H(label ‖ 1 u64) ‖ …, or {"repeat": hex, "times": n}.';
export const T0 = 1641340800; // 2022-01-05 00:00 UTC
export const label = (name) => hash(utf8(`longear test vectors: ${name}`));
export const salt = (name) => label(`salt: ${name}`).subarray(0, 8);

// Large pieces that the JSON names by their rule instead of their bytes.
const large = [];
const remember = (bytes, rule) => {
    if (bytes.length > 1000) large.push({ bytes, rule });
    return bytes;
};
export const largeStream = (name, size) => remember(stream(name, size), { stream: name, size });
export const largeRepeat = (unit, times) => remember(concat(...Array(times).fill(unit)), { repeat: hex(unit), times });
// Where a large piece runs through the middle of bytes: from and to, and from where in the piece. A repeated unit counts as a whole only.
function runOf(bytes, { bytes: piece, rule }) {
    if (rule.repeat !== undefined) {
        const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(piece);
        return from < 0 ? null : { from, to: from + piece.length, rule };
    }
    const middle = bytes.length >> 1;
    let skip = Buffer.from(piece.buffer, piece.byteOffset, piece.length).indexOf(bytes.subarray(middle, middle + 64));
    if (skip < 0) return null;
    let [from, to, end] = [middle, middle, skip];
    while (from > 0 && skip > 0 && bytes[from - 1] === piece[skip - 1]) (from--, skip--);
    while (to < bytes.length && end < piece.length && bytes[to] === piece[end]) (to++, end++);
    return { from, to, rule: { stream: rule.stream, ...(skip && { skip }), size: to - from } };
}
export function bytesJson(bytes) {
    if (bytes === null || bytes === undefined) return null;
    const runs =
        bytes.length <= 1200
            ? []
            : large.map((piece) => runOf(bytes, piece)).filter((run) => run && run.to - run.from > 1000);
    if (runs.length === 0) return hex(bytes);
    const { from, to, rule } = runs.sort((a, b) => b.to - b.from - (a.to - a.from))[0];
    const rest = (part) => (part.length > 0 ? [bytesJson(part)].flat() : []);
    return [...rest(bytes.subarray(0, from)), rule, ...rest(bytes.subarray(to))];
}

// Every known answer is also decoded here, and a surprise ends the run.
export function expect(name, actual, wanted) {
    const same = actual instanceof Uint8Array ? equal(actual, wanted) : actual === wanted;
    if (!same) throw new Error(`${name}: ${actual instanceof Uint8Array ? hex(actual) : actual} instead of ${wanted}`);
}
export const expectError = (name, decoder, wanted) => expect(name, attempt(decoder).error, wanted);

export const person = (n) => label(`person ${n}`);

// A charter of the founder with this seed; change.fields edits its list of fields, change.parts the record's header.
export function makeCharter(
    name,
    {
        founder = person(1),
        title = "Алаң",
        lang = "kk",
        keep = 3650,
        coordinators,
        more,
        created = T0,
        change = {},
    } = {},
) {
    const nonce = label(`nonce: ${name}`).subarray(0, 16);
    const { publicKey, secret } = founderKeys(founder, nonce);
    let fields = charter.charterFields({ nonce, title, lang, keep, coordinators, more });
    if (change.fields) fields = change.fields(fields);
    const r = charter.charterRecord({ author: publicKey, created, salt: salt(name), fields });
    if (change.body) r.body = change.body(r.body);
    const parts = { ...record.headerParts(r), ...change.parts };
    const made = record.assemble(1, parts, r.body, { secret, ...change.assemble });
    return {
        name,
        founder,
        nonce,
        title,
        lang,
        keep,
        coordinators: coordinators ?? [publicKey],
        seed: founderSeed(founder, nonce),
        secret,
        ...r,
        ...made,
        compact: charter.compact(r, made.signature),
    };
}
export const SQUARE = makeCharter("square");
export const YARD = makeCharter("yard", { founder: person(2), title: "Двор на Абая, 10", lang: "ru", keep: 30 });

// A plain record, signed; parts replaces named parts of its header before that.
export function makeRecord(
    name,
    {
        community = SQUARE,
        author = person(3),
        kind = 2,
        seq = 0,
        prev,
        created = T0 + 60,
        life = 30,
        expiry,
        urgency = 1,
        refs = [],
        content,
        parts,
        assemble,
    } = {},
) {
    const { publicKey, secret } = memberKeys(author, community.id);
    content ??= kind === 2 ? encodeText({ text: name }) : new Uint8Array(0);
    if (seq > 0) prev ??= label(`previous of ${name}`).subarray(0, 16);
    const r = {
        form: 1,
        kind,
        community: community.id,
        author: publicKey,
        seq,
        prev,
        created,
        expiry: expiry ?? record.day(created) + life,
        urgency,
        refs,
        salt: salt(name),
        content,
    };
    r.body = concat(r.salt, content);
    return {
        name,
        ...r,
        seed: memberSeed(author, community.id),
        secret,
        ...record.assemble(1, { ...record.headerParts(r), ...parts }, r.body, { secret, ...assemble }),
    };
}
export const next = (before) => ({ seq: before.seq + 1, prev: before.id.subarray(0, 16) });

// Decode, verify, and look into the content, as far as step says.
export function run(bytes, stub, step) {
    const r = record.decode(bytes, stub);
    if (step === "decode") return r;
    if (step === "charter") return charter.decodeCharter(r);
    record.verify(r);
    if (step === "content") checkContent(r);
    return r;
}
// A bad record fails at its step and not before.
export function expectStep(name, bytes, stub, step, error) {
    const before = { verify: "decode", content: "verify", charter: "decode" }[step];
    if (before) expectError(`${name}, ${before}`, () => run(bytes, stub, before), null);
    expectError(name, () => run(bytes, stub, step), error);
}
