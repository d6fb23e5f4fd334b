// entry.ts: the reader of QR codes as a script of its own, unpacked when somebody scans.
import { readQr } from "./read.ts";

// In a worker it answers messages, so that a hard picture doesn't stop the page; where no worker can be made the page runs
// it as a script of its own.
if (typeof document === "undefined") {
    addEventListener("message", ({ data }: MessageEvent<{ pixels: Uint8ClampedArray; width: number; height: number }>) => {
        postMessage(readQr(data.pixels, data.width, data.height));
    });
} else (globalThis as { longearReadQr?: typeof readQr }).longearReadQr = readQr;
