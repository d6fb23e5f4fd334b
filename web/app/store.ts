// store.ts: what all screens see, in one object. Whoever changes it calls changed(), and the page is drawn anew once
// before the next frame; long lists keep their own rows as they are.
import { useLayoutEffect, useState } from "preact/hooks";
import type { Group, Id, Met, Peer, PeerApi, PointStatus, State } from "../peer/api.ts";
import { type Lang, LANGS, langOf, setWordsLang } from "./words.ts";

export type Theme = "auto" | "light" | "dark";
export interface Model {
    peer: PeerApi | null; // null until the peer runs
    failed: unknown; // why it doesn't
    state: State | null;
    groups: Group[] | null; // null: not read yet
    points: PointStatus[];
    names: Record<Id, string>; // one's own names for people
    met: Record<Id, Met>; // whose keys one made sure of
    lang: Lang;
    theme: Theme;
    progress: { what: "parcel" | "exchange" | "open"; done: number; total: number | null } | null;
}

export const app: Model = {
    peer: null,
    failed: null,
    state: null,
    groups: null,
    points: [],
    names: {},
    met: {},
    lang: "kk",
    theme: "auto",
    progress: null,
};

const watchers = new Set<() => void>();
let planned = false;
export function changed(): void {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
        planned = false;
        for (const watcher of [...watchers]) watcher();
    });
}
export function watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
}

// A component that calls this is drawn again whenever the model changes. The shell does; screens under it needn't.
export function useApp(): Model {
    const [, draw] = useState(0);
    // Before the browser paints: what changes until then would be missed.
    useLayoutEffect(() => watch(() => draw((n) => n + 1)), []);
    return app;
}

// The peer, for what is done on a tap: by then it runs.
export function peer(): PeerApi {
    if (!app.peer) throw { name: "BROKEN", detail: "the peer does not run yet" };
    return app.peer;
}

const changes = new Set<(communities: readonly Id[]) => void>();
// Hear which groups have changed messages.
export function onMessages(listener: (communities: readonly Id[]) => void): () => void {
    changes.add(listener);
    return () => changes.delete(listener);
}

export function setLang(lang: Lang): void {
    app.lang = lang;
    setWordsLang(lang);
    document.documentElement.lang = lang;
    changed();
}
// What the person chose is kept where this page keeps things.
export function chooseLang(lang: Lang): void {
    setLang(lang);
    app.peer?.setLang(lang).catch(ignore);
}
export function chooseTheme(theme: Theme): void {
    showTheme(theme);
    app.peer?.setSetting("theme", theme).catch(ignore);
}
function showTheme(theme: Theme): void {
    app.theme = theme;
    document.documentElement.dataset["theme"] = theme;
    changed();
}
// For what may fail without harm: a setting that can't be kept lasts until the page closes.
export const ignore = (): void => undefined;

export async function readGroups(): Promise<void> {
    if (!app.peer) return;
    app.groups = await app.peer.groups();
    changed();
}
export async function readNames(): Promise<void> {
    if (!app.peer) return;
    [app.names, app.met] = await Promise.all([app.peer.names(), app.peer.met()]);
    changed();
}

function takeState(state: State): void {
    const opened = app.state !== null && app.state.mode !== state.mode;
    app.state = state;
    if (state.lang && state.lang !== app.lang) setLang(state.lang);
    changed();
    if (opened) void readAll().catch(ignore);
}

async function readAll(): Promise<void> {
    const api = app.peer;
    if (!api || !app.state || app.state.mode === "locked") return;
    const theme = await api.setting("theme");
    if (theme === "light" || theme === "dark" || theme === "auto") showTheme(theme);
    await Promise.all([readGroups(), readNames(), api.points().then((points) => (app.points = points))]);
    changed();
}

// Take the peer when it runs; until then the page shows that it begins.
export async function attach(coming: Peer | Promise<Peer>): Promise<void> {
    try {
        const peer = await coming;
        app.peer = peer.api;
        peer.on((event) => {
            if (event.type === "state") takeState(event.state);
            else if (event.type === "points") app.points = event.points;
            else if (event.type === "progress") {
                app.progress = event.total !== null && event.done >= event.total ? null : event;
            } else {
                for (const listener of [...changes]) listener(event.communities);
                void readGroups().catch(ignore);
            }
            changed();
        });
        takeState(await peer.api.state());
        await readAll();
    } catch (error) {
        app.failed = error;
        changed();
    }
}

// Before anything else: the language of the browser.
export function begin(): void {
    const wanted = typeof navigator === "undefined" ? [] : (navigator.languages ?? [navigator.language]);
    setLang(langOf(wanted));
    showTheme("auto");
}
export { LANGS };
