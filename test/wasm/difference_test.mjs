// Two implementations agree on bad input too: thousands of known answers with a few bytes changed, left out, put in or repeated go to the core (as WebAssembly)
// and to the one in test/vectors. Both must accept or both refuse, and what they accept must be the same: id, bytes, number of records. The names of the
// errors may differ where several things are wrong. usage: node test/wasm/difference_test.mjs [ROUNDS [SEED]]
import { core, give, id, nameOf, output } from "./core.mjs";

const { attempt } = await import("../vectors/bytes.mjs");
const { bytesOf, load } = await import("../vectors/answers.mjs");
const { decodeCharter, open } = await import("../vectors/charter.mjs");
const { checkContent } = await import("../vectors/content.mjs");
const invite = await import("../vectors/invite.mjs");
const pouch = await import("../vectors/pouch.mjs");
const record = await import("../vectors/record.mjs");
const { concat, equal, hex, stream, utf8 } = await import("../vectors/sodium.mjs");
record.verifying.slow = false;

const rounds = Number(process.argv[2] ?? 3000);
const seed = process.argv[3] ?? "1";

// Random numbers that the seed decides.
let pool = new Uint8Array(0);
let used = 0;
let block = 0;
function random(below) {
    if (used + 4 > pool.length) [pool, used] = [stream(`longear difference ${seed} ${block++}`, 65536), 0];
    const n = new DataView(pool.buffer, used).getUint32(0, true);
    used += 4;
    return n % below;
}
const pick = (list) => list[random(list.length)];
const EDGES = [0, 1, 2, 3, 4, 7, 8, 0x10, 0x20, 0x7f, 0x80, 0x81, 0xc0, 0xff];
const anyByte = () => (random(2) ? pick(EDGES) : random(256));

function mutate(bytes) {
    let out = bytes;
    for (let n = 1 + random(3); n > 0; n--) {
        // Half of all changes fall among the first bytes, where structure is.
        const at = random(random(2) ? Math.min(out.length, 40) + 1 : out.length + 1);
        const size = 1 + random(random(4) ? 2 : 40);
        const [before, behind] = [out.subarray(0, at), out.subarray(at)];
        const kind = random(5);
        if (kind === 0) out = concat(before, Uint8Array.from({ length: Math.min(size, 4) }, anyByte), behind);
        else if (kind === 1) out = concat(before, behind.subarray(size));
        else if (kind === 2) out = concat(before, behind.subarray(0, size), behind);
        else if (behind.length > 0)
            out = concat(
                before,
                Uint8Array.of(kind === 3 ? behind[0] ^ (1 << random(8)) : anyByte()),
                behind.subarray(1),
            );
    }
    return out;
}

const counts = { accepted: 0, refused: 0, otherName: 0, differ: 0 };
function compare(what, bytes, mine, theirs) {
    if ((mine.error === null) !== (theirs.error === null) || (mine.error === null && mine.value !== theirs.value)) {
        if (counts.differ++ < 20)
            console.error(
                `${what}: the core ${JSON.stringify(theirs)}, test/vectors ${JSON.stringify(mine)}: ${hex(bytes).slice(0, 3000)}`,
            );
    } else if (mine.error === null) counts.accepted++;
    else if (mine.error === theirs.error) counts.refused++;
    else {
        counts.refused++;
        counts.otherName++;
        if (process.env.NAMES) console.error(`${what}: the core ${theirs.error}, test/vectors ${mine.error}`);
    }
}
const valued = (result, value) => ({ error: result.error, value: result.error === null ? value(result.value) : null });
const called = (err, value) => ({ error: nameOf(err), value: err < 0 ? null : value() });

function compareRecord(bytes, stub) {
    const mine = attempt(() => record.decode(bytes, stub));
    const err = core.shim_decode(give(bytes), stub ? 1 : 0);
    compare(
        "record",
        bytes,
        valued(mine, (r) => hex(r.id)),
        called(err, id),
    );
    if (err || mine.error) return;
    compare(
        "encoded",
        bytes,
        { error: null, value: hex(bytes) },
        called(core.shim_encode(), () => hex(output(bytes.length))),
    );
    compare(
        "signature",
        bytes,
        valued(
            attempt(() => record.verify(mine.value)),
            () => 0,
        ),
        called(core.shim_verify(), () => 0),
    );
    const { form, kind } = mine.value;
    // The checks of a content and of a charter are for those who hold it.
    if (form === 1 && kind === 1 && !stub)
        compare(
            "charter",
            bytes,
            valued(
                attempt(() => decodeCharter(mine.value)),
                () => 0,
            ),
            called(core.shim_charter(), () => 0),
        );
    if (form === 1 && (kind === 2 || kind === 5) && !stub)
        compare(
            "content",
            bytes,
            valued(
                attempt(() => checkContent(mine.value)),
                () => 0,
            ),
            called(core.shim_content(), () => 0),
        );
}
function compareFrame(bytes) {
    const whole = attempt(() => pouch.readFrame(bytes));
    const read = whole.value?.type === 1 ? pouch.readRecords(whole.value) : { records: [], error: whole.error };
    let err = core.shim_frame(give(bytes));
    const theirs = [];
    if (err === 0 && whole.value?.type === 1)
        while ((err = core.shim_frame_next()) > 0)
            theirs.push(core.shim_frame_refused() ? "refused" : hex(output(err)));
    // What was read before an error counts, so it is compared with an error too.
    const mine = read.records.map((r) => (r.error ? "refused" : hex(r.bytes)));
    compare("frame", bytes, { error: read.error, value: mine.join() }, { error: nameOf(err), value: theirs.join() });
    compare("read before", bytes, { error: null, value: mine.join() }, { error: null, value: theirs.join() });
}

const answers = load("record").positive.filter((v) => JSON.stringify(v.record).length < 6000);
const charters = load("charter").positive;
const frames = load("pouch").records.filter((v) => JSON.stringify(v.frame).length < 12000);
const lines = load("invite").positive.map((v) => v.line);
const CONTENTS = answers.filter((v) => v.kind === 2 || v.kind === 5);
for (let i = 0; i < rounds; i++) {
    const stub = random(4) === 0;
    compareRecord(mutate(bytesOf(pick(answers)[stub ? "stub" : "record"])), stub);
    compareRecord(mutate(bytesOf(pick(charters).record)), false);
    // Change a content alone and say its new length, so that the header fits.
    const v = pick([...CONTENTS, ...charters]);
    const parts = bytesOf(v.record);
    const header = bytesOf(v.header);
    const old = bytesOf(v.body);
    const body = concat(old.subarray(0, 8), mutate(old.subarray(8)));
    const lengthSize = old.length < 128 ? 1 : 2;
    const length = lengthSize === 1 ? [body.length & 127] : [(body.length & 127) | 128, (body.length >> 7) & 127];
    compareRecord(
        concat(
            header.subarray(0, header.length - lengthSize),
            Uint8Array.from(length),
            parts.subarray(header.length, header.length + 64),
            body,
        ),
        false,
    );
    const compact = mutate(bytesOf(pick(charters).compact));
    compare(
        "compact charter",
        compact,
        valued(
            attempt(() => open(compact)),
            (c) => hex(c.id),
        ),
        called(core.shim_expand(give(compact)), id),
    );
    const frame = pouch.readFrame(bytesOf(pick(frames).frame));
    const changed = random(2) ? { plain: mutate(frame.plain) } : { raw: mutate(frame.raw) };
    compareFrame(pouch.frame({ type: 1, plain: frame.plain, raw: frame.raw, ...changed }));
    if (i % 8 === 0) {
        const line = Buffer.from(mutate(utf8(pick(lines)))).toString("latin1");
        const ascii = line.replace(/[^\x01-\x7f]/g, "!");
        compare(
            "invitation",
            utf8(ascii),
            valued(
                attempt(() => invite.decode(ascii)),
                (x) => hex(x.charter.id),
            ),
            called(core.shim_invite(give(utf8(ascii))), id),
        );
    }
}
console.log(
    `${counts.accepted} accepted by both, ${counts.refused} refused by both (${counts.otherName} by another error's name), ${counts.differ} differ`,
);
process.exit(counts.differ === 0 && counts.accepted > rounds / 10 && counts.refused > rounds ? 0 : 1);
