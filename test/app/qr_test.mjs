/*
 * Codes on their way from one phone's screen to another phone's photo: made by what the page makes them with, taken by a camera simulated here (angle,
 * perspective, a lens that bends, blur, noise, uneven light), read by what the page reads them with.
 *
 *   1. Codes of an address, of invitations and of 2,600 bytes at version 40 are read from 3 pixels a module on in a steady hand, and from 4 in a bad one.
 *   2. A picture without a code, noise, and patterns that look like finders give nothing, in bounded time.
 *   3. In a real browser over plain HTTP, out of a JPEG: the reader runs as a worker of the page, and in the page where there are no workers; a photo of
 *      12 megapixels with a dense code in it is read.
 */
import assert from 'node:assert/strict';
import { base64, load, openApp } from './module_page.mjs';

const { encode } = await load('export { encode } from "uqr";');
const { readQr } = await load('export { readQr } from "./qr/read.ts";');

function random(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/* Coefficients of the projection that takes four points to four others. */
function projection(from, to) {
    const rows = from.flatMap(([x, y], i) => {
        const [u, v] = to[i];
        return [
            [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
            [0, 0, 0, x, y, 1, -v * x, -v * y, v],
        ];
    });
    for (let i = 0; i < 8; i++) {
        const pivot = rows.slice(i).reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(rows[best][i]) ? i + k : best), i);
        [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
        for (let j = 0; j < 8; j++) {
            if (j === i) continue;
            const factor = rows[j][i] / rows[i][i];
            for (let k = i; k < 9; k++) rows[j][k] -= factor * rows[i][k];
        }
    }
    return rows.map((row, i) => row[8] / row[i]);
}

/* A photo of a code whose side is `side` pixels long. Angles in degrees, blur as sigma in pixels, noise as sigma of 256. */
function photograph(modules, { side, tilt = 0, angle = 0, blur = 0, noise = 0, shade = 0, lens = 0 }) {
    const n = modules.length;
    const next = random(1);
    const width = Math.round(side * 1.75);
    const height = Math.round(side * 1.65);
    const [mx, my] = [width / 2, height / 2];
    const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const corners = [[-0.5, -0.5, 1], [0.5, -0.5, 0.5], [0.5, 0.5, -1], [-0.5, 0.5, -0.5]].map(([x, y, k]) => {
        const near = side * (1 + tilt * k);
        return [mx + near * (x * cos - y * sin), my + near * (x * sin + y * cos)];
    });
    const m = projection(corners, [[0, 0], [n, 0], [n, n], [0, n]]);
    const plane = new Float32Array(width * height);
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
            let sum = 0;
            for (let k = 0; k < 9; k++) {
                let px = x + ((k % 3) + 0.5) / 3;
                let py = y + (Math.floor(k / 3) + 0.5) / 3;
                const [dx, dy] = [(px - mx) / side, (py - my) / side];
                const bend = 1 + lens * (dx * dx + dy * dy);
                [px, py] = [mx + dx * bend * side, my + dy * bend * side];
                const w = m[6] * px + m[7] * py + 1;
                const u = Math.floor((m[0] * px + m[1] * py + m[2]) / w);
                const v = Math.floor((m[3] * px + m[4] * py + m[5]) / w);
                sum += u < -4 || v < -4 || u >= n + 4 || v >= n + 4 ? 110 : modules[v]?.[u] ? 25 : 235;
            }
            plane[y * width + x] = sum / 9;
        }
    const reach = Math.ceil(blur * 3);
    const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * blur * blur || 1)));
    const whole = kernel.reduce((a, b) => a + b);
    const pass = (from, step, count, line) => {
        const to = new Float32Array(from.length);
        for (let i = 0; i < from.length; i++) {
            const at = line(i);
            let sum = 0;
            for (let k = -reach; k <= reach; k++) sum += kernel[k + reach] * from[i + (Math.min(count - 1, Math.max(0, at + k)) - at) * step];
            to[i] = sum / whole;
        }
        return to;
    };
    const across = pass(plane, 1, width, (i) => i % width);
    const blurred = pass(across, width, height, (i) => Math.floor(i / width));
    const data = new Uint8ClampedArray(width * height * 4);
    for (let i = 0; i < blurred.length; i++) {
        const light = 1 - shade * (((i % width) / width) * 0.6 + (Math.floor(i / width) / height) * 0.4);
        /* Four uniform numbers: nearly normal, sigma 0.577. */
        const value = blurred[i] * light + ((next() + next() + next() + next() - 2) * noise) / 0.577;
        data.set([value, value, value, 255], 4 * i);
    }
    return { data, width, height };
}

const letters = (count, alphabet, seed) => {
    const next = random(seed);
    return Array.from({ length: count }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
};
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const codes = {
    address: ['http://10.42.0.1:8480/', { ecc: 'M' }],
    'invitation, 300 characters': [`LONGEAR:${letters(300, BASE32, 1)}`, { ecc: 'L', boostEcc: true }],
    'urgent text, 1,800 characters': [`LONGEAR:${letters(1800, BASE32, 2)}`, { ecc: 'L', boostEcc: true }],
    '2,600 bytes, version 40': [letters(2600, 'abcdefghijklmnopqrstuvwxyz:/', 3), { ecc: 'L', minVersion: 40, maxVersion: 40 }],
};
const cameras = {
    screen: { blur: 0.5, noise: 3 },
    hand: { tilt: 0.06, angle: 7, blur: 0.7, noise: 8, shade: 0.4 },
    bent: { tilt: 0.06, angle: 3, blur: 0.8, noise: 8, lens: 0.02 },
    'upside down': { tilt: 0.06, angle: 190, blur: 0.7, noise: 8 },
    bad: { tilt: 0.12, angle: 23, blur: 1, noise: 14, shade: 0.5 },
};
const modulesOf = (text, options) => encode(text, { border: 0, ...options }).data;

/* 1 */
for (const [what, [text, options]] of Object.entries(codes)) {
    const modules = modulesOf(text, options);
    for (const [name, camera] of Object.entries(cameras)) {
        const read = [2, 2.5, 3, 4].filter((pixels) => {
            const { data, width, height } = photograph(modules, { side: Math.round(modules.length * pixels), ...camera });
            const found = readQr(data, width, height);
            assert.ok(found === null || found === text, `${what}, ${name}: read as something else`);
            return found === text;
        });
        console.log(`${what} (${modules.length} modules a side), ${name}: read at ${read.join(', ')} pixels a module`);
        for (const pixels of name === 'bad' ? [4] : [3, 4]) assert.ok(read.includes(pixels), `${what}, ${name}: not read at ${pixels}`);
    }
}

/* 2 */
const empties = {
    white: () => 255,
    noise: (_, __, next) => next() * 256,
    stripes: (x) => (Math.floor(x / 3) % 2 ? 255 : 0),
    /* Finders everywhere: every three of them could be a code. */
    finders: (x, y) => {
        const ring = Math.max(Math.abs((Math.floor(x / 3) % 9) - 3), Math.abs((Math.floor(y / 3) % 9) - 3));
        return ring < 2 || ring === 3 ? 0 : 255;
    },
};
for (const [name, draw] of Object.entries(empties)) {
    const next = random(4);
    const [width, height] = [900, 700];
    const data = new Uint8ClampedArray(width * height * 4);
    for (let i = 0; i < width * height; i++) {
        const value = draw(i % width, Math.floor(i / width), next);
        data.set([value, value, value, 255], 4 * i);
    }
    const start = Date.now();
    assert.equal(readQr(data, width, height), null, name);
    assert.ok(Date.now() - start < 20_000, `${name}: ${Date.now() - start} ms`);
}
for (const [width, height] of [[1, 1], [1, 400], [400, 1], [20, 20]]) assert.equal(readQr(new Uint8ClampedArray(width * height * 4), width, height), null);

/* 3 */
const [text, options] = codes['2,600 bytes, version 40'];
const modules = modulesOf(text, options);
for (const workers of [true, false]) {
    const { page, close } = await openApp({ more: 'export { readPhoto } from "./app/qr_read.ts";' });
    page.setDefaultTimeout(120_000);
    try {
        if (!workers) await page.evaluate(() => (globalThis.Worker = class { constructor() { throw new Error('no workers here'); } }));
        const { data, width, height } = photograph(modules, { side: 1200, ...cameras.hand });
        const found = await page.evaluate(
            async ([gray, width, height]) => {
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [width, height];
                const image = new ImageData(width, height);
                const bytes = atob(gray);
                for (let i = 0; i < bytes.length; i++) image.data.set([bytes.charCodeAt(i), bytes.charCodeAt(i), bytes.charCodeAt(i), 255], 4 * i);
                canvas.getContext('2d').putImageData(image, 0, 0);
                /* Twelve megapixels, as a camera has them. */
                const large = document.createElement('canvas');
                [large.width, large.height] = [4000, 3000];
                large.getContext('2d').drawImage(canvas, 800, 200, 2600, Math.round((2600 * height) / width));
                const blob = await new Promise((resolve) => large.toBlob(resolve, 'image/jpeg', 0.8));
                const start = performance.now();
                let longest = 0;
                let last = start;
                const timer = setInterval(() => ((longest = Math.max(longest, performance.now() - last)), (last = performance.now())), 10);
                const text = await tested.readPhoto(blob);
                clearInterval(timer);
                return { text, ms: performance.now() - start, longest };
            },
            [base64(data.filter((_, i) => i % 4 === 0)), width, height],
        );
        assert.ok(found.text === text, workers ? 'by a worker' : 'in the page');
        console.log(`a photo of 12 megapixels ${workers ? 'by a worker' : 'in the page'}: ${Math.round(found.ms)} ms, the page waited at most ${Math.round(found.longest)} ms`);
        const none = await page.evaluate(async () => {
            const canvas = document.createElement('canvas');
            const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
            return tested.readPhoto(blob);
        });
        assert.equal(none, null);
    } finally {
        await close();
    }
}
