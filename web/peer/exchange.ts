// exchange.ts: the contact with one point over HTTP (doc/protocol.md, section 20), from finding it to the end.
//
// One loop: give what the core has to say, take what the point answers, check and store it in slices so that the screen
// is served meanwhile, wait. A POST waits at the point for news ("wait"); once events are seen to come through, those
// tell of news instead and nothing is asked while there is nothing to say. What is lost on the way the session repeats
// by its own deadlines, so a failed request is only a reason to try again, later each time.
import type { PeerError, PointStatus } from "./api.ts";
import { fromUtf8, hex, type Bytes } from "./bytes.ts";
import type { ContactStatus, Core } from "./core.ts";
import { Failure, plainError } from "./failure.ts";
import { ask, events, type Answer, type Fetch } from "./http.ts";

export const GROUPS_MAX = 64;
const SLICE = 32; // records checked before others get their turn
const GIVE_MAX = 256 * 1024;
const GIVE_MIN = 16 * 1024;
const SESSION_MAX = 256 * 1024;
const ANSWER_MAX = 1024 * 1024;

// Times in milliseconds; tests bring shorter ones.
export interface Timing {
    find: number; // for the first answer of an address
    wait: number; // how long a request may wait at the point
    quiet: number; // without a byte: the request is lost
    total: number;
    idle: number; // the shortest time between two questions that have nothing to say
    eventsProof: number; // events that bring nothing for so long are buffered somewhere
    eventsAgain: number;
    pause: number; // after a failure; doubled with every further one
    pauseMax: number;
    parts: number; // until a point that lacked parts of files is asked for them again; doubled likewise
    partsMax: number;
    refused: number; // after rules were broken; doubled likewise
    refusedMax: number;
    tell: number; // between two reports of how it goes
}
export const TIMING: Timing = {
    find: 8000,
    wait: 20_000,
    quiet: 35_000,
    total: 120_000,
    idle: 20_000,
    eventsProof: 20_000,
    eventsAgain: 60_000,
    pause: 500,
    pauseMax: 60_000,
    parts: 3000,
    partsMax: 120_000,
    refused: 30_000,
    refusedMax: 600_000,
    tell: 250,
};

export interface ExchangeHost {
    core: Core;
    fetch: Fetch;
    random(size: number): Bytes;
    steady(): number;
    turn(): Promise<void>; // let others have their turn
    joinGroups(lines: string[]): void;
    changed(): void; // the status is another
    stored(parts: boolean): Promise<void>; // records may have come, and parts of files
    settled(reached: { id: string; sent: boolean }[], address: string, contact: string): Promise<void>;
}

// A failure that says how the point is and when to try again.
class Setback extends Error {
    constructor(
        readonly state: PointStatus["state"],
        readonly error: PeerError | null,
        readonly pauseMs: number,
    ) {
        super(state);
    }
}

export class Exchange {
    readonly status: PointStatus;
    readonly #stopper = new AbortController();
    #visible = true;
    #wake: () => void = () => undefined;
    #woken = false;
    #waiters: (() => void)[] = [];
    #toldAt = -Infinity;
    #giveMax = GIVE_MAX;
    #refusals = 0;
    #partsPause: number;
    #ending: Promise<void> = Promise.resolve();

    constructor(
        private readonly host: ExchangeHost,
        private readonly addresses: string[],
        private readonly timing: Timing = TIMING,
    ) {
        this.#partsPause = timing.parts;
        this.status = {
            address: addresses[0] as string,
            state: "idle",
            near: null,
            lastExchange: null,
            received: 0,
            sent: 0,
            missing: 0,
            error: null,
        };
    }

    start(): void {
        this.#ending = this.#run();
    }

    // Say goodbye and end.
    async stop(): Promise<void> {
        this.#stopper.abort();
        this.kick();
        await this.#ending;
    }

    // There is something to say, or somebody asks for it: don't wait any longer.
    kick(): void {
        this.#woken = true;
        this.#wake();
    }

    setVisible(visible: boolean): void {
        this.#visible = visible;
        this.kick();
    }

    // Exchange now; done when both sides have everything or it can't be had.
    async now(): Promise<PointStatus> {
        const done = new Promise<void>((resolve) => this.#waiters.push(resolve));
        if (this.status.state !== "exchanging") this.#tell("connecting", null);
        this.kick();
        await done;
        return this.status;
    }

    #tell(state: PointStatus["state"], error: PeerError | null): void {
        const other = this.status.state !== state || (this.status.error?.name ?? null) !== (error?.name ?? null);
        this.status.state = state;
        this.status.error = error;
        if (other || this.host.steady() - this.#toldAt >= this.timing.tell) {
            this.#toldAt = this.host.steady();
            this.host.changed();
        }
        if (state !== "connecting" && state !== "exchanging") for (const waiter of this.#waiters.splice(0)) waiter();
    }

    // Sleep until kicked; null: until kicked alone. Other promises end it too.
    async #rest(ms: number | null, others: Promise<unknown>[] = []): Promise<void> {
        if (this.#woken || this.#stopper.signal.aborted) {
            this.#woken = false;
            return;
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        const kicked = new Promise<void>((resolve) => {
            this.#wake = resolve;
            if (ms !== null) timer = setTimeout(resolve, Math.max(ms, 0));
        });
        await Promise.race([kicked, ...others]);
        clearTimeout(timer);
        this.#woken = false;
    }

    async #run(): Promise<void> {
        let failures = 0;
        while (!this.#stopper.signal.aborted) {
            try {
                await this.#meet(() => (failures = 0));
            } catch (thrown) {
                if (this.#stopper.signal.aborted) break;
                const setback =
                    thrown instanceof Setback ? thrown : new Setback("gone", plainError(thrown), this.timing.pause);
                const pause = Math.max(setback.pauseMs, Math.min(this.timing.pause * 2 ** failures, this.timing.pauseMax));
                failures++;
                this.#tell(setback.state, setback.error);
                do await this.#rest(pause);
                while (!this.#visible && !this.#stopper.signal.aborted);
            }
        }
    }

    // Ask every address at once for what it is; the first that is a point counts.
    async #find(): Promise<string> {
        const limits = { max: SESSION_MAX, quietMs: this.timing.find, totalMs: this.timing.find };
        const asked = this.addresses.map(async (base) => {
            const answer = await ask(this.host.fetch, `${base}/session`, null, limits, this.#stopper.signal);
            this.#refuse(answer);
            let said: { longear?: unknown; groups?: unknown; near?: unknown };
            try {
                said = JSON.parse(fromUtf8(answer.body)) as typeof said;
            } catch {
                said = {};
            }
            if (answer.status !== 200 || said?.longear !== 1) throw new Failure("POINT_GONE", "no point answers there");
            return { base, said };
        });
        let found: { base: string; said: { groups?: unknown; near?: unknown } };
        try {
            found = await Promise.any(asked);
        } catch (thrown) {
            const all = (thrown as AggregateError).errors as unknown[];
            throw all.find((e) => e instanceof Setback) ?? all[0];
        }
        this.#setNear(found.said.near);
        if (Array.isArray(found.said.groups))
            this.host.joinGroups(found.said.groups.filter((g): g is string => typeof g === "string").slice(0, GROUPS_MAX));
        this.status.address = found.base;
        return found.base;
    }

    #setNear(near: unknown): void {
        if (typeof near === "number" && Number.isInteger(near) && near >= 0 && near < 1e6) this.status.near = near;
    }

    // Answers that end a contact.
    #refuse(answer: Answer): void {
        const after = Math.min(Math.max((answer.retryAfter ?? 20) * 1000, this.timing.pause), 300_000);
        if (answer.status === 429) throw new Setback("busy", { name: "POINT_BUSY" }, after);
        if (answer.status === 503) throw new Setback("full", { name: "POINT_FULL" }, after);
        if (answer.status === 409) throw this.#refused({ name: "ERR_END" });
    }

    #refused(error: PeerError): Setback {
        const pause = Math.min(this.timing.refused * 2 ** this.#refusals++, this.timing.refusedMax);
        return new Setback("refused", error, pause);
    }

    // One contact, from its first frame to its end.
    async #meet(answered: () => void): Promise<void> {
        if (!this.#visible) {
            await this.#rest(null);
            return;
        }
        this.#tell("connecting", null);
        const base = await this.#find();
        const { core } = this.host;
        const contact = core.contact(this.host.random(32));
        const url = `${base}/session/${hex(this.host.random(16))}`;
        const watch = new AbortController();
        let last: Bytes | null = null;
        try {
            await this.#talk(contact, url, watch, answered);
        } finally {
            watch.abort();
            last = core.contactClose(contact);
            const limits = { max: ANSWER_MAX, quietMs: this.timing.pause, totalMs: this.timing.pause };
            if (last.length > 0)
                void ask(this.host.fetch, url, last, limits, new AbortController().signal).catch(() => undefined);
        }
    }

    async #talk(contact: number, url: string, watch: AbortController, answered: () => void): Promise<void> {
        const { host, timing } = this;
        const { core } = host;
        const serial = url.slice(-32);
        const answers: (Answer | Failure)[] = [];
        let arrived: () => void = () => undefined;
        let underWay = 0;
        let failures = 0;
        let askedAt = -Infinity; // the last question with nothing to say
        let nothing = false; // the last answer said nothing
        let more = false;
        let dull = 0; // questions in a row that led to nothing
        let comeBefore = 0;
        let eventsLive = false;
        let eventsFrom = -Infinity; // when they may be tried
        let settledOnce = false;
        let partsCome = 0;
        let partsFrom = host.steady();
        let fresh = true; // something has come since it was looked what the peer has
        let reachedAt = -Infinity;

        const post = (body: Bytes, waits = true): void => {
            underWay++;
            const limits = { max: ANSWER_MAX, quietMs: timing.quiet, totalMs: timing.total };
            const wait = waits ? Math.floor(timing.wait / 1000) : 0;
            ask(host.fetch, `${url}?wait=${wait}`, body, limits, watch.signal)
                .then(
                    (answer) => answers.push(answer),
                    (thrown: unknown) => answers.push(thrown instanceof Failure ? thrown : new Failure("POINT_GONE")),
                )
                .finally(() => {
                    underWay--;
                    arrived();
                });
        };
        const watchEvents = (): void => {
            eventsFrom = Infinity;
            const stop = new AbortController();
            const end = (): void => stop.abort();
            watch.signal.addEventListener("abort", end);
            const proof = setTimeout(end, timing.eventsProof);
            closeEvents = end;
            events(
                host.fetch,
                `${url}/events`,
                (name, data) => {
                    if (name === "more") {
                        more = true;
                        this.kick();
                    } else if (name === "near") {
                        this.#setNear(Number(data));
                        host.changed();
                    }
                },
                () => {
                    clearTimeout(proof);
                    eventsLive = true;
                },
                stop.signal,
            ).finally(() => {
                clearTimeout(proof);
                watch.signal.removeEventListener("abort", end);
                eventsLive = false;
                eventsFrom = host.steady() + timing.eventsAgain;
                this.kick();
            });
        };
        let closeEvents: () => void = () => undefined;

        for (;;) {
            if (this.#stopper.signal.aborted) return;
            // Take what has come.
            for (let answer = answers.shift(); answer; answer = answers.shift()) {
                if (answer instanceof Failure) {
                    if (answer.detail) throw this.#refused({ name: answer.name, detail: answer.detail });
                    failures++;
                    continue;
                }
                failures = 0;
                fresh = true;
                nothing = answer.body.length === 0;
                await this.#takeAnswer(contact, answer, answered);
            }
            const status = core.contactStatus(contact);
            this.#show(status);
            if (status.error === "ERR_END" || status.error === "ERR_SILENT")
                throw new Setback("gone", { name: "POINT_GONE", detail: status.error }, timing.pause);
            if (status.error) throw this.#refused({ name: status.error });
            const times: number[] = []; // when to look again
            // Nobody tells that parts of a file have come to the point; a new contact asks for them anew.
            if (status.chunksIn > partsCome) this.#partsPause = timing.parts;
            if (!status.settled || status.missing === 0 || status.chunksIn > partsCome) partsFrom = host.steady();
            partsCome = status.chunksIn;
            if (status.settled && status.missing > 0 && this.#visible) {
                const left = partsFrom + this.#partsPause - host.steady();
                if (left <= 0) {
                    this.#partsPause = Math.min(this.#partsPause * 2, timing.partsMax);
                    throw new Setback("settled", null, 0);
                }
                times.push(left);
            }
            if (status.settled && fresh && host.steady() - reachedAt < timing.tell)
                times.push(reachedAt + timing.tell - host.steady());
            else if (status.settled && fresh) {
                fresh = false;
                reachedAt = host.steady();
                await host.settled(core.contactReached(contact), this.status.address, serial);
                if (!settledOnce) {
                    settledOnce = true;
                    this.#refusals = 0;
                    eventsFrom = host.steady();
                }
            }
            if (failures >= 2) this.#tell("gone", { name: "POINT_GONE" });
            else this.#tell(status.settled ? "settled" : status.open ? "exchanging" : "connecting", null);

            // A page that nobody sees is quiet once it is done.
            if (!this.#visible && (status.settled || failures > 0)) {
                closeEvents();
                await this.#rest(null);
                failures = 0;
                continue;
            }
            if (failures > 0) {
                await this.#rest(Math.min(timing.pause * 2 ** (failures - 1), timing.pauseMax));
                // The answer must not wait for news: that there is one is the news.
                if (underWay === 0 && answers.length === 0) post(core.contactGive(contact, this.#giveMax), false);
            } else {
                // Say what there is to say; else have one question waiting there, unless events tell of news.
                const body = underWay < 2 ? core.contactGive(contact, this.#giveMax) : new Uint8Array(0);
                // A point that answers nothing at once instead of waiting is not asked more often for it.
                // Nor is one whose answers lead to nothing.
                const come = status.received + status.chunksIn + status.communities;
                if (body.length > 0 || come !== comeBefore) dull = 0;
                comeBefore = come;
                const least =
                    nothing && !more
                        ? status.settled
                            ? timing.idle
                            : timing.pause
                        : Math.min((timing.pause / 10) * 2 ** dull, timing.idle);
                const restful = eventsLive && status.settled && !more && nothing;
                if (body.length > 0) post(body);
                else if (underWay === 0 && !restful && host.steady() - askedAt >= least) {
                    askedAt = host.steady();
                    more = false;
                    dull++;
                    post(body);
                } else if (underWay === 0 && !restful) times.push(askedAt + least - host.steady());
            }
            if (status.settled && this.#visible && host.steady() >= eventsFrom) watchEvents();
            if (answers.length > 0) continue;
            // Sleep until something comes, is due, or may be asked again.
            const due = core.contactDeadline(contact);
            if (due >= 0) times.push(due - host.steady());
            if (Number.isFinite(eventsFrom)) times.push(eventsFrom - host.steady());
            const arrival = new Promise<void>((resolve) => (arrived = resolve));
            await this.#rest(times.length > 0 ? Math.max(Math.min(...times), 1) : null, [arrival]);
        }
    }

    #show(status: ContactStatus): void {
        this.status.received = status.received;
        this.status.sent = status.sent;
        this.status.missing = status.missing;
        if (status.settled) this.status.lastExchange = Math.floor(Date.now() / 1000);
    }

    async #takeAnswer(contact: number, answer: Answer, answered: () => void): Promise<void> {
        const { core } = this.host;
        this.#refuse(answer);
        if (answer.status === 413) {
            this.#giveMax = Math.max(GIVE_MIN, this.#giveMax / 2);
            return;
        }
        // The point has forgotten the contact or does not understand it: begin anew.
        if (answer.status === 404 || answer.status === 400) throw new Setback("connecting", null, 0);
        if (answer.status !== 200) throw new Setback("gone", { name: "POINT_GONE" }, this.timing.pause);
        answered();
        if (answer.body.length === 0) return;
        const chunksBefore = core.contactStatus(contact).chunksIn;
        try {
            core.contactTake(contact, answer.body);
            while (core.contactWork(contact, SLICE) > 0) {
                this.#show(core.contactStatus(contact));
                this.#tell("exchanging", null);
                await this.host.turn();
                if (this.#stopper.signal.aborted) return;
            }
        } catch (thrown) {
            const error = plainError(thrown);
            if (error.name === "NO_MEMORY" || error.name === "BROKEN") throw thrown;
            throw this.#refused(error);
        } finally {
            await this.host.stored(core.contactStatus(contact).chunksIn > chunksBefore);
        }
    }
}
