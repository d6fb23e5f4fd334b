// client.ts: the page's side: starts the peer in a worker, or in the page where no worker can be made, serves it with
// what only a page can reach, and gives the screens their Peer.
import type { Peer, PeerApi, PeerEvent } from "./api.ts";
import { fromUtf8 } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { ask } from "./http.ts";
import { ownPage, ownSections, payload } from "./payload.ts";
import type { Payload } from "./page_parts.ts";
import { link, type Port } from "./rpc.ts";
import type { News, Start } from "./worker.ts";

const PREFIX = "longear.";
const WORKER_MS = 15_000;
const GREETING_MAX = 256 * 1024;
const GREETING_MS = 8000;

function openTab(): Storage | null {
    try {
        const storage = sessionStorage;
        storage.getItem(PREFIX);
        return storage;
    } catch {
        return null; // an opaque origin
    }
}

const ownKeys = (tab: Storage): string[] => Object.keys(tab).filter((key) => key.startsWith(PREFIX));

function saveInTab(tab: Storage | null, key: string, value: string): void {
    try {
        tab?.setItem(key, value);
    } catch {
        throw new Failure("STORAGE_FULL");
    }
}

// In the page itself: the script's hash is in the page's policy, so it may be put in.
function portInPage(script: string): Port {
    const made = document.createElement("script");
    made.textContent = script;
    document.head.append(made);
    made.remove();
    const begin = (globalThis as { longearPeer?: (port: Port) => void }).longearPeer;
    if (!begin) throw new Failure("BROKEN", "the peer did not start");
    const channel = new MessageChannel();
    setTimeout(() => begin(channel.port2));
    return channel.port1;
}

// A worker that has said that it runs; fails where the browser allows none.
function portOfWorker(script: string, failed: () => void): Promise<Worker> {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = new Worker(url);
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Failure("BROKEN")), WORKER_MS);
        worker.onerror = () => {
            clearTimeout(timer);
            reject(new Failure("BROKEN"));
            failed();
        };
        worker.onmessage = () => {
            clearTimeout(timer);
            URL.revokeObjectURL(url);
            resolve(worker);
        };
    });
}

// Ask the point that served this page who it is, while the rest of the page is still on its way.
async function greet(): Promise<Uint8Array | null> {
    try {
        const limits = { max: GREETING_MAX, quietMs: GREETING_MS, totalMs: GREETING_MS };
        const answer = await ask((url, init) => fetch(url, init), `${location.origin}/session`, null, limits, new AbortController().signal);
        return answer.status === 200 ? answer.body : null;
    } catch {
        return null;
    }
}

export async function connect(): Promise<Peer> {
    // A page that a point serves holds no data; one in an opaque origin may be a file.
    const served = /^https?:$/.test(location.protocol) && globalThis.origin !== "null";
    const greeting = served ? greet() : null;
    const script = fromUtf8(await payload("peer"));
    const listeners = new Set<(event: PeerEvent) => void>();
    const tab = openTab();
    let worker: Worker | null = null;
    let lost = (): void => undefined;
    let port: Port;
    try {
        port = worker = await portOfWorker(script, () => lost());
    } catch {
        port = portInPage(script);
    }
    const host: Record<string, (...args: never[]) => unknown> = {
        asset: (name: Payload) => payload(name),
        app: () => ownPage(),
        greeting: () => greeting,
        sections: () => (served ? [] : ownSections()),
        tabLoad: () => (tab ? ownKeys(tab).map((key) => [key, tab.getItem(key) ?? ""]) : []),
        tabSave: (key: string, value: string) => saveInTab(tab, key, value),
        tabClear: () => {
            if (tab) for (const key of ownKeys(tab)) tab.removeItem(key);
        },
        blank: () => {
            document.title = "";
            document.body.replaceChildren();
            setTimeout(() => worker?.terminate(), 100);
        },
    };
    const peer = link(
        port,
        async (method, args) => host[method]?.(...(args as never[])),
        (news) => {
            const said = news as News;
            if ("event" in said) for (const listener of [...listeners]) listener(said.event);
        },
    );
    lost = () => peer.end({ name: "BROKEN", detail: "the peer stopped" });
    const visible = (): boolean => document.visibilityState !== "hidden";
    await peer.call("start", [
        { origin: served ? location.origin : null, secure: isSecureContext, tab: tab !== null, visible: visible() },
    ] satisfies [Start]);
    const tell = (news: News): void => peer.tell(news);
    document.addEventListener("visibilitychange", () => tell({ visible: visible() }));
    addEventListener("pagehide", () => tell({ visible: false }));
    addEventListener("pageshow", () => tell({ visible: visible() }));
    addEventListener("online", () => tell({ online: true }));
    const api = new Proxy({} as PeerApi, {
        get: (_, method) =>
            typeof method === "string" && method !== "then"
                ? (...args: unknown[]) => peer.call(method, args)
                : undefined,
    });
    return {
        api,
        on: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
    };
}
