// The cryptography that the formats stand on, from npm's libsodium, and the few byte helpers that every module here uses.
import { createRequire } from "node:module";

// Debian's Node 18 has no global crypto, which libsodium's ES module wants; its CommonJS form does without.
const sodium = createRequire(import.meta.url)("libsodium-wrappers");
await sodium.ready;

export const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (text) => {
    if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error(`not hex: ${text}`);
    return new Uint8Array(Buffer.from(text, "hex"));
};
export const concat = (...parts) => new Uint8Array(Buffer.concat(parts));
export const equal = (a, b) => Buffer.compare(a, b) === 0;

const domain = (key) => (typeof key === "string" ? utf8(key) : key);
export const hash = (...parts) => sodium.crypto_generichash(32, concat(...parts));
export const hashKeyed = (key, ...parts) => sodium.crypto_generichash(32, concat(...parts), domain(key));
export const blake2b = (size, data, key) => sodium.crypto_generichash(size, data, key ?? null);
export const shortHash = (data, key) => sodium.crypto_shorthash(data, key);

export const keyPair = (seed) => {
    const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
    return { publicKey, secret: privateKey };
};
export const sign = (message, secret) => sodium.crypto_sign_detached(message, secret);
export const libsodiumAccepts = (signature, message, key) =>
    sodium.crypto_sign_verify_detached(signature, message, key);

// X25519 and ChaCha20-Poly1305; false where the shared secret is all zeros or the tag does not fit.
const orFalse = (action) => {
    try {
        return action();
    } catch {
        return false;
    }
};
export const x25519Base = (secret) => sodium.crypto_scalarmult_base(secret);
export const x25519 = (secret, publicKey) => orFalse(() => sodium.crypto_scalarmult(secret, publicKey));
export const seal = (data, ad, nonce, key) =>
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(data, ad, null, nonce, key);
export const open = (sealed, ad, nonce, key) =>
    orFalse(() => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, ad, nonce, key));

// Bytes that anyone can make again from a label: H(label ‖ i u64) for i = 0, 1, 2 …, one after another, cut to size.
export function stream(label, size) {
    const out = new Uint8Array(size);
    const counter = new Uint8Array(8);
    for (let at = 0, i = 0; at < size; at += 32, i++) {
        new DataView(counter.buffer).setBigUint64(0, BigInt(i), true);
        out.set(hash(utf8(label), counter).subarray(0, size - at), at);
    }
    return out;
}
