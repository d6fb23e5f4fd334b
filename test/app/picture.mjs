/*
 * For tests of the app: a photo as a phone's camera writes it, with place, device and time in it, made by hand around a picture that the browser drew; and an
 * own reader of what a JPEG consists of.
 */
import assert from 'node:assert/strict';

export const TRACES = ['Pixel 9 Secret', '2026:11:22 10:11:12', 'GPSLatitude', 'Aigul Phone'];

const ascii = (text) => Buffer.from(`${text}\0`);
/* EXIF: TIFF, little-endian: camera, time, and an own folder with a place. */
function exif() {
    const data = [];
    let free = 8 + 2 + 4 * 12 + 4;
    const put = (bytes) => {
        const at = free;
        data.push(bytes);
        free += bytes.length;
        return at;
    };
    const entry = (tag, type, count, value) => {
        const out = Buffer.alloc(12);
        out.writeUInt16LE(tag, 0);
        out.writeUInt16LE(type, 2);
        out.writeUInt32LE(count, 4);
        out.writeUInt32LE(value, 8);
        return out;
    };
    const text = (tag, words) => entry(tag, 2, ascii(words).length, put(ascii(words)));
    const model = text(0x0110, TRACES[0]);
    const time = text(0x0132, TRACES[1]);
    const artist = text(0x013b, TRACES[3]);
    const degrees = Buffer.alloc(48);
    [43, 1, 14, 1, 1780, 100].forEach((n, i) => degrees.writeUInt32LE(n, i * 4));
    [76, 1, 56, 1, 4200, 100].forEach((n, i) => degrees.writeUInt32LE(n, 24 + i * 4));
    const at = put(degrees);
    const count = Buffer.from([4, 0]);
    const place = put(Buffer.concat([count, entry(1, 2, 2, 0x4e), entry(2, 5, 3, at), entry(3, 2, 2, 0x45), entry(4, 5, 3, at + 24), Buffer.alloc(4)]));
    const head = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 4, 0]);
    return Buffer.concat([Buffer.from('Exif\0\0'), head, model, time, artist, entry(0x8825, 4, 1, place), Buffer.alloc(4), ...data]);
}
const segment = (marker, body) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(body.length + 2, 2);
    return Buffer.concat([head, body]);
};

/* A photo of this size: a bare JPEG of the browser with the camera's words put in after its beginning. */
export async function photo(page, width = 1600, height = 1200) {
    const text = await page.evaluate(async ([w, h]) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [w, h];
        const context = canvas.getContext('2d');
        for (let i = 0; i < 60; i++) {
            context.fillStyle = `hsl(${(i * 47) % 360} 60% 50%)`;
            context.fillRect((i * 131) % w, (i * 97) % h, w / 5, h / 6);
        }
        return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
    }, [width, height]);
    const drawn = Buffer.from(text, 'base64');
    const xmp = Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf exif:${TRACES[2]}="43,14.3N"/></x:xmpmeta>`);
    return Buffer.concat([drawn.subarray(0, 2), segment(0xe1, exif()), segment(0xe1, xmp), segment(0xfe, Buffer.from(TRACES[3])), drawn.subarray(2)]);
}

/* That a JPEG consists of what draws it and nothing else. */
export function bare(bytes) {
    assert.equal(bytes.readUInt16BE(0), 0xffd8, 'a JPEG');
    let at = 2;
    const markers = [];
    for (;;) {
        assert.equal(bytes[at], 0xff);
        const marker = bytes[at + 1];
        markers.push(marker);
        at += 2 + bytes.readUInt16BE(at + 2);
        if (marker === 0xda) break;
    }
    for (const marker of markers) assert.ok([0xdb, 0xc0, 0xc2, 0xc4, 0xda, 0xdd, 0xe0].includes(marker), `segment ${marker.toString(16)}`);
    assert.equal(bytes.readUInt16BE(bytes.length - 2), 0xffd9, 'nothing after its end');
    for (const trace of TRACES) assert.ok(!bytes.includes(trace), trace);
    return markers;
}
