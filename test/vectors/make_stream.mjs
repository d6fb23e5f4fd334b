// stream.json: acks, the frames of what was written, frames that are taken and frames that are refused.
import { longVarint, varint } from "./bytes.mjs";
import { BYTES, SOURCE, bytesJson, expect, expectError, label, largeStream } from "./fixtures.mjs";
import { concat, hex, utf8 } from "./sodium.mjs";
import { End, PING, ROOMS, ack, credit, data, frames } from "./stream.mjs";

const u8 = (...bytes) => Uint8Array.of(...bytes);
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

const heard = [
    [0],
    [300],
    range(0, 200),
    [0, 1, 2, 3, 7, 8, 10],
    range(0, 40).map((i) => 3 * i),
    [2 ** 39, 2 ** 39 + 1, 2 ** 39 + 200, 2 ** 39 + 20000],
    [5, 3, 1, 4],
];

const texts = (...sizes) => sizes.map((size, i) => label(`stream ${i}`).subarray(0, size));
const written = [
    [64, texts(5, 6, 7)],
    [64, texts(32, 32, 32)],
    [100, texts(0, 32, 0)],
    [200, [label("a"), largeStream("urgent", 3000), largeStream("bulk", 5000)]],
    [1200, [largeStream("control", 8192), u8(), largeStream("bulk", 5000)]],
    [16384, [u8(), largeStream("urgent", 34816), largeStream("bulk", 40960)]],
    [206, [utf8("?"), u8(), largeStream("bulk", 1010)]],
];

const taken = [
    ["nothing", [u8()]],
    ["one stream", [data(0, 0, utf8("Zhanaozen"))]],
    ["all streams in one frame", [concat(data(0, 0, utf8("a")), data(1, 0, utf8("bc")), data(2, 0, utf8("def")))]],
    ["a gap", [data(1, 3, utf8("later")), data(2, 0, utf8("bulk"))]],
    ["a gap that is filled", [data(1, 3, utf8("later")), data(1, 0, utf8("now"))]],
    ["other bytes for the same place", [data(0, 2, utf8("CDE")), data(0, 0, utf8("abcdefg")), data(0, 6, utf8("XH"))]],
    ["up to the credit", [data(0, 8191, utf8("z")), data(0, 0, largeStream("to the end", 8191))]],
    ["credits, the lower one late", [credit(0, 9000), credit(2, 2 ** 40), credit(0, 8999)]],
    ["a ping, an ack, data", [concat(PING, ack([9, 8, 5, 0]), data(0, 0, utf8("x")))]],
    ["acks of everything", [ack(range(0, 10))]],
];

const bad = [
    ["a part of type 0", "FIELD", u8(0)],
    ["a part of type 3", "FIELD", u8(3)],
    ["data of a fourth stream", "FIELD", u8(0x13, 0, 1, 0)],
    ["a credit of a fourth stream", "FIELD", u8(0x23, 1)],
    ["empty data", "FIELD", data(1, 0, u8())],
    ["data at the credit", "FIELD", data(0, ROOMS[0], u8(1))],
    ["data over the credit by one", "FIELD", data(1, ROOMS[1] - 1, u8(1, 2))],
    ["data far beyond", "FIELD", concat(u8(0x12), varint(2n ** 63n - 1n), u8(1, 0))],
    ["data cut off", "TRUNCATED", data(0, 0, utf8("cut off")).subarray(0, 8)],
    ["data of nearly 2^63 bytes", "TRUNCATED", concat(u8(0x10, 0), varint(2n ** 63n - 1n), u8(1))],
    ["an offset in a longer form", "VARINT", concat(u8(0x10), longVarint(0), u8(1, 1))],
    ["a credit cut off", "TRUNCATED", u8(0x20, 0x80)],
    ["an ack of what was not sent", "FIELD", ack([10])],
    ["a first row below 0", "FIELD", u8(1, 9, 10, 0)],
    ["64 rows more", "LIMIT", u8(1, 9, 0, 64)],
    ["a row missing", "TRUNCATED", u8(1, 9, 0, 1, 0)],
    ["a second row below 0", "FIELD", u8(1, 9, 0, 1, 8, 0)],
    ["a second row that runs below 0", "FIELD", u8(1, 9, 0, 1, 6, 2)],
    ["a row after the one that ends at 0", "FIELD", u8(1, 9, 9, 1, 0, 0)],
    ["two acks", "FIELD", concat(ack([9]), ack([9]))],
    ["good data and a bad part", "FIELD", concat(data(0, 0, utf8("good")), u8(0xff))],
];

export function makeStreamJson() {
    return {
        about: `The content of frames for streams. ${SOURCE} ${BYTES} In "acks", frames of these counters came, each a ping, in any order; ack is the content of the frame that answers. In "frames", the three streams were written to an end that heard nothing, and these contents follow each other. In "taken" and "refused" the end has sent 10 frames, counters 0 to 9.`,
        acks: heard.map((counters) => {
            const end = new End(Math.max(...counters) + 1);
            const content = ack(counters);
            end.take(0, content);
            expect("acked", [...end.acked].sort((a, b) => a - b).join(), [...counters].sort((a, b) => a - b).join());
            return { heard: counters, ack: hex(content) };
        }),
        frames: written.map(([max, streams]) => {
            const contents = frames(streams, max);
            const end = new End();
            contents.forEach((content, i) => end.take(i, content));
            streams.forEach((bytes, i) => expect("stream", end.ready(i), bytes));
            return { max, streams: streams.map(bytesJson), contents: contents.map(bytesJson) };
        }),
        taken: taken.map(([name, contents]) => {
            const end = new End(10);
            contents.forEach((content, i) => end.take(i, content));
            return {
                name,
                contents: contents.map(bytesJson),
                ready: [0, 1, 2].map((i) => bytesJson(end.ready(i))),
                limits: end.limits,
                acked: [...end.acked].sort((a, b) => a - b),
            };
        }),
        refused: bad.map(([name, error, content]) => {
            expectError(name, () => new End(10).take(0, content), error);
            return { name, error, content: hex(content) };
        }),
    };
}
