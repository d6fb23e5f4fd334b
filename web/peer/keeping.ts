// keeping.ts: the one place that changes go to, whatever keeps them: the tab, the device, or memory alone. Entries are
// written one after another; what can't be kept any more is told, and counted as unsaved.
import { base64, type Bytes, fromBase64 } from "./bytes.ts";
import type { TabStore } from "./environment.ts";
import { decodeEntry, encodeEntry, type DeviceJournal, type Entry } from "./journal.ts";

const SEED_KEY = "longear.seed";
const ENTRY_KEY = "longear.entry.";
const CLOSED_KEY = "longear.closed";

export type Storage = "tab" | "device" | "memory";

export class Keeping {
    storage: Storage = "memory";
    #tab: TabStore | null = null;
    #tabNext = 0;
    #device: DeviceJournal | null = null;
    #queue: Promise<void> = Promise.resolve();

    constructor(private readonly lost: () => void) {}

    // What the tab holds of a guest from before it was loaded again.
    static async readTab(tab: TabStore): Promise<{ seed: string; entries: Entry[]; closed: Bytes } | null> {
        const all = new Map(await tab.load());
        const seed = all.get(SEED_KEY);
        if (!seed || !/^[0-9a-f]{64}$/.test(seed)) return null;
        const entries: Entry[] = [];
        for (let n = 0; all.has(ENTRY_KEY + n); n++) {
            try {
                entries.push(decodeEntry(fromBase64(all.get(ENTRY_KEY + n) as string)));
            } catch {
                // One that is damaged costs itself.
            }
        }
        return { seed, entries, closed: fromBase64(all.get(CLOSED_KEY) ?? "") };
    }

    async useTab(tab: TabStore, seed: string, entries: number): Promise<void> {
        this.#tab = tab;
        this.#tabNext = entries;
        try {
            await tab.save(SEED_KEY, seed);
            this.storage = "tab";
        } catch {
            this.#tab = null;
        }
    }

    useDevice(journal: DeviceJournal): void {
        this.#device = journal;
        this.storage = "device";
    }

    get journal(): DeviceJournal | null {
        return this.#device;
    }

    // Keep nothing from now on but in memory.
    async useMemory(): Promise<void> {
        await this.#queue;
        await this.#tab?.clear();
        this.#tab = null;
        this.#device = null;
        this.storage = "memory";
    }

    // closed: what is to be kept of closed groups from now on. It goes before own messages: one that was kept twice under
    // one number would fork what this person writes, a number that is left out costs nothing.
    append(entry: Entry | null, closed: Bytes | null = null): void {
        if (!entry && !closed) return;
        this.#queue = this.#queue.then(async () => {
            try {
                if (this.#device) await this.#device.append(entry, closed);
                else if (this.#tab) {
                    if (closed) await this.#tab.save(CLOSED_KEY, base64(closed));
                    if (entry && entry.kind !== "original")
                        await this.#tab.save(ENTRY_KEY + this.#tabNext++, base64(encodeEntry(entry)));
                }
            } catch {
                // A guest whose last messages are missing must not come back: the next would fork what was written.
                await this.#tab?.clear().catch(() => undefined);
                this.#tab = null;
                this.#device = null;
                this.storage = "memory";
                this.lost();
            }
        });
    }

    flush(): Promise<void> {
        return this.#queue;
    }
}
