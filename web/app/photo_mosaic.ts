// photo_mosaic.ts: faces that nobody can have back.
//
// What is covered is drawn as few large squares, the same number whatever the size of the circle. A square's colour is
// the average of what it covers, rounded to 16 steps and then moved by chance; its old pixels are written over in the
// picture itself. So what remains of a face is 16 rough colours with noise on them, too little to tell people apart by.

export interface Cover {
    x: number; // centre and radius, in parts of the picture's longest side
    y: number;
    r: number;
}

interface Pixels {
    data: Uint8ClampedArray;
    width: number;
    height: number;
}

const ACROSS = 4;
const STEP = 16;
const NOISE = 24;

export const COVER_MIN = 0.015;
export const COVER_MAX = 0.5;

// Write over what the cover hides. random: numbers of 0 to 1, from a source that can't be guessed.
export function coverPixels(pixels: Pixels, cover: Cover, random: () => number): void {
    const side = Math.max(pixels.width, pixels.height);
    const [cx, cy, r] = [cover.x * side, cover.y * side, Math.max(cover.r * side, ACROSS)];
    const square = (2 * r) / ACROSS;
    const inside = (x: number, y: number): boolean => (x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 <= r * r;
    for (let row = 0; row < ACROSS; row++) {
        for (let column = 0; column < ACROSS; column++) {
            const x0 = Math.max(0, Math.round(cx - r + column * square));
            const x1 = Math.min(pixels.width, Math.round(cx - r + (column + 1) * square));
            const y0 = Math.max(0, Math.round(cy - r + row * square));
            const y1 = Math.min(pixels.height, Math.round(cy - r + (row + 1) * square));
            const sum = [0, 0, 0];
            let count = 0;
            for (let y = y0; y < y1; y++) {
                for (let x = x0; x < x1; x++) {
                    if (!inside(x, y)) continue;
                    const at = 4 * (y * pixels.width + x);
                    for (let c = 0; c < 3; c++) sum[c]! += pixels.data[at + c]!;
                    count++;
                }
            }
            const move = (random() - 0.5) * 2 * NOISE;
            const colour = sum.map((s) => Math.round(s / Math.max(count, 1) / STEP) * STEP + move);
            for (let y = y0; y < y1; y++) {
                for (let x = x0; x < x1; x++) {
                    if (!inside(x, y)) continue;
                    const at = 4 * (y * pixels.width + x);
                    for (let c = 0; c < 3; c++) pixels.data[at + c] = colour[c]!;
                    pixels.data[at + 3] = 255;
                }
            }
        }
    }
}

export function chance(): number {
    return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
