// sketch.json: SipHash (npm's libsodium reckons it), elements and parts, power sums, what decodes and what does not, odd sketches, Rice codes.
import { attempt, longVarint } from "./bytes.mjs";
import { SOURCE, expect, expectError, label } from "./fixtures.mjs";
import * as sketch from "./sketch.mjs";
import { concat, hex, shortHash, stream, unhex } from "./sodium.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const number = (bytes) => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
const hashes = (name, n) => Array.from({ length: n }, (_, i) => number(stream(`longear test vectors: sketch ${name}`, 8 * n).subarray(8 * i, 8 * i + 8)));
const hex64 = (n) => n.toString(16).padStart(16, "0");
const ascending = (list) => list.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

function sipHashes() {
    const count = (n) => Uint8Array.from({ length: n }, (_, i) => i);
    const published = Array.from({ length: 64 }, (_, size) => [count(16), count(size)]);
    const ids = Array.from({ length: 8 }, (_, i) => [label(`siphash key ${i}`).subarray(0, 16), label(`id ${i}`)]);
    return [...published, ...ids].map(([key, data]) => {
        return { key: hex(key), data: hex(data), hash: hex64(number(shortHash(data, key))) };
    });
}

function elements() {
    const list = [0n, 1n, 1n << 40n, (1n << 64n) - 1n, (1n << 40n) - 1n, 0xffffffn << 40n, ...hashes("elements", 10)];
    return list.map((hash) => ({
        hash: hex64(hash),
        element: hex64(sketch.element(hash)),
        parts: [1, 2, 3, 32, 1000, 1 << 24].map((parts) => ({ parts, part: Number(sketch.part(hash, parts)) })),
    }));
}

// A set's sketch, as it is and in pieces that extend each other, and that it decodes to the set.
function sketches() {
    const cases = [
        ["nothing", 0, [3]],
        ["one element", 1, [1]],
        ["one element, more room", 1, [1, 1, 2]],
        ["two", 2, [2]],
        ["two, more room", 2, [1, 4]],
        ["five", 5, [2, 3]],
        ["seven, more room", 7, [4, 1, 5]],
        ["twelve", 12, [12]],
        ["forty in pieces", 40, [32, 8, 4]],
    ];
    return cases.map(([name, size, pieces]) => {
        const set = ascending(hashes(name, size).map(sketch.element));
        const all = sketch.syndromes(set, 0, pieces.reduce((a, b) => a + b));
        let first = 0;
        const list = pieces.map((count) => {
            const piece = { first, count, bytes: hex(sketch.sketchBytes(sketch.syndromes(set, first, count))) };
            first += count;
            return piece;
        });
        if (size <= 12) {
            const f = sketch.locate(all);
            expect(name, f.length, size);
            for (const e of set) expect(name, sketch.isRoot(f, e), true);
        }
        return { name, set: set.map(hex64), pieces: list };
    });
}

// Sketches of larger sets than fit, and ones of no set that was ever made: refused, or answered with a polynomial of this degree.
function answers() {
    const cases = [];
    for (let capacity = 1; capacity <= 6; capacity++)
        for (let i = 0; i < 8; i++)
            cases.push([
                `${capacity + 1 + i} elements, capacity ${capacity}`,
                sketch.syndromes(hashes(`over ${capacity}.${i}`, capacity + 1 + i).map(sketch.element), 0, capacity),
            ]);
    for (let i = 0; i < 6; i++) cases.push([`a gap before syndrome ${i}`, Array.from({ length: 6 }, (_, j) => (j === i ? 5n : 0n))]);
    cases.push(["a root at 0", [1n, 1n, 0n]], ["the same number everywhere", Array(5).fill(1n)], ["7 everywhere", Array(5).fill(7n)]);
    return cases.map(([name, sums]) => {
        const { value, error } = attempt(() => sketch.locate(sums));
        return { name, capacity: sums.length, bytes: hex(sketch.sketchBytes(sums)), error, ...(value && { found: value.length }) };
    });
}

function oddSketches() {
    return [
        [1, 5],
        [2, 20],
        [4, 100],
        [9, 300],
        [12, 1000],
    ].map(([levels, n]) => {
        const list = hashes(`odd ${levels}`, n);
        return { levels, hashes: hex(stream(`longear test vectors: sketch odd ${levels}`, 8 * n)), odd: sketch.oddSketch(list, levels).map(hex64) };
    });
}

function riceCodes() {
    const from = (name, n, universe) => ascending([...new Set(hashes(name, n).map((h) => h % universe))]);
    const cases = [
        ["nothing", [], 5n],
        ["the only one", [0n], 1n],
        ["all of eight", [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n], 8n],
        ["the last of a million", [999999n], 1000000n],
        ["the largest universe", [0n, (1n << 62n) - 1n], 1n << 62n],
        ["ten of a million", from("ten", 10, 1000000n), 1000000n],
        ["fifty short ids", from("ids", 50, 1n << 40n), 1n << 40n],
        ["two hundred of a thousand", from("dense", 200, 1000n), 1000n],
        ["far up and close together", Array.from({ length: 60 }, (_, i) => 999900n + BigInt(i + (i >> 2))), 1000000n],
    ];
    const positive = cases.map(([name, values, universe]) => {
        const bytes = sketch.rice(values, universe);
        expect(name, sketch.unrice(bytes, values.length, universe).join(), values.join());
        return { name, universe: hex64(universe), values: values.map(hex64), bytes: hex(bytes) };
    });
    const three = [3n, 70n, 90n];
    const best = sketch.rice(three, 100n);
    const dirty = sketch.rice([1n], 16n); // 6 bits
    dirty[dirty.length - 1] |= 128;
    const negative = [
        ["no byte", "TRUNCATED", u8(), 9, 100n],
        ["no bits", "TRUNCATED", u8(1), 9, 100n],
        ["a byte short", "TRUNCATED", best.subarray(0, -1), 9, 100n],
        ["a byte behind", "TRAILING", concat(best, u8(0)), 9, 100n],
        ["a byte behind nothing", "TRAILING", u8(0, 0), 9, 100n],
        ["a bit after the end", "FIELD", dirty, 9, 16n],
        ["more than may be", "LIMIT", best, 2, 100n],
        ["a count in two bytes", "VARINT", concat(longVarint(3), best.subarray(1)), 9, 100n],
        ["the universe itself", "LIMIT", sketch.rice([90n], 91n, 0), 9, 90n],
        ["the universe itself, written out", "LIMIT", sketch.rice([90n], 91n, 15), 9, 90n],
        ["more numbers than there are", "LIMIT", u8(2, 1), 9, 1n],
        ["2^64, which is not 0", "LIMIT", unhex("01300000000000000000"), 9, 1n << 62n],
        ["written out in vain", "FIELD", unhex("01f7ffff13"), 9, 64n],
        ["only ones", "TRUNCATED", unhex("01ffffff"), 9, 100n],
    ].map(([name, error, bytes, most, universe]) => {
        expectError(name, () => sketch.unrice(bytes, most, universe), error);
        return { name, bytes: hex(bytes), most, universe: hex64(universe), error };
    });
    /* Codes with another choice than the best are read all the same. */
    const choices = [...Array(16).keys()].map((c) => {
        const bytes = sketch.rice(three, 100n, c);
        expect(`choice ${c}`, sketch.unrice(bytes, 3, 100n).join(), three.join());
        return { choice: c, universe: hex64(100n), values: three.map(hex64), bytes: hex(bytes) };
    });
    return { positive, negative, choices };
}

export function makeSketchJson() {
    return {
        about: `${SOURCE} 64-bit numbers are 16 hex digits, the most significant first; everything else in hex is bytes. "hashes" are u64, one after the other. SipHash-2-4 is npm's libsodium's; the first 64 have the key and the inputs of the authors' reference.`,
        siphash: sipHashes(),
        elements: elements(),
        sketches: sketches(),
        answers: answers(),
        odd: oddSketches(),
        rice: riceCodes(),
    };
}
