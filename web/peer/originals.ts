// originals.ts: the originals of photos, which never leave the device: in memory while the page is open, in boxes in the
// kept file. One that came from a file stays in its text until somebody asks for it.
import { base64, fromBase64, hex, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import type { Section } from "./page_file.ts";
import type { OriginalEntry } from "./person_file.ts";
import type { Sodium } from "./sodium.ts";
import { boxOpen, boxSeal } from "./vault.ts";

export const ORIGINALS_MAX = 96 * 1024 * 1024;
const COUNT_MAX = 200;
const adOf = (hash: string): string => `original ${hash}`;

export class Originals {
    readonly #all = new Map<string, OriginalEntry & { bytes: Bytes | null; box: string | null }>();
    #total = 0;

    constructor(
        private readonly sodium: Sodium,
        private readonly random: (size: number) => Bytes,
    ) {}

    add(name: string, bytes: Bytes): string {
        const hash = hex(this.sodium.hash(bytes));
        if (this.#all.has(hash)) return hash;
        if (this.#all.size >= COUNT_MAX || this.#total + bytes.length > ORIGINALS_MAX) throw new Failure("STORAGE_FULL");
        this.#total += bytes.length;
        this.#all.set(hash, { hash, name, size: bytes.length, bytes, box: null });
        return hash;
    }

    // Take in what a file holds: its list and its sections, in the same order.
    load(list: OriginalEntry[], sections: Section[]): void {
        list.forEach((entry, i) => {
            const box = sections[i]?.base64;
            if (box === undefined || this.#all.has(entry.hash)) return;
            this.#total += entry.size;
            this.#all.set(entry.hash, { ...entry, bytes: null, box });
        });
    }

    list(): OriginalEntry[] {
        return [...this.#all.values()].map(({ hash, name, size }) => ({ hash, name, size }));
    }

    get(hash: string, boxKey: Bytes | null): Bytes {
        const found = this.#all.get(hash);
        if (!found) throw new Failure("ERR_NOT_FOUND");
        if (found.bytes) return found.bytes;
        if (!boxKey || found.box === null) throw new Failure("ERR_NOT_FOUND");
        const bytes = boxOpen(this.sodium, boxKey, fromBase64(found.box), adOf(hash));
        if (hex(this.sodium.hash(bytes)) !== hash) throw new Failure("FILE_DAMAGED", "an original");
        return bytes;
    }

    // As sections of a file, in the order of list().
    sections(boxKey: Bytes): Section[] {
        return [...this.#all.values()].map((found) => {
            if (found.box === null && found.bytes)
                found.box = base64(boxSeal(this.sodium, boxKey, found.bytes, adOf(found.hash), this.random));
            return { name: "original", base64: found.box ?? "" };
        });
    }

    forget(): void {
        this.#all.clear();
        this.#total = 0;
    }
}
