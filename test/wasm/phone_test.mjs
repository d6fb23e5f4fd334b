// The page's peer as WebAssembly with the crypto that a page brings, npm's libsodium: two instances found a group, write, carry a parcel and an
// invitation with a message, and exchange over bodies until each knows that the other has all. Shows that the module works as it is built, at the
// end of the rope: memory that grows, a stack that holds, every import. Prints how long 1,000 records take to be checked and stored.
import { existsSync, readFileSync } from "node:fs";

if (!existsSync(new URL("../vectors/node_modules/libsodium-wrappers", import.meta.url))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
const { default: sodium } = await import(new URL("../vectors/node_modules/libsodium-wrappers/dist/modules/libsodium-wrappers.js", import.meta.url).href);
await sodium.ready;
const wasm = new WebAssembly.Module(readFileSync(`${process.env.BUILD ?? "build"}/wasm/phone.wasm`));
const NOW = 1800000000;
let clock = 1000,
    faults = 0;

function check(name, good) {
    if (good) return;
    console.error(`wrong: ${name}`);
    faults++;
}

export function instance() {
    let phone;
    const at = (pointer, size) => new Uint8Array(phone.memory.buffer, pointer, size);
    const env = {
        crypto_digest: (out, data, size) => at(out, 32).set(sodium.crypto_generichash(32, at(data, size))),
        crypto_digest_keyed: (out, key, keySize, data, size) =>
            at(out, 32).set(sodium.crypto_generichash(32, at(data, size), at(key, keySize))),
        crypto_keypair: (publicKey, secret, seed) => {
            const pair = sodium.crypto_sign_seed_keypair(at(seed, 32));
            at(publicKey, 32).set(pair.publicKey);
            at(secret, 64).set(pair.privateKey);
        },
        crypto_sign_make: (signature, data, size, secret) =>
            at(signature, 64).set(sodium.crypto_sign_detached(at(data, size), at(secret, 64))),
        crypto_sign_check: (signature, data, size, key) =>
            sodium.crypto_sign_verify_detached(at(signature, 64), at(data, size), at(key, 32)) ? 0 : -9,
        crypto_digest_long: (out, first, firstSize, second, secondSize) => {
            const both = new Uint8Array(firstSize + secondSize);
            both.set(at(first, firstSize));
            both.set(at(second, secondSize), firstSize);
            at(out, 64).set(sodium.crypto_generichash(64, both));
        },
        crypto_x25519_base: (publicKey, secret) => at(publicKey, 32).set(sodium.crypto_scalarmult_base(at(secret, 32))),
        crypto_x25519: (shared, secret, publicKey) => {
            try {
                at(shared, 32).set(sodium.crypto_scalarmult(at(secret, 32), at(publicKey, 32)));
                return 0;
            } catch {
                return -6;
            }
        },
        crypto_seal: (out, data, size, ad, adSize, nonce, key) =>
            at(out, size + 16).set(
                sodium.crypto_aead_chacha20poly1305_ietf_encrypt(at(data, size), at(ad, adSize), null, at(nonce, 12), at(key, 32)),
            ),
        crypto_open: (out, sealed, size, ad, adSize, nonce, key) => {
            try {
                const plain = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, at(sealed, size), at(ad, adSize), at(nonce, 12), at(key, 32));
                at(out, plain.length).set(plain);
                return 0;
            } catch {
                return -20;
            }
        },
        crypto_wipe: (memory, size) => at(memory, size).fill(0),
    };
    phone = new WebAssembly.Instance(wasm, { env }).exports;
    phone._initialize();
    const self = phone.phone_new();
    const utf8 = new TextEncoder();
    const out = () => at(phone.phone_out(self), phone.phone_out_size(self)).slice();
    // Call a function with numbers, bytes and texts: bytes and texts are put into the module's memory, each as pointer; `sized` adds its size.
    const call = (name, ...given) => {
        const held = [];
        const put = (bytes) => {
            const pointer = phone.phone_alloc(bytes.length);
            at(pointer, bytes.length).set(bytes);
            held.push(pointer);
            return pointer;
        };
        const args = given.flatMap((a) => {
            if (typeof a === "string") a = { sized: utf8.encode(a) };
            if (a === null) return [0];
            if (a instanceof Uint8Array) return [put(a)];
            if (a?.sized) return [put(a.sized), a.sized.length];
            return [a];
        });
        const result = phone[name](self, ...args);
        for (const pointer of held) phone.phone_release(pointer);
        return result;
    };
    const p = {
        call,
        out,
        size: () => phone.memory.buffer.byteLength,
        bytes: (name, ...given) => {
            const err = call(name, ...given);
            if (err !== 0) throw new Error(`${name}: ${err}`);
            return out();
        },
        json: (name, ...given) => JSON.parse(new TextDecoder().decode(p.bytes(name, ...given))),
        wait: (ms) => {
            clock += ms;
            call("phone_clock", NOW + clock / 1000, 1, clock);
        },
        // Open a parcel, so many records at a time. Return the result.
        open: (bytes) => {
            const pointer = phone.phone_alloc(bytes.length);
            at(pointer, bytes.length).set(bytes);
            let got = phone.phone_parcel_open(self, pointer, bytes.length, 0);
            while (got >= 0 && (got = phone.phone_parcel_next(self, 50)) > 0);
            if (got < 0) throw new Error(`parcel: ${got}`);
            return p.json("phone_parcel_result");
        },
        person: () => call("phone_person", sodium.randombytes_buf(32)),
    };
    p.wait(0);
    p.person();
    return p;
}

const random = () => sodium.randombytes_buf(32);
const unhex = (text) => Uint8Array.from(text.match(/../g), (b) => parseInt(b, 16));

function say(p, community, text, urgency = 1) {
    p.bytes("phone_draft", community, urgency);
    p.bytes("phone_draft_text", text);
    return p.bytes("phone_draft_sign", random());
}

function exchange(a, b) {
    const sides = [a, b],
        numbers = [a.call("phone_contact", random()), b.call("phone_contact_called", random())];
    for (let round = 0; round < 2000; round++) {
        for (const from of [0, 1]) {
            const body = sides[from].bytes("phone_contact_give", numbers[from], 262144);
            const to = 1 - from;
            const err = sides[to].call("phone_contact_take", numbers[to], { sized: body });
            if (err !== 0) throw new Error(`a contact ended: ${err}`);
            while (sides[to].call("phone_contact_work", numbers[to], 50) > 0);
        }
        if (sides.every((p, i) => p.json("phone_contact_status", numbers[i]).settled)) break;
        for (const p of sides) p.wait(5);
    }
    const reached = sides.map((p, i) => p.json("phone_contact_reached", numbers[i]));
    sides.forEach((p, i) => p.call("phone_contact_close", numbers[i]));
    return reached;
}

const a = instance(),
    b = instance();
const founded = a.json("phone_found", "Двор «Арман»", "ru", 30, random());
const group = unhex(founded.community);
const first = say(a, group, "Нужен инсулин: подъезд 3", 3);
const line = new TextDecoder().decode(a.bytes("phone_invite", group, first));
check("the invitation fits a QR code", line.length <= 4296);
const joined = b.json("phone_join", line);
check("the invitation brings its message", joined.message === Buffer.from(first).toString("hex"));
check("which is there", b.json("phone_list", group, null, 50).messages[0].text === "Нужен инсулин: подъезд 3");

const photo = sodium.randombytes_buf(200000);
b.bytes("phone_draft", group, 1);
b.bytes("phone_draft_place", "у входа в больницу");
b.bytes("phone_draft_ground", 1);
b.bytes("phone_draft_reply", first);
b.bytes("phone_draft_attach", { sized: photo }, "image/jpeg", "p.jpg", random());
const answer = b.bytes("phone_draft_sign", random());
const result = a.open(b.bytes("phone_parcel_make", null, 0, 0, 1));
check("a parcel of what is new and known", result.accepted === 1 && result.known === 1 && result.blobs === 1);
const got = a.json("phone_message", answer);
check("place and ground", got.place === "у входа в больницу" && got.ground === 1 && got.quote.text.startsWith("Нужен"));
check("the photo", Buffer.from(a.bytes("phone_blob", unhex(got.attachments[0].blob))).equals(Buffer.from(photo)));

const words = "Хлеб и вода у мечети, спросить Айгерим. ".repeat(4);
for (let i = 0; i < 1000; i++) say(a, group, `${i} ${words}`, i % 3);
let before = performance.now();
const [mine] = exchange(a, b);
const exchanged = performance.now() - before;
check("all that was written has reached the other", mine.length === 1001 && mine.filter((m) => m.sent).length === 1000);
const page = b.json("phone_list", group, null, 200);
check("the list", page.messages.length === 200 && page.more);
check("search", b.json("phone_search", null, "айгерим 777", 10).messages.length === 1);
check("unread", b.call("phone_unread", group, 0) === 1000);

const parcel = a.bytes("phone_parcel_make", null, 0, 0, 0);
const c = instance();
before = performance.now();
const opened = c.open(parcel);
const taken = performance.now() - before;
check("a parcel of all", opened.accepted === 1002 && opened.rejected === 0);
const damaged = parcel.slice();
damaged.fill(0, 70000, 70100);
const d = instance();
const rest = d.open(damaged);
check("a damaged parcel yields the rest", rest.damaged === 1 && rest.accepted > 500 && rest.accepted < 1002);
console.log(`1,002 records of a parcel checked and stored in ${taken.toFixed(0)} ms; 1,000 exchanged, both sides, in ${exchanged.toFixed(0)} ms; memory ${(b.size() / 1048576).toFixed(1)} MiB`);
if (taken > 5000) check("1,000 records within five seconds", false);
process.exit(faults > 0 ? 1 : 0);
