// page_file.ts: the one-file page as bytes: the app, and behind its end mark the data of a kept page.
//
//   file    = app ‖ sections
//   section = '<script type="application/x-longear-' ‖ name ‖ '">' ‖ base64 ‖ '</script>' ‖ LF
//
// Names: "person" (a vault), "original" (a box, any number), "parcel" (bare frames) or "sealed-parcel" (a box of them).
// Reading never runs and never parses the file as HTML: it looks for these very lines, in bytes, whatever is around.
import { base64, fromBase64, fromUtf8, join, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { APP_END } from "./page_parts.ts";

export type SectionName = "person" | "original" | "parcel" | "sealed-parcel";
export interface Section {
    name: SectionName;
    base64: string;
}
const NAMES: readonly string[] = ["person", "original", "parcel", "sealed-parcel"];
export const SECTION_TYPE = "application/x-longear-";
const OPEN = `<script type="${SECTION_TYPE}`;
const CLOSE = "</" + "script>\n";
export const PAGE_FILE_MAX = 192 * 1024 * 1024;
const SECTIONS_MAX = 256;

export const section = (name: SectionName, bytes: Uint8Array): Section => ({ name, base64: base64(bytes) });
export const sectionBytes = (found: Section): Bytes => fromBase64(found.base64);

export function makePageFile(app: string, sections: readonly Section[]): Bytes {
    if (!app.endsWith(APP_END)) throw new Failure("BROKEN", "this page is not whole yet");
    return join(utf8(app), ...sections.map((s) => utf8(`${OPEN}${s.name}">${s.base64}${CLOSE}`)));
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
    const first = wanted[0] as number;
    for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
        let i = 1;
        while (i < wanted.length && bytes[at + i] === wanted[i]) i++;
        if (i === wanted.length) return at;
    }
    return -1;
}

// The sections of a file that is somebody's page; null if it is none. A section that is cut off is given as far as it
// goes, so that what is whole of a parcel is found.
export function parsePageFile(bytes: Uint8Array): Section[] | null {
    const end = find(bytes, utf8(APP_END), 0);
    if (end < 0) return null;
    const [open, close] = [utf8(OPEN), utf8("<")];
    const sections: Section[] = [];
    for (let at = find(bytes, open, end); at >= 0 && sections.length < SECTIONS_MAX; at = find(bytes, open, at)) {
        at += open.length;
        const quote = bytes.indexOf(0x22, at);
        if (quote < 0 || quote - at > 20 || bytes[quote + 1] !== 0x3e) continue;
        const name = fromUtf8(bytes.subarray(at, quote));
        const to = find(bytes, close, quote);
        let text = fromUtf8(bytes.subarray(quote + 2, to < 0 ? bytes.length : to)).trimEnd();
        if (to < 0) text = text.slice(0, text.length - (text.length % 4));
        if (NAMES.includes(name)) sections.push({ name: name as SectionName, base64: text });
        at = quote;
    }
    return sections;
}

// Base64 with other characters in it, as far as it can be read: damage in a parcel costs the frames it touches. The
// padding stands for nothing.
export function looseBytes(found: Section): Bytes {
    const clean = found.base64.replace(/={1,2}$/, "").replace(/[^A-Za-z0-9+/]/g, "A");
    const whole = clean.length % 4 === 1 ? clean.slice(0, -1) : clean;
    return fromBase64(whole + "=".repeat(-whole.length & 3));
}
