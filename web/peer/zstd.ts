// zstd.ts: unpacks one zstd frame made with the dictionary of parcels (doc/protocol.md, section 8). It is fetched from
// the page only when a parcel needs it. What comes out is at most as large as its frame's header says, which the core
// has bounded before.
import type { Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";

declare const ZSTD_NAMES: Record<string, string>; // of the build

type Call = (...args: number[]) => number;

export class Zstd {
    readonly #memory: WebAssembly.Memory;
    readonly #context: number;
    readonly #dictionary: number;

    private constructor(
        private readonly exports: Record<string, unknown>,
        private readonly dictionarySize: number,
        dictionary: Uint8Array,
    ) {
        this.#memory = exports[ZSTD_NAMES["memory"] as string] as WebAssembly.Memory;
        this.#context = this.#call("ZSTD_createDCtx");
        this.#dictionary = this.#put(dictionary);
    }

    static async load(wasm: Bytes, dictionary: Uint8Array): Promise<Zstd> {
        const module = await WebAssembly.compile(wasm);
        let memory: WebAssembly.Memory | undefined;
        const imports: Record<string, Call> = {};
        for (const { name } of WebAssembly.Module.imports(module))
            imports[name] = () => {
                throw new Failure("BROKEN", "zstd stopped");
            };
        // emscripten's growth of memory, told by its use: the one import that malloc can reach.
        imports["e"] = (size) => {
            try {
                memory?.grow(Math.ceil(((size >>> 0) - memory.buffer.byteLength) / 65536));
                return 1;
            } catch {
                return 0;
            }
        };
        const { exports } = await WebAssembly.instantiate(module, { a: imports });
        memory = exports[ZSTD_NAMES["memory"] as string] as WebAssembly.Memory;
        return new Zstd(exports, dictionary.length, dictionary);
    }

    #call(name: string, ...args: number[]): number {
        return (this.exports[ZSTD_NAMES[name] as string] as Call)(...args);
    }

    #allot(size: number): number {
        const at = this.#call("malloc", Math.max(size, 1));
        if (at === 0) throw new Failure("NO_MEMORY");
        return at;
    }

    #put(bytes: Uint8Array): number {
        const at = this.#allot(bytes.length);
        new Uint8Array(this.#memory.buffer).set(bytes, at);
        return at;
    }

    // null: it is no such frame, or larger or smaller than it should be.
    unpack(packed: Uint8Array, size: number): Bytes | null {
        const source = this.#put(packed);
        const target = this.#allot(size);
        const made = this.#call(
            "ZSTD_decompress_usingDict",
            this.#context,
            target,
            size,
            source,
            packed.length,
            this.#dictionary,
            this.dictionarySize,
        );
        const good = this.#call("ZSTD_isError", made) === 0 && made === size;
        const plain = good ? new Uint8Array(this.#memory.buffer).slice(target, target + size) : null;
        this.#call("free", source);
        this.#call("free", target);
        return plain;
    }
}
