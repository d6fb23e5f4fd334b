// screens.ts: the places where parts of the app are put in. A part registers what it shows under a name; whoever shows
// it asks here, so that no part includes another. plug.ts lists the parts.
import type { ComponentType } from "preact";
import type { Draft, Id } from "../peer/api.ts";
import type { Route } from "./router.ts";

export type NewAttachment = NonNullable<Draft["attachments"]>[number];

// Screens, by the name that go({screen: …}) gives. Each draws a <Screen title=…> (frame.tsx) of its own.
const screens = new Map<string, ComponentType<{ route: Route }>>();
export function addScreen(name: string, screen: ComponentType<{ route: Route }>): void {
    screens.set(name, screen);
}
export const screen = (name: string): ComponentType<{ route: Route }> | undefined => screens.get(name);

// Parts inside of other screens.
export interface Slots {
    // Buttons of the compose box: take a photo or record a voice and give what is to be sent.
    photo: ComponentType<{ disabled: boolean; onDone: (made: NewAttachment) => void }>;
    voice: ComponentType<{ disabled: boolean; onDone: (made: NewAttachment) => void }>;
    // A picture that another phone reads: an invitation, or a message with it.
    showQr: ComponentType<{ community: Id; message: Id | null }>;
    // Read such a picture and give its line.
    scanQr: ComponentType<{ onLine: (line: string) => void }>;
    // What the shell shows instead of the groups while a kept page is locked or was passed on.
    unlock: ComponentType;
    fresh: ComponentType;
    // Above the groups: what keeping is about ("Keep it …"), old copy, unsaved changes.
    keepLine: ComponentType;
}
export const slots: Partial<Slots> = {};
// Items in the main menu of the list of groups, in this order.
export const menu: { screen: string; label: () => string }[] = [];
