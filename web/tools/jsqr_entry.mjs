// The reader of QR codes as a script of its own, run in the page when somebody scans.
import jsQR from "jsqr";

globalThis.longearReadQr = (pixels, width, height) => jsQR(pixels, width, height)?.data ?? null;
