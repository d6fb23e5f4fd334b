// photo_pixels.ts: from a file that a phone's camera wrote to the JPEG that is sent.
//
// The picture is drawn on a canvas, upright and scaled down, and encoded anew, so nothing of the file but its pixels goes
// on; the core sees to it that the encoder added nothing either. A file of 48 megapixels is never drawn at its full
// size where the browser can scale while it decodes.
import { chance, coverPixels, type Cover } from "./photo_mosaic.ts";

export type PhotoSize = "small" | "normal" | "large";
export const PHOTO_SIZES: Record<PhotoSize, { side: number; bytes: number }> = {
    small: { side: 800, bytes: 80_000 },
    normal: { side: 1600, bytes: 250_000 },
    large: { side: 2560, bytes: 700_000 },
};
const WORK_SIDE = PHOTO_SIZES.large.side;
const QUALITIES = [0.82, 0.72, 0.6, 0.48, 0.36];
const FILE_MAX = 64 * 1024 * 1024;

// unreadable: no picture that this browser knows; heic: one of those; memory: too large for this phone; large: the file is.
export type PhotoFault = "unreadable" | "heic" | "memory" | "large";
export class PhotoError extends Error {
    constructor(readonly fault: PhotoFault) {
        super(fault);
    }
}

export interface Prepared {
    bytes: Uint8Array;
    width: number;
    height: number;
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new PhotoError("memory");
    context.imageSmoothingQuality = "high";
    return [canvas, context];
}

// HEIF files say their brand at byte 8.
async function isHeic(file: Blob): Promise<boolean> {
    const head = String.fromCharCode(...new Uint8Array(await file.slice(4, 12).arrayBuffer()));
    return /^ftyp(hei|hev|mif1|msf1|avif)/.test(head);
}

// The size of the picture once it is upright. The browser reads no more than the head of the file for this.
async function measure(url: string, file: Blob): Promise<HTMLImageElement> {
    const image = new Image();
    image.src = url;
    const loaded = await new Promise<boolean>((resolve) => {
        image.onload = () => resolve(true);
        image.onerror = () => resolve(false);
    });
    if (!loaded || image.naturalWidth === 0) throw new PhotoError((await isHeic(file)) ? "heic" : "unreadable");
    return image;
}

export interface Fit {
    width: number;
    height: number;
}
export function fit(width: number, height: number, side: number): Fit {
    const scale = Math.min(1, side / Math.max(width, height));
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// The picture, upright, its longest side WORK_SIDE or less. Rejects with a PhotoError.
export async function openPhoto(file: Blob, side = WORK_SIDE): Promise<HTMLCanvasElement> {
    if (file.size > FILE_MAX) throw new PhotoError("large");
    const url = URL.createObjectURL(file);
    try {
        const image = await measure(url, file);
        const { width, height } = fit(image.naturalWidth, image.naturalHeight, side);
        const [canvas, context] = canvasOf(width, height);
        context.fillStyle = "#fff"; // what is transparent would turn black
        context.fillRect(0, 0, width, height);
        let source: ImageBitmap | HTMLImageElement = image;
        try {
            const options: ImageBitmapOptions = { resizeWidth: width, resizeHeight: height, resizeQuality: "high" };
            source = await createImageBitmap(file, options);
        } catch {
            // No scaling while decoding here: the image itself may still fit.
        }
        try {
            context.drawImage(source, 0, 0, width, height);
            // A canvas that memory failed stays silent and white, or throws here.
            context.getImageData(0, 0, 1, 1);
        } catch {
            throw new PhotoError("memory");
        }
        if (source instanceof ImageBitmap) source.close();
        return canvas;
    } finally {
        URL.revokeObjectURL(url);
    }
}

function encode(canvas: HTMLCanvasElement, quality: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) =>
        canvas.toBlob(
            (blob) => {
                if (!blob || blob.type !== "image/jpeg") reject(new PhotoError("memory"));
                else blob.arrayBuffer().then((buffer) => resolve(new Uint8Array(buffer)), reject);
            },
            "image/jpeg",
            quality,
        ),
    );
}

// What is sent: scaled to the size, faces written over, encoded as well as its limit allows, nothing but the picture.
export async function preparePhoto(
    work: HTMLCanvasElement,
    covers: readonly Cover[],
    size: PhotoSize,
    random: () => number = chance,
): Promise<Prepared> {
    const limit = PHOTO_SIZES[size];
    for (let side = limit.side; ; side *= 0.75) {
        const { width, height } = fit(work.width, work.height, side);
        const [canvas, context] = canvasOf(width, height);
        try {
            context.drawImage(work, 0, 0, width, height);
            if (covers.length > 0) {
                const pixels = context.getImageData(0, 0, width, height);
                for (const cover of covers) coverPixels(pixels, cover, random);
                context.putImageData(pixels, 0, 0);
            }
        } catch {
            throw new PhotoError("memory");
        }
        for (const quality of QUALITIES) {
            const bytes = await encode(canvas, quality);
            if (bytes.length > limit.bytes && side > 200) continue;
            return { bytes, width, height };
        }
    }
}
