// router.ts: which screen is shown. The stack of screens lives in memory, because a page from a file or in a frame has
// no addresses of its own; where the browser lets it, the phone's back button takes off the topmost.
import type { Id } from "../peer/api.ts";
import { changed } from "./store.ts";

// What a screen is told. A screen takes what it needs and does without the rest.
export interface Route {
    screen: string;
    community?: Id;
    message?: Id; // to show at once
    text?: string;
}

const HOME: Route = { screen: "groups" };
let stack: Route[] = [HOME];
// Dialogs that are open, the last on top: the back button closes them first.
const layers: (() => void)[] = [];

export const route = (): Route => stack[stack.length - 1] ?? HOME;
export const depth = (): number => stack.length;

let marked = false; // the browser's history takes our screens
function mark(): void {
    try {
        history.pushState({ longear: stack.length }, "");
        marked = true;
    } catch {
        // Without a history the screen's own button goes back.
    }
}

export function go(next: Route): void {
    stack.push(next);
    mark();
    changed();
}
// A list beside a conversation on a wide screen: what was shown there gives way.
export function replace(next: Route): void {
    if (stack.length === 1) return go(next);
    stack = [...stack.slice(0, -1), next];
    changed();
}
// The entries of the screens that are left stay in the history: going back in it takes its time, and what is opened
// meanwhile would be taken for one of them.
export function goHome(): void {
    stack = [HOME];
    changed();
}
// Through the browser's history, so that the phone's button needs no more presses than there are screens.
export function back(): void {
    if (stack.length === 1) return;
    if (marked) return history.back();
    stack.pop();
    changed();
}

export function pushLayer(close: () => void): () => void {
    layers.push(close);
    return () => {
        const at = layers.lastIndexOf(close);
        if (at >= 0) layers.splice(at, 1);
    };
}

// Listen to the phone's back button. Each entry of the history says how many screens it has.
export function listen(): void {
    try {
        history.replaceState({ longear: 1 }, "");
    } catch {
        // As above.
    }
    addEventListener("popstate", (event) => {
        const state: unknown = event.state;
        const count = typeof state === "object" && state && "longear" in state ? Number(state.longear) : 1;
        const layer = layers[layers.length - 1];
        if (layer) {
            layer();
            mark();
        } else if (count >= 1 && count < stack.length) {
            stack = stack.slice(0, count);
            changed();
        }
    });
}
