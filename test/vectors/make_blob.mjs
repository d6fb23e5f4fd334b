// blob.json: trees of one to many chunks, every proof, and chunks that a reader refuses.
import { chunk, proof, tree, verifyChunk } from "./blob.mjs";
import { BYTES, SOURCE, bytesJson, expectError, largeStream, label } from "./fixtures.mjs";
import { concat, hex } from "./sodium.mjs";

const CHUNK = 32768;
export const sampleBlob = (size) => {
    const data = size < 1200 ? label(`blob ${size}`).subarray(0, size) : largeStream(`blob ${size}`, size);
    return { size, data, ...tree(data) };
};
export const sampleChunk = (blob, index) => ({
    id: blob.id,
    size: blob.size,
    index,
    bytes: chunk(blob.data, index),
    proof: proof(blob, index),
});

export function makeBlobJson() {
    const sizes = [
        1,
        31,
        32767,
        CHUNK,
        CHUNK + 1,
        2 * CHUNK,
        2 * CHUNK + 5,
        3 * CHUNK,
        4 * CHUNK,
        5 * CHUNK - 1,
        6 * CHUNK + 100,
        7 * CHUNK,
        13 * CHUNK + 1,
    ];
    const blobs = sizes.map(sampleBlob);
    const positive = blobs.map((blob) => ({
        size: blob.size,
        data: bytesJson(blob.data),
        id: hex(blob.id),
        root: hex(blob.root),
        leaves: blob.levels[0].map(hex),
        proofs: blob.levels[0].map((_, index) => {
            verifyChunk(sampleChunk(blob, index));
            return proof(blob, index).map(hex);
        }),
    }));
    const [one, , , full, , , three] = blobs;
    const seven = blobs.at(-2);
    const good = sampleChunk(three, 1);
    const last = sampleChunk(three, 2);
    const flip = (bytes) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const negative = [
        ["a flipped bit in the chunk", "HASH", { ...last, bytes: flip(last.bytes) }],
        ["a flipped bit in the proof", "HASH", { ...good, proof: [flip(good.proof[0]), good.proof[1]] }],
        ["a flipped bit in the id", "HASH", { ...last, id: flip(last.id) }],
        ["the proof in the wrong order", "HASH", { ...good, proof: good.proof.slice().reverse() }],
        ["another chunk's place", "HASH", { ...good, index: 0 }],
        ["one neighbour less", "FIELD", { ...good, proof: good.proof.slice(0, 1) }],
        ["no proof", "FIELD", { ...good, proof: [] }],
        ["one neighbour more", "FIELD", { ...good, proof: [...good.proof, label("more")] }],
        ["a neighbour where there is none", "FIELD", { ...last, proof: [label("more"), ...last.proof] }],
        ["a chunk one byte short", "FIELD", { ...good, bytes: good.bytes.subarray(1) }],
        ["the last chunk one byte short", "FIELD", { ...last, bytes: last.bytes.subarray(1) }],
        ["the last chunk one byte long", "FIELD", { ...last, bytes: concat(last.bytes, Uint8Array.of(0)) }],
        ["an empty chunk", "FIELD", { ...last, bytes: new Uint8Array(0) }],
        ["an index out of range", "LIMIT", { ...last, index: 3 }],
        ["index 1 of a blob of one chunk", "LIMIT", { ...sampleChunk(full, 0), index: 1 }],
        ["a blob of no byte", "LIMIT", { ...sampleChunk(one, 0), size: 0 }],
        ["a blob of 2^29 + 1 bytes", "LIMIT", { ...good, size: 2 ** 29 + 1 }],
        ["another size with as many chunks", "HASH", { ...good, size: three.size + 1 }],
        ["the proof of a smaller tree", "FIELD", { ...sampleChunk(seven, 6), size: 15 * CHUNK, index: 6 }],
    ];
    return {
        about: `${SOURCE} ${BYTES}`,
        positive,
        negative: negative.map(([name, error, c]) => {
            expectError(name, () => verifyChunk(c), error);
            return {
                name,
                id: hex(c.id),
                size: c.size,
                index: c.index,
                bytes: bytesJson(c.bytes),
                proof: c.proof.map(hex),
                error,
            };
        }),
    };
}
