// RFC 4648's base32 in lower case without padding, as doc/protocol.md, section 6, reads and writes it.
import { check } from "./bytes.mjs";

export const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
export function encode(bytes) {
    let [out, bits, count] = ["", 0, 0];
    for (const byte of bytes) {
        bits = ((bits << 8) | byte) & 0xfff;
        for (count += 8; count >= 5;) out += ALPHABET[(bits >> (count -= 5)) & 31];
    }
    return count > 0 ? out + ALPHABET[(bits << (5 - count)) & 31] : out;
}
export function decode(text) {
    check(![1, 3, 6].includes(text.length % 8), "CHECKSUM");
    const out = [];
    let [bits, count] = [0, 0];
    for (const character of text.toLowerCase()) {
        const value = ALPHABET.indexOf(character);
        check(value >= 0, "CHECKSUM");
        bits = ((bits << 5) | value) & 0xfff;
        count += 5;
        if (count >= 8) out.push((bits >> (count -= 8)) & 255);
    }
    check((bits & ((1 << count) - 1)) === 0, "CHECKSUM");
    return Uint8Array.from(out);
}
