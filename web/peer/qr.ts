// qr.ts: QR codes for the screens: made at once, read by a reader that is taken out of the page only when somebody scans.
import { encode } from "uqr";
import { fromUtf8 } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { payload } from "./payload.ts";

type Reader = (pixels: Uint8ClampedArray, width: number, height: number) => string | null;
let reader: Promise<Reader> | null = null;

async function loadReader(): Promise<Reader> {
    const script = document.createElement("script");
    script.textContent = fromUtf8(await payload("jsqr"));
    document.head.append(script);
    script.remove();
    const read = (globalThis as { longearReadQr?: Reader }).longearReadQr;
    if (!read) throw new Failure("BROKEN", "the reader of codes did not start");
    return read;
}

// The text of a QR code in a picture (RGBA), null if none is found.
export async function readQr(pixels: ImageData): Promise<string | null> {
    reader ??= loadReader();
    return (await reader)(pixels.data, pixels.width, pixels.height);
}

// The modules of a code: rows of true for dark, without the quiet zone around it. Errors: ERR_SPACE, the text is too long.
export function makeQr(text: string): boolean[][] {
    try {
        return encode(text, { border: 0, ecc: text.length > 1000 ? "L" : "M" }).data;
    } catch {
        throw new Failure("ERR_SPACE");
    }
}
