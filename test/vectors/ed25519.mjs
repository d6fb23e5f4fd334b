// Ed25519's group in plain integers: enough to make signatures that a careful verifier must refuse (and that a careless one takes),
// and to check one by RFC 8032's equation without the cofactor. Slow, not constant in time, for known answers only.
import { createHash } from "node:crypto";
import { concat } from "./sodium.mjs";

const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a, m = P) => ((a % m) + m) % m;
const power = (base, exponent) => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
};
const inverse = (a) => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT = power(2n, (P - 1n) / 4n);

export const toInteger = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
export const toBytes = (n) => Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));

// Points are affine [x, y]; RFC 8032, section 5.1.4.
export const IDENTITY = [0n, 1n];
export function add([x1, y1], [x2, y2]) {
    const t = mod(D * x1 * x2 * y1 * y2);
    return [mod((x1 * y2 + x2 * y1) * inverse(1n + t)), mod((y1 * y2 + x1 * x2) * inverse(1n - t))];
}
export const negate = ([x, y]) => [mod(-x), y];
// Double and add in extended coordinates (X : Y : Z : T), which spare the inversions; RFC 8032, section 5.1.4.
function addExtended([x1, y1, z1, t1], [x2, y2, z2, t2]) {
    const [a, b, c, d] = [
        mod((y1 - x1) * (y2 - x2)),
        mod((y1 + x1) * (y2 + x2)),
        mod(2n * D * t1 * t2),
        mod(2n * z1 * z2),
    ];
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
export function multiply(n, [x, y]) {
    let sum = [0n, 1n, 1n, 0n];
    for (let p = [x, y, 1n, mod(x * y)], k = n; k > 0n; k >>= 1n, p = addExtended(p, p))
        if (k & 1n) sum = addExtended(sum, p);
    const scale = inverse(sum[2]);
    return [mod(sum[0] * scale), mod(sum[1] * scale)];
}
export const encode = ([x, y]) => toBytes(y | ((x & 1n) << 255n));
export function decode(bytes) {
    const all = toInteger(bytes);
    const sign = all >> 255n;
    const y = all & (2n ** 255n - 1n);
    const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
    let x = power(square, (P + 3n) / 8n);
    if (mod(x * x) !== square) x = mod(x * ROOT);
    if (mod(x * x) !== square) return null;
    if ((x & 1n) !== sign) x = mod(-x);
    return [x, mod(y)];
}
export const BASE = decode(toBytes(mod(4n * inverse(5n))));
// A point of order 8: L times any point of the whole curve that has such a part.
export const TORSION = (() => {
    for (let y = 2n; ; y++) {
        const point = decode(toBytes(y));
        const torsion = point && multiply(L, point);
        if (torsion && multiply(4n, torsion)[1] !== 1n) return torsion;
    }
})();
const smallOrder = (point) => multiply(8n, point)[1] === 1n;

const sha512 = (...parts) =>
    createHash("sha512")
        .update(concat(...parts))
        .digest();
export const challenge = (R, key, message) => mod(toInteger(sha512(R, key, message)), L);
// The secret scalar of a seed, RFC 8032, section 5.1.5.
export function scalar(seed) {
    const h = sha512(seed).subarray(0, 32);
    h[0] &= 248;
    h[31] = (h[31] & 127) | 64;
    return toInteger(h);
}
// Sign with chosen r and key bytes: R = rB + extra, S = r + h·a.
export function signWith({
    r,
    a,
    keyBytes,
    message,
    extra = IDENTITY,
    rBytes = encode(add(multiply(r, BASE), extra)),
}) {
    return concat(rBytes, toBytes(mod(r + challenge(rBytes, keyBytes, message) * a, L)));
}

// What doc/protocol.md, section 1, asks of a verifier.
export function accepts(signature, message, key) {
    const [rBytes, sBytes] = [signature.subarray(0, 32), signature.subarray(32)];
    const [A, R, S] = [decode(key), decode(rBytes), toInteger(sBytes)];
    if (S >= L || !A || (toInteger(key) & (2n ** 255n - 1n)) >= P || smallOrder(A) || (R && smallOrder(R)))
        return false;
    const expected = add(multiply(S, BASE), negate(multiply(challenge(rBytes, key, message), A)));
    return Buffer.compare(encode(expected), rBytes) === 0;
}
