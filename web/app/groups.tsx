// groups.tsx: the list of groups, where the page begins: how the exchange stands, what is new, and the main menu.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Group, Message, PointStatus } from "../peer/api.ts";
import { ago, shortWhen } from "./dates.ts";
import { Screen } from "./frame.tsx";
import { openNewOrJoin } from "./group_new.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { personName } from "./person.tsx";
import { go, replace, route } from "./router.ts";
import { menu, slots } from "./screens.ts";
import { app, ignore } from "./store.ts";
import { Button, Empty, IconButton, Notice, openMenu } from "./ui.tsx";
import { isolate, t } from "./words.ts";
import { closed } from "./words/closed.ts";
import { errors } from "./words/errors.ts";
import { groups } from "./words/groups.ts";
import { shell } from "./words/shell.ts";

export function openGroup(community: string, message?: string): void {
    const next = { screen: "conversation", community, ...(message ? { message } : {}) };
    if (route().screen === "conversation") replace(next);
    else go(next);
}

// The point that tells most of how things stand: one in contact before others.
const ORDER: PointStatus["state"][] = ["exchanging", "settled", "connecting", "full", "busy", "refused", "gone", "idle"];
function mainPoint(): PointStatus | undefined {
    return [...app.points].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0];
}

function pointSentence(point: PointStatus | undefined): string {
    if (!point) return t(groups, "noPoint");
    if (point.state === "settled" || point.state === "idle")
        return point.lastExchange ? t(groups, "exchanged", { ago: ago(point.lastExchange) }) : t(groups, "never");
    return t(groups, point.state);
}

const isTrouble = (point: PointStatus | undefined): boolean =>
    point !== undefined && ["gone", "full", "busy", "refused"].includes(point.state);

// Over a conversation: only what is not well.
export function PointTrouble(): JSX.Element | null {
    const point = mainPoint();
    if (!isTrouble(point)) return null;
    return (
        <button type="button" class="status-line trouble" onClick={() => go({ screen: "points" })}>
            <Icon name="point" />
            <span role="status">{pointSentence(point)}</span>
        </button>
    );
}

// One line on top: the point, who is near, what waits. A tap leads to the points.
function StatusLine(): JSX.Element {
    const [, draw] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => draw((n) => n + 1), 30_000);
        return () => clearInterval(timer);
    }, []);
    const point = mainPoint();
    const waiting = app.state?.waiting ?? 0;
    const parts = [pointSentence(point)];
    if (point?.near) parts.push(t(groups, "near", { n: point.near }));
    if (waiting > 0) parts.push(t(groups, "waiting", { n: waiting }));
    return (
        <button type="button" class={`status-line${isTrouble(point) ? " trouble" : ""}`} onClick={() => go({ screen: "points" })}>
            <Icon name="point" />
            <span role="status">{parts.join(" · ")}</span>
        </button>
    );
}

export function excerpt(message: Message): string {
    let text = message.text.slice(0, 300).replace(/\s+/g, " ").trim();
    const first = message.attachments[0];
    if (!text && message.forwarded) text = t(groups, "passedOn", { text: message.forwarded.text.slice(0, 200) });
    if (!text && first)
        text = t(groups, first.media.startsWith("image/") ? "photo" : first.media.startsWith("audio/") ? "voice" : "file");
    return text;
}

function LastLine({ group }: { group: Group }): JSX.Element {
    const last = group.last;
    if (group.draft) return <span class="last draft">{t(groups, "draft", { text: group.draft.slice(0, 120) })}</span>;
    if (!last) return <span class="last">{t(groups, "noMessages")}</span>;
    return (
        <span class="last" dir="auto">
            {last.own ? t(groups, "you", { text: excerpt(last) }) : `${personName(last)}: ${isolate(excerpt(last))}`}
        </span>
    );
}

function Mark({ icon, words }: { icon: IconName; words: string }): JSX.Element {
    return (
        <span class="group-mark">
            <Icon name={icon} />
            <span class="aloud">{words}</span>
        </span>
    );
}

function Row({ group }: { group: Group }): JSX.Element {
    const here = route().screen === "conversation" && route().community === group.community;
    const unread = group.unread > 999 ? "999+" : String(group.unread);
    return (
        <li>
            <button
                type="button"
                class="group"
                aria-current={here ? "page" : undefined}
                onClick={() => openGroup(group.community)}
            >
                <span class="group-top">
                    <bdi class="group-title">{group.title}</bdi>
                    {group.closed && <Mark icon="lock" words={t(closed, "badge")} />}
                    {group.muted && <Mark icon="muted" words={t(groups, "muted")} />}
                    {group.newest > 0 && <time class="group-when">{shortWhen(group.newest)}</time>}
                </span>
                <span class="group-under">
                    {group.last?.urgency === 3 && <Icon name="alert" />}
                    <LastLine group={group} />
                    {group.unread > 0 && (
                        <span class={`badge${group.muted ? " quiet" : ""}`}>
                            <span aria-hidden="true">{unread}</span>
                            <span class="aloud">{t(groups, "unread", { n: group.unread })}</span>
                        </span>
                    )}
                </span>
            </button>
        </li>
    );
}

// What this page is, in one line, until something better is known.
function Lines(): JSX.Element | null {
    const state = app.state;
    if (!state) return null;
    const Keep = slots.keepLine;
    return (
        <div class="lines">
            {state.otherTab && <Notice kind="warn">{t(shell, "otherTab")}</Notice>}
            {state.mode === "guest" && state.storage === "memory" && (
                <Notice kind="warn">{t(errors, state.origin === null ? "STORAGE_NONE" : "STORAGE_FULL")}</Notice>
            )}
            {state.mode === "guest" ? (
                <Notice action={{ label: t(groups, "keepIt"), onClick: () => go({ screen: "keep" }) }}>
                    {t(shell, "guestLine")}
                </Notice>
            ) : (
                Keep && <Keep />
            )}
        </div>
    );
}

// Told once, below the groups: what people expect of a messenger and a page can't do.
function NoNotices(): JSX.Element | null {
    const [told, setTold] = useState(true);
    useEffect(() => {
        app.peer?.setting("no-notices").then((seen) => setTold(seen === "seen"), ignore);
    }, []);
    if (told || !app.groups || app.groups.length === 0) return null;
    const understood = (): void => {
        setTold(true);
        app.peer?.setSetting("no-notices", "seen").catch(ignore);
    };
    return (
        <div class="lines">
            <Notice action={{ label: t(groups, "understood"), onClick: understood }}>{t(groups, "noNotices")}</Notice>
        </div>
    );
}

function openMainMenu(): void {
    openMenu(
        t(groups, "menu"),
        menu.map((item) => ({ label: item.label(), run: () => go({ screen: item.screen }) })),
    );
}

export function GroupsScreen(): JSX.Element {
    return (
        <Screen title={t(shell, "appName")} wideLangs>
            <div class="tools">
                <IconButton icon="more" label={t(groups, "menu")} onClick={openMainMenu} />
                <Button icon="search" onClick={() => go({ screen: "search" })}>
                    {t(groups, "search")}
                </Button>
                <span class="grow" />
                <IconButton icon="plus" label={t(groups, "newOrJoin")} onClick={openNewOrJoin} />
            </div>
            <StatusLine />
            <div class="list">
                <Lines />
                {app.groups && app.groups.length === 0 && (
                    <Empty title={t(groups, "nothing")}>
                        <p>{t(groups, "nothingHelp")}</p>
                        <Button onClick={openNewOrJoin}>{t(groups, "newOrJoin")}</Button>
                    </Empty>
                )}
                <ul class="groups">{app.groups?.map((group) => <Row key={group.community} group={group} />)}</ul>
                <NoNotices />
            </div>
        </Screen>
    );
}
