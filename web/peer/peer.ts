// peer.ts: the peer behind the page: one person, the core, what is kept, the contacts. Implements PeerApi (api.ts).
//
// It begins as what the page's file says: a guest where the file holds nothing, locked where it holds a person, fresh
// where it holds messages alone. Every change of the person's own is entered where changes are kept before it is told.
import type {
    ClosedView,
    Draft,
    Group,
    Id,
    Lang,
    Message,
    Met,
    MeetWords,
    Page,
    ParcelResult,
    PeerApi,
    PeerEvent,
    PointStatus,
    SavedFile,
    State,
    Stranger,
} from "./api.ts";
import { fromHex, hex, utf8, type Bytes } from "./bytes.ts";
import { ClosedGroups } from "./closed.ts";
import { Core, type CoreGroup, type CoreMessage, type CorePage } from "./core.ts";
import type { Environment } from "./environment.ts";
import { TIMING, type Timing } from "./exchange.ts";
import { Failure } from "./failure.ts";
import { forgetJournal, openJournal, type Entry } from "./journal.ts";
import { Keeping } from "./keeping.ts";
import { Meetings } from "./meetings.ts";
import { Originals } from "./originals.ts";
import { looseBytes, makePageFile, section, sectionBytes, type Section } from "./page_file.ts";
import { Parcels } from "./parcels.ts";
import { decodePerson, encodePerson, type PersonFile } from "./person_file.ts";
import { applyStep, emptyPrefs, type Prefs, type Step } from "./prefs.ts";
import { Rendezvous } from "./rendezvous.ts";
import { Sodium } from "./sodium.ts";
import { Tabs } from "./tabs.ts";
import { boxOpen, boxSeal, newVaultKey, vaultOpen, vaultSeal, type VaultKey } from "./vault.ts";

const OLD_SECONDS = 14 * 86400;
const UNREAD_MAX = 1000;
const LIST_MAX = 200;
const COMPACT_COUNT = 400;
const COMPACT_BYTES = 32 * 1024 * 1024;
const DRAFT_DELAY_MS = 300;
const ARRIVED_DELAY_MS = 2000;
const BOX_PARCEL = "parcel";

type Tell = (event: PeerEvent) => void;
// What a kept page is, beside its person and prefs.
interface Kept {
    vault: VaultKey;
    keep: string;
    journalKey: Bytes;
    boxKey: Bytes;
    lock: boolean;
}

export class PeerCore implements PeerApi {
    #mode: State["mode"] = "guest";
    #seed: Bytes = new Uint8Array(0); // empty: nobody yet
    #prefs: Prefs = emptyPrefs();
    #kept: Kept | null = null;
    #fileSections: Section[] = [];
    #appWords = "";
    #savedAt: number | null = null;
    #oldCopy = false;
    #otherTab = false;
    #unlocking = false;
    readonly #marks = new Map<Id, number>(); // read up to this number of arrival
    readonly #own = new Set<Id>(); // ids of one's own messages
    readonly #counts = new Map<Id, number>();
    #toldNum = 0; // up to which arrivals the screens know of
    #keptNum = 0; // up to which arrivals are in the journal
    #savedNum = 0; // and in a file
    #steps = 0; // since the last file
    #draftTimers = new Map<Id, ReturnType<typeof setTimeout>>();
    #arrivedTimer: ReturnType<typeof setTimeout> | null = null;
    readonly #contactOf = new Map<Id, string>(); // own message: the contact that it was seen in last
    readonly #closed: ClosedGroups;
    readonly #keeping: Keeping;
    readonly #meetings: Meetings;
    readonly #parcels: Parcels;
    readonly #originalsHeld: Originals;
    readonly #tabs: Tabs;
    #meeting: Rendezvous | null = null;
    #words: MeetWords | null = null; // that nobody has compared yet

    private constructor(
        private readonly env: Environment,
        private readonly tell: Tell,
        private readonly sodium: Sodium,
        private readonly core: Core,
        timing: Timing,
    ) {
        this.#keeping = new Keeping(() => this.#tellState());
        this.#parcels = new Parcels(core, env);
        this.#closed = new ClosedGroups(core, sodium, env, () => void this.#arrived());
        this.#originalsHeld = new Originals(sodium, env.random);
        this.#tabs = new Tabs(env.channel, hex(env.random(16)));
        this.#meetings = new Meetings(
            {
                core,
                fetch: env.fetch,
                random: env.random,
                steady: env.steady,
                turn: env.turn,
                joinGroups: (lines) => this.#joinLines(lines),
                changed: () => this.tell({ type: "points", points: this.#meetings.list() }),
                stored: (parts) => this.#arrived(parts),
                settled: (reached, address, contact) => this.#reached(reached, address, contact),
            },
            timing,
        );
    }

    static async start(env: Environment, tell: Tell, timing: Timing = TIMING): Promise<PeerCore> {
        const [sodiumBytes, phoneBytes] = await Promise.all([env.asset("sodium"), env.asset("phone")]);
        const sodium = await Sodium.load(sodiumBytes);
        let peer: PeerCore | null = null;
        const core = await Core.load(phoneBytes, sodium, () => ({
            now: env.now(),
            confirmed: peer !== null && peer.#prefs.settings["clock"] === "right",
            steady: env.steady(),
        }));
        peer = new PeerCore(env, tell, sodium, core, timing);
        await peer.#begin();
        return peer;
    }

    // ---- How it begins ----

    async #begin(): Promise<void> {
        void this.env.app().then(
            (app) => {
                this.#appWords = hex(this.sodium.hash(utf8(app)).subarray(0, 16));
                this.#tellState();
            },
            () => undefined,
        );
        this.#fileSections = await this.env.sections();
        if (this.#fileSections.some((s) => s.name === "person")) {
            this.#mode = "locked";
            return;
        }
        const fresh = this.#fileSections.some((s) => s.name === "parcel");
        await this.#beGuest();
        if (fresh) await this.#readPlainParcels();
        this.#mode = fresh ? "fresh" : "guest";
        if (this.env.origin !== null) this.#meetings.add(this.env.origin);
    }

    async #beGuest(): Promise<void> {
        const { tab } = this.env;
        const before = tab ? await Keeping.readTab(tab).catch(() => null) : null;
        if (tab && before && (await this.#tabs.claim(hex(this.sodium.hash(utf8(before.seed)))))) {
            this.#seed = fromHex(before.seed, 32);
            this.core.person(this.#seed);
            this.#loadClosed(before.entries, before.closed);
            for (const entry of before.entries) await this.#replay(entry);
            await this.#keeping.useTab(tab, before.seed, before.entries.length);
        } else {
            // Another tab has that person (this one is its double), or there is none yet.
            this.#seed = this.env.random(32);
            this.core.person(this.#seed);
            await tab?.clear().catch(() => undefined);
            this.#tabs.hold(hex(this.sodium.hash(utf8(hex(this.#seed)))));
            if (tab) await this.#keeping.useTab(tab, hex(this.#seed), 0);
        }
        await this.#openSealed();
        this.#findOwn();
    }

    // What was kept of closed groups, before what they hold is read; the groups come first.
    #loadClosed(entries: readonly Entry[], kept: Bytes): void {
        if (this.#otherTab) return;
        for (const entry of entries)
            if (entry.kind === "step" && entry.step.do === "group") this.#joinLines([entry.step.line], false);
        this.#closed.load(kept);
    }

    async #readPlainParcels(): Promise<void> {
        for (const found of this.#fileSections.filter((s) => s.name === "parcel"))
            await this.#parcels.read(looseBytes(found), false, this.#opening).catch(() => undefined);
        this.#readAll();
    }

    readonly #opening = (done: number): void => this.tell({ type: "progress", what: "open", done, total: null });

    async #replay(entry: Entry): Promise<void> {
        if (entry.kind === "step") {
            applyStep(this.#prefs, entry.step);
            if (entry.step.do === "group") this.#joinLines([entry.step.line], false);
            if (entry.step.do === "read") this.#marks.set(entry.step.community, this.core.newestNum());
        } else if (entry.kind === "original") this.#originalsHeld.add(entry.name, entry.bytes);
        else {
            await this.#parcels.read(entry.bytes, true, this.#opening).catch(() => undefined);
            await this.#openKept();
        }
    }

    // What a page opens of what it kept itself: another tab that has this person does it there.
    async #openKept(): Promise<void> {
        if (!this.#otherTab) await this.#closed.work(false);
    }

    // Open what has come, and keep what that changes, at once: keys that are kept nowhere are lost.
    async #openSealed(): Promise<void> {
        if (this.#otherTab || this.#mode === "locked") return;
        const before = this.core.newestNum();
        await this.#closed.work(true);
        const closed = this.#closed.changed();
        if (!closed) return;
        const bytes = this.core.newestNum() > before ? this.core.parcelMake(null, before, 0, false) : null;
        this.#keeping.append(bytes && { kind: "frames", bytes }, closed);
    }

    #readAll(): void {
        for (const group of this.core.communities()) this.#marks.set(group.community, this.core.newestNum());
        this.#savedNum = this.#keptNum = this.core.newestNum();
    }

    #findOwn(): void {
        for (const { community, author } of this.core.communities()) {
            if (author === null) continue;
            let before: Id | null = null;
            for (;;) {
                const page: CorePage = this.core.list(community, before, LIST_MAX);
                for (const message of page.messages) if (message.own) this.#own.add(message.id);
                before = page.messages.at(-1)?.id ?? null;
                if (!page.more || before === null) break;
            }
        }
    }

    async unlock(passphrase: string): Promise<State> {
        if (this.#mode !== "locked" || this.#unlocking) throw new Failure("ERR_USAGE");
        this.#unlocking = true;
        try {
            return await this.#unlockNow(passphrase);
        } finally {
            this.#unlocking = false;
        }
    }

    async #unlockNow(passphrase: string): Promise<State> {
        const sealed = this.#fileSections.find((s) => s.name === "person") as Section;
        const { vault, plain } = await vaultOpen(this.sodium, passphrase, sectionBytes(sealed));
        const person = decodePerson(plain);
        plain.fill(0);
        this.#otherTab = !(await this.#tabs.claim(person.keep));
        const { keep, journalKey, boxKey, lock } = person;
        this.#kept = { vault, keep, journalKey, boxKey, lock };
        this.#seed = person.seed;
        this.core.person(this.#seed);
        this.#prefs = person.prefs;
        this.#savedAt = person.savedAt;
        this.#originalsHeld.load(
            person.originals,
            this.#fileSections.filter((s) => s.name === "original"),
        );
        await this.#readOwnParcel(person);
        this.#joinLines(this.#prefs.groups, false);
        await this.#readJournal(person);
        this.#findOwn();
        this.#mode = "kept";
        await this.#openSealed();
        this.#oldCopy ||= this.env.now() - person.savedAt > OLD_SECONDS;
        if (this.env.origin !== null) this.#meetings.add(this.env.origin);
        if (!this.#otherTab) for (const address of this.#prefs.points.slice(-3)) this.#meetings.add(address);
        this.#tellState();
        return this.state();
    }

    // The parcel that this page sealed or hashed itself needs no second look at every signature.
    async #readOwnParcel(person: PersonFile): Promise<void> {
        for (const found of this.#fileSections.filter((s) => s.name === "parcel" || s.name === "sealed-parcel")) {
            let bytes: Bytes;
            let trusted = true;
            if (found.name === "sealed-parcel") bytes = boxOpen(this.sodium, person.boxKey, sectionBytes(found), BOX_PARCEL);
            else {
                bytes = looseBytes(found);
                trusted = hex(this.sodium.hash(bytes)) === person.parcelHash;
            }
            if (bytes.length > 0) await this.#parcels.read(bytes, trusted, this.#opening).catch(unlessForeign);
        }
    }

    async #readJournal(person: PersonFile): Promise<void> {
        const nothing = this.#otherTab && !this.env.storage;
        const opened = nothing
            ? null
            : await openJournal(this.env.storage, this.sodium, person.keep, person.journalKey, this.env.random);
        const have = opened ? (person.journals[opened.journal.id] ?? 0) : 0;
        const newer = opened?.entries.filter(({ n }) => n > have) ?? [];
        const closed = opened?.closed && opened.closed.n > have ? opened.closed.bytes : person.closed;
        this.#loadClosed(newer.map(({ entry }) => entry), closed);
        await this.#openKept();
        this.#readAll();
        if (!opened) return;
        for (const { entry } of newer) await this.#replay(entry);
        this.#oldCopy = newer.length > 0;
        this.#steps = newer.filter(({ entry }) => entry.kind !== "frames").length;
        this.#keptNum = this.core.newestNum();
        if (this.#otherTab) return;
        const { count, bytes } = opened.journal;
        this.#keeping.useDevice(opened.journal);
        if (opened.entries.length > COMPACT_COUNT || (count > 1 && bytes > COMPACT_BYTES)) {
            const originals = opened.entries.map(({ entry }) => entry).filter((entry) => entry.kind === "original");
            const whole: Entry[] = [
                { kind: "frames", bytes: this.core.parcelMake(null, 0, 0, false) },
                { kind: "step", step: { do: "all", prefs: this.#prefs } },
                ...originals,
            ];
            await opened.journal.replace(whole).catch(() => undefined);
        }
    }

    async startFresh(): Promise<State> {
        if (this.#mode === "locked") {
            await this.#beGuest();
            await this.#readPlainParcels();
            this.#fileSections = [];
            if (this.env.origin !== null) this.#meetings.add(this.env.origin);
        }
        if (this.#mode !== "kept") this.#mode = "guest";
        this.#tellState();
        return this.state();
    }

    // ---- State ----

    async state(): Promise<State> {
        return this.#stateNow();
    }

    #stateNow(): State {
        const nobody = this.#seed.length === 0;
        return {
            mode: this.#mode,
            storage: this.#keeping.storage,
            unsaved: this.#steps + Math.max(0, this.core.newestNum() - this.#savedNum),
            lang: this.#prefs.lang,
            fingerprint: nobody ? "" : this.core.fingerprint(),
            appWords: this.#appWords,
            origin: this.env.origin,
            secure: this.env.secure,
            savedAt: this.#savedAt,
            oldCopy: this.#oldCopy,
            otherTab: this.#otherTab,
            waiting: [...this.#own].filter((id) => !Object.hasOwn(this.#prefs.ways, id)).length,
        };
    }

    #tellState(): void {
        this.tell({ type: "state", state: this.#stateNow() });
    }

    #writable(): void {
        if (this.#mode === "locked") throw new Failure("ERR_KEY");
        if (this.#otherTab) throw new Failure("ERR_READ_ONLY");
    }

    // A change of the person's own, entered before anything else.
    #step(step: Step): void {
        applyStep(this.#prefs, step);
        this.#steps++;
        if (!this.#otherTab) this.#keeping.append({ kind: "step", step });
    }

    #keepOwn(community: Id, before: number): void {
        const bytes = this.core.parcelMake(community, before, 0, false);
        this.#keeping.append({ kind: "frames", bytes }, this.#closed.changed());
    }

    // Records have come, in whatever way: tell which groups have changed, and keep them on the device.
    // parts: of files have come, too.
    async #arrived(parts = false): Promise<void> {
        await this.#openSealed();
        const changed: Id[] = [];
        const all = this.core.communities();
        for (const { community, records } of all) {
            if (this.#counts.get(community) !== records) changed.push(community);
            this.#counts.set(community, records);
        }
        // What takes a message back changes no count, nor does a part of a photo.
        const newest = this.core.newestNum();
        if (changed.length === 0 && (parts || newest !== this.#toldNum)) changed.push(...all.map((one) => one.community));
        this.#toldNum = newest;
        if (changed.length === 0) return;
        this.tell({ type: "changed", communities: changed });
        if (this.#keeping.storage !== "device" || this.#arrivedTimer !== null) return;
        this.#arrivedTimer = setTimeout(() => this.#keepArrived(), ARRIVED_DELAY_MS);
    }

    #keepArrived(): void {
        if (this.#arrivedTimer !== null) clearTimeout(this.#arrivedTimer);
        this.#arrivedTimer = null;
        const newest = this.core.newestNum();
        if (newest <= this.#keptNum || this.#keeping.storage !== "device") return;
        this.#keeping.append({ kind: "frames", bytes: this.core.parcelMake(null, this.#keptNum, 0, false) });
        this.#keptNum = newest;
        this.#tellState();
    }

    // The page goes out of sight and may never come back: what is delayed is done now.
    setVisible(visible: boolean): void {
        this.#meetings.setVisible(visible);
        if (visible) return;
        for (const [community, timer] of this.#draftTimers) {
            clearTimeout(timer);
            this.#keepDraft(community);
        }
        this.#keepArrived();
    }

    online(): void {
        this.#meetings.kick();
    }

    // ---- Groups and messages ----

    #message_(message: CoreMessage): Message {
        return { ...message, way: message.own ? (this.#prefs.ways[message.id]?.[0] ?? 0) : 2 };
    }

    #page(page: CorePage): Page {
        return { messages: page.messages.map((message) => this.#message_(message)), more: page.more };
    }

    async groups(): Promise<Group[]> {
        if (this.#mode === "locked") return [];
        return this.core.communities().map(({ joined: _, lastNum: __, last, ...group }: CoreGroup) => ({
            ...group,
            last: last ? this.#message_(last) : null,
            unread:
                this.core.unread(group.community, this.#marks.get(group.community) ?? 0) +
                (this.#prefs.unread[group.community]?.length ?? 0),
            muted: this.#prefs.muted.includes(group.community),
            draft: this.#prefs.drafts[group.community] ?? "",
        }));
    }

    async list(community: Id, before: Id | null, limit: number): Promise<Page> {
        return this.#page(this.core.list(community, before, Math.min(limit, LIST_MAX)));
    }

    async message(id: Id): Promise<Message> {
        return this.#message_(this.core.message(id));
    }

    async search(community: Id | null, query: string): Promise<Page> {
        return this.#page(this.core.search(community, query, LIST_MAX));
    }

    async blob(id: Id): Promise<Uint8Array> {
        return this.core.blob(id);
    }

    async write(draft: Draft): Promise<Id> {
        this.#writable();
        const { core } = this;
        const before = core.newestNum();
        core.draft(draft.community, draft.urgency);
        if (draft.text !== "") core.draftText(draft.text);
        if (draft.reply !== undefined) core.draftReply(draft.reply);
        if (draft.corrects !== undefined) core.draftCorrect(draft.corrects);
        if (draft.forward !== undefined) core.draftForward(draft.forward);
        if (draft.place) core.draftPlace(draft.place);
        if (draft.ground) core.draftGround(draft.ground);
        for (const { bytes, media, name, original } of draft.attachments ?? [])
            core.draftAttach(bytes, media, name, original ?? null);
        const id = core.draftSign(this.env.random(32));
        this.#own.add(id);
        await this.#ownChange(draft.community, before);
        return id;
    }

    async retract(id: Id): Promise<void> {
        this.#writable();
        const { community } = this.core.message(id);
        const before = this.core.newestNum();
        this.core.retract(id, this.env.random(32));
        this.#own.delete(id);
        await this.#ownChange(community, before);
    }

    // Own records: kept first, then told to the page and to whoever is in contact.
    async #ownChange(community: Id, before: number): Promise<void> {
        this.#keepOwn(community, before);
        await this.#keeping.flush();
        this.#meetings.kick();
        await this.#arrived();
        this.#tellState();
    }

    async found(title: string, lang: string, keepDays: number, closed: boolean): Promise<Id> {
        this.#writable();
        const before = this.core.newestNum();
        const { community } = this.core.found(title, lang, keepDays, closed, this.env.random(32));
        this.#step({ do: "group", line: this.core.invite(community, null) });
        await this.#ownChange(community, before);
        return community;
    }

    async join(line: string): Promise<{ community: Id; title: string; message: Id | null }> {
        this.#writable();
        const before = this.core.newestNum();
        const joined = this.core.join(line);
        const group = this.core.invite(joined.community, null);
        if (!this.#prefs.groups.includes(group)) this.#step({ do: "group", line: group });
        await this.#ownChange(joined.community, before);
        return joined;
    }

    // Groups that a point shows or a file tells of; one that is no good is passed over.
    #joinLines(lines: readonly string[], enter = true): void {
        if (this.#otherTab) return;
        let any = false;
        for (const line of lines) {
            try {
                const { community } = this.core.join(line);
                const group = this.core.invite(community, null);
                if (!enter || this.#prefs.groups.includes(group)) continue;
                this.#step({ do: "group", line: group });
                any = true;
            } catch {
                // An invitation that is none.
            }
        }
        if (any) void this.#arrived();
    }

    async invite(community: Id, message: Id | null): Promise<string> {
        return this.core.invite(community, message);
    }

    // ---- Closed groups ----

    async closedLook(community: Id): Promise<ClosedView> {
        return this.core.closedLook(community);
    }

    async closedRequest(community: Id): Promise<string> {
        this.#writable();
        const before = this.core.newestNum();
        const line = this.core.closedRequest(community, this.#closed.random());
        await this.#ownChange(community, before);
        return line;
    }

    async readRequest(line: string): Promise<Stranger & { title: string }> {
        return { ...this.core.closedRequestRead(line), name: "" };
    }

    async admit(line: string): Promise<void> {
        this.#writable();
        const before = this.core.newestNum();
        const { community } = this.core.closedAdmit(line, this.#closed.random());
        await this.#ownChange(community, before);
    }

    async removeMember(community: Id, author: Id): Promise<void> {
        this.#writable();
        const before = this.core.newestNum();
        this.core.closedRemove(community, author, this.#closed.random());
        await this.#ownChange(community, before);
    }

    async read(community: Id, num: number): Promise<void> {
        const carried = this.#prefs.unread[community]?.length ?? 0;
        if (num <= (this.#marks.get(community) ?? 0) && carried === 0) return;
        this.#marks.set(community, Math.max(num, this.#marks.get(community) ?? 0));
        this.#step({ do: "read", community, unread: [] });
        this.#steps--; // nothing that anybody would save a file for
    }

    #unreadIds(community: Id): Id[] {
        const mark = this.#marks.get(community) ?? 0;
        const ids = [...(this.#prefs.unread[community] ?? [])];
        if (this.core.unread(community, mark) === 0) return ids;
        let before: Id | null = null;
        while (ids.length < UNREAD_MAX) {
            const page: CorePage = this.core.list(community, before, LIST_MAX);
            for (const message of page.messages) if (!message.own && message.num > mark) ids.push(message.id);
            before = page.messages.at(-1)?.id ?? null;
            if (!page.more || before === null) break;
        }
        return ids.slice(0, UNREAD_MAX);
    }

    // How far one's own messages came: api.ts says what the numbers mean. The same point seen twice is one.
    async #reached(list: { id: Id; sent: boolean }[], address: string, contact: string): Promise<void> {
        const communities = new Set<Id>();
        for (const { id, sent } of list) {
            const known = this.#prefs.ways[id];
            if (known?.[0] === 2 || this.#contactOf.get(id) === contact) continue;
            const another = known !== undefined && (sent || known[1] !== address);
            this.#contactOf.set(id, contact);
            if (known !== undefined && !another) continue;
            this.#step({ do: "way", id, way: another ? 2 : 1, at: known?.[1] ?? address });
            this.#steps--;
            try {
                communities.add(this.core.message(id).community);
            } catch {
                // It has expired meanwhile.
            }
        }
        if (communities.size === 0) return;
        this.tell({ type: "changed", communities: [...communities] });
        this.#tellState();
    }

    // ---- What stays on this device ----

    async setLang(lang: Lang): Promise<void> {
        this.#step({ do: "lang", lang });
    }

    async setMuted(community: Id, muted: boolean): Promise<void> {
        this.#step({ do: "mute", community, muted });
    }

    async setDraft(community: Id, text: string): Promise<void> {
        applyStep(this.#prefs, { do: "draft", community, text });
        clearTimeout(this.#draftTimers.get(community));
        this.#draftTimers.set(
            community,
            setTimeout(() => this.#keepDraft(community), DRAFT_DELAY_MS),
        );
    }

    #keepDraft(community: Id): void {
        this.#draftTimers.delete(community);
        this.#step({ do: "draft", community, text: this.#prefs.drafts[community] ?? "" });
        this.#steps--;
    }

    async setName(author: Id, name: string): Promise<void> {
        this.#step({ do: "name", author, name });
        this.#tellState();
    }

    async names(): Promise<Record<Id, string>> {
        return { ...this.#prefs.names };
    }

    async setting(name: string): Promise<string | null> {
        return Object.hasOwn(this.#prefs.settings, name) ? (this.#prefs.settings[name] ?? null) : null;
    }

    async setSetting(name: string, value: string): Promise<void> {
        this.#step({ do: "setting", name, value });
    }

    async keepOriginal(name: string, bytes: Uint8Array): Promise<Id> {
        const copy = new Uint8Array(bytes);
        const hash = this.#originalsHeld.add(name, copy);
        if (this.#kept && !this.#otherTab) this.#keeping.append({ kind: "original", hash, name, bytes: copy });
        this.#steps++;
        return hash;
    }

    async originals(): Promise<{ hash: Id; name: string; size: number }[]> {
        return this.#originalsHeld.list();
    }

    async original(hash: Id): Promise<Uint8Array> {
        return this.#originalsHeld.get(hash, this.#kept?.boxKey ?? null);
    }

    // ---- Meeting somebody ----

    async met(): Promise<Record<Id, Met>> {
        return Object.fromEntries(Object.entries(this.#prefs.met).map(([author, [day, way]]) => [author, { day, way }]));
    }

    // The point that answered last, else the page's own.
    #meetingPoint(): string {
        const all = this.#meetings.list();
        const point = all.find((one) => one.state === "settled") ?? all.find((one) => one.state === "exchanging") ?? all[0];
        const address = point?.address ?? this.env.origin;
        if (address === null || address === undefined) throw new Failure("POINT_GONE");
        return address;
    }

    async meetBegin(community: Id, number: string | null, name: string): Promise<string> {
        this.#writable();
        if (number !== null && !/^[0-9]{4,6}$/.test(number)) throw new Failure("MEET_NUMBER");
        await this.meetEnd();
        const { core, env } = this;
        const host = { core, fetch: env.fetch, random: (size: number): Bytes => env.random(size) };
        const meeting = new Rendezvous(host, this.#meetingPoint());
        core.meetBegin(community, number !== null, name, env.random(32));
        this.#meeting = meeting;
        return number === null ? meeting.begin() : meeting.join(number);
    }

    async meetWords(): Promise<MeetWords> {
        const meeting = this.#meeting;
        if (!meeting) throw new Failure("ERR_USAGE");
        const { latin, cyrillic, community, author, handle, name } = await meeting.run();
        if (this.#meeting !== meeting || !latin || !cyrillic || !community || !author) throw new Failure("MEET_NOBODY");
        this.#words = { latin, cyrillic, community, author, handle: handle ?? "", name: name ?? "" };
        return { ...this.#words };
    }

    // A person said that the words are the same on both phones.
    async meetSame(): Promise<void> {
        this.#writable();
        const words = this.#words;
        if (!words) throw new Failure("ERR_USAGE");
        await this.meetEnd();
        await this.#metNow(words.author, "words");
    }

    async meetEnd(): Promise<void> {
        this.#meeting?.stop();
        this.#meeting = null;
        this.#words = null;
        this.core.meetEnd();
    }

    async keyLine(community: Id, name: string): Promise<string> {
        return this.core.keyLine(community, name);
    }

    async readKeyLine(line: string): Promise<Stranger> {
        return this.core.keyLineRead(line);
    }

    async metLine(line: string): Promise<void> {
        this.#writable();
        await this.#metNow(this.core.keyLineRead(line).author, "code");
    }

    async #metNow(author: Id, way: Met["way"]): Promise<void> {
        this.#step({ do: "met", author, day: Math.floor(this.env.now() / 86400), way });
        await this.#keeping.flush();
        this.#tellState();
    }

    // ---- Points ----

    async points(): Promise<PointStatus[]> {
        return this.#meetings.list();
    }

    async exchange(address: string): Promise<PointStatus> {
        this.#writable();
        const status = await this.#meetings.add(address).now();
        const there = status.address;
        if (status.state === "settled" && there !== this.env.origin && !this.#prefs.points.includes(there))
            this.#step({ do: "point", address: there, there: true });
        return { ...status };
    }

    async forgetPoint(address: string): Promise<void> {
        const there = await this.#meetings.forget(address);
        this.#step({ do: "point", address: there, there: false });
        this.tell({ type: "points", points: this.#meetings.list() });
    }

    // ---- Files ----

    #fileName(end: string): string {
        return `link-${new Date(this.env.now() * 1000).toISOString().slice(0, 10)}${end}`;
    }

    async parcelMake(community: Id | null, form: "zip" | "html"): Promise<SavedFile> {
        if (form === "zip") {
            const bytes = this.core.parcelMake(community, 0, 0, true);
            return { name: this.#fileName(".zip"), media: "application/zip", bytes };
        }
        const parcel = this.core.parcelMake(community, 0, 0, false);
        const bytes = makePageFile(await this.env.app(), [section("parcel", parcel)]);
        return { name: this.#fileName(".html"), media: "text/html", bytes };
    }

    async parcelOpen(_name: string, bytes: Uint8Array): Promise<ParcelResult> {
        this.#writable();
        const copy = new Uint8Array(bytes);
        const result = await this.#parcels.readFile(copy, (done) =>
            this.tell({ type: "progress", what: "parcel", done, total: null }),
        );
        await this.#arrived();
        this.#keepArrived();
        await this.#keeping.flush();
        this.#meetings.kick();
        this.#tellState();
        return result;
    }

    async keep(passphrase: string, lockMessages: boolean): Promise<SavedFile> {
        this.#writable();
        const vault = await newVaultKey(this.sodium, passphrase, this.env.random);
        const random = (size: number): Bytes => this.env.random(size);
        if (this.#kept) this.#kept = { ...this.#kept, vault, lock: lockMessages };
        else {
            this.#kept = { vault, keep: hex(random(16)), journalKey: random(32), boxKey: random(32), lock: lockMessages };
            // The person lives in the file from now on; a tab that is loaded again is another guest.
            await this.#keeping.useMemory();
            this.#mode = "kept";
        }
        return this.saveCopy();
    }

    async saveCopy(): Promise<SavedFile> {
        this.#writable();
        const kept = this.#kept;
        if (!kept) throw new Failure("ERR_USAGE");
        const app = await this.env.app();
        const parcel = this.core.parcelMake(null, 0, 0, false);
        const unread: Record<Id, Id[]> = {};
        for (const { community } of this.core.communities()) {
            const ids = this.#unreadIds(community);
            if (ids.length > 0) unread[community] = ids;
        }
        const journal = this.#keeping.journal;
        const person: PersonFile = {
            seed: this.#seed,
            keep: kept.keep,
            journalKey: kept.journalKey,
            boxKey: kept.boxKey,
            lock: kept.lock,
            parcelHash: hex(this.sodium.hash(parcel)),
            savedAt: this.env.now(),
            journals: journal ? { [journal.id]: journal.count } : {},
            originals: this.#originalsHeld.list(),
            closed: this.core.closedKept(),
            prefs: { ...this.#prefs, unread },
        };
        const plain = encodePerson(person);
        const sections: Section[] = [
            section("person", vaultSeal(this.sodium, kept.vault, plain, this.env.random)),
            kept.lock
                ? section("sealed-parcel", boxSeal(this.sodium, kept.boxKey, parcel, BOX_PARCEL, this.env.random))
                : section("parcel", parcel),
            ...this.#originalsHeld.sections(kept.boxKey),
        ];
        plain.fill(0);
        const bytes = makePageFile(app, sections);
        this.#savedAt = person.savedAt;
        this.#savedNum = this.core.newestNum();
        this.#steps = 0;
        this.#oldCopy = false;
        this.#tellState();
        return { name: this.#fileName(".html"), media: "text/html", bytes };
    }

    async leaveNoTrace(): Promise<void> {
        await this.meetEnd();
        await this.#meetings.stop();
        for (const timer of this.#draftTimers.values()) clearTimeout(timer);
        if (this.#arrivedTimer !== null) clearTimeout(this.#arrivedTimer);
        const keep = this.#kept?.keep ?? null;
        await this.#keeping.useMemory();
        await this.env.tab?.clear().catch(() => undefined);
        // A page that is locked does not know which journal is its own: then all go.
        if (keep !== null || this.#mode === "locked") await forgetJournal(this.env.storage, keep);
        this.#tabs.release();
        this.#closed.stop();
        this.#originalsHeld.forget();
        this.#seed.fill(0);
        if (this.#kept) for (const key of [this.#kept.vault.key, this.#kept.journalKey, this.#kept.boxKey]) key.fill(0);
        this.core.end();
        await this.env.blank();
    }

    // End without a trace in anybody's process: for tests and a page that closes.
    async stop(): Promise<void> {
        this.#closed.stop();
        this.setVisible(false);
        await this.meetEnd();
        await this.#meetings.stop();
        await this.#keeping.flush();
        this.#tabs.release();
    }
}

function unlessForeign(thrown: unknown): void {
    if (!(thrown instanceof Failure) || thrown.name !== "FILE_FOREIGN") throw thrown;
}
