/*
 * A voice message from a recorder's file to what is sent, in a real browser: over plain HTTP, where only a MediaRecorder that listens encodes, and in a
 * secure context, where WebCodecs does.
 *
 *   1. A WAV with a title, an artist and a place in it, and an Ogg Opus with such comments, both written here, come out as WebM with Opus that holds
 *      none of them and no element but those that a player needs; the browser plays it, as long as it was and with the same pitch.
 *   2. More than 30 seconds are cut at 30; the result stays under 256 KiB.
 *   3. Without an encoder it is telephone sound, which the browser plays too and which is as long.
 *   4. What is no sound, and what is silent, is told as such.
 *   5. The reader of WebM takes mutated and cut files without harm.
 */
import assert from 'node:assert/strict';
import { base64, load, open } from './module_page.mjs';

const { readWebm, writeWebm, opusMs, packetMs } = await load('export * from "./app/voice_webm.ts";');
const lines = 'export * from "./app/voice_sound.ts"; export const toBytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));';
const RATE = 16000;

function wav(seconds, hertz, { tags = true, loud = 0.5 } = {}) {
    const count = Math.round(seconds * RATE);
    const data = Buffer.alloc(count * 2);
    for (let i = 0; i < count; i++) data.writeInt16LE(Math.round(loud * 32767 * Math.sin((2 * Math.PI * hertz * i) / RATE)), 2 * i);
    const chunk = (name, body) => {
        const head = Buffer.alloc(8);
        head.write(name);
        head.writeUInt32LE(body.length, 4);
        return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
    };
    const format = Buffer.alloc(16);
    format.writeUInt16LE(1, 0);
    format.writeUInt16LE(1, 2);
    format.writeUInt32LE(RATE, 4);
    format.writeUInt32LE(RATE * 2, 8);
    format.writeUInt16LE(2, 12);
    format.writeUInt16LE(16, 14);
    const info = Buffer.concat([Buffer.from('INFO'), chunk('INAM', Buffer.from('SecretTitle\0')), chunk('IART', Buffer.from('SecretArtist')), chunk('IGPS', Buffer.from('Secret+43.238'))]);
    return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), ...(tags ? [chunk('LIST', info)] : []), chunk('data', data), ...(tags ? [chunk('id3 ', Buffer.from('ID3SecretId3'))] : [])]));
}

/* Ogg (RFC 3533) with Opus (RFC 7845) of these packets, and comments. */
function ogg({ head, packets }, comments) {
    const table = Uint32Array.from({ length: 256 }, (_, i) => {
        let r = i << 24;
        for (let k = 0; k < 8; k++) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
        return r >>> 0;
    });
    let sequence = 0;
    const page = (packet, granule, flags) => {
        const lacing = [...Array(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
        const bytes = Buffer.concat([Buffer.alloc(27), Buffer.from(lacing), packet]);
        bytes.write('OggS');
        bytes[5] = flags;
        bytes.writeBigUInt64LE(BigInt(granule), 6);
        bytes.writeUInt32LE(77, 14);
        bytes.writeUInt32LE(sequence++, 18);
        bytes[26] = lacing.length;
        let crc = 0;
        for (const byte of bytes) crc = ((crc << 8) ^ table[((crc >>> 24) ^ byte) & 255]) >>> 0;
        bytes.writeUInt32LE(crc, 22);
        return bytes;
    };
    const u32 = (n) => Buffer.from([n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]);
    const field = (text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);
    const tags = Buffer.concat([Buffer.from('OpusTags'), field('SecretVendor'), u32(comments.length), ...comments.map(field)]);
    let granule = 0;
    return Buffer.concat([
        page(Buffer.from(head), 0, 2),
        page(tags, 0, 0),
        ...packets.map(({ bytes }, i) => page(Buffer.from(bytes), (granule += packetMs(bytes) * 48), i === packets.length - 1 ? 4 : 0)),
    ]);
}

/* What is sent of a file, how long the browser plays it and how often it crosses zero a second. */
async function prepare(page, bytes, { without = [] } = {}) {
    await page.mouse.click(5, 5); /* a context of sound wakes after a touch of the page, as the choice of a file is */
    const got = await page.evaluate(
        async ([bytes, without]) => {
            for (const name of without) globalThis[name] = undefined;
            const steps = [];
            try {
                const start = performance.now();
                const made = await tested.prepareVoice(new Blob([tested.toBytes(bytes)]), (part) => steps.push(part));
                const took = performance.now() - start;
                const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(made.bytes.slice().buffer);
                const samples = sound.getChannelData(0);
                let crossings = 0;
                for (let i = 4801; i < samples.length - 4800; i++) if (samples[i - 1] < 0 && samples[i] >= 0) crossings++;
                const player = new Audio(URL.createObjectURL(new Blob([made.bytes], { type: made.media })));
                const plays = await new Promise((resolve) => {
                    player.onloadedmetadata = () => resolve(player.duration);
                    player.onerror = () => resolve(`error ${player.error.message}`);
                });
                let text = '';
                for (const byte of made.bytes) text += String.fromCharCode(byte);
                return { ...made, bytes: btoa(text), took, seconds: sound.duration, hertz: crossings / (sound.duration - 0.2), plays, steps };
            } catch (error) {
                return { fault: error.fault ?? `${error.stack}` };
            }
        },
        [base64(bytes), without],
    );
    if (got.bytes) got.bytes = Buffer.from(got.bytes, 'base64');
    return got;
}
const near = (a, b, by, what) => assert.ok(Math.abs(a - b) <= by, `${what}: ${a}, not ${b}`);

/* Every element of a WebM by its id, the way down too. */
function elements(bytes) {
    const inside = new Set(['1a45dfa3', '18538067', '1549a966', '1654ae6b', 'ae', 'e1', '1f43b675']);
    const found = [];
    const walk = (from, to) => {
        for (let i = from; i < to; ) {
            const idWidth = Math.clz32(bytes[i]) - 23;
            const id = bytes.subarray(i, i + idWidth).toString('hex');
            i += idWidth;
            const width = Math.clz32(bytes[i]) - 23;
            const size = Number(BigInt(`0x${bytes.subarray(i, i + width).toString('hex')}`) - (1n << BigInt(7 * width)));
            i += width;
            found.push(id);
            if (inside.has(id)) walk(i, i + size);
            i += size;
        }
    };
    walk(0, bytes.length);
    return found;
}
const PLAIN = new Set('1a45dfa3 4286 42f7 42f2 42f3 4282 4287 4285 18538067 1549a966 2ad7b1 4d80 5741 4489 1654ae6b ae d7 73c5 83 86 56aa 56bb 63a2 e1 b5 9f 1f43b675 e7 a3'.split(' '));

let opus = null;
for (const secure of [false, true]) {
    const { page, close } = await open(lines, { secure, args: ['--autoplay-policy=document-user-activation-required'] });
    page.setDefaultTimeout(120_000);
    try {
        assert.equal(await page.evaluate(() => isSecureContext), secure);
        assert.equal(await page.evaluate(() => typeof AudioEncoder !== 'undefined'), secure);
        const where = secure ? 'secure' : 'plain HTTP';

        /* 1 */
        const dirty = wav(3, 440);
        assert.ok(dirty.includes('SecretTitle') && dirty.includes('SecretId3'));
        const made = await prepare(page, dirty);
        assert.equal(made.fault, undefined, made.fault);
        assert.equal(made.media, 'audio/webm');
        assert.equal(made.name, 'voice-1.webm');
        assert.ok(!made.bytes.includes('Secret') && !made.bytes.includes('Chrome'));
        for (const id of elements(made.bytes)) assert.ok(PLAIN.has(id), `element ${id}`);
        near(made.seconds, 3, 0.25, 'seconds');
        near(made.plays, 3, 0.25, 'the player says');
        near(made.hertz, 440, 6, 'pitch');
        near(made.ms, 3000, 250, 'ms');
        assert.equal(made.cut, false);
        if (!secure) assert.ok(made.steps.length > 3, 'it says how far it is');
        console.log(`${where}: 3 s of sound in ${Math.round(made.took)} ms, ${made.bytes.length} bytes`);
        opus = readWebm(made.bytes);
        assert.ok(Buffer.from(writeWebm(opus)).equals(made.bytes), 'what was written reads back as the same');
        const commented = ogg(opus, ['TITLE=SecretTitle', 'LOCATION=SecretPlace', 'ENCODER=SecretPhone']);
        const again = await prepare(page, commented);
        assert.equal(again.fault, undefined, again.fault);
        assert.ok(commented.includes('SecretPlace') && !again.bytes.includes('Secret'));
        near(again.seconds, 3, 0.4, 'seconds');
        near(again.hertz, 440, 8, 'pitch');

        /* 2: over plain HTTP this takes the 30 seconds. */
        const long = await prepare(page, wav(34, 300));
        assert.equal(long.fault, undefined, long.fault);
        assert.equal(long.cut, true);
        near(long.seconds, 30, 0.3, 'cut at');
        assert.ok(long.bytes.length <= 256 * 1024 && long.ms <= 30_000);
        console.log(`${where}: 34 s of sound in ${Math.round(long.took)} ms, cut to ${long.bytes.length} bytes`);

        /* 4 */
        assert.deepEqual(await prepare(page, Buffer.from('no sound')), { fault: 'unreadable' });
        assert.deepEqual(await prepare(page, wav(1, 440, { loud: 0 })), { fault: 'silent' });

        /* 3: last, because it takes the encoders away. */
        const phone = await prepare(page, wav(34, 500), { without: ['AudioEncoder', 'MediaRecorder'] });
        assert.equal(phone.fault, undefined, phone.fault);
        assert.deepEqual([phone.media, phone.phone, phone.cut], ['audio/wav', true, true]);
        near(phone.plays, 30, 0.05, 'the player says');
        near(phone.hertz, 500, 3, 'pitch');
        assert.ok(phone.bytes.length <= 256 * 1024 && !phone.bytes.includes('Secret'), `${phone.bytes.length}`);
    } finally {
        await close();
    }
}

/* 5 */
const whole = Buffer.from(writeWebm(opus));
near(opusMs(opus), 3000, 250, 'the packets say');
let seed = 5;
const random = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
let read = 0;
for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(whole);
    for (let k = random(6); k >= 0; k--) bytes[random(i % 2 ? 300 : bytes.length)] = random(256);
    const cut = bytes.subarray(0, random(4) ? bytes.length : random(bytes.length));
    try {
        writeWebm(readWebm(cut));
        read++;
    } catch (error) {
        assert.equal(error.constructor.name, 'WebmError', error.stack);
    }
}
assert.ok(read > 100 && read < 4900, `${read} of 5000 were still readable`);
