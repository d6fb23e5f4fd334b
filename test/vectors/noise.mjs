// The handshake and the frames of doc/protocol.md, section 13, a second time, with the cryptography of Node (OpenSSL).
import {
    createCipheriv,
    createDecipheriv,
    createHash,
    createHmac,
    createPrivateKey,
    createPublicKey,
    diffieHellman,
} from "node:crypto";
import { Reader, attempt, check, fail, varint } from "./bytes.mjs";
import { concat, utf8 } from "./sodium.mjs";

export const NAME = "Noise_NN_25519_ChaChaPoly_BLAKE2b";
export const PROLOGUE = utf8("longear session 1");
const NONE = new Uint8Array(0);
const ZERO_KEY = new Uint8Array(32);

// ---- Primitives ----

const bytes = (buffer) => new Uint8Array(buffer);
export const HASH = (...parts) => bytes(createHash("blake2b512").update(concat(...parts)).digest());
const HMAC = (key, ...parts) => bytes(createHmac("blake2b512", key).update(concat(...parts)).digest());
const HKDF = (chaining, input) => {
    const t = HMAC(chaining, input);
    const one = HMAC(t, Uint8Array.of(1));
    return [one, HMAC(t, one, Uint8Array.of(2))];
};

// X25519 keys as OpenSSL takes them: RFC 8410's wrapping before the 32 bytes.
const PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex");
const PUBLIC = Buffer.from("302a300506032b656e032100", "hex");
const privateKey = (secret) => createPrivateKey({ key: concat(PRIVATE, secret), format: "der", type: "pkcs8" });
export const publicKey = (secret) =>
    bytes(createPublicKey(privateKey(secret)).export({ format: "der", type: "spki" })).subarray(PUBLIC.length);
function sharedSecret(secret, other) {
    const key = createPublicKey({ key: Buffer.from(concat(PUBLIC, other)), format: "der", type: "spki" });
    try {
        return bytes(diffieHellman({ privateKey: privateKey(secret), publicKey: key }));
    } catch {
        return fail("FIELD");
    }
}

const nonce = (n) => {
    const out = new Uint8Array(12);
    new DataView(out.buffer).setBigUint64(4, BigInt(n), true);
    return out;
};
export function ENC(key, n, ad, plain) {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce(n), { authTagLength: 16 });
    cipher.setAAD(ad);
    return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}
export function DEC(key, n, ad, sealed) {
    check(sealed.length >= 16, "SEAL");
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce(n), { authTagLength: 16 });
    decipher.setAAD(ad);
    decipher.setAuthTag(sealed.subarray(-16));
    try {
        return concat(decipher.update(sealed.subarray(0, -16)), decipher.final());
    } catch {
        return fail("SEAL");
    }
}
export const rekey = (key) => ENC(key, 2n ** 64n - 1n, NONE, ZERO_KEY).subarray(0, 32);

// ---- Handshake ----

// One side of a handshake. Messages may carry payloads, as the published vectors' do; a channel's have none.
export class Handshake {
    constructor(initiator, prologue, secret) {
        this.initiator = initiator;
        this.h = this.ck = concat(utf8(NAME), new Uint8Array(64 - NAME.length));
        this.mixHash(prologue);
        this.secret = secret;
    }
    mixHash(data) {
        this.h = HASH(this.h, data);
    }
    mixKey() {
        const [ck, key] = HKDF(this.ck, sharedSecret(this.secret, this.remote));
        this.ck = ck;
        return key.subarray(0, 32);
    }
    write(payload = NONE) {
        const e = publicKey(this.secret);
        this.mixHash(e);
        const rest = this.initiator ? payload : ENC(this.mixKey(), 0, this.h, payload);
        this.mixHash(rest);
        return concat(e, rest);
    }
    read(message) {
        check(message.length >= (this.initiator ? 48 : 32), "TRUNCATED");
        this.remote = message.subarray(0, 32);
        this.mixHash(this.remote);
        const rest = message.subarray(32);
        const payload = this.initiator ? DEC(this.mixKey(), 0, this.h, rest) : rest;
        this.mixHash(rest);
        return payload;
    }
    // The initiator's key, the responder's key, the handshake hash.
    split() {
        const keys = HKDF(this.ck, NONE).map((key) => key.subarray(0, 32));
        return { keys, hash: this.h };
    }
}

// ---- Frames ----

const CLASSES = [64, 128, 200, 512, 1200, 4096, 16384];
const keyOf = (key, counter) => {
    for (let epoch = BigInt(counter) >> 16n; epoch > 0n; epoch--) key = rekey(key);
    return key;
};
// The frame with this counter; key is that of epoch 0.
export function frame(key, counter, content, { padded = false, frameMax = 16384 } = {}) {
    const head = concat(Uint8Array.of(padded ? 4 : 3), varint(counter));
    let plain = content;
    if (padded) {
        const least = head.length + content.length + 1 + 16;
        const size = Math.min(CLASSES.find((c) => c >= least), frameMax);
        plain = concat(content, Uint8Array.of(0x80), new Uint8Array(size - least));
    }
    return concat(head, ENC(keyOf(key, counter), counter, head, plain));
}
// Read one frame, whatever its counter: { counter, content }. An error's name if it is none.
export const openFrame = (key, data) => {
    const result = attempt(() => {
        check(data.length <= 16384, "SEAL");
        const reader = new Reader(data);
        const type = reader.u8();
        check(type === 3 || type === 4, "SEAL");
        const counter = reader.wide();
        check(counter < 2n ** 40n, "SEAL");
        const plain = DEC(keyOf(key, counter), counter, data.subarray(0, reader.at), data.subarray(reader.at));
        if (type === 3) return { counter, content: plain };
        const end = plain.findLastIndex((byte) => byte !== 0);
        check(end >= 0 && plain[end] === 0x80, "SEAL");
        return { counter, content: plain.subarray(0, end) };
    });
    return result.error === null ? result : { value: null, error: "SEAL" };
};
