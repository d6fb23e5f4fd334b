// The core as WebAssembly with the crypto that a page would bring, npm's libsodium, behind the calls of shim.c. Whoever imports this is a test:
// it is skipped (exit status 77) where npm's packages are not installed.
import { existsSync, readFileSync } from "node:fs";

if (!existsSync(new URL("../vectors/node_modules/libsodium-wrappers", import.meta.url))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
const sodium = await import("../vectors/sodium.mjs");
const { blake2b, concat, hash, hashKeyed, hex, keyPair, libsodiumAccepts, sign, utf8 } = sodium;

const build = process.env.BUILD ?? "build";
const file = `${build}/wasm/test.wasm`;
if (!existsSync(file)) {
    console.error(`${file} is missing: make wasm`);
    process.exit(1);
}
export let core;
const at = (pointer, size) => new Uint8Array(core.memory.buffer, pointer, size);
const copy = (pointer, size) => at(pointer, size).slice();
const env = {
    crypto_digest: (out, data, size) => at(out, 32).set(hash(copy(data, size))),
    crypto_digest_keyed: (out, key, keySize, data, size) =>
        at(out, 32).set(hashKeyed(copy(key, keySize), copy(data, size))),
    crypto_keypair: (publicKey, secret, seed) => {
        const pair = keyPair(copy(seed, 32));
        at(publicKey, 32).set(pair.publicKey);
        at(secret, 64).set(pair.secret);
    },
    crypto_sign_make: (signature, data, size, secret) =>
        at(signature, 64).set(sign(copy(data, size), copy(secret, 64))),
    crypto_sign_check: (signature, data, size, key) =>
        libsodiumAccepts(copy(signature, 64), copy(data, size), copy(key, 32)) ? 0 : -9,
    crypto_digest_long: (out, first, firstSize, second, secondSize) =>
        at(out, 64).set(blake2b(64, concat(copy(first, firstSize), copy(second, secondSize)))),
    crypto_x25519_base: (publicKey, secret) => at(publicKey, 32).set(sodium.x25519Base(copy(secret, 32))),
    crypto_x25519: (shared, secret, publicKey) => {
        const made = sodium.x25519(copy(secret, 32), copy(publicKey, 32));
        if (!made) return -6;
        at(shared, 32).set(made);
        return 0;
    },
    crypto_seal: (out, data, size, ad, adSize, nonce, key) =>
        at(out, size + 16).set(sodium.seal(copy(data, size), copy(ad, adSize), copy(nonce, 12), copy(key, 32))),
    crypto_open: (out, sealed, size, ad, adSize, nonce, key) => {
        const plain = sodium.open(copy(sealed, size), copy(ad, adSize), copy(nonce, 12), copy(key, 32));
        if (!plain) return -20;
        at(out, plain.length).set(plain);
        return 0;
    },
    crypto_wipe: (memory, size) => at(memory, size).fill(0),
};
core = (await WebAssembly.instantiate(readFileSync(file), { env })).instance.exports;
core._initialize?.();

// The name of an error, null for success.
export function nameOf(err) {
    if (err >= 0) return null;
    const pointer = core.err_name(err);
    const end = new Uint8Array(core.memory.buffer).indexOf(0, pointer);
    return Buffer.from(copy(pointer, end - pointer)).toString();
}
const room = core.shim_input_size();
// Put bytes into the input, with other bytes behind them. Return how many.
export function give(bytes) {
    if (bytes.length > room) throw new Error(`${bytes.length} bytes are more than the shim takes`);
    at(core.shim_input(), room).fill(0xee, 0, Math.min(room, bytes.length + 64));
    at(core.shim_input(), bytes.length).set(bytes);
    return bytes.length;
}
export const output = (size) => copy(core.shim_output(), size);
// The id of the record decoded last, in hex.
export const id = () => hex(copy(core.shim_id(), 32));
