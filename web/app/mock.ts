// mock.ts: a peer in memory that behaves as the real one would, for the design of screens and for tests. Never part of
// the released page. What it holds is the same at every start; the address's #words choose a situation: empty, big
// (5,000 messages), hostile (texts that want to break the page), locked, fresh, kept, gone, full, old, tab, memory.
import type {
    Attachment,
    ClosedMember,
    Draft,
    Ground,
    Group,
    Id,
    Message,
    Met,
    Page,
    Peer,
    PeerApi,
    PeerEvent,
    PointStatus,
    State,
    Stranger,
    Urgency,
} from "../peer/api.ts";
import { GROUPS, HOSTILE, PEOPLE, TEXTS } from "./mock_words.ts";

const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);
const fail = (name: string, detail?: string): Promise<never> => Promise.reject({ name, detail });

// The same numbers at every start (xorshift).
let seed = 0x2545f491;
function random(n: number): number {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % n;
}
const id = (): Id => Array.from({ length: 64 }, () => random(16).toString(16)).join("");
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

// A picture of some size, drawn when it is asked for.
async function picture(name: string): Promise<Uint8Array> {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = name.includes("wide") ? [800, 450] : [480, 640];
    const context = canvas.getContext("2d");
    if (!context) return new Uint8Array();
    const sky = context.createLinearGradient(0, 0, 0, canvas.height);
    sky.addColorStop(0, "#9db8cf");
    sky.addColorStop(0.55, "#e9dcc5");
    sky.addColorStop(1, "#6d7a6a");
    context.fillStyle = sky;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#4c5b63";
    for (let x = 0; x < canvas.width; x += 60) {
        const height = 60 + ((x * 7919) % 140);
        context.fillRect(x, canvas.height * 0.7 - height, 48, height);
    }
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
    return blob ? new Uint8Array(await blob.arrayBuffer()) : new Uint8Array();
}

// Three seconds of a soft tone.
function sound(): Uint8Array {
    const rate = 8000;
    const count = rate * 3;
    const bytes = new Uint8Array(44 + count);
    const view = new DataView(bytes.buffer);
    const text = (at: number, word: string): void => {
        for (let i = 0; i < word.length; i++) bytes[at + i] = word.charCodeAt(i);
    };
    text(0, "RIFF");
    view.setUint32(4, 36 + count, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, rate, true);
    view.setUint16(32, 1, true);
    view.setUint16(34, 8, true);
    text(36, "data");
    view.setUint32(40, count, true);
    for (let i = 0; i < count; i++) bytes[44 + i] = 128 + 20 * Math.sin(i / 6);
    return bytes;
}

export interface MockControl {
    peer: Peer;
    state(change: Partial<State>): void;
    points(points: PointStatus[]): void;
    arrive(group: number, text: string): void; // a message from somebody else comes
    fail(method: keyof PeerApi, name: string | null): void; // from now on this fails
}

export function mockPeer(): Peer {
    const words = new Set(location.hash.slice(1).split(/[,&]/));
    const has = (word: string): boolean => words.has(word);
    const listeners = new Set<(event: PeerEvent) => void>();
    const tell = (event: PeerEvent): void => listeners.forEach((listener) => listener(event));
    const failing = new Map<keyof PeerApi, string>();
    const blobs = new Map<Id, () => Promise<Uint8Array>>();
    const settings = new Map<string, string>();
    const names: Record<Id, string> = {};
    const met: Record<Id, Met> = {};
    const stranger = (): Stranger => ({
        community: groups[0]?.community ?? "",
        author: people[0]?.author ?? "",
        handle: people[0]?.handle ?? "",
        name: has("hostile") ? (HOSTILE[0] ?? "") : "Айгүл",
    });
    const messages = new Map<Id, Message[]>(); // by group, oldest first
    const all = new Map<Id, Message>();
    const groups: Group[] = [];
    const people = PEOPLE.map((handle) => ({ handle, author: id() }));
    const me = { handle: "қонақ-4821", author: id() };

    let state: State = {
        mode: has("locked") ? "locked" : has("fresh") ? "fresh" : has("kept") ? "kept" : "guest",
        storage: has("memory") ? "memory" : has("kept") ? "device" : "tab",
        unsaved: has("memory") ? 12 : 0,
        lang: null,
        fingerprint: "bozorgan tulpar shanyrak",
        appWords: "jusan kerege",
        origin: has("kept") ? null : "http://10.42.0.1:8480",
        secure: false,
        savedAt: has("kept") || has("old") ? now() - 16 * 24 * HOUR : null,
        oldCopy: has("old"),
        otherTab: has("tab"),
        waiting: has("empty") ? 0 : 2,
    };
    let points: PointStatus[] = [
        {
            address: "http://10.42.0.1:8480",
            state: has("gone") ? "gone" : has("full") ? "full" : "settled",
            near: has("gone") || has("full") ? null : 7,
            lastExchange: now() - 130,
            received: 412,
            sent: 3,
            missing: 2,
            error: null,
        },
    ];

    function attachment(name: string, media: string, size: number, whole = true): Attachment {
        const blob = id();
        const chunks = Math.ceil(size / 16384);
        blobs.set(blob, () =>
            media.startsWith("image/") ? picture(name) : Promise.resolve(media === "audio/wav" ? sound() : new Uint8Array(size)),
        );
        return { blob, size, media, name, original: null, held: whole ? chunks : Math.floor(chunks / 3), chunks };
    }

    function add(group: Group, part: Partial<Message>): Message {
        const list = messages.get(group.community) ?? [];
        const person = pick(people);
        const message: Message = {
            id: id(),
            num: all.size + 1,
            community: group.community,
            author: person.author,
            handle: person.handle,
            own: false,
            guest: false,
            apart: null,
            corrected: null,
            created: now(),
            seen: now(),
            urgency: 1,
            text: "",
            place: "",
            ground: 0,
            reply: null,
            quote: null,
            replies: 0,
            forwarded: null,
            attachments: [],
            way: 2,
            ...part,
        };
        list.push(message);
        messages.set(group.community, list);
        all.set(message.id, message);
        group.records++;
        group.newest = message.created;
        group.last = message;
        return message;
    }

    function makeGroup(title: string, lang: string): Group {
        const group: Group = {
            community: id(),
            title,
            lang,
            keepDays: 90,
            newerRules: false,
            records: 0,
            newest: now(),
            author: me.author,
            handle: me.handle,
            closed: false,
            standing: "none",
            last: null,
            unread: 0,
            muted: false,
            draft: "",
        };
        groups.push(group);
        messages.set(group.community, []);
        return group;
    }

    function quoteOf(message: Message): Message["quote"] {
        const { author, handle, text } = message;
        return { id: message.id, author, handle, text: text.slice(0, 200) };
    }

    function populate(group: Group, lang: keyof typeof TEXTS, count: number, step: number): void {
        const start = now() - count * step - 300;
        for (let i = 0; i < count; i++) {
            const list = messages.get(group.community) ?? [];
            const own = random(7) === 0;
            const earlier = list.length > 3 && random(5) === 0 ? list[list.length - 1 - random(3)] : undefined;
            const kind = random(24);
            const created = start + i * step + random(step);
            add(group, {
                ...(own ? { own, author: me.author, handle: me.handle, guest: true } : {}),
                created,
                seen: created + 60,
                text: kind === 1 ? "" : pick(TEXTS[lang]),
                apart: !own && i === count - 4 ? { askers: [pick(people)], answered: random(2) === 0 } : null,
                urgency: (random(20) === 0 ? 3 : random(10) === 0 ? 2 : 1) as Urgency,
                ground: (random(3) === 0 ? 1 + random(2) : 0) as Ground,
                place: random(9) === 0 ? pick(["Республика алаңы", "Абай / Байсейітова", "вокзал, 2-й путь"]) : "",
                reply: earlier?.id ?? null,
                quote: earlier ? quoteOf(earlier) : null,
                attachments:
                    kind === 1
                        ? [attachment("square-wide.jpg", "image/jpeg", 210000)]
                        : kind === 2
                          ? [attachment("voice.wav", "audio/wav", 24044)]
                          : kind === 3
                            ? [attachment("list.pdf", "application/pdf", 88000)]
                            : kind === 4
                              ? [attachment("yard.jpg", "image/jpeg", 300000, false)]
                              : [],
                way: own ? (pick([0, 1, 2, 2]) as 0 | 1 | 2) : 2,
                forwarded:
                    kind === 5
                        ? {
                              id: id(),
                              ...pick(people),
                              created: created - 5 * HOUR,
                              text: pick(TEXTS[lang]),
                              place: random(2) ? "Алматы, Тастак" : "",
                              ground: 1,
                              valid: random(3) > 0,
                          }
                        : null,
            });
        }
    }

    if (!has("empty")) {
        for (const [i, [title, lang, count]] of GROUPS.entries()) {
            const group = makeGroup(title, lang);
            populate(group, lang, has("big") && i === 0 ? 5000 : count, i === 0 && !has("big") ? 700 : 1900);
            group.unread = [9, 0, 3, 120, 0][i] ?? 0;
            group.muted = i === 3;
            if (i === 1) group.draft = "Кешкі асқа";
            if (i === 4) group.newerRules = true;
        }
        makeGroup("Жаңа топ · Новая группа", "kk");
        // closed: a group that one coordinates is on top; asked, stranger, removed: one that one is not in.
        const outside = (["asked", "stranger", "removed"] as const).find(has);
        if (has("closed") || outside) {
            const group = makeGroup("Көмек штабы", "kk");
            group.closed = true;
            group.keepDays = 30;
            group.standing = outside === "stranger" ? "none" : (outside ?? "member");
            if (!outside) populate(group, "kk", 6, 600);
            group.newest = now() + 1;
        }
        if (has("hostile")) {
            const group = makeGroup(HOSTILE[0] ?? "", "en");
            for (const text of HOSTILE) {
                const author = id();
                const earlier = messages.get(group.community)?.[0];
                add(group, {
                    text,
                    handle: text.slice(0, 64),
                    author,
                    place: text.slice(0, 200),
                    reply: earlier?.id ?? null,
                    quote: earlier ? quoteOf(earlier) : null,
                    forwarded: { id: id(), author, handle: text.slice(0, 64), created: 1, text, place: text, ground: 2, valid: false },
                    attachments: [
                        attachment(text.slice(0, 200), "text/html", 3000),
                        { ...attachment("x.svg", "image/svg+xml", 900) },
                        { ...attachment(text.slice(0, 100), "image/png", 900), blob: "00" },
                    ],
                });
            }
        }
    }

    function find(community: Id): Group {
        const group = groups.find((one) => one.community === community);
        if (!group) throw { name: "ERR_NOT_FOUND" };
        return group;
    }
    function pageOf(list: readonly Message[], before: Id | null, limit: number): Page {
        const end = before === null ? list.length : list.findIndex((message) => message.id === before);
        const start = Math.max(0, end - limit);
        return { messages: list.slice(start, end).reverse(), more: start > 0 };
    }
    function changeState(change: Partial<State>): void {
        state = { ...state, ...change };
        tell({ type: "state", state });
    }

    const api: PeerApi = {
        state: async () => state,
        groups: async () => groups.map((group) => ({ ...group })).sort((a, b) => b.newest - a.newest),
        list: async (community, before, limit) => pageOf(messages.get(community) ?? [], before, limit),
        message: async (wanted) => all.get(wanted) ?? fail("ERR_NOT_FOUND"),
        search: async (community, query) => {
            const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
            const found = [...all.values()]
                .filter((message) => community === null || message.community === community)
                .filter((message) => wanted.every((word) => message.text.toLowerCase().includes(word)))
                .sort((a, b) => b.created - a.created);
            return { messages: found.slice(0, 50), more: found.length > 50 };
        },
        blob: async (wanted) => blobs.get(wanted)?.() ?? fail("ERR_NOT_FOUND"),
        write: async (draft: Draft) => {
            const group = find(draft.community);
            if (group.newerRules) return fail("ERR_KIND");
            const earlier = draft.reply ? all.get(draft.reply) : undefined;
            const source = draft.forward ? all.get(draft.forward) : undefined;
            const message = add(group, {
                own: true,
                guest: state.mode === "guest",
                author: me.author,
                handle: me.handle,
                text: draft.text,
                urgency: draft.urgency,
                place: draft.place ?? "",
                ground: draft.ground ?? 0,
                reply: earlier?.id ?? null,
                quote: earlier ? quoteOf(earlier) : null,
                forwarded: source
                    ? {
                          id: source.id,
                          author: source.author,
                          handle: source.handle,
                          created: source.created,
                          text: source.text,
                          place: source.place,
                          ground: source.ground,
                          valid: true,
                      }
                    : null,
                attachments: (draft.attachments ?? []).map((made) => {
                    const one = attachment(made.name, made.media, made.bytes.length);
                    blobs.set(one.blob, async () => made.bytes);
                    return { ...one, original: made.original ?? null };
                }),
                way: 0,
            });
            group.draft = "";
            changeState({ waiting: state.waiting + 1, unsaved: state.unsaved + 1 });
            tell({ type: "changed", communities: [group.community] });
            if (!has("gone")) {
                setTimeout(() => {
                    message.way = 1;
                    changeState({ waiting: Math.max(0, state.waiting - 1) });
                    tell({ type: "changed", communities: [group.community] });
                }, 1500);
            }
            return message.id;
        },
        retract: async (wanted) => {
            const message = all.get(wanted);
            if (!message?.own) return fail("ERR_NOT_FOUND");
            const list = messages.get(message.community) ?? [];
            list.splice(list.indexOf(message), 1);
            all.delete(wanted);
            tell({ type: "changed", communities: [message.community] });
        },
        found: async (title, lang, keepDays, closed) => {
            const group = makeGroup(title, lang);
            group.closed = closed;
            group.standing = closed ? "member" : "none";
            group.keepDays = keepDays;
            tell({ type: "changed", communities: [group.community] });
            return group.community;
        },
        join: async (line) => {
            if (!line.trim().startsWith("longear:")) return fail("ERR_NOT_INVITE");
            if (line.includes("x")) return fail("ERR_CHECKSUM");
            const group = makeGroup("Көршілер", "kk");
            tell({ type: "changed", communities: [group.community] });
            return { community: group.community, title: group.title, message: null };
        },
        invite: async (community, message) => `longear:${community.slice(0, 52)}${message ? `.${message.slice(0, 52)}` : ""}`,
        read: async (community, num) => {
            const group = find(community);
            group.unread = (messages.get(community) ?? []).filter((message) => message.num > num && !message.own).length;
        },
        closedLook: async (community) => {
            const { standing } = find(community);
            const member = (i: number, status: ClosedMember["status"]): ClosedMember => ({ ...(people[i] ?? me), status, own: false });
            return {
                standing,
                coordinates: standing === "member",
                waiting: 3,
                rivals: has("hostile") ? 1 : 0,
                members: [{ ...me, status: "coordinator", own: true }, member(0, "member"), member(1, "pending"), member(2, "removed")],
            };
        },
        closedRequest: async (community) => {
            find(community).standing = "asked";
            return `longear-join:${community.repeat(5).slice(0, 320).replace(/[01890]/g, "a")}`;
        },
        readRequest: async (line) =>
            line.trim().startsWith("longear-join:") ? { ...stranger(), title: groups.at(-1)?.title ?? "" } : fail("ERR_NOT_INVITE"),
        admit: async () => undefined,
        removeMember: async () => undefined,
        setLang: async (lang) => changeState({ lang }),
        setMuted: async (community, muted) => {
            find(community).muted = muted;
            tell({ type: "changed", communities: [community] });
        },
        setDraft: async (community, text) => {
            find(community).draft = text;
        },
        setName: async (author, name) => {
            if (name) names[author] = name;
            else delete names[author];
            tell({ type: "changed", communities: [] });
        },
        names: async () => ({ ...names }),
        met: async () => ({ ...met }),
        meetBegin: async (_community, number) => (number === "0000" ? fail("MEET_NUMBER") : (number ?? "304918")),
        meetWords: async () => {
            if (has("alone")) return new Promise(() => undefined);
            return { ...stranger(), latin: "lusab babad gutih", cyrillic: "лусаб бабад гутих" };
        },
        meetSame: async () => void (met[stranger().author] = { day: Math.floor(now() / 86400), way: "words" }),
        meetEnd: async () => undefined,
        keyLine: async (community) => `longear-key:${community.repeat(4).slice(0, 220).replace(/[01890]/g, "a")}`,
        readKeyLine: async () => stranger(),
        metLine: async () => void (met[stranger().author] = { day: Math.floor(now() / 86400), way: "code" }),
        setting: async (name) => settings.get(name) ?? null,
        setSetting: async (name, value) => void settings.set(name, value),
        keepOriginal: async () => id(),
        originals: async () => [{ hash: id(), name: "IMG_2201.jpg", size: 3400000 }],
        original: async () => picture("wide"),
        points: async () => points,
        exchange: async (address) => {
            const full = /^https?:/.test(address) ? address : `http://${address}`;
            if (!/^https?:\/\/[\w.:[\]-]+$/.test(full)) return fail("ADDRESS_BAD");
            let point = points.find((one) => one.address === full);
            if (!point) {
                point = { address: full, state: "connecting", near: null, lastExchange: null, received: 0, sent: 0, missing: 0, error: null };
                points = [...points, point];
            }
            const at = point;
            const step = (change: Partial<PointStatus>): void => {
                points = points.map((one) => (one.address === at.address ? { ...one, ...change } : one));
                tell({ type: "points", points });
            };
            if (has("gone")) {
                step({ state: "gone", error: { name: "POINT_GONE" } });
                return fail("POINT_GONE");
            }
            step({ state: "exchanging" });
            await new Promise((resolve) => setTimeout(resolve, 700));
            step({ state: "settled", near: 7, lastExchange: now(), received: 24, sent: 2 });
            changeState({ waiting: 0 });
            return points.find((one) => one.address === full) as PointStatus;
        },
        forgetPoint: async (address) => {
            points = points.filter((one) => one.address !== address);
            tell({ type: "points", points });
        },
        parcelMake: async (_community, form) => ({
            name: form === "zip" ? "link-2026-11-22.zip" : "link.html",
            media: form === "zip" ? "application/zip" : "text/html",
            bytes: new Uint8Array(48000),
        }),
        parcelOpen: async (name) => {
            if (!/\.(zip|html|lep)$/.test(name)) return fail("FILE_FOREIGN");
            for (let done = 0; done <= 100; done += 10) {
                tell({ type: "progress", what: "parcel", done, total: 100 });
                await new Promise((resolve) => setTimeout(resolve, 30));
            }
            return {
                accepted: 214,
                known: 31,
                rejected: 2,
                waiting: 1,
                blobs: 3,
                chunks: 40,
                communities: 2,
                damaged: 0,
                truncated: false,
                refused: { ERR_SIGNATURE: 2 },
            };
        },
        keep: async () => {
            changeState({ mode: "kept", storage: "device", unsaved: 0, savedAt: now() });
            return { name: "link-kept.html", media: "text/html", bytes: new Uint8Array(360000) };
        },
        saveCopy: async () => {
            changeState({ unsaved: 0, savedAt: now(), oldCopy: false });
            return { name: "link-kept.html", media: "text/html", bytes: new Uint8Array(360000) };
        },
        unlock: async (passphrase) => {
            if (passphrase === "wrong") return fail("PASSPHRASE_WRONG");
            changeState({ mode: "kept", storage: "device" });
            return state;
        },
        startFresh: async () => {
            changeState({ mode: "guest" });
            return state;
        },
        leaveNoTrace: async () => {
            groups.length = 0;
            messages.clear();
            all.clear();
        },
    };

    // What a test told to fail fails; everything takes the turn that a message to a worker takes.
    const guarded = new Proxy(api, {
        get(target, method: keyof PeerApi) {
            const call = target[method] as (...args: unknown[]) => Promise<unknown>;
            return async (...args: unknown[]) => {
                await new Promise((resolve) => setTimeout(resolve, 0));
                const name = failing.get(method);
                if (name) throw { name };
                return structuredClone(await call(...args));
            };
        },
    });
    const peer: Peer = {
        api: guarded,
        on(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
    };
    const control: MockControl = {
        peer,
        state: changeState,
        points(next) {
            points = next;
            tell({ type: "points", points });
        },
        arrive(at, text) {
            const group = groups[at];
            if (!group) return;
            add(group, { text });
            group.unread++;
            tell({ type: "changed", communities: [group.community] });
        },
        fail(method, name) {
            if (name) failing.set(method, name);
            else failing.delete(method);
        },
    };
    Object.assign(globalThis, { mock: control });
    return peer;
}
