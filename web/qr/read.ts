// read.ts: the text of a QR code in a picture. The library looks first, which is quick and does for most; what it can't
// see is looked for by find.ts and drawn anew for it.
import { decodeQR } from "qr/decode.js";
import { findCode, type Grid, picture } from "./find.ts";

const BORDER = 4;
const MODULE = 3;

// A code drawn as a picture without fault, for the library to read.
function drawn({ size, dark }: Grid): { data: Uint8Array; width: number; height: number } {
    const side = (size + 2 * BORDER) * MODULE;
    const data = new Uint8Array(side * side * 4).fill(255);
    const from = (x: number, y: number): number => 4 * ((y + BORDER * MODULE) * side + x + BORDER * MODULE);
    for (let y = 0; y < size * MODULE; y++)
        for (let x = 0; x < size * MODULE; x++)
            if (dark[Math.floor(y / MODULE) * size + Math.floor(x / MODULE)])
                data.fill(0, from(x, y), from(x, y) + 3);
    return { data, width: side, height: side };
}

export function readQr(pixels: Uint8ClampedArray, width: number, height: number): string | null {
    const attempt = (image: { data: Uint8Array | Uint8ClampedArray; width: number; height: number }): string | null => {
        try {
            return decodeQR(image, { effort: 4, timeLimit: 500 });
        } catch {
            return null;
        }
    };
    const found = attempt({ data: pixels, width, height });
    return found ?? findCode(picture(pixels, width, height), (grid) => attempt(drawn(grid)));
}
