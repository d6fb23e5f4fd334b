// closed.ts: closed groups: opening what has come, and what has to be kept of them, secret keys among it.
//
// The core opens sealed records a few at a time and says, as bytes, what it has to be given back when the page is opened
// again. Only the newest of these bytes are kept, in one place: keys that the core has let go of are gone there, too.
import { hex, type Bytes } from "./bytes.ts";
import { type Core, RANDOM_SIZE } from "./core.ts";
import type { Environment } from "./environment.ts";
import type { Sodium } from "./sodium.ts";

const OPEN_AT_ONCE = 16; // each takes a signature and a seal
const TICK_MS = 15 * 60_000; // how often time may ask for something; the core does what is due by the hour

export class ClosedGroups {
    #keptHash = "";
    #working: Promise<void> | null = null;
    #again = false;
    #timer: ReturnType<typeof setTimeout> | null = null;

    constructor(
        private readonly core: Core,
        private readonly sodium: Sodium,
        private readonly env: Pick<Environment, "random" | "turn">,
        private readonly due: () => void, // time may ask for something
    ) {}

    random(): Bytes {
        return this.env.random(RANDOM_SIZE);
    }

    // Open what is here. Who calls meanwhile waits for the same work, and for what came in between.
    // due: do what time asks for as well; not before all that was kept is here.
    work(due: boolean): Promise<void> {
        if (this.#working) this.#again = true;
        else this.#working = this.#run(due).finally(() => (this.#working = null));
        return this.#working;
    }

    async #run(due: boolean): Promise<void> {
        do {
            this.#again = false;
            while (this.core.closedWork(OPEN_AT_ONCE, due, this.random()) > 0) await this.env.turn();
        } while (this.#again);
    }

    // What is to be kept if that has changed since the last call, else null. Nothing at all is kept of nothing.
    changed(): Bytes | null {
        const kept = this.core.closedKept();
        if (kept.length > 0) this.#watch();
        const hash = kept.length > 0 ? hex(this.sodium.hash(kept)) : "";
        if (hash === this.#keptHash) return null;
        this.#keptHash = hash;
        return kept;
    }

    load(kept: Bytes): void {
        if (kept.length === 0) return;
        this.core.closedLoad(kept);
        this.#keptHash = hex(this.sodium.hash(this.core.closedKept()));
        this.#watch();
    }

    #watch(): void {
        this.#timer ??= setTimeout(() => {
            this.#timer = null;
            this.#watch();
            this.due();
        }, TICK_MS);
    }

    stop(): void {
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#timer = null;
    }
}
