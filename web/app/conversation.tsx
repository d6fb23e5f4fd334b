// conversation.tsx: a group's messages and the box to write in. A window of what was read (message_list.ts) is drawn; it
// moves as one scrolls, and while one reads older messages it keeps its place, whatever comes.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Group, Id, Message } from "../peer/api.ts";
import { isOutside, Outside } from "./closed.tsx";
import { Compose, type Context } from "./compose.tsx";
import { dayLabel, daysAgo } from "./dates.ts";
import { Screen } from "./frame.tsx";
import { openForward } from "./forward.tsx";
import { excerpt, PointTrouble } from "./groups.tsx";
import { Bubble } from "./message.tsx";
import { type MessageList, NOTHING, readAgain, readNewest, readOlder, readTo } from "./message_list.ts";
import { openPerson, personName } from "./person.tsx";
import { go, type Route } from "./router.ts";
import { addScreen, slots } from "./screens.ts";
import { app, ignore, onMessages, peer } from "./store.ts";
import { type Action, Button, confirm, copy, Dialog, Empty, IconButton, Notice, openDialog, openMenu, toast, toastError } from "./ui.tsx";
import { lang, t } from "./words.ts";
import { closed } from "./words/closed.ts";
import { conversation } from "./words/conversation.ts";
import { groups } from "./words/groups.ts";

const WINDOW = 200; // bubbles drawn at once
const STEP = 60; // bubbles by which the window moves
const NEAR_END = 120; // pixels that still count as the end
const NEAR_EDGE = 400; // pixels before an edge of the window at which it moves

// The part of the list that is drawn: WINDOW messages from start on.
interface Shown extends MessageList {
    start: number;
}
const atNewest = (list: MessageList): Shown => ({ ...list, start: Math.max(0, list.messages.length - WINDOW) });
const around = (list: MessageList, id: Id): Shown => ({
    ...list,
    start: Math.max(0, list.messages.findIndex((one) => one.id === id) - Math.floor(WINDOW / 2)),
});
const hasNewer = (shown: Shown): boolean => shown.start + WINDOW < shown.messages.length;

function actionsOf(group: Group, message: Message, answer: (context: Context) => void): Action[] {
    const list: Action[] = [];
    const Qr = slots.showQr;
    const writes = !group.newerRules && !isOutside(group);
    if (writes) list.push({ label: t(conversation, "reply"), icon: "reply", run: () => answer({ reply: message }) });
    // What members wrote stays among them: it is not passed on, and no invitation takes it along.
    if (!group.closed) list.push({ label: t(conversation, "forward"), icon: "forward", run: () => openForward(message) });
    if (message.text) list.push({ label: t(conversation, "copyText"), run: () => void copy(message.text) });
    if (Qr && !group.closed)
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
    if (message.own && message.text && writes)
        list.push({ label: t(conversation, "correct"), icon: "pen", run: () => answer({ correct: message }) });
    if (message.own && writes)
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

const fromEnd = (view: HTMLElement): number => view.scrollHeight - view.scrollTop - view.clientHeight;
const isAtEnd = (view: HTMLElement, shown: Shown): boolean => fromEnd(view) < NEAR_END && !hasNewer(shown);

// By keyboard, the messages are one stop on the way to the box to write in: the arrow keys go from bubble to bubble, and
// only what is in the bubble that has the focus can be reached from there.
function rove(view: HTMLElement, active: Element | null | undefined): void {
    const bubble = active?.closest(".bubble");
    for (const one of view.querySelectorAll<HTMLElement>(".bubble :is(button, a, audio)"))
        one.tabIndex = bubble?.contains(one) ? 0 : -1;
}
function step(view: HTMLElement, event: KeyboardEvent): void {
    const up = event.key === "ArrowUp";
    if ((!up && event.key !== "ArrowDown") || (event.target as Element).matches("audio")) return;
    const bubbles = [...view.querySelectorAll<HTMLElement>(".bubble")];
    const at = bubbles.findIndex((one) => one.contains(document.activeElement));
    const next = at < 0 ? bubbles[bubbles.length - 1] : bubbles[at + (up ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
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
    const [heard, setHeard] = useState(""); // read aloud
    const [unreadFrom, setUnreadFrom] = useState<Id | null>(null);
    const box = useRef<HTMLDivElement>(null);
    const current = useRef<Shown | null>(null);
    const atEnd = useRef(true);
    const keep = useRef<{ id: Id; top: number } | null>(null);
    const loading = useRef(false);
    const goal = useRef<Id | null>(target ?? null);

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
    // What is shown next counts from now on, not only when it is drawn.
    const put = (next: Shown): void => {
        current.current = next;
        setShown(next);
    };
    const show = (next: Shown): void => {
        remember();
        put(next);
    };
    const markRead = (messages: readonly Message[]): void => {
        if (document.visibilityState !== "visible" || !atEnd.current) return;
        const last = messages.reduce((most, one) => Math.max(most, one.num), 0);
        if (last > 0) peer().read(community, last).catch(ignore);
    };
    const refresh = async (): Promise<void> => {
        const before = current.current;
        if (!before) return;
        const list = await readAgain(peer(), community, before);
        // One may have moved on while it was read.
        const now = current.current ?? before;
        // What has arrived since; reading anew may also reach further back.
        const latest = now.messages.reduce((most, one) => Math.max(most, one.num), 0);
        const fresh = list.messages.filter((one) => one.num > latest && !one.own);
        const follow = atEnd.current && !hasNewer(now);
        // The same message stays at the top of the window, whatever went or came before it.
        const top = now.messages[now.start]?.id;
        const start = follow ? -1 : list.messages.findIndex((one) => one.id === top);
        show(start < 0 ? atNewest(list) : { ...list, start });
        const last = fresh[fresh.length - 1];
        if (last) setHeard(`${personName(last)}: ${excerpt(last)}`);
        if (follow) markRead(list.messages);
        else setBelow((n) => n + fresh.length);
    };
    const move = async (up: boolean): Promise<void> => {
        const before = current.current;
        if (loading.current || !before) return;
        if (!up || before.start > 0) {
            const last = Math.max(0, before.messages.length - WINDOW);
            show({ ...before, start: Math.min(last, Math.max(0, before.start + (up ? -STEP : STEP))) });
            return;
        }
        if (!before.older) return;
        loading.current = true;
        try {
            show({ ...(await readOlder(peer(), community, before)), start: 0 });
        } catch (error) {
            toastError(error);
        }
        loading.current = false;
    };
    const newest = async (): Promise<void> => {
        const before = current.current;
        if (!before) return;
        atEnd.current = true;
        setBelow(0);
        const list = await readAgain(peer(), community, before);
        put(atNewest(list));
        markRead(list.messages);
    };
    const jump = async (id: Id): Promise<void> => {
        const before = current.current;
        if (!before || highlight(id)) return;
        const list = await readTo(peer(), community, before, id);
        if (!list.messages.some((one) => one.id === id)) return toast(t(conversation, "gone"));
        atEnd.current = false;
        goal.current = id;
        put(around(list, id));
    };

    useEffect(() => {
        let gone = false;
        const first = target
            ? readTo(peer(), community, NOTHING, target)
            : readNewest(peer(), community, 50 + Math.min(group.unread, 500));
        first.then((list) => {
            if (gone) return;
            const others = list.messages.filter((one) => !one.own);
            const unread = group.unread > 0 ? others[Math.max(0, others.length - group.unread)] : undefined;
            if (unread && !target) {
                setUnreadFrom(unread.id);
                goal.current = unread.id;
            }
            atEnd.current = !goal.current;
            put(goal.current ? around(list, goal.current) : atNewest(list));
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
        atEnd.current = isAtEnd(view, shown);
        markRead(shown.messages);
    }, [shown]);

    // A photo that is drawn at last makes the end go further down.
    const onGrown = (): void => {
        const view = box.current;
        if (view && atEnd.current) view.scrollTop = view.scrollHeight;
    };
    useLayoutEffect(() => {
        if (box.current) rove(box.current, document.activeElement);
    });
    const onScroll = (): void => {
        const view = box.current;
        if (!view || !current.current) return;
        atEnd.current = isAtEnd(view, current.current);
        if (atEnd.current && below > 0) setBelow(0);
        if (atEnd.current) markRead(current.current.messages);
        if (view.scrollTop < NEAR_EDGE) void move(true);
        else if (fromEnd(view) < NEAR_EDGE && hasNewer(current.current)) void move(false);
    };

    const rows: JSX.Element[] = [];
    let day: number | null = null;
    for (const message of shown?.messages.slice(shown.start, shown.start + WINDOW) ?? []) {
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
            <p class="aloud" role="status">
                {heard}
            </p>
            <div
                class="messages"
                ref={box}
                onScroll={onScroll}
                onLoadCapture={onGrown}
                onFocusCapture={(event) => box.current && rove(box.current, event.target as Element)}
                onKeyDown={(event) => box.current && step(box.current, event)}
                tabIndex={0}
                role="group"
                aria-label={t(conversation, "messages")}
            >
                {shown && (shown.older || shown.start > 0) && (
                    <Button onClick={() => void move(true)}>{t(conversation, "older")}</Button>
                )}
                {shown && shown.messages.length === 0 && !isOutside(group) && <Empty title={t(conversation, "nothing")} />}
                {rows}
            </div>
            {shown && (below > 0 || hasNewer(shown)) && (
                <button type="button" class="to-newest" onClick={() => void newest()}>
                    <span>{below > 0 ? t(conversation, "toNewest", { n: below }) : t(conversation, "down")}</span>
                </button>
            )}
            {group.newerRules ? (
                <Notice kind="warn">{t(groups, "newer")}</Notice>
            ) : isOutside(group) ? (
                <Outside group={group} />
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
            under={group.closed ? t(closed, "title") : t(groups, "openTitle")}
            onTitle={() => go({ screen: "group", community: group.community })}
            actions={
                <IconButton
                    icon="search"
                    label={t(conversation, "searchIn")}
                    onClick={() => go({ screen: "search", community: group.community })}
                />
            }
        >
            <PointTrouble />
            <Conversation key={group.community} group={group} target={route.message} />
        </Screen>
    );
}

addScreen("conversation", ConversationScreen);
