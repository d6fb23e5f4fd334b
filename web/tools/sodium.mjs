// What the page takes of npm's libsodium-sumo: its WebAssembly alone, without the JavaScript that npm ships as a way out for old browsers, and under which
// short names it exports what is used here. The file holds the module as base64 and the table of names as assignments.

import { trim } from "./trim.mjs";

// As in libsodium's headers, with emscripten's underscore.
const USED = [
    "malloc",
    "free",
    "crypto_generichash",
    "crypto_generichash_statebytes",
    "crypto_generichash_init",
    "crypto_generichash_update",
    "crypto_generichash_final",
    "crypto_sign_seed_keypair",
    "crypto_sign_detached",
    "crypto_sign_verify_detached",
    "crypto_scalarmult",
    "crypto_scalarmult_base",
    "crypto_aead_chacha20poly1305_ietf_encrypt",
    "crypto_aead_chacha20poly1305_ietf_decrypt",
    "crypto_aead_xchacha20poly1305_ietf_encrypt",
    "crypto_aead_xchacha20poly1305_ietf_decrypt",
    "crypto_pwhash",
];

// Its imports, of which only the growth of its memory is ever called here: failed assertion, JavaScript of emscripten's own (random numbers), abort, growth.
const IMPORTS = "a b c d";

export function sodiumParts(source) {
    const found = source.match(/"(AGFzbQ[A-Za-z0-9+/=]{100000,})"/);
    if (!found) throw new Error("libsodium-sumo holds no WebAssembly where it was looked for");
    const wasm = Buffer.from(found[1], "base64");
    const module = new WebAssembly.Module(wasm);
    const imports = WebAssembly.Module.imports(module).map((i) => i.name);
    if (imports.sort().join(" ") !== IMPORTS) throw new Error(`libsodium-sumo imports ${imports}`);
    const exported = new Map(WebAssembly.Module.exports(module).map((e) => [e.name, e.kind]));
    // There are two tables, the other one for the way out: the right one is the last before the module.
    const before = source.slice(0, found.index);
    const names = {};
    for (const name of USED) {
        const matches = [...before.matchAll(new RegExp(`\\._${name}=\\w+\\.([\\w$]+)[^\\w$]`, "g"))];
        const short = matches.at(-1)?.[1];
        if (!short || exported.get(short) !== "function") throw new Error(`libsodium-sumo exports no ${name}`);
        names[name] = short;
    }
    names.memory = [...exported].find(([, kind]) => kind === "memory")[0];
    return { whole: wasm, wasm: trim(wasm, Object.values(names).filter((n) => n !== names.memory)).wasm, names };
}
