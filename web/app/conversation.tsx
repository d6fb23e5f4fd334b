// conversation.tsx: a group's messages and the box to write in. The list holds the newest messages and more as one
// scrolls up; while one reads older ones it keeps its place, whatever comes.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Group, Id, Message } from "../peer/api.ts";
import { Compose, type Context } from "./compose.tsx";
import { dayLabel, daysAgo } from "./dates.ts";
import { Screen } from "./frame.tsx";
import { openForward } from "./forward.tsx";
import { Bubble } from "./message.tsx";
import { openPerson, personName } from "./person.tsx";
import { go, type Route } from "./router.ts";
import { addScreen, slots } from "./screens.ts";
import { app, ignore, onMessages, peer } from "./store.ts";
import { type Action, Button, confirm, copy, Dialog, Empty, IconButton, Notice, openDialog, openMenu, toast, toastError } from "./ui.tsx";
import { lang, t } from "./words.ts";
import { conversation } from "./words/conversation.ts";
import { groups } from "./words/groups.ts";

const PAGE = 50;
const SHOWN_MAX = 300; // bubbles at once; what is further down is read again on the way back
const NEAR_END = 120; // pixels that still count as the end

interface Shown {
    messages: Message[]; // oldest first
    older: boolean; // there are earlier ones
    newer: boolean; // there are later ones that are not shown
}

async function readNewest(community: Id, count: number): Promise<Shown> {
    const page = await peer().list(community, null, Math.min(Math.max(count, PAGE), 200));
    return { messages: page.messages.reverse(), older: page.more, newer: false };
}

// Enough of a conversation that a message of it is in it.
async function readTo(community: Id, id: Id): Promise<Shown> {
    let shown = await readNewest(community, PAGE);
    while (shown.older && !shown.messages.some((one) => one.id === id) && shown.messages.length < 2000)
        shown = await readOlder(community, shown, true);
    return shown;
}

async function readOlder(community: Id, shown: Shown, all = false): Promise<Shown> {
    const first = shown.messages[0];
    if (!first) return shown;
    const page = await peer().list(community, first.id, all ? 200 : PAGE);
    let messages = [...page.messages.reverse(), ...shown.messages];
    const newer = shown.newer || (!all && messages.length > SHOWN_MAX);
    if (!all) messages = messages.slice(0, SHOWN_MAX);
    return { messages, older: page.more, newer };
}

function actionsOf(group: Group, message: Message, answer: (context: Context) => void): Action[] {
    const list: Action[] = [];
    const Qr = slots.showQr;
    if (!group.newerRules) list.push({ label: t(conversation, "reply"), icon: "reply", run: () => answer({ reply: message }) });
    list.push({ label: t(conversation, "forward"), icon: "forward", run: () => openForward(message) });
    if (message.text) list.push({ label: t(conversation, "copyText"), run: () => void copy(message.text) });
    if (Qr)
        list.push({
            label: t(conversation, "showQr"),
            icon: "qr",
            run: () =>
                void openDialog((close) => (
                    <Dialog title={t(conversation, "showQr")} onClose={close}>
                        <Qr community={group.community} message={message.id} />
                    </Dialog>
                )),
        });
    list.push({ label: t(conversation, "person"), icon: "people", run: () => openPerson(message, message.own) });
    if (message.own)
        list.push({
            label: t(conversation, "retract"),
            danger: true,
            run: () =>
                void confirm({
                    title: t(conversation, "retractTitle"),
                    text: t(conversation, "retractText"),
                    yes: t(conversation, "retract"),
                    danger: true,
                }).then((yes) => {
                    if (yes) peer().retract(message.id).then(() => toast(t(conversation, "retracted")), toastError);
                }),
        });
    return list;
}

function highlight(id: Id): boolean {
    const bubble = document.getElementById(`m-${id}`);
    if (!bubble) return false;
    bubble.scrollIntoView({ block: "center" });
    bubble.focus({ preventScroll: true });
    return true;
}

function Conversation({ group, target }: { group: Group; target: Id | undefined }): JSX.Element {
    const community = group.community;
    const [shown, setShown] = useState<Shown | null>(null);
    const [context, setContext] = useState<Context>({});
    const [below, setBelow] = useState(0); // came while one reads further up
    const [unreadFrom, setUnreadFrom] = useState<Id | null>(null);
    const box = useRef<HTMLDivElement>(null);
    const current = useRef<Shown | null>(null);
    const atEnd = useRef(true);
    const keep = useRef<{ id: Id; top: number } | null>(null);
    const loading = useRef(false);
    const goal = useRef<Id | null>(target ?? null);
    current.current = shown;

    // What is at the top of the view stays there when others come or go.
    const remember = (): void => {
        const view = box.current;
        if (!view || atEnd.current) return;
        const top = view.getBoundingClientRect().top;
        for (const bubble of view.querySelectorAll<HTMLElement>(".bubble")) {
            const place = bubble.getBoundingClientRect();
            if (place.bottom <= top) continue;
            keep.current = { id: bubble.id, top: place.top };
            return;
        }
    };
    const show = (next: Shown): void => {
        remember();
        setShown(next);
    };
    const markRead = (messages: readonly Message[]): void => {
        if (document.visibilityState !== "visible" || !atEnd.current) return;
        const last = messages.reduce((most, one) => Math.max(most, one.num), 0);
        if (last > 0) peer().read(community, last).catch(ignore);
    };
    const refresh = async (): Promise<void> => {
        const before = current.current;
        if (!before) return;
        if (before.newer) {
            setBelow((n) => n + 1);
            return;
        }
        const next = await readNewest(community, before.messages.length);
        const known = new Set(before.messages.map((one) => one.id));
        const fresh = next.messages.filter((one) => !known.has(one.id) && !one.own).length;
        const first = next.messages[0];
        // A list of more than one reading keeps its earlier part.
        const earlier = first ? before.messages.filter((one) => one.created < first.created && !next.messages.includes(one)) : [];
        show({ messages: [...earlier, ...next.messages], older: earlier.length > 0 ? before.older : next.older, newer: false });
        if (!atEnd.current) setBelow((n) => n + fresh);
        else markRead(next.messages);
    };
    const older = async (): Promise<void> => {
        const before = current.current;
        if (loading.current || !before?.older) return;
        loading.current = true;
        try {
            show(await readOlder(community, before));
        } catch (error) {
            toastError(error);
        }
        loading.current = false;
    };
    const newest = async (): Promise<void> => {
        atEnd.current = true;
        setBelow(0);
        const next = current.current?.newer ? await readNewest(community, PAGE) : current.current;
        if (!next) return;
        setShown({ ...next });
        markRead(next.messages);
    };
    const jump = async (id: Id): Promise<void> => {
        if (highlight(id)) return;
        const next = await readTo(community, id);
        if (!next.messages.some((one) => one.id === id)) return toast(t(conversation, "gone"));
        atEnd.current = false;
        goal.current = id;
        setShown(next);
    };

    useEffect(() => {
        let gone = false;
        const first = target ? readTo(community, target) : readNewest(community, PAGE + Math.min(group.unread, 150));
        first.then((read) => {
            if (gone) return;
            const others = read.messages.filter((one) => !one.own);
            const unread = group.unread > 0 ? others[Math.max(0, others.length - group.unread)] : undefined;
            if (unread && !target) {
                setUnreadFrom(unread.id);
                goal.current = unread.id;
            }
            atEnd.current = !goal.current;
            setShown(read);
        }, toastError);
        let running = false;
        let again = false;
        const stop = onMessages((communities) => {
            if (communities.length > 0 && !communities.includes(community)) return;
            if (running) {
                again = true;
                return;
            }
            running = true;
            const run = async (): Promise<void> => {
                do {
                    again = false;
                    await refresh().catch(ignore);
                } while (again && !gone);
                running = false;
            };
            void run();
        });
        return () => {
            gone = true;
            stop();
        };
    }, [community]);

    useLayoutEffect(() => {
        const view = box.current;
        if (!view || !shown) return;
        if (goal.current) {
            const id = goal.current;
            goal.current = null;
            if (id === unreadFrom) document.getElementById("unread")?.scrollIntoView({ block: "start" });
            else highlight(id);
        } else if (atEnd.current) view.scrollTop = view.scrollHeight;
        else if (keep.current) {
            const bubble = document.getElementById(keep.current.id);
            if (bubble) view.scrollTop += bubble.getBoundingClientRect().top - keep.current.top;
        }
        keep.current = null;
        atEnd.current = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END && !shown.newer;
        markRead(shown.messages);
    }, [shown]);

    const onScroll = (): void => {
        const view = box.current;
        if (!view || !current.current) return;
        atEnd.current = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END && !current.current.newer;
        if (atEnd.current && below > 0) setBelow(0);
        if (atEnd.current) markRead(current.current.messages);
        if (view.scrollTop < 400) void older();
    };

    const rows: JSX.Element[] = [];
    let day: number | null = null;
    for (const message of shown?.messages ?? []) {
        const days = daysAgo(message.created);
        if (days !== day) {
            day = days;
            rows.push(
                <h2 class="day" key={`day ${days}`}>
                    {dayLabel(message.created)}
                </h2>,
            );
        }
        if (message.id === unreadFrom)
            rows.push(
                <p class="unread" id="unread" key="unread">
                    {t(conversation, "newFrom")}
                </p>,
            );
        rows.push(
            <Bubble
                key={message.id}
                message={message}
                lang={lang()}
                name={personName(message)}
                onActions={(one) => openMenu(t(conversation, "actions"), actionsOf(group, one, setContext))}
                onQuote={(one) => one.reply && void jump(one.reply).catch(toastError)}
            />,
        );
    }
    return (
        <>
            <div class="messages" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-label={t(conversation, "messages")} aria-live="polite">
                {shown?.older && (
                    <Button onClick={() => void older()}>{t(conversation, "older")}</Button>
                )}
                {shown && shown.messages.length === 0 && <Empty title={t(conversation, "nothing")} />}
                {rows}
            </div>
            {(below > 0 || shown?.newer) && (
                <button type="button" class="to-newest" onClick={() => void newest()}>
                    <span>{below > 0 ? t(conversation, "toNewest", { n: below }) : t(conversation, "down")}</span>
                </button>
            )}
            {group.newerRules ? (
                <Notice kind="warn">{t(groups, "newer")}</Notice>
            ) : (
                <Compose
                    group={group}
                    context={context}
                    onContext={setContext}
                    onSent={() => {
                        setContext({});
                        setUnreadFrom(null);
                        void newest();
                    }}
                />
            )}
        </>
    );
}

function ConversationScreen({ route }: { route: Route }): JSX.Element {
    const group = app.groups?.find((one) => one.community === route.community);
    if (!group)
        return (
            <Screen title="…">
                <Empty title={t(conversation, "gone")} />
            </Screen>
        );
    return (
        <Screen
            title={<bdi>{group.title}</bdi>}
            under={t(groups, "openTitle")}
            onTitle={() => go({ screen: "group", community: group.community })}
            actions={
                <IconButton
                    icon="search"
                    label={t(conversation, "searchIn")}
                    onClick={() => go({ screen: "search", community: group.community })}
                />
            }
        >
            <Conversation key={group.community} group={group} target={route.message} />
        </Screen>
    );
}

addScreen("conversation", ConversationScreen);
