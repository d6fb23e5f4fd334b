// A search by names gives the same on every device: this machine's build (test/view/names_tool.c) and WebAssembly, whose pointers have another size,
// find the same people at the same costs. Names and queries are the fuzzer's seeds, queries also with bytes changed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const build = process.env.BUILD ?? "build";
const tool = `${build}/rel/test/view/names_tool`;
for (const file of [tool, `${build}/wasm/core.wasm`])
    if (!existsSync(file)) {
        console.error(`${file} is missing: make tests wasm`);
        process.exit(1);
    }
const names = [];
const queries = [];
for (const file of readdirSync("fuzz/corpus/names").filter((name) => name.startsWith("seed-"))) {
    const [query, ...list] = readFileSync(join("fuzz/corpus/names", file)).toString("latin1").split("\n");
    queries.push(query, ...list.slice(1, 3));
    names.push(...list);
}
let state = 1;
const random = (below) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
for (const query of [...queries, ...queries, ...queries]) {
    const at = random(query.length);
    const byte = String.fromCharCode("abz -\xd0\xd1\xb0\xff'"[random(10)].charCodeAt(0));
    queries.push(query.slice(0, at) + (random(2) ? byte : "") + query.slice(at + random(2)));
}

const folder = mkdtempSync(join(tmpdir(), "longear-names-"));
const bytes = (text) => Buffer.from(text, "latin1");
writeFileSync(join(folder, "names"), bytes(names.map((name) => `${name}\n`).join("")));
const ran = spawnSync(tool, [join(folder, "names")], { input: bytes(queries.map((query) => `${query}\n`).join("")) });
rmSync(folder, { recursive: true });
const native = ran.stdout.toString().split("\n").slice(0, -1);

const module = new WebAssembly.Module(readFileSync(`${build}/wasm/core.wasm`));
const env = Object.fromEntries(WebAssembly.Module.imports(module).map((i) => [i.name, () => 0]));
const core = new WebAssembly.Instance(module, { env }).exports;
let room = core.memory.buffer.byteLength;
core.memory.grow(64);
const put = (text) => {
    new Uint8Array(core.memory.buffer).set(bytes(text), room);
    room += text.length;
    return room - text.length;
};
const take = (size) => {
    room = (room + 15) & ~15;
    room += size;
    return room - size;
};
const pointers = names.map(put);
const texts = take(8 * names.length);
let view = new DataView(core.memory.buffer);
names.forEach((name, i) => {
    view.setUint32(texts + 8 * i, pointers[i], true);
    view.setUint32(texts + 8 * i + 4, name.length, true);
});
const [index, hits] = [take(256), take(80)];
const size = core.names_memory(index, texts, names.length);
if (core.names_build(index, texts, take(size)) !== 0) throw new Error("names_build");
let differ = 0;
let found = 0;
queries.forEach((query, i) => {
    const at = put(query);
    const count = core.names_search(index, at, query.length, hits, 10);
    view = new DataView(core.memory.buffer);
    const line = [];
    for (let k = hits; k < hits + 8 * count; k += 8)
        line.push(`${view.getUint32(k, true)}:${view.getUint16(k + 4, true)}:${view.getUint8(k + 6)}`);
    found += count;
    if (line.join(" ") !== native[i] && differ++ < 10) console.error(`${bytes(query)}: ${native[i]} here, ${line.join(" ")} in WebAssembly`);
});
console.log(`${queries.length} queries among ${names.length} names, ${found} hits, ${differ} differ`);
if (ran.status !== 0 || native.length !== queries.length || queries.length < 100 || found < 5 * queries.length || differ > 0) process.exit(1);
