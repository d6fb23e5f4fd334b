// vault.ts: seals bytes under a passphrase (doc/protocol.md, "The kept page").
//
//   sealed = head (80) ‖ XChaCha20-Poly1305 of the bytes under nonce and key, with the head as associated data
//   head   = magic (8) ‖ version u8 = 1 ‖ operations u8 ‖ memory u16 (MiB) ‖ 0 (4) ‖ salt (16) ‖ nonce (24) ‖ check (16) ‖ sum (8)
//
// key = Argon2id(passphrase in NFKC, salt). The check tells a wrong passphrase from damage: it depends on the key; the sum
// is over the head before it, and shows that it is the head that was written. Neither helps who guesses: trying to open
// does the same.
import { equal, join, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import type { Sodium } from "./sodium.ts";

const MAGIC = Uint8Array.of(0x8c, 0x6c, 0x65, 0x4b, 0x0d, 0x0a, 0x1a, 0x0a);
const VERSION = 1;
export const HEAD_SIZE = 80;
const SALT_AT = 16;
const NONCE_AT = 32;
const CHECK_AT = 56;
const SUM_AT = 72;
const SALT_SIZE = 16;
const NONCE_SIZE = 24;
const OPERATIONS = 3;
const MEMORY_MIB = 64;
// What a file may ask for: more would only be there to choke the reader.
const OPERATIONS_MAX = 16;
const MEMORY_MIB_MAX = 256;

export interface VaultKey {
    salt: Bytes;
    key: Bytes;
    operations: number;
    memoryMib: number;
}

async function derive(sodium: Sodium, passphrase: string, part: Omit<VaultKey, "key">): Promise<VaultKey> {
    const { salt, operations, memoryMib } = part;
    const key = await sodium.passwordHash(passphrase.normalize("NFKC"), salt, 32, operations, memoryMib * 1048576);
    return { ...part, key };
}

export function newVaultKey(sodium: Sodium, passphrase: string, random: (size: number) => Bytes): Promise<VaultKey> {
    return derive(sodium, passphrase, { salt: random(SALT_SIZE), operations: OPERATIONS, memoryMib: MEMORY_MIB });
}

const checkOf = (sodium: Sodium, key: Uint8Array): Bytes => sodium.hash(utf8("longear vault ok"), key).subarray(0, 16);
const sumOf = (sodium: Sodium, head: Uint8Array): Bytes => sodium.hash(head.subarray(0, SUM_AT)).subarray(0, 8);

export function vaultSeal(sodium: Sodium, vault: VaultKey, plain: Uint8Array, random: (size: number) => Bytes): Bytes {
    const head = new Uint8Array(HEAD_SIZE);
    head.set(MAGIC);
    head[8] = VERSION;
    head[9] = vault.operations;
    new DataView(head.buffer).setUint16(10, vault.memoryMib, true);
    head.set(vault.salt, SALT_AT);
    head.set(random(NONCE_SIZE), NONCE_AT);
    head.set(checkOf(sodium, vault.key), CHECK_AT);
    head.set(sumOf(sodium, head), SUM_AT);
    return join(head, sodium.seal(plain, head, head.subarray(NONCE_AT, CHECK_AT), vault.key));
}

// Errors: FILE_DAMAGED, ERR_VERSION (made by a later version), PASSPHRASE_WRONG.
export async function vaultOpen(
    sodium: Sodium,
    passphrase: string,
    sealed: Uint8Array,
): Promise<{ vault: VaultKey; plain: Bytes }> {
    const head = sealed.slice(0, HEAD_SIZE);
    if (head.length < HEAD_SIZE || !equal(head.subarray(0, 8), MAGIC)) throw new Failure("FILE_DAMAGED", "no head");
    if (!equal(sumOf(sodium, head), head.subarray(SUM_AT))) throw new Failure("FILE_DAMAGED", "the head");
    if (head[8] !== VERSION) throw new Failure("ERR_VERSION");
    const operations = head[9] as number;
    const memoryMib = new DataView(head.buffer).getUint16(10, true);
    if (operations < 1 || operations > OPERATIONS_MAX || memoryMib < 1 || memoryMib > MEMORY_MIB_MAX)
        throw new Failure("ERR_LIMIT");
    const salt = head.slice(SALT_AT, NONCE_AT);
    const vault = await derive(sodium, passphrase, { salt, operations, memoryMib });
    if (!equal(checkOf(sodium, vault.key), head.subarray(CHECK_AT, SUM_AT))) throw new Failure("PASSPHRASE_WRONG");
    const plain = sodium.open(sealed.subarray(HEAD_SIZE), head, head.subarray(NONCE_AT, CHECK_AT), vault.key);
    if (!plain) throw new Failure("FILE_DAMAGED", "the sealed part");
    return { vault, plain };
}

// A box under a random key that the sealed part of a page holds: nonce ‖ ciphertext ‖ tag.
export function boxSeal(
    sodium: Sodium,
    key: Uint8Array,
    plain: Uint8Array,
    ad: string,
    random: (size: number) => Bytes,
): Bytes {
    const nonce = random(NONCE_SIZE);
    return join(nonce, sodium.seal(plain, utf8(ad), nonce, key));
}

export function boxOpen(sodium: Sodium, key: Uint8Array, box: Uint8Array, ad: string): Bytes {
    const plain =
        box.length < NONCE_SIZE ? null : sodium.open(box.subarray(NONCE_SIZE), utf8(ad), box.subarray(0, NONCE_SIZE), key);
    if (!plain) throw new Failure("FILE_DAMAGED", ad);
    return plain;
}
