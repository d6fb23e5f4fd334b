// core.ts: the core's functions (src/phone/phone.h) as typed calls.
//
// Arguments are copied into one room of the core's memory for the time of a call; what is larger gets memory of its own.
// Results are copied out. A negative return becomes a Failure with the core's name for it.
import type { ClosedView, Message, PeerErrorName, Standing, Urgency } from "./api.ts";
import { fromHex, fromUtf8, hex, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import type { Sodium } from "./sodium.ts";

const ROOM = 8192;
const HASH = 32;
export const RANDOM_SIZE = 32;
export const PARCEL_END = 0;
export const PARCEL_UNPACK = 2;

export type CoreMessage = Omit<Message, "way">;
export interface CorePage {
    messages: CoreMessage[];
    more: boolean;
}
export interface CoreGroup {
    community: string;
    title: string;
    lang: string;
    keepDays: number;
    joined: boolean;
    newerRules: boolean;
    records: number;
    newest: number;
    author: string | null;
    handle: string;
    closed: boolean;
    standing: Standing;
    last: CoreMessage | null;
    lastNum: number;
}
export interface ContactStatus {
    open: boolean; // the channel stands
    settled: boolean;
    communities: number;
    sent: number;
    stored: number;
    received: number;
    chunksIn: number;
    chunksOut: number;
    bytesIn: number;
    bytesOut: number;
    roundTrips: number;
    peerClock: number | null;
    missing: number;
    error: PeerErrorName | null;
}
export interface ParcelCounts {
    accepted: number;
    known: number;
    rejected: number;
    waiting: number;
    blobs: number;
    chunks: number;
    communities: number;
    frames: number;
    damaged: number;
    truncated: boolean;
    refused: Record<string, number>;
}
export interface KeyLine {
    community: string;
    author: string;
    handle: string;
    name: string; // what they call themselves
}
export interface MeetStatus extends Partial<KeyLine> {
    turn: number; // the message that is next, 0: none
    sends: boolean;
    done: boolean;
    latin?: string;
    cyrillic?: string;
}
export interface Stats {
    records: number;
    communities: number;
    blobs: number;
    bytes: number;
    waiting: number;
    refused: Record<string, number>;
}
export interface Clock {
    now: number; // seconds of Unix time
    confirmed: boolean;
    steady: number; // milliseconds that only go forward
}

type Fn = (...args: number[]) => number;
// What is handed to a call: a number, or bytes that are put somewhere for it.
type Argument = number | Uint8Array | null;

export class Core {
    readonly #fn: Record<string, Fn>;
    readonly #memory: WebAssembly.Memory;
    readonly #phone: number;
    readonly #room: number;

    private constructor(
        exports: Record<string, unknown>,
        private readonly clock: () => Clock,
    ) {
        this.#fn = exports as Record<string, Fn>;
        this.#memory = exports["memory"] as WebAssembly.Memory;
        (exports["_initialize"] as (() => void) | undefined)?.();
        this.#phone = this.#raw("phone_new");
        this.#room = this.#raw("phone_alloc", ROOM);
        if (this.#phone === 0 || this.#room === 0) throw new Failure("NO_MEMORY");
    }

    static async load(bytes: Bytes, sodium: Sodium, clock: () => Clock): Promise<Core> {
        if (bytes.length === 0) throw new Failure("BROKEN", "this page was built without its core");
        let memory: WebAssembly.Memory | undefined;
        const env = sodium.imports(() => memory as WebAssembly.Memory);
        const { instance } = await WebAssembly.instantiate(bytes, { env });
        memory = instance.exports["memory"] as WebAssembly.Memory;
        return new Core(instance.exports, clock);
    }

    #raw(name: string, ...args: number[]): number {
        const fn = this.#fn[name];
        if (!fn) throw new Failure("BROKEN", `the core has no ${name}`);
        return fn(...args);
    }

    #bytes(): Uint8Array<ArrayBuffer> {
        return new Uint8Array(this.#memory.buffer);
    }

    #alloc(size: number): number {
        const at = this.#raw("phone_alloc", Math.max(size, 1));
        if (at === 0) throw new Failure("NO_MEMORY");
        return at;
    }

    // Call with what is handed in put into memory; bytes are handed in as a pointer.
    #call(name: string, ...args: Argument[]): number {
        const { now, confirmed, steady } = this.clock();
        this.#raw("phone_clock", this.#phone, now, confirmed ? 1 : 0, steady);
        let used = 0;
        const own: number[] = [];
        const numbers = args.map((arg) => {
            if (arg === null) return 0;
            if (typeof arg === "number") return arg;
            let at = this.#room + used;
            if (used + arg.length > ROOM) {
                at = this.#alloc(arg.length);
                own.push(at);
            } else used += arg.length;
            this.#bytes().set(arg, at);
            return at;
        });
        try {
            return this.#raw(name, this.#phone, ...numbers);
        } finally {
            if (used > 0) this.#bytes().fill(0, this.#room, this.#room + used);
            for (const at of own) this.#raw("phone_release", at);
        }
    }

    #checked(name: string, ...args: Argument[]): number {
        const result = this.#call(name, ...args);
        if (result < 0) throw new Failure(this.errorName(result));
        return result;
    }

    errorName(err: number): PeerErrorName {
        const at = this.#raw("phone_error_name", err);
        const bytes = this.#bytes();
        const name = fromUtf8(bytes.subarray(at, bytes.indexOf(0, at)));
        if (name === "ERR_MEMORY") return "NO_MEMORY";
        return (name.startsWith("ERR_") ? name : `ERR_${name}`) as PeerErrorName;
    }

    #out(): Bytes {
        const at = this.#raw("phone_out", this.#phone);
        return this.#bytes().slice(at, at + this.#raw("phone_out_size", this.#phone));
    }

    #json<T>(name: string, ...args: Argument[]): T {
        this.#checked(name, ...args);
        return JSON.parse(fromUtf8(this.#out())) as T;
    }

    #text(name: string, ...args: Argument[]): string {
        this.#checked(name, ...args);
        return fromUtf8(this.#out());
    }

    // ---- The person and the groups ----

    person(seed: Uint8Array): void {
        this.#call("phone_person", seed);
    }

    fingerprint(): string {
        return this.#text("phone_fingerprint");
    }

    join(line: string): { community: string; title: string; message: string | null } {
        const bytes = utf8(line);
        return this.#json("phone_join", bytes, bytes.length);
    }

    found(title: string, lang: string, keepDays: number, closed: boolean, random: Uint8Array): { community: string } {
        const [t, l] = [utf8(title), utf8(lang)];
        return this.#json(closed ? "phone_found_closed" : "phone_found", t, t.length, l, l.length, keepDays, random);
    }

    invite(community: string, message: string | null): string {
        return this.#text("phone_invite", fromHex(community, HASH), message === null ? null : fromHex(message, HASH));
    }

    communities(): CoreGroup[] {
        return this.#json("phone_communities");
    }

    unread(community: string, afterNum: number): number {
        return this.#checked("phone_unread", fromHex(community, HASH), afterNum);
    }

    // ---- Reading ----

    list(community: string, before: string | null, limit: number): CorePage {
        return this.#json(
            "phone_list",
            fromHex(community, HASH),
            before === null ? null : fromHex(before, HASH),
            limit,
        );
    }

    message(id: string): CoreMessage {
        return this.#json("phone_message", fromHex(id, HASH));
    }

    search(community: string | null, query: string, limit: number): CorePage {
        const text = utf8(query);
        return this.#json(
            "phone_search",
            community === null ? null : fromHex(community, HASH),
            text,
            text.length,
            limit,
        );
    }

    blob(id: string): Bytes {
        this.#checked("phone_blob", fromHex(id, HASH));
        return this.#out();
    }

    stats(): Stats {
        return this.#json("phone_stats");
    }

    newestNum(): number {
        return this.#raw("phone_newest_num", this.#phone);
    }

    // ---- Writing ----

    draft(community: string, urgency: Urgency): void {
        this.#checked("phone_draft", fromHex(community, HASH), urgency);
    }
    draftText(text: string): void {
        const bytes = utf8(text);
        this.#checked("phone_draft_text", bytes, bytes.length);
    }
    draftCorrect(id: string): void {
        this.#checked("phone_draft_correct", fromHex(id, HASH));
    }
    draftReply(id: string): void {
        this.#checked("phone_draft_reply", fromHex(id, HASH));
    }
    draftForward(id: string): void {
        this.#checked("phone_draft_forward", fromHex(id, HASH));
    }
    draftPlace(place: string): void {
        const bytes = utf8(place);
        this.#checked("phone_draft_place", bytes, bytes.length);
    }
    draftGround(ground: number): void {
        this.#checked("phone_draft_ground", ground);
    }
    draftAttach(bytes: Uint8Array, media: string, name: string, original: string | null): void {
        const [m, n] = [utf8(media), utf8(name)];
        this.#checked(
            "phone_draft_attach",
            bytes,
            bytes.length,
            m,
            m.length,
            n,
            n.length,
            original === null ? null : fromHex(original, HASH),
        );
    }
    draftSign(random: Uint8Array): string {
        this.#checked("phone_draft_sign", random);
        return hex(this.#out());
    }

    retract(id: string, random: Uint8Array): string {
        this.#checked("phone_retract", fromHex(id, HASH), random);
        return hex(this.#out());
    }

    // ---- Closed groups ----

    // Returns how many sealed records were looked at: 0, there is nothing left. due: time may ask for something, too.
    closedWork(limit: number, due: boolean, random: Uint8Array): number {
        return this.#checked("phone_closed_work", limit, due ? 1 : 0, random);
    }
    closedLook(community: string): ClosedView {
        return this.#json("phone_closed_look", fromHex(community, HASH));
    }
    closedRequest(community: string, random: Uint8Array): string {
        return this.#text("phone_closed_request", fromHex(community, HASH), random);
    }
    closedRequestRead(line: string): Omit<KeyLine, "name"> & { title: string } {
        const bytes = utf8(line);
        return this.#json("phone_closed_request_read", bytes, bytes.length);
    }
    closedAdmit(line: string, random: Uint8Array): { community: string } {
        const bytes = utf8(line);
        return this.#json("phone_closed_admit", bytes, bytes.length, random);
    }
    closedRemove(community: string, author: string, random: Uint8Array): void {
        this.#checked("phone_closed_remove", fromHex(community, HASH), fromHex(author, HASH), random);
    }
    // What has to be kept of them, secret keys among it; nothing: empty.
    closedKept(): Bytes {
        this.#checked("phone_closed_kept");
        return this.#out();
    }
    closedLoad(kept: Uint8Array): void {
        this.#checked("phone_closed_load", kept, kept.length);
    }

    // ---- Meeting somebody ----

    keyLine(community: string, name: string): string {
        const bytes = utf8(name);
        return this.#text("phone_key_line", fromHex(community, HASH), bytes, bytes.length);
    }
    keyLineRead(line: string): KeyLine {
        const bytes = utf8(line);
        return this.#json("phone_key_line_read", bytes, bytes.length);
    }
    meetBegin(community: string, second: boolean, name: string, random: Uint8Array): void {
        const bytes = utf8(name);
        this.#checked("phone_meet_begin", fromHex(community, HASH), second ? 1 : 0, bytes, bytes.length, random);
    }
    meetSend(): Bytes {
        this.#checked("phone_meet_send");
        return this.#out();
    }
    meetTake(message: Uint8Array): void {
        this.#checked("phone_meet_take", message, message.length);
    }
    meetStatus(): MeetStatus {
        return this.#json("phone_meet_status");
    }
    meetEnd(): void {
        this.#call("phone_meet_end");
    }

    // ---- Contacts ----

    contact(ephemeral: Uint8Array): number {
        return this.#checked("phone_contact", ephemeral);
    }
    contactTake(contact: number, body: Uint8Array): void {
        this.#checked("phone_contact_take", contact, body, body.length);
    }
    contactWork(contact: number, limit: number): number {
        return this.#checked("phone_contact_work", contact, limit);
    }
    contactGive(contact: number, max: number): Bytes {
        this.#checked("phone_contact_give", contact, max);
        return this.#out();
    }
    contactDeadline(contact: number): number {
        return this.#raw("phone_contact_deadline", this.#phone, contact);
    }
    contactStatus(contact: number): ContactStatus {
        return this.#json("phone_contact_status", contact);
    }
    contactReached(contact: number): { id: string; sent: boolean }[] {
        return this.#json("phone_contact_reached", contact);
    }
    // Returns the last body.
    contactClose(contact: number): Bytes {
        this.#call("phone_contact_close", contact);
        return this.#out();
    }

    // ---- Parcels ----

    parcelOpen(bytes: Uint8Array, trusted: boolean): void {
        const at = this.#alloc(bytes.length);
        this.#bytes().set(bytes, at);
        this.#checked("phone_parcel_open", at, bytes.length, trusted ? 1 : 0);
    }
    parcelNext(limit: number): number {
        return this.#checked("phone_parcel_next", limit);
    }
    // After PARCEL_UNPACK: what to unpack, and to how many bytes.
    parcelPacked(): { packed: Bytes; size: number } {
        return { packed: this.#out(), size: this.#raw("phone_parcel_plain_size", this.#phone) };
    }
    parcelUnpacked(plain: Uint8Array | null): void {
        this.#checked("phone_parcel_unpacked", plain, plain?.length ?? 0);
    }
    parcelResult(): ParcelCounts {
        return this.#json("phone_parcel_result");
    }
    parcelMake(community: string | null, afterNum: number, maxSize: number, zip: boolean): Bytes {
        this.#checked(
            "phone_parcel_make",
            community === null ? null : fromHex(community, HASH),
            afterNum,
            maxSize,
            zip ? 1 : 0,
        );
        return this.#out();
    }

    // Wipe the keys; nothing can be called afterwards.
    end(): void {
        this.#raw("phone_free", this.#phone);
    }
}

