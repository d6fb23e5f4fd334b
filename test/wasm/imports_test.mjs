// The core and the views, built for WebAssembly, import the declared crypto functions and nothing else: no clock, no files, no libc
// that needs a system. Shown by listing the imports of build/wasm/core.wasm, and that each is a function crypto_* of module "env".
import { existsSync, readdirSync, readFileSync } from "node:fs";

const hasCore = existsSync("src/core") && readdirSync("src/core").some((name) => name.endsWith(".c"));
if (!hasCore) {
    console.log("src/core has no source yet");
    process.exit(77);
}

const build = process.env.BUILD ?? "build";
const module = new WebAssembly.Module(readFileSync(`${build}/wasm/core.wasm`));
const imports = WebAssembly.Module.imports(module);
const foreign = imports.filter((i) => i.module !== "env" || i.kind !== "function" || !i.name.startsWith("crypto_"));
for (const i of foreign) console.error(`the core imports ${i.module}.${i.name} (${i.kind})`);
if (imports.length === 0) console.error("the core imports nothing, so its crypto is missing from the build");
if (foreign.length > 0 || imports.length === 0) process.exit(1);
console.log(`${imports.length} imports, all crypto: ${imports.map((i) => i.name).join(" ")}`);
