// parcels.ts: reads parcels into the core, in slices, one after another; unpacks what is packed.
import type { ParcelResult } from "./api.ts";
import type { Bytes } from "./bytes.ts";
import { PARCEL_END, PARCEL_UNPACK, type Core } from "./core.ts";
import type { Environment } from "./environment.ts";
import { Failure } from "./failure.ts";
import { looseBytes, PAGE_FILE_MAX, parsePageFile } from "./page_file.ts";
import { Zstd } from "./zstd.ts";

const SLICE = 64;
const TRUSTED_SLICE = 512;

const EMPTY: ParcelResult = {
    accepted: 0,
    known: 0,
    rejected: 0,
    waiting: 0,
    blobs: 0,
    chunks: 0,
    communities: 0,
    damaged: 0,
    truncated: false,
    refused: {},
};

// What is a parcel in a file: in somebody's page the plain parcels, else the file itself.
export function parcelsIn(bytes: Bytes): Bytes[] {
    if (bytes.length > PAGE_FILE_MAX) throw new Failure("ERR_LIMIT");
    const sections = parsePageFile(bytes);
    if (!sections) return [bytes];
    const parcels = sections.filter((s) => s.name === "parcel");
    if (parcels.length === 0 && sections.some((s) => s.name === "sealed-parcel")) throw new Failure("ERR_SEAL");
    return parcels.map((parcel) => looseBytes(parcel));
}

export class Parcels {
    #zstd: Promise<Zstd> | null = null;
    #queue: Promise<unknown> = Promise.resolve();

    constructor(
        private readonly core: Core,
        private readonly env: Environment,
    ) {}

    // Read one parcel. Errors: FILE_FOREIGN (no parcel), those of memory.
    read(bytes: Bytes, trusted: boolean, progress: (done: number) => void): Promise<ParcelResult> {
        const reading = this.#queue.then(() => this.#readNow(bytes, trusted, progress));
        this.#queue = reading.catch(() => undefined);
        return reading;
    }

    async #readNow(bytes: Bytes, trusted: boolean, progress: (done: number) => void): Promise<ParcelResult> {
        const { core, env } = this;
        if (bytes.length === 0) throw new Failure("FILE_FOREIGN");
        try {
            core.parcelOpen(bytes, trusted);
            for (;;) {
                const said = core.parcelNext(trusted ? TRUSTED_SLICE : SLICE);
                if (said === PARCEL_END) break;
                if (said === PARCEL_UNPACK) {
                    const { packed, size } = core.parcelPacked();
                    core.parcelUnpacked((await this.#unpacker()).unpack(packed, size));
                }
                const { accepted, known, rejected } = core.parcelResult();
                progress(accepted + known + rejected);
                await env.turn();
            }
        } catch (thrown) {
            if (thrown instanceof Failure && thrown.name === "ERR_NOT_POUCH") throw new Failure("FILE_FOREIGN");
            throw thrown;
        }
        const { frames: _, ...result } = core.parcelResult();
        return result;
    }

    #unpacker(): Promise<Zstd> {
        this.#zstd ??= Promise.all([this.env.asset("zstd"), this.env.asset("dictionary")]).then(([wasm, dictionary]) =>
            Zstd.load(wasm, dictionary),
        );
        return this.#zstd;
    }

    // All parcels of a file that somebody brought.
    async readFile(bytes: Bytes, progress: (done: number) => void): Promise<ParcelResult> {
        const sum: ParcelResult = { ...EMPTY, refused: {} };
        let before = 0;
        for (const parcel of parcelsIn(bytes)) {
            const result = await this.read(parcel, false, (done) => progress(before + done));
            before += result.accepted + result.known + result.rejected;
            for (const key of Object.keys(EMPTY) as (keyof ParcelResult)[]) {
                if (key === "truncated") sum.truncated ||= result.truncated;
                else if (key === "refused")
                    for (const [name, n] of Object.entries(result.refused))
                        sum.refused[name] = (sum.refused[name] ?? 0) + n;
                else sum[key] += result[key];
            }
        }
        return sum;
    }
}
