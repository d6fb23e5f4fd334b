/*
 * A photo on its way from the camera's file to what is sent, in a real browser over plain HTTP.
 *
 *   1. A JPEG with a place, a device, a name, a thumbnail, XMP, IPTC, a colour profile, a comment and something after its end, all written here by
 *      hand, comes out with nothing but what draws it: by its segments, by a search for every one of the strings, and by exiftool where it is there.
 *   2. All eight orientations come out upright.
 *   3. Three sizes stay within their limits, for noise too, which no encoder makes small.
 *   4. What is covered can't be had back: two pictures that differ under the circle and agree in the averages of its squares give the same bytes;
 *      a picture that differs beside it does not.
 *   5. 48 megapixels are scaled down; what is no picture is refused as such, HEIC by name.
 *   6. The reader of segments takes mutated and cut JPEGs without harm, and what it makes of them is bare.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64, load, open } from './module_page.mjs';
import { strip } from './strip.mjs';

const { segments, stripJpeg, isBare } = await load('export * from "../test/app/photo_jpeg.ts";');
const { page, close } = await open(`
    export * from "./app/photo_pixels.ts";
    export const toBytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    export function toText(bytes: Uint8Array) {
        let text = "";
        for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
        return btoa(text);
    }`);
page.setDefaultTimeout(60_000);

/* A picture drawn in the page, as the browser's own JPEG. draw gets the context and the size. */
async function picture(width, height, draw, quality = 0.95) {
    const text = await page.evaluate(
        async ([width, height, draw, quality]) => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [width, height];
            new Function('context', 'width', 'height', draw)(canvas.getContext('2d'), width, height);
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
            return tested.toText(new Uint8Array(await blob.arrayBuffer()));
        },
        [width, height, draw, quality],
    );
    return Buffer.from(text, 'base64');
}
/* What is sent of a file, and the colours at some points of it. */
async function prepare(bytes, { size = 'normal', covers = [], media = 'image/jpeg', points = [], random = null } = {}) {
    const got = await page.evaluate(
        async ([bytes, size, covers, media, points, random]) => {
            try {
                const work = await tested.openPhoto(new Blob([tested.toBytes(bytes)], { type: media }));
                const made = await tested.preparePhoto(work, covers, size, ...(random === null ? [] : [() => random]));
                const bitmap = await createImageBitmap(new Blob([made.bytes]));
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
                const context = canvas.getContext('2d');
                context.drawImage(bitmap, 0, 0);
                const colours = points.map(([x, y]) => [...context.getImageData(x * bitmap.width, y * bitmap.height, 1, 1).data.slice(0, 3)]);
                return { bytes: tested.toText(made.bytes), width: bitmap.width, height: bitmap.height, says: [made.width, made.height], colours };
            } catch (error) {
                return { fault: error.fault ?? `${error}` };
            }
        },
        [base64(bytes), size, covers, media, points, random],
    );
    if (got.bytes) {
        got.bytes = strip(Buffer.from(got.bytes, 'base64'));
        assert.deepEqual(got.says, [got.width, got.height]);
    }
    return got;
}

/* ---- What cameras write beside the picture ---- */

const u16 = (n) => Buffer.from([n & 255, n >> 8]);
const u32 = (n) => Buffer.from([n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]);
const segment = (marker, ...body) => {
    const bytes = Buffer.concat(body.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
    return Buffer.concat([Buffer.from([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255]), bytes]);
};
/* Little-endian TIFF: IFD0 with maker, model, orientation, author; a GPS IFD; IFD1 with a thumbnail. */
function exif({ orientation = 1, thumbnail = Buffer.alloc(0), secrets = true }) {
    const ifds = [];
    let heap = Buffer.alloc(0);
    const sizes = [secrets ? 5 : 1, secrets ? 4 : 0, secrets ? 3 : 0].map((n) => (n ? 6 + 12 * n : 0));
    const at = (i) => 8 + sizes.slice(0, i).reduce((a, b) => a + b, 0);
    const heapAt = at(3);
    const put = (bytes) => {
        const where = heapAt + heap.length;
        heap = Buffer.concat([heap, bytes]);
        return u32(where);
    };
    const ascii = (tag, text) => {
        const bytes = Buffer.from(`${text}\0`);
        return Buffer.concat([u16(tag), u16(2), u32(bytes.length), bytes.length <= 4 ? Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]) : put(bytes)]);
    };
    const rational = (tag, ...parts) => Buffer.concat([u16(tag), u16(5), u32(parts.length), put(Buffer.concat(parts.flatMap(([a, b]) => [u32(a), u32(b)])))]);
    const turn = Buffer.concat([u16(0x112), u16(3), u32(1), u16(orientation), u16(0)]);
    const ifd = (entries, next) => Buffer.concat([u16(entries.length), ...entries, u32(next)]);
    if (secrets) {
        ifds.push(ifd([ascii(0x10f, 'SecretMaker'), ascii(0x110, 'SecretModel 9'), turn, ascii(0x13b, 'SecretAuthor'), Buffer.concat([u16(0x8825), u16(4), u32(1), u32(at(1))])], at(2)));
        ifds.push(ifd([ascii(1, 'N'), rational(2, [43, 1], [14, 1], [2415, 100]), ascii(3, 'E'), rational(4, [76, 1], [56, 1], [4412, 100])], 0));
        const where = put(thumbnail);
        const long = (tag, value) => Buffer.concat([u16(tag), u16(4), u32(1), value]);
        ifds.push(ifd([Buffer.concat([u16(0x103), u16(3), u32(1), u16(6), u16(0)]), long(0x201, where), long(0x202, u32(thumbnail.length))], 0));
    } else ifds.push(ifd([turn], 0));
    return segment(0xe1, 'Exif\0\0', 'II*\0', u32(8), ...ifds, heap);
}
const withSegments = (jpeg, added, tail = Buffer.alloc(0)) => Buffer.concat([jpeg.subarray(0, 2), ...added, jpeg.subarray(2), tail]);

try {
    const quarters = 'context.fillStyle="#f00";context.fillRect(0,0,width/2,height/2);context.fillStyle="#0f0";context.fillRect(width/2,0,width/2,height/2);context.fillStyle="#00f";context.fillRect(0,height/2,width/2,height/2);context.fillStyle="#fff";context.fillRect(width/2,height/2,width/2,height/2);';
    const colours = await picture(1200, 800, quarters);

    /* 1 */
    const thumbnail = await picture(40, 30, 'context.fillStyle="#abc";context.fillRect(0,0,40,30)');
    const dirty = withSegments(
        colours,
        [
            exif({ thumbnail }),
            segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="SecretXmp"/></rdf:RDF></x:xmpmeta>'),
            segment(0xed, 'Photoshop 3.0\0', '8BIM', Buffer.from([4, 4, 0, 0, 0, 0, 0, 15]), Buffer.from([0x1c, 2, 80, 0, 10]), 'SecretIptc', Buffer.from([0])),
            segment(0xe2, 'ICC_PROFILE\0', Buffer.from([1, 1]), 'SecretProfile'),
            segment(0xfe, 'SecretComment'),
            segment(0xeb, 'SecretVendor'),
        ],
        Buffer.from('SecretTail'),
    );
    const clean = await prepare(dirty);
    assert.equal(dirty.includes('SecretMaker') && dirty.includes('SecretTail') && dirty.includes(thumbnail), true, 'the test has something to find');
    assert.equal(clean.bytes.includes('Secret'), false);
    assert.equal(clean.bytes.includes('Exif'), false);
    assert.equal(clean.bytes.includes(thumbnail.subarray(20, 80)), false);
    assert.equal(clean.bytes.indexOf(Buffer.from([0xff, 0xd8]), 2), -1, 'no second picture');
    assert.ok(isBare(clean.bytes));
    assert.ok(!isBare(dirty));
    const markers = new Set(segments(clean.bytes).map(({ marker }) => marker));
    for (const marker of markers) assert.ok([0xd8, 0xe0, 0xdb, 0xc0, 0xc2, 0xc4, 0xdd, 0xda, 0xd9].includes(marker), `marker ${marker.toString(16)}`);
    const folder = mkdtempSync(join(tmpdir(), 'longear-photo-'));
    for (const [name, bytes] of [['dirty', dirty], ['clean', clean.bytes], ['stripped', strip(dirty)]]) writeFileSync(join(folder, `${name}.jpg`), bytes);
    const tool = (name) => spawnSync('exiftool', ['-a', '-G1', '-s', join(folder, `${name}.jpg`)], { encoding: 'utf8' });
    if (tool('dirty').error) console.log('exiftool is not here: segments alone were looked at');
    else {
        assert.match(tool('dirty').stdout, /GPSLatitude[\s\S]*SecretXmp|SecretXmp[\s\S]*GPSLatitude/);
        for (const name of ['clean', 'stripped']) {
            const groups = new Set([...tool(name).stdout.matchAll(/^\[([^\]]+)\]/gm)].map((match) => match[1]));
            assert.deepEqual([...groups].sort(), ['Composite', 'ExifTool', 'File', 'JFIF', 'System'], tool(name).stdout);
        }
    }
    rmSync(folder, { recursive: true });
    console.log(`a photo of ${dirty.length} bytes with everything comes out bare: ${clean.bytes.length} bytes, ${clean.width}x${clean.height}`);

    /* 2: where red, green, blue, white of the upright picture come from. */
    const corner = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]];
    const name = ([r, g, b]) => (r > 128 ? (g > 128 ? 'w' : 'r') : g > 128 ? 'g' : 'b');
    /* EXIF 2.3, tag 0x112: what the stored red, green / blue, white quarters look like when shown. */
    const shown = { 1: 'rgbw', 2: 'grwb', 3: 'wbgr', 4: 'bwrg', 5: 'rbgw', 6: 'brwg', 7: 'wgbr', 8: 'gwrb' };
    for (const [orientation, want] of Object.entries(shown)) {
        const got = await prepare(withSegments(colours, [exif({ orientation: +orientation, secrets: false })]), { points: corner });
        assert.equal(got.colours.map(name).join(''), want, `orientation ${orientation}`);
        assert.deepEqual([got.width, got.height], +orientation < 5 ? [1200, 800] : [800, 1200], `orientation ${orientation}`);
    }

    /* 3 */
    const noise = 'const d=context.createImageData(width,height);for(let i=0,s=1;i<d.data.length;i++){s=(Math.imul(s,1103515245)+12345)>>>0;d.data[i]=i%4===3?255:s>>>24;}context.putImageData(d,0,0);';
    const loud = await picture(3000, 2000, noise, 0.9);
    const limits = { small: [800, 80_000], normal: [1600, 250_000], large: [2560, 700_000] };
    for (const [size, [side, most]] of Object.entries(limits)) {
        const got = await prepare(loud, { size });
        assert.ok(got.bytes.length <= most, `${size}: ${got.bytes.length}`);
        assert.ok(Math.max(got.width, got.height) <= side);
        const plain = await prepare(await picture(3000, 2000, quarters), { size });
        assert.equal(Math.max(plain.width, plain.height), side);
        console.log(`${size}: noise ${got.bytes.length} bytes at ${got.width}x${got.height}, flat ${plain.bytes.length}`);
    }

    /* 4: a circle of radius 0.25 of 800 pixels has 4 by 4 squares of 100; a face is a pattern in each of the four that are wholly inside. */
    const face = (first) => `context.fillStyle="#808080";context.fillRect(0,0,width,height);for(let y=300;y<500;y+=100)for(let x=300;x<500;x+=100){context.fillStyle=${first}?"#a0a0a0":"#606060";context.fillRect(x+30,y+30,20,40);context.fillStyle=${first}?"#606060":"#a0a0a0";context.fillRect(x+50,y+30,20,40);}`;
    const cover = [{ x: 0.5, y: 0.5, r: 0.25 }];
    const raw = (draw, covers) =>
        page.evaluate(
            async ([draw, covers]) => {
                const canvas = document.createElement('canvas');
                canvas.width = canvas.height = 800;
                new Function('context', 'width', 'height', draw)(canvas.getContext('2d', { willReadFrequently: true }), 800, 800);
                return tested.toText((await tested.preparePhoto(canvas, covers, 'small', () => 0.3)).bytes);
            },
            [draw, covers],
        );
    assert.ok((await raw(face(true), [])) !== (await raw(face(false), [])), 'the two differ');
    assert.ok((await raw(face(true), cover)) === (await raw(face(false), cover)), 'what differed is gone');
    const beside = `${face(true)}context.fillStyle="#000";context.fillRect(10,10,40,40);`;
    assert.ok((await raw(beside, cover)) !== (await raw(face(true), cover)), 'what is beside the circle stays');
    const one = await prepare(colours, { covers: cover });
    const two = await prepare(colours, { covers: cover });
    assert.ok(!one.bytes.equals(two.bytes), 'the noise is new every time');

    /* 5 */
    const start = Date.now();
    const large = await prepare(await picture(8000, 6000, quarters, 0.8), { points: corner });
    assert.deepEqual([large.width, large.height], [1600, 1200]);
    assert.equal(large.colours.map(name).join(''), 'rgbw');
    console.log(`48 megapixels: ${Date.now() - start} ms with making the test's picture`);
    assert.deepEqual(await prepare(Buffer.from('no picture at all')), { fault: 'unreadable' });
    assert.deepEqual(await prepare(Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(200)]), { media: 'image/heic' }), { fault: 'heic' });
    assert.deepEqual(await prepare(Buffer.alloc(0)), { fault: 'unreadable' });

    /* 6 */
    let seed = 7;
    const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    let made = 0;
    for (let i = 0; i < 5000; i++) {
        const bytes = Buffer.from(i % 2 ? dirty : clean.bytes);
        for (let k = random(8); k >= 0; k--) bytes[random(700)] = random(256);
        const cut = bytes.subarray(0, random(4) ? bytes.length : random(bytes.length));
        try {
            assert.ok(isBare(stripJpeg(cut)));
            made++;
        } catch (error) {
            assert.equal(error.constructor.name, 'JpegError', error.stack);
        }
    }
    assert.ok(made > 100 && made < 4900, `${made} of 5000 were still whole`);
} finally {
    await close();
}
