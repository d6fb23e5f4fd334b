// The vectors of Project Wycheproof (test/vectors/wycheproof) against the page's libsodium, as the core in a page calls it and as the page's own modules do:
// valid ones give their answers, invalid ones are refused, "acceptable" ones are decided as by the node (the README there). Each kind is counted.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load, sodiumFile } from "./peer_util.mjs";

const { Sodium } = await load('export { Sodium } from "./peer/sodium.ts";');
const sodium = await Sodium.load(new Uint8Array(sodiumFile.wasm));
const memory = new WebAssembly.Memory({ initial: 1 });
const env = sodium.imports(() => memory);
const room = new Uint8Array(memory.buffer);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");

// Put what a call reads into the core's memory, and call with where it lies: [OUT, …] from 1024 on, inputs behind.
const OUT = 1024;
function call(name, ...args) {
    let at = 4096;
    room.fill(0xee, OUT, 4096);
    return env[name](
        ...args.flatMap((arg) => {
            if (typeof arg === "number") return [arg];
            const data = arg.sized ?? arg;
            room.set(data, at);
            at += data.length;
            return arg.sized ? [at - data.length, data.length] : [at - data.length];
        }),
    );
}
const made = (size) => hex(room.slice(OUT, OUT + size));
const nothing = (size) => "ee".repeat(size);

function each(file, wanted, check) {
    const all = JSON.parse(readFileSync(new URL(`../vectors/wycheproof/${file}_test.json`, import.meta.url)));
    const counts = {};
    let count = 0;
    for (const group of all.testGroups)
        for (const one of group.tests) {
            const kind = check(one, group, `${file} ${one.tcId} ${one.comment}`);
            counts[kind] = (counts[kind] ?? 0) + 1;
            count++;
        }
    assert.equal(count, all.numberOfTests, file);
    assert.deepEqual(counts, wanted, file);
    console.log(`${file}: ${count} vectors`);
}

each("eddsa", { valid: 84, invalid: 49, "other size": 12 }, (one, group, name) => {
    const [key, seed, message, signature] = [group.key.pk, group.key.sk, one.msg, one.sig].map(bytes);
    if (signature.length !== 64) {
        assert.equal(one.result, "invalid", name);
        return "other size";
    }
    assert.equal(call("crypto_sign_check", signature, { sized: message }, key), one.result === "valid" ? 0 : -9, name);
    call("crypto_keypair", OUT, OUT + 32, seed);
    assert.equal(made(32), group.key.pk, name);
    call("crypto_sign_make", OUT, { sized: message }, room.slice(OUT + 32, OUT + 96));
    if (one.result === "valid") assert.equal(made(64), one.sig, name);
    return one.result;
});

each("x25519", { valid: 265, acceptable: 222, refused: 31 }, (one, group, name) => {
    const zero = one.flags.includes("ZeroSharedSecret");
    assert.equal(call("crypto_x25519", OUT, bytes(one.private), bytes(one.public)), zero ? -6 : 0, name);
    assert.equal(made(32), zero ? nothing(32) : one.shared, name);
    return zero ? "refused" : one.result;
});

each("chacha20_poly1305", { valid: 233, invalid: 60, "other size": 7 }, (one, group, name) => {
    const [key, nonce, ad, plain, sealed] = [one.key, one.iv, one.aad, one.msg, one.ct + one.tag].map(bytes);
    if (nonce.length !== 12) {
        assert.equal(one.result, "invalid", name);
        return "other size";
    }
    const valid = one.result === "valid";
    assert.equal(call("crypto_open", OUT, { sized: sealed }, { sized: ad }, nonce, key), valid ? 0 : -20, name);
    assert.equal(made(plain.length), valid ? one.msg : nothing(plain.length), name);
    call("crypto_seal", OUT, { sized: plain }, { sized: ad }, nonce, key);
    assert.equal(made(sealed.length) === one.ct + one.tag, valid, name);
    return one.result;
});

each("xchacha20_poly1305", { valid: 220, invalid: 60, "other size": 4 }, (one, group, name) => {
    const [key, nonce, ad, plain, sealed] = [one.key, one.iv, one.aad, one.msg, one.ct + one.tag].map(bytes);
    if (nonce.length !== 24) {
        assert.equal(one.result, "invalid", name);
        return "other size";
    }
    const opened = sodium.open(sealed, ad, nonce, key);
    assert.equal(opened && hex(opened), one.result === "valid" ? one.msg : null, name);
    assert.equal(hex(sodium.seal(plain, ad, nonce, key)) === one.ct + one.tag, one.result === "valid", name);
    return one.result;
});
