// picture_size.ts: how large a picture says to be, read from its first bytes: a file of a few kilobytes may ask the
// browser for gigabytes of pixels. Sources: ITU-T T.81 (JPEG), RFC 2083 (PNG), GIF89a, RFC 9649 (WebP).
const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const le16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const le24 = (bytes: Uint8Array, at: number): number => le16(bytes, at) | ((bytes[at + 2] ?? 0) << 16);

export const PIXELS_MAX = 40_000_000;

// The largest picture that the segments of a JPEG announce: what a decoder makes room for.
function jpegPixels(bytes: Uint8Array): number {
    let most = 0;
    for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
        const marker = bytes[at + 1] ?? 0;
        if (marker === 0xff) at++;
        else if (marker === 0xda) return most;
        else {
            if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
                most = Math.max(most, u16(bytes, at + 5) * u16(bytes, at + 7));
            at += 2 + Math.max(2, u16(bytes, at + 2));
        }
    }
    return most;
}

function webpPixels(bytes: Uint8Array): number {
    const form = String.fromCharCode(...bytes.subarray(12, 16));
    if (form === "VP8X") return (le24(bytes, 24) + 1) * (le24(bytes, 27) + 1);
    if (form === "VP8L") {
        const packed = le16(bytes, 21) + le16(bytes, 23) * 65536;
        return ((packed & 0x3fff) + 1) * ((Math.floor(packed / 16384) & 0x3fff) + 1);
    }
    return (le16(bytes, 26) & 0x3fff) * (le16(bytes, 28) & 0x3fff);
}

// The pixels of a picture of a media type that its bytes have shown; 0 if it names none, and then it can't be drawn.
export function picturePixels(bytes: Uint8Array, media: string): number {
    if (media === "image/jpeg") return jpegPixels(bytes);
    if (media === "image/png") return (u16(bytes, 16) * 65536 + u16(bytes, 18)) * (u16(bytes, 20) * 65536 + u16(bytes, 22));
    if (media === "image/gif") return le16(bytes, 6) * le16(bytes, 8);
    return webpPixels(bytes);
}
