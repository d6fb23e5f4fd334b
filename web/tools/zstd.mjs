// What the page takes of npm's zstd-wasm: unpacking with a dictionary, under the short names of the module.
import { trim } from "./trim.mjs";

const USED = ["ZSTD_createDCtx", "ZSTD_decompress_usingDict", "ZSTD_isError", "malloc", "free"];

export function zstdParts(wasm, source) {
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(wasm));
    const names = {};
    for (const name of USED) {
        const short = source.match(new RegExp(`var _${name} =.*wasmExports\\['(\\w+)'\\]`))?.[1];
        if (!exported.some((e) => e.name === short && e.kind === "function")) throw new Error(`zstd-wasm exports no ${name}`);
        names[name] = short;
    }
    const wanted = Object.values(names);
    names.memory = exported.find((e) => e.kind === "memory").name;
    return { whole: wasm, wasm: trim(wasm, wanted).wasm, names };
}
