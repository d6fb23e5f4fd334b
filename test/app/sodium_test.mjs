// libsodium without what nobody calls, and called without its own JavaScript, gives what npm's libsodium-sumo gives: every function on random input of many
// sizes, Argon2id among them; bad signatures, seals and points are refused by both. zstd without its rest unpacks what npm's whole one packed, and refuses
// what is damaged or of another size.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load, random, require, sodiumFile, zstdFile } from "./peer_util.mjs";

const whole = require("libsodium-sumo");
await whole.ready;
const { Sodium, Zstd } = await load('export { Sodium } from "./peer/sodium.ts"; export { Zstd } from "./peer/zstd.ts";');
const sodium = await Sodium.load(new Uint8Array(sodiumFile.wasm));

// npm's, called as C: bytes are put into its memory for a call.
function theirs(name, ...args) {
    const pointers = [];
    const outs = [];
    const plain = args.flatMap((arg) => {
        if (typeof arg === "number") return [arg];
        if (arg === null) return [0];
        const at = whole._malloc(Math.max(arg.bytes.length, 1));
        pointers.push(at);
        whole.HEAPU8.set(arg.bytes, at);
        if (arg.out) outs.push([at, arg.bytes.length]);
        return arg.size ? [at, arg.bytes.length, 0] : [at];
    });
    const result = whole[`_${name}`](...plain);
    const made = outs.map(([at, size]) => whole.HEAPU8.slice(at, at + size));
    for (const at of pointers) whole._free(at);
    return { result, made };
}
const put = (bytes) => ({ bytes });
const sized = (bytes) => ({ bytes, size: true });
const out = (size) => ({ bytes: new Uint8Array(size), out: true });
const same = (mine, made, what) => assert.deepEqual(Buffer.from(mine), Buffer.from(made), what);

// The core's memory, in which it calls for crypto.
const memory = new WebAssembly.Memory({ initial: 32 });
const env = sodium.imports(() => memory);
const room = new Uint8Array(memory.buffer);
function mine(name, outSize, ...args) {
    let at = 1024 + outSize;
    const numbers = args.flatMap((arg) => {
        if (typeof arg === "number") return [arg];
        room.set(arg.bytes, at);
        const numbers = arg.size ? [at, arg.bytes.length] : [at];
        at += arg.bytes.length;
        return numbers;
    });
    const result = env[name](1024, ...numbers);
    return { result, made: room.slice(1024, 1024 + outSize) };
}

const sizes = [0, 1, 15, 63, 64, 65, 127, 128, 129, 300, 4095, 32768, 100_000, 300_000];
for (const size of sizes) {
    const data = random(size);
    const key = random(32);
    const nonce = random(12);
    const ad = random(size % 200);
    const digest = theirs("crypto_generichash", out(32), 32, sized(data), null, 0).made[0];
    same(mine("crypto_digest", 32, sized(data)).made, digest, `hash of ${size}`);
    same(sodium.hash(data), digest, `hash of ${size} in the page`);
    const keyed = theirs("crypto_generichash", out(32), 32, sized(data), put(key), 32).made[0];
    same(mine("crypto_digest_keyed", 32, sized(key), sized(data)).made, keyed, `keyed hash of ${size}`);
    same(sodium.hash(data, key), keyed);
    const both = new Uint8Array([...ad, ...data]);
    const long = theirs("crypto_generichash", out(64), 64, sized(both), null, 0).made[0];
    same(mine("crypto_digest_long", 64, sized(ad), sized(data)).made, long, `long hash of ${size}`);

    const pair = theirs("crypto_sign_seed_keypair", out(32), out(64), put(key)).made;
    room.set(key, 2048);
    env.crypto_keypair(1024, 1056, 2048);
    same(room.slice(1024, 1056), pair[0], "public key");
    same(room.slice(1056, 1120), pair[1], "secret key");
    const signature = theirs("crypto_sign_detached", out(64), null, sized(data), put(pair[1])).made[0];
    same(mine("crypto_sign_make", 64, sized(data), put(pair[1])).made, signature, `signature of ${size}`);
    const verify = (s, d, k) => {
        room.set(s, 1024);
        room.set(d, 4096);
        room.set(k, 1024 + 64);
        return env.crypto_sign_check(1024, 4096, d.length, 1024 + 64);
    };
    assert.equal(verify(signature, data, pair[0]), 0);
    for (let i = 0; i < 4; i++) {
        const bad = Uint8Array.from(signature);
        bad[(i * 21) % 64] ^= 1 << i;
        assert.equal(verify(bad, data, pair[0]), -9, "a changed signature");
    }
    assert.equal(verify(signature, data, new Uint8Array(32)), -9, "a key of small order");

    const point = random(32);
    same(mine("crypto_x25519_base", 32, put(key)).made, theirs("crypto_scalarmult_base", out(32), put(key)).made[0]);
    same(mine("crypto_x25519", 32, put(key), put(point)).made, theirs("crypto_scalarmult", out(32), put(key), put(point)).made[0]);
    assert.equal(mine("crypto_x25519", 32, put(key), put(new Uint8Array(32))).result, -6, "all zeros");

    const sealed = theirs("crypto_aead_chacha20poly1305_ietf_encrypt", out(size + 16), null, sized(data), sized(ad), null, put(nonce), put(key)).made[0];
    same(mine("crypto_seal", size + 16, sized(data), sized(ad), put(nonce), put(key)).made, sealed, `seal of ${size}`);
    const opened = mine("crypto_open", size, sized(sealed), sized(ad), put(nonce), put(key));
    assert.equal(opened.result, 0);
    same(opened.made, data);
    const bad = Uint8Array.from(sealed);
    bad[size >> 1] ^= 4;
    room.fill(0xaa, 1024, 1024 + size);
    const refused = mine("crypto_open", size, sized(bad), sized(ad), put(nonce), put(key));
    assert.equal(refused.result, -20);
    assert.ok(refused.made.every((byte) => byte === 0xaa), "nothing is written when it does not open");

    const xnonce = random(24);
    const box = theirs("crypto_aead_xchacha20poly1305_ietf_encrypt", out(size + 16), null, sized(data), sized(ad), null, put(xnonce), put(key)).made[0];
    same(sodium.seal(data, ad, xnonce, key), box, `box of ${size}`);
    same(sodium.open(box, ad, xnonce, key), data);
    box[size] ^= 1;
    assert.equal(sodium.open(box, ad, xnonce, key), null);
}
assert.equal(sodium.open(new Uint8Array(15), new Uint8Array(0), new Uint8Array(24), new Uint8Array(32)), null);

for (const [password, operations, mib] of [["", 1, 8], ["тыныштық", 3, 64], ["x".repeat(500), 2, 16]]) {
    const salt = random(16);
    const expected = theirs("crypto_pwhash", out(32), 32, 0, sized(Buffer.from(password)), put(salt), operations, 0, mib << 20, 2);
    assert.equal(expected.result, 0);
    same(await sodium.passwordHash(password, salt, 32, operations, mib << 20), expected.made[0], `Argon2id ${operations} ${mib}`);
}

const dictionary = readFileSync("src/core/dictionary/messages-1.zdict");
const zstd = await Zstd.load(new Uint8Array(zstdFile.wasm), dictionary);
const npm = require("@bokuweb/zstd-wasm");
await npm.init();
for (const text of ["", "Сәлем!", "Нужна вода на улице Абая. ".repeat(400), "x".repeat(262144)]) {
    const plain = new TextEncoder().encode(text);
    const packed = npm.compressUsingDict(npm.createCCtx(), plain, dictionary, 3);
    same(zstd.unpack(packed, plain.length), plain, "unpacked");
    assert.equal(zstd.unpack(packed, plain.length + 1), null, "another size");
    if (plain.length > 0) assert.equal(zstd.unpack(packed, plain.length - 1), null, "no room");
    for (let i = 0; i < 50; i++) {
        const bad = Uint8Array.from(packed);
        bad[(i * 7) % bad.length] ^= 1 + (i % 255);
        const made = zstd.unpack(bad, plain.length);
        assert.ok(made === null || made.length === plain.length);
    }
    assert.equal(zstd.unpack(packed.slice(0, -1), plain.length), null, "cut off");
}

const key = theirs("crypto_sign_seed_keypair", out(32), out(64), put(random(32))).made;
const data = random(300);
room.set(theirs("crypto_sign_detached", out(64), null, sized(data), put(key[1])).made[0], 1024);
room.set(key[0], 1088);
room.set(data, 4096);
const times = [];
for (let run = 0; run < 5; run++) {
    const from = performance.now();
    for (let i = 0; i < 1000; i++) if (env.crypto_sign_check(1024, 4096, 300, 1088) !== 0) throw new Error();
    times.push(performance.now() - from);
}
console.log(`1,000 signatures checked in ${times.sort((a, b) => a - b)[2].toFixed(0)} ms (median of 5)`);
