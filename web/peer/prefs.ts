// prefs.ts: what one person set on this device and what is never sent: names for people, mutes, drafts, how far one has
// read, settings, points, which groups one is in, how far one's own messages came. It changes by small steps that a
// journal can repeat, so that a tab that is killed has lost nothing.
import type { Lang } from "./api.ts";
import { Failure } from "./failure.ts";

export type Way = 0 | 1 | 2;
export interface Prefs {
    lang: Lang | null;
    names: Record<string, string>;
    met: Record<string, [number, "code" | "words"]>; // keys that one made sure of: on which day, and how
    muted: string[];
    drafts: Record<string, string>;
    settings: Record<string, string>;
    points: string[];
    groups: string[]; // invitations to the groups that one is in
    unread: Record<string, string[]>; // ids of messages that were not read when the page was saved
    ways: Record<string, [Way, string]>; // of own messages: how far, and by which point first
}

export type Step =
    | { do: "all"; prefs: Prefs } // in place of all steps before
    | { do: "lang"; lang: Lang }
    | { do: "name"; author: string; name: string }
    | { do: "met"; author: string; day: number; way: "code" | "words" }
    | { do: "mute"; community: string; muted: boolean }
    | { do: "draft"; community: string; text: string }
    | { do: "setting"; name: string; value: string }
    | { do: "point"; address: string; there: boolean }
    | { do: "group"; line: string }
    | { do: "read"; community: string; unread: string[] }
    | { do: "way"; id: string; way: Way; at: string };

const TEXT_MAX = 40_000;
const ENTRIES_MAX = 5000;
const POINTS_MAX = 16;
const GROUPS_MAX = 256;

export const emptyPrefs = (): Prefs => ({
    lang: null,
    names: {},
    met: {},
    muted: [],
    drafts: {},
    settings: {},
    points: [],
    groups: [],
    unread: {},
    ways: {},
});

// A name in a map that comes from outside must not be one of an object's own.
function put<T>(map: Record<string, T>, key: string, value: T | null): void {
    if (value === null) delete map[key];
    else if (Object.keys(map).length < ENTRIES_MAX || Object.hasOwn(map, key))
        Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
    else throw new Failure("STORAGE_FULL");
}
function toggle(list: string[], item: string, there: boolean, max: number): void {
    const at = list.indexOf(item);
    if (there && at < 0) {
        if (list.length >= max) list.shift();
        list.push(item);
    } else if (!there && at >= 0) list.splice(at, 1);
}
function bounded(text: string): string {
    if (text.length > TEXT_MAX) throw new Failure("ERR_LIMIT");
    return text;
}

export function applyStep(prefs: Prefs, step: Step): void {
    switch (step.do) {
        case "all":
            Object.assign(prefs, readPrefs(step.prefs));
            break;
        case "lang":
            prefs.lang = step.lang;
            break;
        case "name":
            put(prefs.names, step.author, step.name === "" ? null : bounded(step.name));
            break;
        case "met":
            put(prefs.met, step.author, [step.day, step.way]);
            break;
        case "mute":
            toggle(prefs.muted, step.community, step.muted, ENTRIES_MAX);
            break;
        case "draft":
            put(prefs.drafts, step.community, step.text === "" ? null : bounded(step.text));
            break;
        case "setting":
            put(prefs.settings, step.name, bounded(step.value));
            break;
        case "point":
            toggle(prefs.points, step.address, step.there, POINTS_MAX);
            break;
        case "group":
            toggle(prefs.groups, step.line, true, GROUPS_MAX);
            break;
        case "read":
            put(prefs.unread, step.community, step.unread.length === 0 ? null : step.unread);
            break;
        case "way":
            put(prefs.ways, step.id, [step.way, step.at]);
            break;
    }
}

// Prefs out of a file, whatever it holds: what is not of the right shape is left out.
export function readPrefs(from: unknown): Prefs {
    const prefs = emptyPrefs();
    if (typeof from !== "object" || from === null) return prefs;
    const given = from as Record<string, unknown>;
    const entries = (name: string): [string, unknown][] => {
        const map = given[name];
        return typeof map === "object" && map !== null ? Object.entries(map).slice(0, ENTRIES_MAX) : [];
    };
    const list = (value: unknown, max: number): string[] =>
        Array.isArray(value) ? value.filter((v): v is string => typeof v === "string").slice(0, max) : [];
    if (given["lang"] === "kk" || given["lang"] === "ru" || given["lang"] === "en") prefs.lang = given["lang"];
    for (const name of ["names", "drafts", "settings"] as const)
        for (const [key, value] of entries(name))
            if (typeof value === "string" && value.length <= TEXT_MAX) put(prefs[name], key, value);
    for (const [key, value] of entries("met"))
        if (Array.isArray(value) && Number.isSafeInteger(value[0]) && (value[1] === "code" || value[1] === "words"))
            put(prefs.met, key, [value[0], value[1]]);
    prefs.muted = list(given["muted"], ENTRIES_MAX);
    prefs.points = list(given["points"], POINTS_MAX);
    prefs.groups = list(given["groups"], GROUPS_MAX);
    for (const [key, value] of entries("unread")) put(prefs.unread, key, list(value, ENTRIES_MAX));
    for (const [key, value] of entries("ways"))
        if (Array.isArray(value) && (value[0] === 1 || value[0] === 2) && typeof value[1] === "string")
            put(prefs.ways, key, [value[0], value[1]]);
    return prefs;
}
