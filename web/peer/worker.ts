// worker.ts: where the peer begins, in a worker or, where none can be made, in the page itself: it answers calls over a
// port and asks the page for what only a page can reach.
import type { PeerEvent } from "./api.ts";
import type { Bytes } from "./bytes.ts";
import type { Environment } from "./environment.ts";
import { Failure } from "./failure.ts";
import type { Channel } from "./tabs.ts";
import { PeerCore } from "./peer.ts";
import { link, type Link, type Port } from "./rpc.ts";

// What the page says of itself.
export interface Start {
    origin: string | null;
    secure: boolean;
    tab: boolean; // there is a sessionStorage
    visible: boolean;
}
export type News = { ready: true } | { event: PeerEvent } | { visible: boolean } | { online: true };

const METHODS: ReadonlySet<string> = new Set([
    ...["state", "groups", "list", "message", "search", "blob", "write", "retract", "found", "join", "invite", "read"],
    ...["closedLook", "closedRequest", "readRequest", "admit", "removeMember"],
    ...["setLang", "setMuted", "setDraft", "setName", "names", "setting", "setSetting"],
    ...["met", "meetBegin", "meetWords", "meetSame", "meetEnd", "keyLine", "readKeyLine", "metLine"],
    ...["keepOriginal", "originals", "original", "points", "exchange", "forgetPoint"],
    ...["parcelMake", "parcelOpen", "keep", "saveCopy", "unlock", "startFresh", "leaveNoTrace"],
]);

function openChannel(): Channel | null {
    try {
        return new BroadcastChannel("longear");
    } catch {
        return null; // an opaque origin
    }
}

function openStorage(): IDBFactory | null {
    try {
        return globalThis.indexedDB ?? null;
    } catch {
        return null;
    }
}

// A turn of the loop without the delay that timers get when they are nested.
const turns = new MessageChannel();
const waiting: (() => void)[] = [];
turns.port1.onmessage = () => waiting.shift()?.();
const turn = (): Promise<void> =>
    new Promise((resolve) => {
        waiting.push(resolve);
        turns.port2.postMessage(0);
    });

function environment(start: Start, page: Link): Environment {
    const call = <T>(method: string, ...args: unknown[]): Promise<T> => page.call(method, args) as Promise<T>;
    // The page has asked its own point already.
    let early = start.origin !== null;
    const greeted = async (url: string): Promise<Response | null> => {
        if (!early || url !== `${start.origin}/session`) return null;
        early = false;
        const bytes = await call<Bytes | null>("greeting");
        return bytes ? new Response(bytes as BodyInit) : null;
    };
    return {
        asset: (name) => call("asset", name),
        app: () => call("app"),
        sections: () => call("sections"),
        tab: start.tab
            ? {
                  load: () => call("tabLoad"),
                  save: (key, value) => call("tabSave", key, value),
                  clear: () => call("tabClear"),
              }
            : null,
        storage: openStorage(),
        channel: openChannel(),
        fetch: async (url, init) => (await greeted(url)) ?? fetch(url, init),
        random: (size) => crypto.getRandomValues(new Uint8Array(size)),
        now: () => Math.floor(Date.now() / 1000),
        steady: () => performance.now(),
        turn,
        origin: start.origin,
        secure: start.secure,
        blank: () => call("blank"),
    };
}

function serve(port: Port): void {
    let peer: PeerCore | null = null;
    const page = link(
        port,
        async (method, args) => {
            if (method === "start") {
                const start = args[0] as Start;
                peer = await PeerCore.start(environment(start, page), (event) => page.tell({ event } satisfies News));
                peer.setVisible(start.visible);
                return null;
            }
            if (!peer || !METHODS.has(method)) throw new Failure("BROKEN", method);
            const methods = peer as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
            return (methods[method] as (...args: unknown[]) => Promise<unknown>).apply(peer, args);
        },
        (news) => {
            const said = news as News;
            if ("visible" in said) peer?.setVisible(said.visible);
            if ("online" in said) peer?.online();
        },
    );
    page.tell({ ready: true } satisfies News);
}

if (typeof document === "undefined") serve(globalThis as unknown as Port);
else (globalThis as { longearPeer?: (port: Port) => void }).longearPeer = serve;
