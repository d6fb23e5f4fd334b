// The core and the views, and the page's whole peer, built for WebAssembly, import the declared crypto functions and nothing else: no clock, no
// files, no libc that needs a system. Shown by listing the imports of build/wasm/core.wasm and phone.wasm, and that each is a function that
// core/crypto.h declares, of module "env". What phone.wasm exports is its memory, _initialize and the functions of phone.h, no more and no less.
import { existsSync, readFileSync } from "node:fs";

if (!existsSync("src/core/crypto.h")) {
    console.log("src/core has no source yet");
    process.exit(77);
}
const build = process.env.BUILD ?? "build";
let faults = 0;
const fault = (text) => {
    console.error(text);
    faults++;
};
const declared = (header, prefix) =>
    new Set([...readFileSync(header, "utf8").matchAll(new RegExp(`^[A-Za-z][^(/]*\\b(${prefix}_[a-z0-9_]+)\\(`, "gm"))].map((m) => m[1]));
const crypto = declared("src/core/crypto.h", "crypto");

for (const name of ["core", "phone"]) {
    const module = new WebAssembly.Module(readFileSync(`${build}/wasm/${name}.wasm`));
    const imports = WebAssembly.Module.imports(module);
    for (const i of imports)
        if (i.module !== "env" || i.kind !== "function" || !crypto.has(i.name))
            fault(`${name}.wasm imports ${i.module}.${i.name} (${i.kind})`);
    if (imports.length === 0) fault(`${name}.wasm imports nothing, so its crypto is missing from the build`);
    console.log(`${name}.wasm: ${imports.length} imports, all crypto: ${imports.map((i) => i.name).join(" ")}`);
    if (name !== "phone") continue;
    const wanted = new Set(["memory", "_initialize", ...declared("src/phone/phone.h", "phone")]);
    const given = new Set(WebAssembly.Module.exports(module).map((e) => e.name));
    for (const e of wanted) if (!given.has(e)) fault(`phone.wasm does not export ${e}`);
    for (const e of given) if (!wanted.has(e)) fault(`phone.wasm exports ${e}, which its header does not declare`);
    if (wanted.size < 40) fault(`only ${wanted.size} exports were found in phone.h`);
}
if (faults > 0) process.exit(1);
