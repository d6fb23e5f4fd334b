// api.ts: what the page (web/app) and the peer behind it (web/peer, in a worker) say to each other.
//
// The page calls methods of PeerApi, each a message with a promise; the peer tells PeerEvents. Everything is plain data
// that structured cloning takes. Ids, keys and hashes are lower-case hex, times seconds of Unix time, sizes bytes.

export type Id = string;
export type Lang = "kk" | "ru" | "en";
export type Urgency = 0 | 1 | 2 | 3; // bulk, normal, important, urgent
export type Ground = 0 | 1 | 2; // not said, saw it, was told

// Errors reject with {name, detail}: name is an error of the core ("ERR_SIGNATURE") or one of these.
export type PeerErrorName =
    | `ERR_${string}`
    | "PASSPHRASE_WRONG"
    | "FILE_DAMAGED" // a kept page or parcel that can't be read
    | "FILE_FOREIGN" // not a file of ours
    | "STORAGE_FULL"
    | "STORAGE_NONE"
    | "POINT_GONE" // no answer, or what answers is no point
    | "POINT_FULL"
    | "POINT_BUSY" // too often: later
    | "ADDRESS_BAD"
    | "MEET_NUMBER" // nobody began a meeting under this number, or its time is over
    | "MEET_TAKEN" // somebody else answered under this number
    | "MEET_CHANGED" // another group, or somebody changed what went between the two
    | "MEET_NOBODY" // the other one did not come, or the meeting was ended
    | "NO_MEMORY"
    | "BROKEN"; // a fault of the app
export interface PeerError {
    name: PeerErrorName;
    detail?: string;
}

export interface Attachment {
    blob: Id;
    size: number;
    media: string; // as the sender says: never trusted
    name: string;
    original: Id | null;
    held: number;
    chunks: number;
}

export interface Message {
    id: Id;
    num: number;
    community: Id;
    author: Id;
    handle: string;
    own: boolean;
    guest: boolean;
    // Set apart: these say that the author's phone may be in other hands; answered: with the author's card.
    apart: { askers: { author: Id; handle: string }[]; answered: boolean } | null;
    created: number;
    seen: number;
    urgency: Urgency;
    corrected: { created: number; was: string } | null; // by its author
    text: string;
    place: string;
    ground: Ground;
    reply: Id | null;
    quote: { id: Id; author: Id; handle: string; text: string } | null;
    replies: number;
    forwarded: {
        id: Id;
        author: Id;
        handle: string;
        created: number;
        text: string;
        place: string;
        ground: Ground;
        valid: boolean; // the signature of its author fits
    } | null;
    attachments: Attachment[];
    // What is known of an own message's way. 0: only here; 1: reached a point; 2: in another hand (a second point or
    // phone had it); others' messages: 2.
    way: 0 | 1 | 2;
}

export interface Group {
    community: Id;
    title: string;
    lang: string;
    keepDays: number;
    newerRules: boolean; // this app is too old to write here
    records: number;
    newest: number;
    author: Id | null;
    handle: string;
    closed: boolean; // only members read it
    standing: Standing; // one's own, of a closed one
    last: Message | null;
    unread: number;
    muted: boolean;
    draft: string;
}

// asked: waits to be let in; pending: let in by who was not entitled, a coordinator has to do it again; of an open group:
// none.
export type Standing = "none" | "asked" | "member" | "pending" | "removed";
export interface ClosedMember {
    author: Id;
    handle: string;
    status: "coordinator" | "member" | "pending" | "removed";
    own: boolean;
}
export interface ClosedView {
    standing: Standing;
    coordinates: boolean; // oneself
    waiting: number; // sealed messages whose key has not come
    rivals: number; // changes of the coordinators that contradict each other
    members: ClosedMember[];
}

export interface Page {
    messages: Message[];
    more: boolean;
}

// How this page lives.
export interface State {
    // guest: a throw-away person that ends with the tab; kept: a person under a passphrase, in a file;
    // locked: a kept page whose passphrase is not given yet; fresh: a kept page that was passed on, without a person yet
    mode: "guest" | "kept" | "locked" | "fresh";
    // where changes go: "tab": gone when it closes; "device": also on this device, sealed; "memory": nowhere until a new
    // copy is saved (the browser gives no storage)
    storage: "tab" | "device" | "memory";
    unsaved: number; // messages and settings that no file has yet
    lang: Lang | null; // null: not chosen yet
    fingerprint: string;
    appWords: string; // check words of the app itself
    origin: string | null; // of the point that served this page; null for a file
    secure: boolean; // camera and the like may work
    savedAt: number | null; // when the file that this page came from was saved
    oldCopy: boolean; // this device holds newer changes than the file, or the file is older than 14 days
    otherTab: boolean; // another tab has this person: this one only reads
    waiting: number; // own messages that no point has yet
}

export interface PointStatus {
    address: string; // "http://10.42.0.1:8480"
    state: "idle" | "connecting" | "exchanging" | "settled" | "gone" | "full" | "busy" | "refused";
    near: number | null; // others at the point now
    lastExchange: number | null;
    received: number; // of the exchange under way or the last one
    sent: number;
    missing: number; // parts of photos that are still to come
    error: PeerError | null;
}

export interface ParcelResult {
    accepted: number;
    known: number;
    rejected: number;
    waiting: number;
    blobs: number;
    chunks: number;
    communities: number;
    damaged: number;
    truncated: boolean;
    refused: Record<string, number>;
}

export interface Draft {
    community: Id;
    text: string;
    urgency: Urgency;
    place?: string;
    ground?: Ground;
    reply?: Id;
    forward?: Id;
    corrects?: Id; // an own message, whose words these take the place of
    attachments?: { bytes: Uint8Array; media: string; name: string; original?: Id }[];
}

// Somebody whose key was read or agreed on, as they call themselves: a claim.
export interface Stranger {
    community: Id;
    author: Id;
    handle: string;
    name: string;
}
// The words that both phones show, or somebody sits in between.
export interface MeetWords extends Stranger {
    latin: string;
    cyrillic: string;
}
export interface Met {
    day: number; // days of Unix time
    way: "code" | "words";
}

export interface SavedFile {
    name: string;
    media: string;
    bytes: Uint8Array;
}

export interface PeerApi {
    state(): Promise<State>;
    groups(): Promise<Group[]>;
    list(community: Id, before: Id | null, limit: number): Promise<Page>;
    message(id: Id): Promise<Message>;
    search(community: Id | null, query: string): Promise<Page>;
    blob(id: Id): Promise<Uint8Array>;
    write(draft: Draft): Promise<Id>;
    retract(id: Id): Promise<void>;
    found(title: string, lang: string, keepDays: number, closed: boolean): Promise<Id>;
    join(line: string): Promise<{ community: Id; title: string; message: Id | null }>;
    invite(community: Id, message: Id | null): Promise<string>;
    read(community: Id, num: number): Promise<void>; // everything up to this message is read

    // Closed groups. The line that asks to be let in is for a coordinator alone; who admits reads it first.
    closedLook(community: Id): Promise<ClosedView>;
    closedRequest(community: Id): Promise<string>;
    readRequest(line: string): Promise<Stranger & { title: string }>; // nobody says a name in it
    admit(line: string): Promise<void>;
    removeMember(community: Id, author: Id): Promise<void>;

    // What stays on this device: never sent.
    setLang(lang: Lang): Promise<void>;
    setMuted(community: Id, muted: boolean): Promise<void>;
    setDraft(community: Id, text: string): Promise<void>;
    setName(author: Id, name: string): Promise<void>; // one's own name for a person; "" takes it away
    names(): Promise<Record<Id, string>>;
    met(): Promise<Record<Id, Met>>; // whose keys one made sure of, standing beside them

    // Meeting somebody. One begins (number null) and says the number that is given, the other begins with it; both go
    // over the point in reach. meetWords waits for the other one. Nothing is remembered before meetSame: a person said
    // that both phones show the same words.
    meetBegin(community: Id, number: string | null, name: string): Promise<string>;
    meetWords(): Promise<MeetWords>;
    meetSame(): Promise<void>;
    meetEnd(): Promise<void>;
    keyLine(community: Id, name: string): Promise<string>; // to show as a code
    readKeyLine(line: string): Promise<Stranger>;
    metLine(line: string): Promise<void>; // it was read from the phone of who stands there: that is a meeting
    // Small things of the app's own (theme, hints seen). "clock" = "right": the person says that this device's clock is
    // right; only then does anything expire.
    setting(name: string): Promise<string | null>;
    setSetting(name: string, value: string): Promise<void>;
    keepOriginal(name: string, bytes: Uint8Array): Promise<Id>; // seal and keep the original of a photo; its hash
    originals(): Promise<{ hash: Id; name: string; size: number }[]>;
    original(hash: Id): Promise<Uint8Array>;

    // Points. A served page has one, its own; a kept page finds them by address ("10.42.0.1", "http://…:8480", the text
    // of a QR code).
    points(): Promise<PointStatus[]>;
    exchange(address: string): Promise<PointStatus>; // add it if it is new and exchange now
    forgetPoint(address: string): Promise<void>;

    // Files.
    parcelMake(community: Id | null, form: "zip" | "html"): Promise<SavedFile>; // html: the app too, no person
    parcelOpen(name: string, bytes: Uint8Array): Promise<ParcelResult>; // .zip, .html, bare
    keep(passphrase: string, lockMessages: boolean): Promise<SavedFile>; // the whole page as one file
    saveCopy(): Promise<SavedFile>; // the same again, with the passphrase given before
    unlock(passphrase: string): Promise<State>;
    startFresh(): Promise<State>; // be a new person (a page that was passed on)
    leaveNoTrace(): Promise<void>; // forget all, on the device too; the page is blank after it
}

export type PeerEvent =
    | { type: "state"; state: State }
    | { type: "changed"; communities: Id[] } // messages came or went
    | { type: "points"; points: PointStatus[] }
    | { type: "progress"; what: "parcel" | "exchange" | "open"; done: number; total: number | null };

// How the page reaches the peer (web/peer/client.ts makes one; tests and the design of screens may bring another).
export interface Peer {
    api: PeerApi;
    on(listener: (event: PeerEvent) => void): () => void; // returns how to stop
}
