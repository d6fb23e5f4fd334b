// sodium.ts: libsodium's WebAssembly, called without its JavaScript, and the crypto that the core imports.
//
// The build gives the module and the short names of its exports. Arguments are copied into one scratch room of the
// module's memory, results out of it; the core's memory and this one are copied from one to the other directly. The
// password hash takes 64 MiB that WebAssembly never gives back, so it runs in an instance of its own that is dropped.
import { utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";

// Of the build, which puts each name in where it is said: SODIUM_NAMES.crypto_sign_detached is "ab".
declare const SODIUM_NAMES: Readonly<
    Record<
        | "memory"
        | "malloc"
        | "free"
        | `crypto_generichash${"" | "_statebytes" | "_init" | "_update" | "_final"}`
        | `crypto_sign_${"seed_keypair" | "detached" | "verify_detached"}`
        | `crypto_scalarmult${"" | "_base"}`
        | `crypto_aead_${"" | "x"}chacha20poly1305_ietf_${"encrypt" | "decrypt"}`
        | "crypto_pwhash",
        string
    >
>;

type Call = (...args: number[]) => number;
export interface PhoneMemory {
    memory: WebAssembly.Memory;
}

export const HASH_SIZE = 32;
export const KEY_SIZE = 32;
export const XNONCE_SIZE = 24;
export const TAG_SIZE = 16;
const ERR_FIELD = -6;
const ERR_SIGNATURE = -9;
const ERR_SEAL = -20;
const ALG_ARGON2ID13 = 2;
const SCRATCH = 80 * 1024;

async function instantiate(module: WebAssembly.Module): Promise<Record<string, unknown>> {
    let memory: WebAssembly.Memory | undefined;
    const fail = (): never => {
        throw new Failure("BROKEN", "libsodium stopped");
    };
    // As emscripten made them: failed assertion, its own JavaScript, abort, growth to so many bytes.
    const imports = {
        a: fail,
        // For random numbers, with which the password hash fills its result first.
        b: (): number => crypto.getRandomValues(new Int32Array(1))[0] as number,
        c: fail,
        d: (size: number): number => {
            try {
                memory?.grow(Math.ceil(((size >>> 0) - memory.buffer.byteLength) / 65536));
                return 1;
            } catch {
                return 0;
            }
        },
    };
    const instance = await WebAssembly.instantiate(module, { a: imports });
    memory = instance.exports[SODIUM_NAMES.memory] as WebAssembly.Memory;
    return instance.exports;
}

export class Sodium {
    readonly #exports: Record<string, unknown>;
    readonly #memory: WebAssembly.Memory;
    #view: Uint8Array<ArrayBuffer>;
    #scratch: number;
    #scratchSize = SCRATCH;
    readonly #state: number; // of a hash over several parts
    readonly #fn: Record<
        "generic" | "init" | "update" | "final" | "seedPair" | "sign" | "verify" | "mult" | "base" | "seal" | "open",
        Call
    >;

    private constructor(
        private readonly module: WebAssembly.Module,
        exports: Record<string, unknown>,
    ) {
        this.#exports = exports;
        this.#memory = exports[SODIUM_NAMES.memory] as WebAssembly.Memory;
        this.#view = new Uint8Array(this.#memory.buffer);
        this.#fn = {
            generic: this.#named(SODIUM_NAMES.crypto_generichash),
            init: this.#named(SODIUM_NAMES.crypto_generichash_init),
            update: this.#named(SODIUM_NAMES.crypto_generichash_update),
            final: this.#named(SODIUM_NAMES.crypto_generichash_final),
            seedPair: this.#named(SODIUM_NAMES.crypto_sign_seed_keypair),
            sign: this.#named(SODIUM_NAMES.crypto_sign_detached),
            verify: this.#named(SODIUM_NAMES.crypto_sign_verify_detached),
            mult: this.#named(SODIUM_NAMES.crypto_scalarmult),
            base: this.#named(SODIUM_NAMES.crypto_scalarmult_base),
            seal: this.#named(SODIUM_NAMES.crypto_aead_chacha20poly1305_ietf_encrypt),
            open: this.#named(SODIUM_NAMES.crypto_aead_chacha20poly1305_ietf_decrypt),
        };
        this.#scratch = this.#allot(SCRATCH);
        this.#state = this.#allot(this.#named(SODIUM_NAMES.crypto_generichash_statebytes)());
    }

    static async load(bytes: Bytes): Promise<Sodium> {
        const module = await WebAssembly.compile(bytes);
        return new Sodium(module, await instantiate(module));
    }

    #named(name: string): Call {
        return this.#exports[name] as Call;
    }

    #allot(size: number): number {
        const at = this.#named(SODIUM_NAMES.malloc)(size);
        if (at === 0) throw new Failure("NO_MEMORY");
        return at;
    }

    // The memory as bytes; a view ends when memory grows.
    #bytes(): Uint8Array<ArrayBuffer> {
        if (this.#view.buffer !== this.#memory.buffer) this.#view = new Uint8Array(this.#memory.buffer);
        return this.#view;
    }

    #room(size: number): number {
        if (size > this.#scratchSize) {
            this.#named(SODIUM_NAMES.free)(this.#scratch);
            this.#scratch = this.#allot(size);
            this.#scratchSize = size;
        }
        return this.#scratch;
    }

    #forget(size: number): void {
        this.#bytes().fill(0, this.#scratch, this.#scratch + size);
    }

    // BLAKE2b of 32 bytes, keyed if there is a key.
    hash(data: Uint8Array, key?: Uint8Array): Bytes {
        const at = this.#room(HASH_SIZE + 64 + data.length);
        const view = this.#bytes();
        if (key) view.set(key, at + HASH_SIZE);
        view.set(data, at + HASH_SIZE + 64);
        this.#fn.generic(at, HASH_SIZE, at + HASH_SIZE + 64, data.length, 0, key ? at + HASH_SIZE : 0, key?.length ?? 0);
        const out = this.#bytes().slice(at, at + HASH_SIZE);
        this.#forget(HASH_SIZE + 64 + data.length);
        return out;
    }

    // XChaCha20-Poly1305: ciphertext and tag.
    seal(plain: Uint8Array, ad: Uint8Array, nonce: Uint8Array, key: Uint8Array): Bytes {
        return this.#aead(true, plain, ad, nonce, key) as Bytes;
    }

    // null: it does not open.
    open(sealed: Uint8Array, ad: Uint8Array, nonce: Uint8Array, key: Uint8Array): Bytes | null {
        if (sealed.length < TAG_SIZE) return null;
        return this.#aead(false, sealed, ad, nonce, key);
    }

    #aead(
        sealing: boolean,
        data: Uint8Array,
        ad: Uint8Array,
        nonce: Uint8Array,
        key: Uint8Array,
    ): Bytes | null {
        const outSize = sealing ? data.length + TAG_SIZE : data.length - TAG_SIZE;
        const size = KEY_SIZE + XNONCE_SIZE + ad.length + data.length + TAG_SIZE;
        const keyAt = this.#allot(size);
        const nonceAt = keyAt + KEY_SIZE;
        const adAt = nonceAt + XNONCE_SIZE;
        const at = adAt + ad.length;
        let view = this.#bytes();
        view.set(key, keyAt);
        view.set(nonce, nonceAt);
        view.set(ad, adAt);
        view.set(data, at);
        const call = this.#named(
            sealing
                ? SODIUM_NAMES.crypto_aead_xchacha20poly1305_ietf_encrypt
                : SODIUM_NAMES.crypto_aead_xchacha20poly1305_ietf_decrypt,
        );
        const failed = sealing
            ? call(at, 0, at, data.length, 0, adAt, ad.length, 0, 0, nonceAt, keyAt)
            : call(at, 0, 0, at, data.length, 0, adAt, ad.length, 0, nonceAt, keyAt);
        view = this.#bytes();
        const out = failed === 0 ? view.slice(at, at + outSize) : null;
        view.fill(0, keyAt, keyAt + size);
        this.#named(SODIUM_NAMES.free)(keyAt);
        return out;
    }

    // Argon2id, version 1.3, one lane.
    async passwordHash(
        password: string,
        salt: Uint8Array,
        size: number,
        operations: number,
        memoryBytes: number,
    ): Promise<Bytes> {
        const own = new Sodium(this.module, await instantiate(this.module));
        const text = utf8(password);
        const at = own.#room(size + salt.length + text.length);
        own.#bytes().set(salt, at + size);
        own.#bytes().set(text, at + size + salt.length);
        const failed = own.#named(SODIUM_NAMES.crypto_pwhash)(
            at,
            size, 0,
            at + size + salt.length,
            text.length, 0,
            at + size,
            operations, 0,
            memoryBytes,
            ALG_ARGON2ID13,
        );
        if (failed !== 0) throw new Failure("NO_MEMORY", "for the passphrase");
        const out = own.#bytes().slice(at, at + size);
        own.#bytes().fill(0, at, at + own.#scratchSize);
        return out;
    }

    // What the core imports (src/core/crypto.h), over the memory of the core's instance.
    imports(core: () => WebAssembly.Memory): Record<string, Call> {
        let view = new Uint8Array(0);
        const there = (): Uint8Array => {
            const buffer = core().buffer;
            if (view.buffer !== buffer) view = new Uint8Array(buffer);
            return view;
        };
        // Copy between the memories; the small ones byte by byte, which makes no garbage.
        const take = (to: number, from: number, size: number): void => {
            const source = there();
            const target = this.#bytes();
            if (size <= 64) for (let i = 0; i < size; i++) target[to + i] = source[from + i] as number;
            else target.set(source.subarray(from, from + size), to);
        };
        const give = (to: number, from: number, size: number): void => {
            const target = there();
            const source = this.#bytes();
            if (size <= 64) for (let i = 0; i < size; i++) target[to + i] = source[from + i] as number;
            else target.set(source.subarray(from, from + size), to);
        };
        const fn = this.#fn;
        const digest = (out: number, key: number, keySize: number, data: number, size: number): void => {
            const at = this.#room(HASH_SIZE + 64 + size);
            if (keySize > 0) take(at + HASH_SIZE, key, keySize);
            take(at + HASH_SIZE + 64, data, size);
            fn.generic(at, HASH_SIZE, at + HASH_SIZE + 64, size, 0, keySize > 0 ? at + HASH_SIZE : 0, keySize);
            give(out, at, HASH_SIZE);
        };
        const numbers = {
            crypto_digest: (out: number, data: number, size: number) => digest(out, 0, 0, data, size),
            crypto_digest_keyed: digest,
            crypto_keypair: (publicKey: number, secret: number, seed: number) => {
                const at = this.#room(128);
                take(at + 96, seed, 32);
                fn.seedPair(at, at + 32, at + 96);
                give(publicKey, at, 32);
                give(secret, at + 32, 64);
                this.#forget(128);
            },
            crypto_sign_make: (signature: number, data: number, size: number, secret: number) => {
                const at = this.#room(128 + size);
                take(at + 64, secret, 64);
                take(at + 128, data, size);
                fn.sign(at, 0, at + 128, size, 0, at + 64);
                give(signature, at, 64);
                this.#forget(128);
            },
            crypto_sign_check: (signature: number, data: number, size: number, key: number) => {
                const at = this.#room(96 + size);
                take(at, signature, 64);
                take(at + 64, key, 32);
                take(at + 96, data, size);
                return fn.verify(at, at + 96, size, 0, at + 64) === 0 ? 0 : ERR_SIGNATURE;
            },
            crypto_digest_long: (out: number, first: number, firstSize: number, second: number, secondSize: number) => {
                const at = this.#room(64 + Math.max(firstSize, secondSize));
                fn.init(this.#state, 0, 0, 64);
                if (firstSize > 0) {
                    take(at + 64, first, firstSize);
                    fn.update(this.#state, at + 64, firstSize, 0);
                }
                if (secondSize > 0) {
                    take(at + 64, second, secondSize);
                    fn.update(this.#state, at + 64, secondSize, 0);
                }
                fn.final(this.#state, at, 64);
                give(out, at, 64);
                this.#forget(64 + Math.max(firstSize, secondSize));
            },
            crypto_x25519_base: (publicKey: number, secret: number) => {
                const at = this.#room(64);
                take(at + 32, secret, 32);
                fn.base(at, at + 32);
                give(publicKey, at, 32);
                this.#forget(64);
            },
            crypto_x25519: (shared: number, secret: number, publicKey: number) => {
                const at = this.#room(96);
                take(at + 32, secret, 32);
                take(at + 64, publicKey, 32);
                const failed = fn.mult(at, at + 32, at + 64) !== 0;
                if (!failed) give(shared, at, 32);
                this.#forget(96);
                return failed ? ERR_FIELD : 0;
            },
            crypto_seal: (
                out: number,
                data: number,
                size: number,
                ad: number,
                adSize: number,
                nonce: number,
                key: number,
            ) => {
                const at = this.#room(48 + adSize + size + TAG_SIZE);
                take(at, key, 32);
                take(at + 32, nonce, 12);
                take(at + 48, ad, adSize);
                take(at + 48 + adSize, data, size);
                const text = at + 48 + adSize;
                fn.seal(text, 0, text, size, 0, at + 48, adSize, 0, 0, at + 32, at);
                give(out, text, size + TAG_SIZE);
                this.#forget(32);
            },
            crypto_open: (
                out: number,
                sealed: number,
                size: number,
                ad: number,
                adSize: number,
                nonce: number,
                key: number,
            ) => {
                if (size < TAG_SIZE) return ERR_SEAL;
                const at = this.#room(48 + adSize + size);
                take(at, key, 32);
                take(at + 32, nonce, 12);
                take(at + 48, ad, adSize);
                take(at + 48 + adSize, sealed, size);
                const text = at + 48 + adSize;
                const failed = fn.open(text, 0, 0, text, size, 0, at + 48, adSize, 0, at + 32, at) !== 0;
                if (!failed) give(out, text, size - TAG_SIZE);
                this.#forget(48 + adSize + size);
                return failed ? ERR_SEAL : 0;
            },
            crypto_wipe: (memory: number, size: number) => {
                there().fill(0, memory, memory + size);
            },
        };
        return numbers as unknown as Record<string, Call>;
    }
}
