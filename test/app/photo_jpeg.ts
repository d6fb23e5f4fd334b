// photo_jpeg.ts: what stands in a JPEG besides the picture, and a copy without it.
//
// A JPEG is a row of segments (ITU-T T.81, annex B). Only those stay that a decoder needs to draw; place, device, names,
// thumbnails, colour profiles, comments, and whatever comes after the end of the picture go. The JFIF header is written
// anew. A second opinion, in another language, on what src/media leaves of a JPEG.

export interface Segment {
    marker: number; // second byte, such as 0xe1 for APP1
    from: number; // of its 0xff
    to: number;
}

export class JpegError extends Error {}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const JFIF = Uint8Array.of(0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);

const isFrame = (marker: number): boolean =>
    marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
// Frames, Huffman and quantization tables, restart interval, scans.
const isNeeded = (marker: number): boolean =>
    isFrame(marker) || marker === 0xc4 || marker === 0xdb || marker === 0xdd || marker === SOS;

// The segments up to the end of the picture; the data of a scan belong to their SOS. Throws if it is no whole JPEG.
export function segments(bytes: Uint8Array): Segment[] {
    const at = (i: number): number => {
        const byte = bytes[i];
        if (byte === undefined) throw new JpegError("cut off");
        return byte;
    };
    if (at(0) !== 0xff || at(1) !== SOI) throw new JpegError("no JPEG");
    const found: Segment[] = [{ marker: SOI, from: 0, to: 2 }];
    let i = 2;
    for (;;) {
        const from = i;
        if (at(i) !== 0xff) throw new JpegError("no marker");
        while (at(i) === 0xff) i++;
        const marker = at(i++);
        if (marker === EOI) {
            found.push({ marker, from, to: i });
            return found;
        }
        if (marker === 0 || marker === SOI || (marker >= 0xd0 && marker <= 0xd7)) throw new JpegError("wrong marker");
        const size = (at(i) << 8) | at(i + 1);
        if (size < 2) throw new JpegError("wrong length");
        i += size;
        at(i - 1);
        if (marker === SOS) {
            // Data until a marker that is neither a stuffed byte nor a restart.
            for (; ; i++) {
                if (at(i) !== 0xff) continue;
                const next = at(i + 1);
                if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) break;
            }
        }
        found.push({ marker, from, to: i });
    }
}

// The same picture with nothing but what draws it.
export function stripJpeg(bytes: Uint8Array): Uint8Array {
    const kept = segments(bytes).filter((segment) => isNeeded(segment.marker));
    if (!kept.some((segment) => isFrame(segment.marker)) || !kept.some((segment) => segment.marker === SOS))
        throw new JpegError("no picture");
    const parts = [
        Uint8Array.of(0xff, SOI),
        JFIF,
        ...kept.map((segment) => bytes.subarray(segment.from, segment.to)),
        Uint8Array.of(0xff, EOI),
    ];
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let to = 0;
    for (const part of parts) {
        out.set(part, to);
        to += part.length;
    }
    return out;
}

// Whether it holds nothing else: what stripJpeg makes does.
export function isBare(bytes: Uint8Array): boolean {
    const found = segments(bytes);
    const last = found[found.length - 1];
    return (
        last?.to === bytes.length &&
        found.every(
            ({ marker, from, to }) =>
                marker === SOI ||
                marker === EOI ||
                isNeeded(marker) ||
                (from === 2 && to === 20 && JFIF.every((byte, i) => bytes[from + i] === byte)),
        )
    );
}
