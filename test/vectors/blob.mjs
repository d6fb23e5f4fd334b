// Blobs: chunks under a hash tree. doc/protocol.md, section 7.
import { check } from "./bytes.mjs";
import { concat, equal, hashKeyed } from "./sodium.mjs";

export const CHUNK = 32768,
    BLOB_MAX = 2 ** 29;
export const chunksOf = (size) => Math.ceil(size / CHUNK);
export const leafOf = (chunk) => hashKeyed("longear leaf   1", chunk);
export const nodeOf = (left, right) => hashKeyed("longear node   1", left, right);
export function idOf(size, root) {
    const u64 = new Uint8Array(8);
    new DataView(u64.buffer).setBigUint64(0, BigInt(size), true);
    return hashKeyed("longear blob   1", u64, root);
}
export const chunk = (data, index) => data.subarray(index * CHUNK, (index + 1) * CHUNK);

// All levels of the tree, leaves first.
export function tree(data) {
    const levels = [Array.from({ length: chunksOf(data.length) }, (_, i) => leafOf(chunk(data, i)))];
    while (levels.at(-1).length > 1) {
        const below = levels.at(-1);
        levels.push(
            Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
                2 * i + 1 < below.length ? nodeOf(below[2 * i], below[2 * i + 1]) : below[2 * i],
            ),
        );
    }
    return { levels, root: levels.at(-1)[0], id: idOf(data.length, levels.at(-1)[0]) };
}
export const proof = ({ levels }, index) =>
    levels.slice(0, -1).flatMap((level, depth) => level[(index >> depth) ^ 1] ?? []);

export function verifyChunk({ id, size, index, bytes, proof: given }) {
    check(size > 0 && size <= BLOB_MAX, "LIMIT");
    const count = chunksOf(size);
    check(index < count, "LIMIT");
    check(bytes.length === (index === count - 1 ? size - index * CHUNK : CHUNK), "FIELD");
    const neighbours = given.slice();
    let node = leafOf(bytes);
    for (let [i, width] = [index, count]; width > 1; i >>= 1, width = Math.ceil(width / 2)) {
        if ((i ^ 1) >= width) continue;
        check(neighbours.length > 0, "FIELD");
        const neighbour = neighbours.shift();
        node = i & 1 ? nodeOf(neighbour, node) : nodeOf(node, neighbour);
    }
    check(neighbours.length === 0, "FIELD");
    check(equal(idOf(size, node), id), "HASH");
}
export const proofBytes = (list) => concat(...list);
