// qr_read.ts: the text of a QR code in a picture.
//
// The browser's own reader where it has one; else ours, a part of the page that is unpacked when it is first needed. A
// photo is tried at several sizes, because a reader sees fine codes in large pictures and blurred ones in small.
import { fromUtf8 } from "../peer/bytes.ts";
import { payload } from "../peer/payload.ts";
import { openPhoto } from "./photo_pixels.ts";

type Reader = (pixels: Uint8ClampedArray, width: number, height: number) => string | null;
interface Detector {
    detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
    new (options: { formats: string[] }): Detector;
    getSupportedFormats(): Promise<string[]>;
}
interface Globals {
    longearReadQr?: Reader;
    BarcodeDetector?: DetectorClass;
}
const globals = globalThis as unknown as Globals;

const SIDES = [1200, 2400, 1700, 850, 600];

type AnyReader = (...picture: Parameters<Reader>) => Promise<string | null>;
let reader: Promise<AnyReader> | null = null;

// A worker answers one picture after the other.
async function readerInWorker(script: string): Promise<AnyReader> {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(url);
    let last: Promise<unknown> = Promise.resolve();
    const ask: AnyReader = (pixels, width, height) => {
        const answer = last.then(
            () =>
                new Promise<string | null>((resolve, reject) => {
                    worker.onmessage = (event: MessageEvent<string | null>) => resolve(event.data);
                    worker.onerror = () => reject(new Error("the reader of codes stopped"));
                    worker.postMessage({ pixels, width, height }, [pixels.buffer]);
                }),
        );
        last = answer.catch(() => undefined);
        return answer;
    };
    // A first, empty picture shows that workers run here.
    await ask(new Uint8ClampedArray(4), 1, 1);
    return ask;
}
function readerInPage(script: string): AnyReader {
    // The policy of the page lets this very text run, by its hash, and no other.
    const element = document.createElement("script");
    element.textContent = script;
    document.head.append(element);
    element.remove();
    const read = globals.longearReadQr;
    if (!read) throw new Error("no reader of codes");
    return (pixels, width, height) => Promise.resolve(read(pixels, width, height));
}
function ownReader(): Promise<AnyReader> {
    reader ??= (async () => {
        const script = fromUtf8(await payload("qr"));
        return readerInWorker(script).catch(() => readerInPage(script));
    })();
    reader.catch(() => (reader = null));
    return reader;
}

let detector: Promise<Detector | null> | null = null;
function ownDetector(): Promise<Detector | null> {
    const Known = globals.BarcodeDetector;
    detector ??= (async () => {
        try {
            const formats = (await Known?.getSupportedFormats()) ?? [];
            return Known && formats.includes("qr_code") ? new Known({ formats: ["qr_code"] }) : null;
        } catch {
            return null;
        }
    })();
    return detector;
}

async function detect(source: HTMLCanvasElement): Promise<string | null> {
    try {
        return (await (await ownDetector())?.detect(source))?.[0]?.rawValue || null;
    } catch {
        return null;
    }
}

// A canvas with the picture scaled so that its longest side is this.
export function scaled(source: CanvasImageSource, width: number, height: number, side: number): HTMLCanvasElement {
    const scale = side / Math.max(width, height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context) {
        context.imageSmoothingQuality = "high";
        context.drawImage(source, 0, 0, canvas.width, canvas.height);
    }
    return canvas;
}

// One look, quick enough for a running camera.
export async function readCanvas(canvas: HTMLCanvasElement): Promise<string | null> {
    const seen = await detect(canvas);
    if (seen) return seen;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    return pixels ? (await ownReader())(pixels.data, canvas.width, canvas.height) : null;
}

// All that can be done for a photo. Rejects with a PhotoError for what is no picture; null: no code was found.
export async function readPhoto(file: Blob): Promise<string | null> {
    const photo = await openPhoto(file);
    const seen = await detect(photo);
    if (seen) return seen;
    const longest = Math.max(photo.width, photo.height);
    const sides = SIDES.filter((side) => side <= longest * 2);
    if (longest < 500) sides.push(longest);
    const read = await ownReader();
    for (const side of sides) {
        const canvas = scaled(photo, photo.width, photo.height, side);
        const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
        const text = pixels ? await read(pixels.data, canvas.width, canvas.height) : null;
        if (text) return text;
    }
    return null;
}
