// forward.tsx: passing a message on to another group, whole, with its author's signature.
import type { Message } from "../peer/api.ts";
import { app, peer } from "./store.ts";
import { openMenu, toast, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { conversation } from "./words/conversation.ts";

export function openForward(message: Message): void {
    openMenu(
        t(conversation, "forwardTo"),
        (app.groups ?? [])
            .filter((group) => !group.newerRules && !group.closed)
            .map((group) => ({
                label: group.title,
                run: () =>
                    void peer()
                        .write({ community: group.community, text: "", urgency: message.urgency, forward: message.id })
                        .then(() => toast(t(conversation, "forwarded")), toastError),
            })),
    );
}
