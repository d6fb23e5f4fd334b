// rendezvous.ts: a meeting of two phones over a point (doc/protocol.md, section 23): the point keeps four messages under
// a number, each side leaves its own and asks for the other's.
import type { PeerErrorName } from "./api.ts";
import type { Core, MeetStatus } from "./core.ts";
import { Failure } from "./failure.ts";
import { ask, type Answer, type Fetch } from "./http.ts";

const NUMBER_TRIES = 5;
const TRIES_MAX = 4; // of one request that the way loses
const LIMITS = { max: 2048, quietMs: 8000, totalMs: 15_000 };
export interface MeetTiming {
    lookMs: number;
    looksMax: number;
}
export const MEET_TIMING: MeetTiming = { lookMs: 700, looksMax: 430 }; // the point keeps it for five minutes

export interface RendezvousHost {
    core: Core;
    fetch: Fetch;
    random: (size: number) => Uint8Array;
}

const ofStatus = (status: number): PeerErrorName =>
    status === 404 ? "MEET_NUMBER" : status === 409 ? "MEET_TAKEN" : status === 429 ? "POINT_BUSY" : status === 503 ? "POINT_FULL" : "POINT_GONE";

export class Rendezvous {
    readonly #stop = new AbortController();
    #number = "";

    constructor(
        private readonly host: RendezvousHost,
        private readonly address: string,
        private readonly timing: MeetTiming = MEET_TIMING,
    ) {}

    // A request that gets no answer is made again; one that was heard already is answered by 409 then.
    async #ask(message: number, body: Uint8Array<ArrayBuffer> | null): Promise<Answer & { again: boolean }> {
        for (let tries = 1; ; tries++) {
            try {
                const url = `${this.address}/meet/${this.#number}/${message}`;
                return { ...(await ask(this.host.fetch, url, body, LIMITS, this.#stop.signal)), again: tries > 1 };
            } catch (thrown) {
                if (tries === TRIES_MAX || this.#stop.signal.aborted) throw this.#over(thrown);
                await this.#wait();
            }
        }
    }

    #over(thrown: unknown): unknown {
        return this.#stop.signal.aborted ? new Failure("MEET_NOBODY") : thrown;
    }

    #wait(): Promise<void> {
        return new Promise((resolve) => {
            const end = (): void => {
                clearTimeout(timer);
                resolve();
            };
            const timer = setTimeout(end, this.timing.lookMs);
            this.#stop.signal.addEventListener("abort", end, { once: true });
        });
    }

    // The first one: leave message 1 under a number that is free. Gives the number.
    async begin(): Promise<string> {
        const message = this.host.core.meetSend();
        for (let tries = 1; ; tries++) {
            const [a = 0, b = 0, c = 0] = this.host.random(3);
            this.#number = String((a * 65536 + b * 256 + c) % 1_000_000).padStart(6, "0");
            const { status } = await this.#ask(1, message);
            if (status === 204) return this.#number;
            if (status !== 409 || tries === NUMBER_TRIES) throw new Failure(status === 409 ? "POINT_FULL" : ofStatus(status));
        }
    }

    // The second one: look at once whether there is such a meeting.
    async join(number: string): Promise<string> {
        this.#number = number;
        const { status, body } = await this.#ask(1, null);
        if (status !== 200) throw new Failure(ofStatus(status));
        this.#take(body);
        return number;
    }

    #take(message: Uint8Array): void {
        try {
            this.host.core.meetTake(message);
        } catch (thrown) {
            throw new Failure("MEET_CHANGED", thrown instanceof Failure ? thrown.name : "");
        }
    }

    // The rest, until both have the words.
    async run(): Promise<MeetStatus> {
        const { core } = this.host;
        for (let looks = 0; ; ) {
            if (this.#stop.signal.aborted) throw new Failure("MEET_NOBODY");
            const { turn, sends, done } = core.meetStatus();
            if (done) return core.meetStatus();
            if (turn === 0) throw new Failure("MEET_CHANGED");
            if (sends) {
                const { status, again } = await this.#ask(turn, core.meetSend());
                if (status !== 204 && !(status === 409 && again)) throw new Failure(ofStatus(status));
                continue;
            }
            const { status, body } = await this.#ask(turn, null);
            if (status === 200) this.#take(body);
            else if (status === 404 || looks++ >= this.timing.looksMax) throw new Failure("MEET_NOBODY");
            else if (status !== 204) throw new Failure(ofStatus(status));
            else await this.#wait();
        }
    }

    stop(): void {
        this.#stop.abort();
    }
}
