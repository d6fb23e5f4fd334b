// journal.ts: where changes go between two saved files.
//
// A guest's go to the tab's sessionStorage and end with the tab; a kept page's go to this device, every change as one
// sealed entry of IndexedDB, so that a tab that is killed has lost nothing; where the browser gives no storage they stay
// in memory. Entries of a kept page are boxes under a key that only the sealed part of the page holds, and tell nothing
// but their number and size.
import { fromUtf8, hex, join, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import type { Step } from "./prefs.ts";
import type { Sodium } from "./sodium.ts";
import { boxOpen, boxSeal } from "./vault.ts";

export type Entry =
    | { kind: "step"; step: Step }
    | { kind: "frames"; bytes: Bytes } // records, as bare frames of a parcel
    | { kind: "original"; hash: string; name: string; bytes: Bytes };

// entry = kind u8 ‖ json size u32 ‖ json ‖ bytes
const KINDS = ["step", "frames", "original"] as const;
export function encodeEntry(entry: Entry): Bytes {
    const rest =
        entry.kind === "step" ? entry.step : entry.kind === "original" ? { hash: entry.hash, name: entry.name } : {};
    const json = utf8(JSON.stringify(rest));
    const head = new Uint8Array(5);
    head[0] = KINDS.indexOf(entry.kind);
    new DataView(head.buffer).setUint32(1, json.length, true);
    return join(head, json, entry.kind === "step" ? new Uint8Array(0) : entry.bytes);
}

export function decodeEntry(bytes: Bytes): Entry {
    const damaged = new Failure("FILE_DAMAGED", "an entry of the journal");
    const kind = KINDS[bytes[0] ?? 99];
    if (!kind || bytes.length < 5) throw damaged;
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
    if (size > bytes.length - 5) throw damaged;
    let json: Record<string, string>;
    try {
        json = JSON.parse(fromUtf8(bytes.subarray(5, 5 + size))) as Record<string, string>;
    } catch {
        throw damaged;
    }
    const rest = bytes.slice(5 + size);
    if (kind === "step") return { kind, step: json as unknown as Step };
    if (kind === "frames") return { kind, bytes: rest };
    return { kind, hash: String(json["hash"]), name: String(json["name"]), bytes: rest };
}

// ---- The device ----

const DATABASE = "longear";
const STORE = "journal";

function request<T>(asked: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(storageFailure(asked.error));
    });
}
function storageFailure(error: DOMException | null): Failure {
    return error?.name === "QuotaExceededError" ? new Failure("STORAGE_FULL") : new Failure("STORAGE_NONE", error?.name);
}

async function openDatabase(storage: IDBFactory | null): Promise<IDBDatabase | null> {
    if (!storage) return null;
    try {
        const opening = storage.open(DATABASE, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
        return await request(opening);
    } catch {
        return null; // an opaque origin, or a browser that keeps nothing
    }
}

// Entry -1 is what is kept of closed groups: in one place, for what was there before must be gone.
const CLOSED_AT = -1;
const rangeOf = (keep: string): [[string, number], [string, number]] => [
    [keep, CLOSED_AT],
    [keep, Number.MAX_SAFE_INTEGER],
];

// What is kept of closed groups: the number of the entry that it was written with, u64 ‖ bytes.
function closedEntry(n: number, kept: Bytes): Bytes {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setBigUint64(0, BigInt(n), true);
    return join(head, kept);
}
function closedOf(plain: Bytes): { n: number; bytes: Bytes } {
    if (plain.length < 8) throw new Failure("FILE_DAMAGED");
    return { n: Number(new DataView(plain.buffer, plain.byteOffset).getBigUint64(0, true)), bytes: plain.slice(8) };
}

export interface DeviceJournal {
    id: string; // of this journal: a file tells how much of which journal it holds
    count: number;
    bytes: number;
    // Either may be missing; both are there or none. closed: in the place of what was kept of closed groups before.
    append(entry: Entry | null, closed: Bytes | null): Promise<void>;
    // One entry in place of all: what they came to.
    replace(entries: Entry[]): Promise<void>;
}

export interface OpenedJournal {
    journal: DeviceJournal;
    entries: { n: number; entry: Entry }[];
    closed: { n: number; bytes: Bytes } | null; // as of which entry
    damaged: number;
}

// Open the journal of a kept page and read it; null: no storage here. Entry 0 is the journal's own name. damaged counts
// entries that could not be opened.
export async function openJournal(
    storage: IDBFactory | null,
    sodium: Sodium,
    keep: string,
    key: Uint8Array,
    random: (size: number) => Bytes,
): Promise<OpenedJournal | null> {
    const database = await openDatabase(storage);
    if (!database) return null;
    const keyRange = (from: number): IDBKeyRange => IDBKeyRange.bound([keep, from], rangeOf(keep)[1]);
    const adOf = (n: number): string => `journal ${keep} ${n}`;
    const write = (puts: [number, Uint8Array][], clear: boolean): Promise<void> =>
        new Promise((resolve, reject) => {
            const change = database.transaction(STORE, "readwrite", { durability: "strict" });
            const store = change.objectStore(STORE);
            if (clear) store.delete(keyRange(1));
            for (const [n, sealed] of puts) store.put(sealed, [keep, n]);
            change.oncomplete = () => resolve();
            change.onerror = change.onabort = () => reject(storageFailure(change.error));
        });
    try {
        const reading = database.transaction(STORE).objectStore(STORE);
        const [keys, values] = await Promise.all([
            request(reading.getAllKeys(keyRange(CLOSED_AT))),
            request(reading.getAll(keyRange(CLOSED_AT))),
        ]);
        let id = "";
        let next = 1;
        let bytes = 0;
        let damaged = 0;
        let closed: OpenedJournal["closed"] = null;
        const entries: { n: number; entry: Entry }[] = [];
        for (const [i, value] of (values as unknown[]).entries()) {
            const n = (keys[i] as [string, number])[1];
            next = Math.max(next, n + 1);
            try {
                if (!(value instanceof Uint8Array)) throw new Failure("FILE_DAMAGED");
                bytes += value.length;
                const plain = boxOpen(sodium, key, value, adOf(n));
                if (n === CLOSED_AT) closed = closedOf(plain);
                else if (n === 0) id = hex(plain);
                else entries.push({ n, entry: decodeEntry(plain) });
            } catch {
                damaged++;
            }
        }
        if (closed !== null) next = Math.max(next, closed.n + 1);
        if (id === "") {
            const own = random(16);
            id = hex(own);
            await write([[0, boxSeal(sodium, key, own, adOf(0), random)]], false);
        }
        const journal: DeviceJournal = {
            id,
            count: next - 1,
            bytes,
            append: async (entry, kept) => {
                const n = ++journal.count;
                const puts: [number, Uint8Array][] = [];
                if (entry) puts.push([n, boxSeal(sodium, key, encodeEntry(entry), adOf(n), random)]);
                for (const [, sealed] of puts) journal.bytes += sealed.length;
                if (kept) puts.push([CLOSED_AT, boxSeal(sodium, key, closedEntry(n, kept), adOf(CLOSED_AT), random)]);
                await write(puts, false);
            },
            replace: async (whole) => {
                const puts = whole.map((entry): [number, Uint8Array] => {
                    const n = ++journal.count;
                    return [n, boxSeal(sodium, key, encodeEntry(entry), adOf(n), random)];
                });
                journal.bytes = puts.reduce((sum, [, sealed]) => sum + sealed.length, 0);
                await write(puts, true);
            },
        };
        return { journal, entries, closed, damaged };
    } catch {
        database.close();
        return null;
    }
}

// Forget the journal of one kept page, or (null) all that this app has on this device.
export async function forgetJournal(storage: IDBFactory | null, keep: string | null): Promise<void> {
    if (!storage) return;
    if (keep === null) {
        try {
            await request(storage.deleteDatabase(DATABASE));
        } catch {
            // No storage, nothing to forget.
        }
        return;
    }
    const database = await openDatabase(storage);
    if (!database) return;
    const change = database.transaction(STORE, "readwrite");
    const [from, to] = rangeOf(keep);
    await request(change.objectStore(STORE).delete(IDBKeyRange.bound(from, to)));
    database.close();
}
