// Sketches as doc/protocol.md, "Sketches", has them: the field, elements, power sums, decoding, the odd sketch, Rice codes. Everything in BigInt
// and the plainest way: a bit at a time, linear equations, and roots that are not even looked for.
import { Reader, check, varint } from "./bytes.mjs";
import { concat } from "./sodium.mjs";

const M40 = (1n << 40n) - 1n;
const M64 = (1n << 64n) - 1n;

// ---- The field: x^40 + x^5 + x^4 + x^3 + 1 ----

export function mul(a, b) {
    let product = 0n;
    for (; b > 0n; b >>= 1n) {
        if (b & 1n) product ^= a;
        a <<= 1n;
        if (a >> 40n) a ^= (1n << 40n) | 0b111001n;
    }
    return product;
}
export const power = (a, e) => (e === 0n ? 1n : mul(power(mul(a, a), e >> 1n), e & 1n ? a : 1n));
export const inverse = (a) => power(a, (1n << 40n) - 2n);

// ---- Elements, parts, syndromes ----

export const element = (hash) => (hash & M40) || 1n;
export const part = (hash, parts) => ((hash >> 40n) * BigInt(parts)) >> 24n;
export const syndromes = (elements, first, count) =>
    Array.from({ length: count }, (_, i) =>
        elements.reduce((sum, e) => sum ^ power(e, BigInt(2 * (first + i) + 1)), 0n),
    );
export const sketchBytes = (sums) =>
    concat(...sums.map((s) => Uint8Array.from({ length: 5 }, (_, i) => Number((s >> BigInt(8 * i)) & 255n))));

// ---- Decoding, by Peterson's way: the largest regular matrix of power sums ----

// Solve the linear equations whose rows end with the right side; null if they have no one solution.
function solve(rows) {
    const n = rows.length;
    rows = rows.map((row) => row.slice());
    for (let i = 0; i < n; i++) {
        const pivot = rows.findIndex((row, j) => j >= i && row[i] !== 0n);
        if (pivot < 0) return null;
        [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
        const scale = inverse(rows[i][i]);
        rows[i] = rows[i].map((x) => mul(x, scale));
        for (let j = 0; j < n; j++) {
            const by = rows[j][i];
            if (j !== i && by !== 0n) rows[j] = rows[j].map((x, k) => x ^ mul(by, rows[i][k]));
        }
    }
    return rows.map((row) => row[n]);
}

// The product of two polynomials modulo the monic f = x^n + f[n-1] x^(n-1) + … + f[0].
function timesModulo(a, b, f) {
    const product = Array(2 * f.length).fill(0n);
    a.forEach((x, i) => b.forEach((y, j) => (product[i + j] ^= mul(x, y))));
    for (let k = product.length - 1; k >= f.length; k--) f.forEach((c, i) => (product[k - f.length + i] ^= mul(product[k], c)));
    return product.slice(0, f.length);
}
function splits(f) {
    if (f.length < 2) return true;
    const x = f.map((_, i) => (i === 1 ? 1n : 0n));
    let p = x;
    for (let i = 0; i < 40; i++) p = timesModulo(p, p, f);
    return p.every((c, i) => c === x[i]);
}

// The monic polynomial whose roots are the elements (without its first 1), or the error LIMIT.
export function locate(odd) {
    const capacity = odd.length;
    const s = [0n];
    for (let k = 1; k <= 2 * capacity; k++) s[k] = k % 2 ? odd[(k - 1) / 2] : mul(s[k / 2], s[k / 2]);
    let [n, f] = [capacity, null];
    // s[k + n] = f[0] s[k] + … + f[n-1] s[k + n - 1]
    for (; n > 0; n--) {
        f = solve(Array.from({ length: n }, (_, i) => s.slice(i + 1, i + 2 + n)));
        if (f) break;
    }
    f = n === 0 ? [] : f;
    for (let k = 1; k + n <= 2 * capacity; k++)
        check(f.reduce((sum, c, i) => sum ^ mul(c, s[k + i]), 0n) === s[k + n], "LIMIT");
    check(n === 0 || f[0] !== 0n, "LIMIT");
    check(splits(f), "LIMIT");
    return f;
}
export const isRoot = (f, e) => f.reduceRight((sum, c) => mul(sum, e) ^ c, 1n) === 0n;

// ---- The odd sketch ----

export function oddPlace(hash, levels) {
    const C = 0xd6e8feb86659fd93n;
    let m = hash;
    for (let i = 0; i < 2; i++) m = ((m ^ (m >> 32n)) * C) & M64;
    const bits = m.toString(2).padStart(64, "0"); // the most significant first
    let level = 0;
    while (level < levels - 1 && bits.slice(6 + 2 * level, 8 + 2 * level) === "00") level++;
    return { level, bit: BigInt(parseInt(bits.slice(0, 6), 2)) };
}
export function oddSketch(hashes, levels) {
    const out = Array(levels).fill(0n);
    for (const { level, bit } of hashes.map((h) => oddPlace(h, levels))) out[level] ^= 1n << bit;
    return out;
}

// ---- Rice codes ----

const bitLength = (x) => (x === 0n ? 0 : x.toString(2).length);
const binary = (x, width) => (width === 0 ? "" : x.toString(2).padStart(width, "0").split("").reverse().join(""));
const parameter = (count, universe, c) => BigInt(Math.max(0, Math.max(0, bitLength(universe / BigInt(count)) - 1) + 1 - c));
const gaps = (values) => values.map((v, i) => (i === 0 ? v : v - 1n - values[i - 1]));
const written = (universe) => bitLength(universe - 1n);
const code = (g, k, universe) =>
    g >> k < 20n ? "1".repeat(Number(g >> k)) + "0" + binary(g & ((1n << k) - 1n), Number(k)) : "1".repeat(20) + binary(g, written(universe));

function bytesOfBits(bits) {
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
    return Uint8Array.from({ length: padded.length / 8 }, (_, i) =>
        parseInt(padded.slice(8 * i, 8 * i + 8).split("").reverse().join(""), 2),
    );
}
// With the choice c, or the best one.
export function rice(values, universe, c) {
    if (values.length === 0) return varint(0);
    const all = [...Array(16).keys()].map((choice) => {
        const k = parameter(values.length, universe, choice);
        return binary(BigInt(choice), 4) + gaps(values).map((g) => code(g, k, universe)).join("");
    });
    const shortest = Math.min(...all.map((bits) => bits.length));
    return concat(varint(values.length), bytesOfBits(all[c ?? all.findIndex((bits) => bits.length === shortest)]));
}
// Codes with something else behind them; unrice() is for bytes that they fill.
export function readRice(reader, most, universe) {
    const count = reader.wide();
    check(count <= BigInt(most), "LIMIT");
    if (count === 0n) return [];
    let [rest, byte] = [0, 0];
    const bit = () => {
        if (rest === 0) [byte, rest] = [reader.u8(), 8];
        rest--;
        const value = byte & 1;
        byte >>= 1;
        return value;
    };
    const number = (width) => {
        let value = 0n;
        for (let i = 0n; i < BigInt(width); i++) value |= BigInt(bit()) << i;
        return value;
    };
    const k = parameter(Number(count), universe, Number(number(4)));
    const values = [];
    for (let next = 0n; values.length < Number(count); ) {
        let ones = 0n;
        while (ones < 20n && bit() === 1) ones++;
        const g = ones < 20n ? (ones << k) | number(k) : number(written(universe));
        check(ones < 20n || g >> k >= 20n, "FIELD");
        check(next + g < universe, "LIMIT");
        values.push(next + g);
        next += g + 1n;
    }
    check(byte === 0, "FIELD");
    return values;
}
export function unrice(bytes, most, universe) {
    const reader = new Reader(bytes);
    const values = readRice(reader, most, universe);
    reader.end();
    return values;
}
