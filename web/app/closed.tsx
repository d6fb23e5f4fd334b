// closed.tsx: closed groups: asking to be let in, letting others in, and who is a member.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ClosedMember, ClosedView, Group, Id, Stranger } from "../peer/api.ts";
import { errorName, errorSentence } from "./errors.ts";
import { Body, Screen } from "./frame.tsx";
import { personName } from "./person.tsx";
import { QrPicture, ScanButton } from "./qr.tsx";
import { back, go, type Route } from "./router.ts";
import { addScreen } from "./screens.ts";
import { app, onMessages, peer, readGroups } from "./store.ts";
import { Button, confirm, Dialog, Field, IconButton, Notice, openDialog, toast, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { closed } from "./words/closed.ts";
import { groups } from "./words/groups.ts";

export const isOutside = (group: Group): boolean => group.closed && group.standing !== "member";

const STANDING = { none: "notIn", asked: "asked", pending: "pending", removed: "removed" } as const;

async function showRequest(community: Id): Promise<void> {
    try {
        const line = await peer().closedRequest(community);
        await readGroups();
        openDialog((close) => (
            <Dialog title={t(closed, "requestTitle")} onClose={close}>
                <p>{t(closed, "requestText")}</p>
                <QrPicture text={line} />
            </Dialog>
        ));
    } catch (error) {
        toastError(error);
    }
}

export function Guest(): JSX.Element | null {
    if (app.state?.mode !== "guest") return null;
    return (
        <Notice kind="warn" action={{ label: t(groups, "keepIt"), onClick: () => go({ screen: "keep" }) }}>
            {t(closed, "guest")}
        </Notice>
    );
}

// How one stands who is not a member, and what to do about it; in the place of the box to write in, too.
export function Outside({ group }: { group: Group }): JSX.Element | null {
    const { community, standing } = group;
    if (standing === "member") return null;
    return (
        <section class="card">
            <p>{t(closed, STANDING[standing])}</p>
            <Guest />
            <div class="buttons">
                <Button
                    kind={standing === "none" ? "main" : "plain"}
                    icon="qr"
                    disabled={app.state?.otherTab === true}
                    onClick={() => void showRequest(community)}
                >
                    {t(closed, standing === "asked" ? "showRequest" : "ask")}
                </Button>
            </div>
        </section>
    );
}

// ---- Members ----

const STATUS = { coordinator: "coordinator", pending: "waits", removed: "gone" } as const;

function Row(props: { member: ClosedMember; removable: boolean; remove: () => void }): JSX.Element {
    const { member } = props;
    const name = personName(member);
    const words = [...(member.own ? [t(closed, "you")] : []), ...(member.status === "member" ? [] : [t(closed, STATUS[member.status])])];
    return (
        <li class="member">
            <span class="grow">
                <bdi>{name}</bdi> {words.length > 0 && <span class="hint">({words.join(", ")})</span>}
            </span>
            {props.removable && (
                <IconButton icon="close" label={`${t(closed, "remove")}: ${name}`} onClick={props.remove} />
            )}
        </li>
    );
}

export function Members({ group }: { group: Group }): JSX.Element | null {
    const { community } = group;
    const [view, setView] = useState<ClosedView | null>(null);
    useEffect(() => {
        const read = (): void => void peer().closedLook(community).then(setView, () => setView(null));
        read();
        return onMessages((changed) => changed.includes(community) && read());
    }, [community, group.standing]);
    if (!view || view.standing === "none" || view.standing === "asked") return null;
    const remove = async (member: ClosedMember): Promise<void> => {
        const yes = await confirm({
            title: t(closed, "removeTitle", { name: personName(member) }),
            text: t(closed, "removeText"),
            yes: t(closed, "removeYes"),
            danger: true,
        });
        if (!yes) return;
        await peer().removeMember(community, member.author);
        setView(await peer().closedLook(community));
        toast(t(closed, "removedNow"));
    };
    return (
        <section class="card">
            <h2>{t(closed, "member")}</h2>
            {view.rivals > 0 && <Notice kind="warn">{t(closed, "rivals")}</Notice>}
            {view.waiting > 0 && <p class="hint">{t(closed, "waiting", { n: view.waiting })}</p>}
            {view.coordinates && (
                <div class="buttons">
                    <Button kind="main" icon="plus" onClick={() => go({ screen: "admit" })}>
                        {t(closed, "letIn")}
                    </Button>
                </div>
            )}
            <ul class="members">
                {view.members.map((member) => (
                    <Row
                        key={member.author}
                        member={member}
                        removable={view.coordinates && !member.own && member.status !== "removed" && !app.state?.otherTab}
                        remove={() => void remove(member).catch(toastError)}
                    />
                ))}
            </ul>
        </section>
    );
}

// ---- Letting somebody in ----

const failure = (error: unknown): string => {
    const name = errorName(error);
    return name === "ERR_COMMUNITY" ? t(closed, "noGroup") : name === "ERR_CHARTER" ? t(closed, "notYours") : errorSentence(error);
};

function Sure(props: { who: Stranger & { title: string }; admit: () => void; no: () => void; busy: boolean }): JSX.Element {
    return (
        <>
            <h2>{t(closed, "sure")}</h2>
            <p>
                <bdi>{props.who.title}</bdi>
            </p>
            <p class="big-words">
                <bdi>{personName(props.who)}</bdi>
            </p>
            <p>{t(closed, "sureText")}</p>
            <div class="stack">
                <Button kind="main" icon="check" disabled={props.busy} onClick={props.admit}>
                    {t(closed, "yes")}
                </Button>
                <Button onClick={props.no}>{t(closed, "no")}</Button>
            </div>
        </>
    );
}

function AdmitScreen({ route }: { route: Route }): JSX.Element {
    const [line, setLine] = useState("");
    const [read, setRead] = useState<{ line: string; who: Stranger & { title: string } } | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);
    const look = (text: string): void => {
        setFailed(null);
        peer()
            .readRequest(text)
            .then((who) => setRead({ line: text, who }), setFailed);
    };
    useEffect(() => {
        if (route.text) look(route.text);
    }, [route.text]);
    const admit = async (): Promise<void> => {
        if (!read) return;
        setBusy(true);
        try {
            await peer().admit(read.line);
            toast(t(closed, "done"));
            back();
        } catch (error) {
            setRead(null);
            setFailed(error);
        }
        setBusy(false);
    };
    return (
        <Screen title={t(closed, "letIn")}>
            <Body>
                {failed !== null && <Notice kind="error">{failure(failed)}</Notice>}
                {read ? (
                    <Sure who={read.who} admit={() => void admit()} no={() => setRead(null)} busy={busy} />
                ) : (
                    <>
                        <p>{t(closed, "letInText")}</p>
                        <div class="buttons">
                            <ScanButton label={t(closed, "read")} wants="request" onText={look} />
                        </div>
                        <Field label={t(closed, "line")} hint={t(closed, "lineHint")}>
                            {(ids) => (
                                <textarea
                                    {...ids}
                                    rows={4}
                                    autocapitalize="none"
                                    spellcheck={false}
                                    value={line}
                                    onInput={(event) => setLine(event.currentTarget.value)}
                                />
                            )}
                        </Field>
                        <div class="buttons">
                            <Button disabled={line.trim() === ""} onClick={() => look(line)}>
                                {t(closed, "go")}
                            </Button>
                        </div>
                    </>
                )}
            </Body>
        </Screen>
    );
}

addScreen("admit", AdmitScreen);
