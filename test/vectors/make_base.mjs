// varint.json, base32.json and sanity.json: the smallest parts, and what comes from outside sources.
import { createHash, createPublicKey, verify } from "node:crypto";
import * as base32 from "./base32.mjs";
import { MAX_63, Reader, longVarint, varint, zigzag } from "./bytes.mjs";
import { accepts } from "./ed25519.mjs";
import { SOURCE, expect, expectError, label } from "./fixtures.mjs";
import { blake2b, concat, hex, keyPair, sign, unhex, utf8 } from "./sodium.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const read = (bytes, what) => {
    const reader = new Reader(bytes);
    const value = reader[what]();
    reader.end();
    return value;
};

export function makeVarintJson() {
    const powers = Array.from({ length: 63 }, (_, i) => 2n ** BigInt(i));
    const values = [0n, ...powers.flatMap((p) => [p - 1n, p, p + 1n]), MAX_63]
        .filter((v, i, all) => v <= MAX_63 && all.indexOf(v) === i)
        .sort((a, b) => (a < b ? -1 : 1));
    const positive = values.map((value) => {
        expect("varint", read(varint(value), "wide"), value);
        return { value: `${value}`, bytes: hex(varint(value)) };
    });
    const signed = [
        0n,
        -1n,
        1n,
        -2n,
        2n,
        -64n,
        63n,
        64n,
        -65n,
        86400n,
        -86400n,
        2n ** 33n,
        -(2n ** 33n),
        2n ** 62n - 1n,
        -(2n ** 62n),
    ].map((value) => {
        expect("zigzag", read(zigzag(value), "zigzag"), value);
        return { value: `${value}`, bytes: hex(zigzag(value)) };
    });
    const negative = [
        ["zero in two bytes", "VARINT", u8(0x80, 0)],
        ["one in two bytes", "VARINT", longVarint(1)],
        ["127 in two bytes", "VARINT", longVarint(127)],
        ["300 in three bytes", "VARINT", longVarint(300)],
        ["one in nine bytes", "VARINT", u8(0x81, 128, 128, 128, 128, 128, 128, 128, 0)],
        ["2^63", "VARINT", u8(...Array(9).fill(128), 1)],
        ["2^64 - 1", "VARINT", u8(...Array(9).fill(255), 1)],
        ["a ninth byte with its high bit set, then the end", "VARINT", u8(...Array(9).fill(255))],
        ["no byte", "TRUNCATED", u8()],
        ...[1, 2, 8].map((n) => [`${n} bytes and no last one`, "TRUNCATED", u8(...Array(n).fill(255))]),
        ["a byte behind", "TRAILING", u8(5, 0)],
    ].map(([name, error, bytes]) => {
        expectError(name, () => read(bytes, "wide"), error);
        return { name, bytes: hex(bytes), error };
    });
    return {
        about: `${SOURCE} Values are decimal. A negative is read as one varint that fills its room.`,
        positive,
        zigzag: signed,
        negative,
    };
}

export function makeBase32Json() {
    // RFC 4648, section 10, in lower case without padding.
    const rfc = { "": "", f: "my", fo: "mzxq", foo: "mzxw6", foob: "mzxw6yq", fooba: "mzxw6ytb", foobar: "mzxw6ytboi" };
    const positive = Object.entries(rfc).map(([from, text]) => [utf8(from), text]);
    for (let size = 0; size <= 32; size++)
        positive.push([label("base32").subarray(0, size), base32.encode(label("base32").subarray(0, size))]);
    const negative = [
        ["one character", "a"],
        ["three characters", "mzx"],
        ["six characters", "mzxw6y"],
        ["eleven characters", "mzxw6ytbmzx"],
        ["padding", "my======"],
        ["a zero", "m0"],
        ["a one", "m1"],
        ["an eight", "m8"],
        ["two bytes: four unused bits", "mzxr"],
        ["one byte: two unused bits", "mz"],
        ["three bytes: one unused bit", "mzxw7"],
        ["four bytes: three unused bits", "mzxw6yr"],
        ["beyond ASCII", "mж"],
    ];
    return {
        about: `${SOURCE} The first seven are those of RFC 4648, section 10. A reader takes upper case too; white space is passed over by the reader of an invitation.`,
        positive: positive.map(([bytes, text]) => {
            expect(text, base32.encode(bytes), text);
            for (const given of [text, text.toUpperCase()]) expect(text, base32.decode(given), bytes);
            return { bytes: hex(bytes), text };
        }),
        negative: negative.map(([name, text]) => {
            expectError(name, () => base32.decode(text), "CHECKSUM");
            return { name, text, error: "CHECKSUM" };
        }),
    };
}

// RFC 8032, section 7.1: tests 1 to 3.
const RFC_8032 = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];
// RFC 7693, appendix E: hash 24 inputs without and with a key, and the digests together with BLAKE2b-256.
const RFC_7693_GRAND = "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475";
function sequence(size, seed) {
    let [a, b] = [Math.imul(0xdead4bad, seed), 1];
    return Uint8Array.from({ length: size }, () => {
        [a, b] = [b, (a + b) | 0];
        return b >>> 24;
    });
}
export function makeSanityJson() {
    const ed25519 = RFC_8032.map(([seed, key, message, signature]) => {
        const pair = keyPair(unhex(seed));
        expect("RFC 8032: key", hex(pair.publicKey), key);
        expect("RFC 8032: signature", hex(sign(unhex(message), pair.secret)), signature);
        expect("RFC 8032: the slow verifier", accepts(unhex(signature), unhex(message), unhex(key)), true);
        const openssl = createPublicKey({
            key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), unhex(key)]),
            format: "der",
            type: "spki",
        });
        expect("RFC 8032: OpenSSL", verify(null, unhex(message), openssl, unhex(signature)), true);
        return { seed, key, message, signature };
    });
    const digests = [];
    for (const size of [20, 32, 48, 64])
        for (const length of [0, 3, 128, 129, 255, 1024])
            for (const key of [null, sequence(size, size)]) {
                const input = sequence(length, length);
                const digest = blake2b(size, input, key);
                if (size === 64 && !key)
                    expect("OpenSSL's BLAKE2b", createHash("blake2b512").update(input).digest("hex"), hex(digest));
                digests.push({ size, input: hex(input), key: key && hex(key), digest: hex(digest) });
            }
    expect(
        "RFC 7693, appendix E",
        hex(blake2b(32, concat(...digests.map(({ digest }) => unhex(digest))))),
        RFC_7693_GRAND,
    );
    return {
        about: "From outside sources. ed25519: RFC 8032, section 7.1, tests 1 to 3. blake2b: the self-test of RFC 7693, appendix E: grand is the RFC's, BLAKE2b-256 of all digests joined; the digests alone are computed here, and a wrong one would change it.",
        ed25519,
        blake2b: { grand: RFC_7693_GRAND, digests },
    };
}
