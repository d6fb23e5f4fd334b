// bytes.ts: hex, base64 and joining of bytes.
import { Failure } from "./failure.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const utf8 = (text: string): Bytes => encoder.encode(text);
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));
export function hex(bytes: Uint8Array): string {
    let text = "";
    for (const byte of bytes) text += HEX[byte];
    return text;
}

export function fromHex(text: string, size: number): Bytes {
    if (text.length !== 2 * size || !/^[0-9a-f]*$/.test(text)) throw new Failure("ERR_USAGE", "not an id");
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
    return bytes;
}

export function join(...parts: Uint8Array[]): Bytes {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

// Base64 in steps, so that neither a call's arguments nor a string of the whole at once grow too large.
const STEP = 0x6000; // a multiple of 3
export function base64(bytes: Uint8Array): string {
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; at += STEP)
        parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + STEP))));
    return parts.join("");
}

// Throws FILE_DAMAGED. White space counts for nothing.
export function fromBase64(text: string): Bytes {
    const clean = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
    const padding = clean.endsWith("==") ? 2 : clean.endsWith("=") ? 1 : 0;
    if (clean.length % 4 !== 0) throw new Failure("FILE_DAMAGED", "a part ends too early");
    const bytes = new Uint8Array((clean.length / 4) * 3 - padding);
    const step = (STEP / 3) * 4;
    for (let from = 0, at = 0; from < clean.length; from += step) {
        let piece: string;
        try {
            piece = atob(clean.slice(from, from + step));
        } catch {
            throw new Failure("FILE_DAMAGED", "a part holds other characters than it may");
        }
        for (let i = 0; i < piece.length && at < bytes.length; i++) bytes[at++] = piece.charCodeAt(i);
    }
    return bytes;
}
