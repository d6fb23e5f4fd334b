// meetings.ts: the points of this page and the contacts with them.
import type { PointStatus } from "./api.ts";
import { Exchange, TIMING, type ExchangeHost, type Timing } from "./exchange.ts";
import { Failure } from "./failure.ts";
import { pointAddresses } from "./points.ts";

const CONTACTS_MAX = 4; // PHONE_CONTACTS_MAX

export class Meetings {
    readonly #all: Exchange[] = [];
    #visible = true;

    constructor(
        private readonly host: ExchangeHost,
        private readonly timing: Timing = TIMING,
    ) {}

    list(): PointStatus[] {
        return this.#all.map((exchange) => ({ ...exchange.status }));
    }

    #find(addresses: string[]): Exchange | undefined {
        return this.#all.find((exchange) => addresses.includes(exchange.status.address));
    }

    // Meet a point from now on, as long as it is there.
    add(text: string): Exchange {
        const addresses = pointAddresses(text);
        const known = this.#find(addresses);
        if (known) return known;
        if (this.#all.length >= CONTACTS_MAX) {
            // The one that is gone gives way, else the oldest.
            const gone = this.#all.findIndex((exchange) => exchange.status.state === "gone");
            void this.#all.splice(Math.max(gone, 0), 1)[0]?.stop();
        }
        const exchange = new Exchange(this.host, addresses, this.timing);
        exchange.setVisible(this.#visible);
        this.#all.push(exchange);
        exchange.start();
        return exchange;
    }

    async forget(text: string): Promise<string> {
        const exchange = this.#find(pointAddresses(text));
        if (!exchange) throw new Failure("ERR_NOT_FOUND");
        this.#all.splice(this.#all.indexOf(exchange), 1);
        await exchange.stop();
        return exchange.status.address;
    }

    kick(): void {
        for (const exchange of this.#all) exchange.kick();
    }

    setVisible(visible: boolean): void {
        this.#visible = visible;
        for (const exchange of this.#all) exchange.setVisible(visible);
    }

    async stop(): Promise<void> {
        await Promise.all(this.#all.splice(0).map((exchange) => exchange.stop()));
    }
}
