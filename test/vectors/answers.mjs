// Read the known answers: the files and the bytes in them, hex or a list of parts (see the "about" of each file).
import { readFileSync } from "node:fs";
import { concat, stream, unhex } from "./sodium.mjs";

export const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));

const part = (value) => {
    if (typeof value === "string") return unhex(value);
    if (value.repeat !== undefined) return concat(...Array(value.times).fill(unhex(value.repeat)));
    const skip = value.skip ?? 0;
    return stream(value.stream, skip + value.size).subarray(skip);
};
export const bytesOf = (value) => (Array.isArray(value) ? concat(...value.map(part)) : part(value));
