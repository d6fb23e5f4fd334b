// voice_webm.ts: Opus packets out of the WebM that a browser records, and into one that says nothing else.
//
// WebM is EBML (RFC 8794) with a few elements of Matroska. Of what a recorder wrote only the packets and the Opus header
// are taken; the new file has fixed words for its makers, no date, and the duration, which browsers leave out.

export interface Packet {
    at: number; // milliseconds
    bytes: Uint8Array;
}
export interface Opus {
    head: Uint8Array; // the ID header of RFC 7845
    packets: Packet[];
}
export class WebmError extends Error {}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TRACKS = 0x1654ae6b;
const TRACK = 0xae;
const CLUSTER = 0x1f43b675;
const CLUSTER_TIME = 0xe7;
const GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE = 0xa3;
const CODEC_PRIVATE = 0x63a2;
const CONTAINERS = new Set([SEGMENT, TRACKS, TRACK, CLUSTER, GROUP]);
const PACKETS_MAX = 20_000;
const HEAD_MAX = 255;

// Number of bytes that a variable-length integer has, by its first byte.
const widthOf = (first: number): number => Math.clz32(first) - 23;

export function readWebm(bytes: Uint8Array): Opus {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const opus: Opus = { head: new Uint8Array(0), packets: [] };
    let clusterTime = 0;
    let i = 0;
    const need = (count: number): void => {
        if (i + count > bytes.length) throw new WebmError("cut off");
    };
    const number = (count: number): number => {
        need(count);
        let value = 0;
        for (let k = 0; k < count; k++) value = value * 256 + view.getUint8(i++);
        return value;
    };
    // Containers are walked into, so that ends which a live recorder left unknown need no care.
    while (i < bytes.length) {
        need(1);
        const idWidth = widthOf(view.getUint8(i));
        if (idWidth > 4) throw new WebmError("wrong id");
        const id = number(idWidth);
        need(1);
        const sizeWidth = widthOf(view.getUint8(i));
        if (sizeWidth > 8) throw new WebmError("wrong size");
        const size = number(sizeWidth) - 2 ** (7 * sizeWidth);
        if (CONTAINERS.has(id)) continue;
        need(size);
        const end = i + size;
        if (id === CLUSTER_TIME) clusterTime = number(Math.min(size, 6));
        else if (id === CODEC_PRIVATE && size <= HEAD_MAX) opus.head = bytes.slice(i, end);
        else if (id === SIMPLE || id === BLOCK) {
            if (size < 4 || view.getUint8(i) < 0x80) throw new WebmError("wrong block");
            if (view.getUint8(i + 3) & 6) throw new WebmError("lacing");
            opus.packets.push({ at: clusterTime + view.getInt16(i + 1), bytes: bytes.slice(i + 4, end) });
            if (opus.packets.length > PACKETS_MAX) throw new WebmError("too long");
        }
        i = end;
    }
    if (opus.head.length < 19 || new TextDecoder("latin1").decode(opus.head.subarray(0, 8)) !== "OpusHead")
        throw new WebmError("not Opus");
    if (opus.packets.length === 0) throw new WebmError("empty");
    return opus;
}

// The length of one packet in milliseconds (RFC 6716, section 3.1).
export function packetMs(packet: Uint8Array): number {
    const toc = packet[0] ?? 0;
    const config = toc >> 3;
    const frame =
        config < 12 ? [10, 20, 40, 60][config & 3]! : config < 16 ? [10, 20][config & 1]! : [2.5, 5, 10, 20][config & 3]!;
    const code = toc & 3;
    return frame * (code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
function join(parts: Uint8Array[]): Uint8Array {
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        out.set(part, at);
        at += part.length;
    }
    return out;
}
function bigEndian(value: number, width: number): Uint8Array {
    const out = new Uint8Array(width);
    for (let k = width - 1; k >= 0; k--, value = Math.floor(value / 256)) out[k] = value % 256;
    return out;
}
function element(id: number, ...parts: Uint8Array[]): Uint8Array {
    const body = join(parts);
    const idWidth = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;
    return join([bigEndian(id, idWidth), bigEndian(0x10000000 + body.length, 4), body]);
}
function float(value: number): Uint8Array {
    const out = new Uint8Array(8);
    new DataView(out.buffer).setFloat64(0, value);
    return out;
}

// How long it plays, in milliseconds.
export function opusMs({ packets }: Opus): number {
    return packets.reduce((sum, packet) => sum + packetMs(packet.bytes), 0);
}

// One track of Opus, mono or as its header says, and nothing else. Times begin at 0 and follow from the packets.
export function writeWebm(opus: Opus): Uint8Array {
    const view = new DataView(opus.head.buffer, opus.head.byteOffset, opus.head.byteLength);
    const channels = view.getUint8(9);
    const preSkip = view.getUint16(10, true);
    const maker = text("Link");
    const info = element(
        INFO,
        element(0x2ad7b1, bigEndian(1_000_000, 3)),
        element(0x4d80, maker),
        element(0x5741, maker),
        element(0x4489, float(opusMs(opus))),
    );
    // The header is written anew too: its fields that matter, no gain, one stream.
    const head = join([text("OpusHead"), Uint8Array.of(1, channels, preSkip & 255, preSkip >> 8, 0x80, 0xbb, 0, 0, 0, 0, 0)]);
    const track = element(
        TRACK,
        element(0xd7, Uint8Array.of(1)),
        element(0x73c5, Uint8Array.of(1)),
        element(0x83, Uint8Array.of(2)),
        element(0x86, text("A_OPUS")),
        element(0x56aa, bigEndian(Math.round((preSkip * 1e9) / 48_000), 4)),
        element(0x56bb, bigEndian(80_000_000, 4)),
        element(CODEC_PRIVATE, head),
        element(0xe1, element(0xb5, float(48_000)), element(0x9f, Uint8Array.of(channels))),
    );
    const clusters: Uint8Array[] = [];
    let blocks: Uint8Array[] = [];
    let start = 0;
    let at = 0;
    const close = (): void => {
        if (blocks.length > 0) clusters.push(element(CLUSTER, element(CLUSTER_TIME, bigEndian(start, 4)), ...blocks));
        blocks = [];
    };
    for (const packet of opus.packets) {
        if (blocks.length === 0 || at - start > 5000) {
            close();
            start = Math.round(at);
        }
        const time = Math.round(at) - start;
        blocks.push(element(SIMPLE, Uint8Array.of(0x81, time >> 8, time & 255, 0x80), packet.bytes));
        at += packetMs(packet.bytes);
    }
    close();
    return join([
        element(
            EBML,
            element(0x4286, Uint8Array.of(1)),
            element(0x42f7, Uint8Array.of(1)),
            element(0x42f2, Uint8Array.of(4)),
            element(0x42f3, Uint8Array.of(8)),
            element(0x4282, text("webm")),
            element(0x4287, Uint8Array.of(4)),
            element(0x4285, Uint8Array.of(2)),
        ),
        element(SEGMENT, info, element(TRACKS, track), ...clusters),
    ]);
}
