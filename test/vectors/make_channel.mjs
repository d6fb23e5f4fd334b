// channel.json: handshakes, frames and changed keys, good and bad. The second implementation first shows itself by the published vectors of noise.json.
import { load } from "./answers.mjs";
import { longVarint } from "./bytes.mjs";
import { BYTES, SOURCE, bytesJson, expect, label, largeStream } from "./fixtures.mjs";
import { DEC, ENC, Handshake, PROLOGUE, frame, openFrame, rekey } from "./noise.mjs";
import { concat, hex, unhex } from "./sodium.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const NONE = u8();

// Both sides of a handshake with these payloads.
function shake(prologues, secrets, payloads) {
    const sides = [new Handshake(true, prologues[0], secrets[0]), new Handshake(false, prologues[1], secrets[1])];
    const messages = payloads.map((payload, i) => {
        const message = sides[i].write(payload);
        expect("handshake payload", sides[1 - i].read(message), payload);
        return message;
    });
    const [initiator, responder] = sides.map((side) => side.split());
    expect("initiator's key", initiator.keys[0], responder.keys[0]);
    expect("responder's key", initiator.keys[1], responder.keys[1]);
    expect("handshake hash", initiator.hash, responder.hash);
    return { messages, ...initiator };
}

export function checkPublished() {
    const { vectors } = load("noise");
    for (const v of vectors) {
        const [first, second, ...transport] = v.messages;
        const made = shake(
            [unhex(v.init_prologue), unhex(v.resp_prologue)],
            [unhex(v.init_ephemeral), unhex(v.resp_ephemeral)],
            [unhex(first.payload), unhex(second.payload)],
        );
        expect("published first message", hex(made.messages[0]), first.ciphertext);
        expect("published second message", hex(made.messages[1]), second.ciphertext);
        if (v.handshake_hash) expect("published handshake hash", hex(made.hash), v.handshake_hash);
        transport.forEach(({ payload, ciphertext }, i) => {
            const [key, n] = [made.keys[i % 2], i >> 1];
            expect("published transport message", hex(ENC(key, n, NONE, unhex(payload))), ciphertext);
            expect("published transport payload", hex(DEC(key, n, NONE, unhex(ciphertext))), payload);
        });
    }
    return vectors.length;
}

function handshakes() {
    return [1, 2, 3].map((n) => {
        const secrets = [label(`channel initiator ${n}`), label(`channel responder ${n}`)];
        const { messages, keys, hash } = shake([PROLOGUE, PROLOGUE], secrets, [NONE, NONE]);
        return {
            initiator_secret: hex(secrets[0]),
            responder_secret: hex(secrets[1]),
            first: hex(concat(u8(1), messages[0])),
            second: hex(concat(u8(2), messages[1])),
            initiator_key: hex(keys[0]),
            responder_key: hex(keys[1]),
            handshake_hash: hex(hash),
        };
    });
}

function frames(key) {
    const counters = [0, 1, 127, 128, 16383, 16384, 65535, 65536, 65537, 131071, 131072, 262144];
    const plain = counters.map((counter, i) => [`counter ${counter}`, counter, label(`content ${i}`), {}]);
    const long = largeStream("channel content", 16365);
    const sizes = [
        ["nothing", 5, NONE, {}],
        ["the largest", 5, long.subarray(0, 16384 - 2 - 16), { frameMax: 16384 }],
        ["padded nothing", 5, NONE, { padded: true }],
        ["padded, one zero at its end", 5, u8(1, 0), { padded: true }],
        ["padded, like a pad", 5, u8(0x80, 0x80, 0, 0), { padded: true }],
        ["padded, counter of two bytes", 200, long.subarray(0, 44), { padded: true }],
        ["padded, the largest", 5, long, { padded: true, frameMax: 16384 }],
    ];
    for (const frameMax of [200, 1000, 16384])
        for (const size of [44, 45, 46, 108, 109, 110, 180, 181, 493, 700, 981, 1180, 1181, 4078])
            if (size + 19 <= frameMax)
                sizes.push([`padded ${size} of ${frameMax}`, 9, long.subarray(0, size), { padded: true, frameMax }]);
    return [...plain, ...sizes].map(([name, counter, content, options]) => {
        const made = frame(key, counter, content, options);
        const { value } = openFrame(key, made);
        expect(`${name}: content`, value.content, content);
        expect(`${name}: counter`, value.counter, BigInt(counter));
        return {
            name,
            counter,
            padded: options.padded ?? false,
            frame_max: options.frameMax ?? 16384,
            content: bytesJson(content),
            frame: bytesJson(made),
        };
    });
}

function refused(key, other) {
    const good = frame(key, 3, label("good"));
    const sealed = (head, plain, n = 3) => concat(head, ENC(key, n, head, plain));
    const list = [
        ["no byte", NONE],
        ["a type alone", u8(3)],
        ["no room for a tag", good.subarray(0, 17)],
        ["one byte short", good.subarray(0, -1)],
        ["one byte more", concat(good, u8(0))],
        ["the other direction's key", frame(other, 3, label("good"))],
        ["another type than was sealed", concat(u8(4), good.subarray(1))],
        ["another counter than was sealed", concat(u8(3, 4), good.subarray(2))],
        ["an unknown type", sealed(u8(5, 3), label("good"))],
        ["type 0", sealed(u8(0, 3), label("good"))],
        ["a counter in a longer form", sealed(concat(u8(3), longVarint(3)), label("good"))],
        ["the key of epoch 0 in epoch 1", sealed(concat(u8(3), u8(0x80, 0x80, 4)), label("good"), 65536)],
        ["padded: empty", sealed(u8(4, 3), NONE)],
        ["padded: zeros alone", sealed(u8(4, 3), new Uint8Array(46))],
        ["padded: no mark", sealed(u8(4, 3), u8(1, 2, 3, 0, 0))],
        ["padded: a mark before other bytes", sealed(u8(4, 3), u8(1, 0x80, 0, 1))],
    ];
    return list.map(([name, bytes]) => {
        expect(name, openFrame(key, bytes).error, "SEAL");
        return { name, frame: bytesJson(bytes), error: "SEAL" };
    });
}

function rekeys(key) {
    return [1, 2, 3].map((epoch) => ({ epoch, before: hex(key), after: hex((key = rekey(key))) }));
}

export function makeChannelJson() {
    expect("published vectors", checkPublished(), 2);
    const shaken = handshakes();
    const [key, other] = [unhex(shaken[0].initiator_key), unhex(shaken[0].responder_key)];
    return {
        about: `${SOURCE} ${BYTES} The frames are those of the first handshake's initiator, counted from its first.`,
        handshakes: shaken,
        rekeys: rekeys(key),
        frames: frames(key),
        refused: refused(key, other),
    };
}
