// meet.tsx: two people who stand together make sure of each other's key: by words that both phones show, or by a code that
// one shows and the other reads. Nothing is remembered before a person says so.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, MeetWords, Stranger } from "../peer/api.ts";
import { errorName, errorSentence } from "./errors.ts";
import { Body, Screen } from "./frame.tsx";
import { isMet, NAME_MAX, namesakes, tidyName } from "./person.tsx";
import { QrPicture, ScanButton } from "./qr.tsx";
import { back, go, type Route } from "./router.ts";
import { addScreen } from "./screens.ts";
import { app, ignore, peer, readNames } from "./store.ts";
import { Button, Empty, Field, Notice, toast } from "./ui.tsx";
import { lang, t } from "./words.ts";
import { conversation } from "./words/conversation.ts";
import { groups } from "./words/groups.ts";
import { meet } from "./words/meet.ts";

const CALL_MAX = 31; // letters of at most two bytes: MEET_NAME_MAX

type Stage =
    | { at: "start"; failed?: unknown }
    | { at: "waiting"; number: string; first: boolean }
    | { at: "compare"; words: MeetWords }
    | { at: "differ" }
    | { at: "read"; line: string; who: Stranger }
    | { at: "done"; who: Stranger };
type Go = (stage: Stage) => void;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const callable = (name: string): string => {
    let cut = name.trim();
    while (bytesOf(cut) > 2 * CALL_MAX) cut = cut.slice(0, -1);
    return cut;
};

function Who({ who }: { who: Stranger }): JSX.Element {
    return (
        <p>
            {t(meet, "handle", { handle: `~${who.handle}` })} {who.name && t(meet, "callThemselves", { name: who.name })}
        </p>
    );
}

function failure(error: unknown): string {
    if (errorName(error) === "ERR_EXISTS") return t(meet, "ownKey");
    return errorName(error) === "ERR_COMMUNITY" ? t(meet, "noGroup") : errorSentence(error);
}

async function run(community: Id, number: string | null, name: string, to: Go, still: () => boolean): Promise<void> {
    const step: Go = (stage) => still() && to(stage);
    try {
        if (number !== null) step({ at: "waiting", number, first: false });
        const given = await peer().meetBegin(community, number, name);
        step({ at: "waiting", number: given, first: number === null });
        step({ at: "compare", words: await peer().meetWords() });
    } catch (error) {
        step({ at: "start", failed: error });
    }
}

async function read(line: string, to: Go): Promise<void> {
    try {
        to({ at: "read", line, who: await peer().readKeyLine(line) });
    } catch (error) {
        to({ at: "start", failed: error });
    }
}

function Code({ community, name }: { community: Id; name: string }): JSX.Element {
    const [line, setLine] = useState<string | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    // Another name makes another code.
    useEffect(() => setLine(null), [name]);
    const show = (): void => void peer().keyLine(community, name).then(setLine, setFailed);
    return (
        <section class="card">
            <h2>{t(meet, "codeTitle")}</h2>
            <p>{t(meet, "codeText")}</p>
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            {line === null ? (
                <div class="buttons">
                    <Button icon="qr" onClick={show}>
                        {t(meet, "showCode")}
                    </Button>
                </div>
            ) : (
                <QrPicture text={line} />
            )}
        </section>
    );
}

function Start(props: { community: Id; failed: unknown; begin: (number: string | null, name: string) => void; to: Go }): JSX.Element {
    const [name, setName] = useState("");
    const [number, setNumber] = useState("");
    const [busy, setBusy] = useState(false);
    const own = callable(name);
    const begin = (given: string | null): void => {
        setBusy(true);
        props.begin(given, own);
    };
    useEffect(() => setBusy(false), [props.failed]);
    return (
        <>
            <p>{t(meet, "intro")}</p>
            {props.failed !== undefined && <Notice kind="error">{failure(props.failed)}</Notice>}
            {app.state?.mode === "guest" && (
                <Notice kind="warn" action={{ label: t(groups, "keepIt"), onClick: () => go({ screen: "keep" }) }}>
                    {t(meet, "guest")}
                </Notice>
            )}
            <Field label={t(meet, "callMyself")} hint={t(meet, "callMyselfHint")}>
                {(ids) => (
                    <input
                        {...ids}
                        type="text"
                        dir="auto"
                        maxLength={CALL_MAX}
                        autocomplete="off"
                        value={name}
                        onInput={(event) => setName(event.currentTarget.value)}
                    />
                )}
            </Field>
            <form
                class="card"
                onSubmit={(event) => {
                    event.preventDefault();
                    if (/^\d{4,6}$/.test(number) && !busy) begin(number);
                }}
            >
                <h2>{t(meet, "wordsTitle")}</h2>
                <p>{t(meet, "wordsText")}</p>
                <div class="buttons">
                    <Button kind="main" icon="people" disabled={busy} onClick={() => begin(null)}>
                        {t(meet, "begin")}
                    </Button>
                </div>
                <Field label={t(meet, "number")}>
                    {(ids) => (
                        <input
                            {...ids}
                            type="text"
                            inputMode="numeric"
                            dir="ltr"
                            maxLength={8}
                            autocomplete="off"
                            value={number}
                            onInput={(event) => setNumber(event.currentTarget.value.replace(/\D/g, "").slice(0, 6))}
                        />
                    )}
                </Field>
                <div class="buttons">
                    <Button submit disabled={busy || !/^\d{4,6}$/.test(number)} onClick={() => begin(number)}>
                        {t(meet, "answer")}
                    </Button>
                </div>
            </form>
            <Code community={props.community} name={own} />
            <section class="card">
                <h2>{t(meet, "readTitle")}</h2>
                <p>{t(meet, "readText")}</p>
                <div class="buttons">
                    <ScanButton label={t(meet, "read")} wants="key" onText={(line) => void read(line, props.to)} />
                </div>
            </section>
        </>
    );
}

// Somebody may read the number aloud: in two halves.
const halves = (number: string): string => number.replace(/^(\d{3})(\d+)$/, "$1 $2");

function Waiting({ stage, stop }: { stage: Extract<Stage, { at: "waiting" }>; stop: () => void }): JSX.Element {
    return (
        <>
            {stage.first && (
                <>
                    <p>{t(meet, "say")}</p>
                    <p class="big-words" dir="ltr">
                        {halves(stage.number)}
                    </p>
                </>
            )}
            <p role="status">{t(meet, "waiting")}</p>
            <progress aria-label={t(meet, "waiting")} />
            <div class="buttons">
                <Button onClick={stop}>{t(meet, "stop")}</Button>
            </div>
        </>
    );
}

function Compare({ words, to }: { words: MeetWords; to: Go }): JSX.Element {
    const [busy, setBusy] = useState(false);
    const latin = lang() === "en";
    const same = async (): Promise<void> => {
        setBusy(true);
        try {
            await peer().meetSame();
            await readNames();
            to({ at: "done", who: words });
        } catch (error) {
            to({ at: "start", failed: error });
        }
    };
    const differ = (): void => {
        peer().meetEnd().catch(ignore);
        to({ at: "differ" });
    };
    return (
        <>
            <h2>{t(meet, "compare")}</h2>
            <p class="big-words" dir="ltr" lang={latin ? "und-Latn" : "und-Cyrl"}>
                {latin ? words.latin : words.cyrillic}
            </p>
            <p class="hint">{t(meet, "otherLetters", { words: latin ? words.cyrillic : words.latin })}</p>
            <p>{t(meet, "compareText")}</p>
            <div class="stack">
                <Button kind="main" icon="check" disabled={busy} onClick={() => void same()}>
                    {t(meet, "same")}
                </Button>
                <Button kind="danger" disabled={busy} onClick={differ}>
                    {t(meet, "differ")}
                </Button>
            </div>
        </>
    );
}

function Read({ stage, to }: { stage: Extract<Stage, { at: "read" }>; to: Go }): JSX.Element {
    const sure = async (): Promise<void> => {
        try {
            await peer().metLine(stage.line);
            await readNames();
            to({ at: "done", who: stage.who });
        } catch (error) {
            to({ at: "start", failed: error });
        }
    };
    const title = app.groups?.find((one) => one.community === stage.who.community)?.title;
    return (
        <>
            <h2>{t(meet, "sure")}</h2>
            {title && (
                <p>
                    <bdi>{title}</bdi>
                </p>
            )}
            <Who who={stage.who} />
            <p class="hint">{t(meet, "readText")}</p>
            <div class="stack">
                <Button kind="main" icon="check" onClick={() => void sure()}>
                    {t(meet, "remember")}
                </Button>
                <Button onClick={() => to({ at: "start" })}>{t(meet, "cancel")}</Button>
            </div>
        </>
    );
}

function Done({ who }: { who: Stranger }): JSX.Element {
    const [name, setName] = useState(app.names[who.author] ?? tidyName(who.name));
    const [failed, setFailed] = useState<unknown>(null);
    const chosen = tidyName(name);
    const twins = namesakes(who.author, chosen);
    const save = (): void =>
        void peer()
            .setName(who.author, chosen)
            .then(readNames)
            .then(() => {
                toast(t(meet, "done"));
                back();
            }, setFailed);
    return (
        <>
            <Notice>{t(meet, "done")}</Notice>
            <Who who={who} />
            <p>{t(meet, "doneText", { mark: t(meet, "met") })}</p>
            <Field label={t(meet, "ownName")} hint={t(conversation, "ownNameHint")}>
                {(ids) => (
                    <input
                        {...ids}
                        type="text"
                        dir="auto"
                        maxLength={NAME_MAX}
                        autocomplete="off"
                        value={name}
                        onInput={(event) => setName(event.currentTarget.value)}
                    />
                )}
            </Field>
            {twins.length > 0 && (
                <Notice kind="warn">
                    {twins.some(isMet) ? t(meet, "twinMet") : t(meet, "twin", { mark: t(meet, "other") })}
                </Notice>
            )}
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            <div class="stack">
                <Button kind="main" disabled={chosen === ""} onClick={save}>
                    {t(meet, "saveName")}
                </Button>
                <Button onClick={back}>{t(meet, "skip")}</Button>
            </div>
        </>
    );
}

function MeetScreen({ route }: { route: Route }): JSX.Element {
    const [stage, to] = useState<Stage>({ at: "start" });
    // A meeting belongs to this screen: with it, it ends.
    const [life] = useState({ over: false });
    useEffect(() => {
        life.over = false;
        if (route.text) void read(route.text, to);
        return () => {
            life.over = true;
            app.peer?.meetEnd().catch(ignore);
        };
    }, []);
    const community = route.community ?? (stage.at === "read" || stage.at === "done" ? stage.who.community : undefined);
    const group = app.groups?.find((one) => one.community === community);
    const begin = (number: string | null, name: string): void => {
        if (community) void run(community, number, name, to, () => !life.over);
    };
    const stop = (): void => {
        peer().meetEnd().catch(ignore);
        to({ at: "start" });
    };
    return (
        <Screen title={t(meet, "title")} under={group && <bdi>{group.title}</bdi>}>
            <Body>
                {stage.at === "start" &&
                    (community ? (
                        <Start community={community} failed={stage.failed} begin={begin} to={to} />
                    ) : (
                        <Empty title={stage.failed === undefined ? t(meet, "title") : failure(stage.failed)} />
                    ))}
                <div class="stack" aria-live="polite">
                    {stage.at === "waiting" && <Waiting stage={stage} stop={stop} />}
                    {stage.at === "compare" && <Compare words={stage.words} to={to} />}
                    {stage.at === "differ" && (
                        <>
                            <Notice kind="error">{t(meet, "differTitle")}</Notice>
                            <p>{t(meet, "differText")}</p>
                            <div class="buttons">
                                <Button onClick={() => to({ at: "start" })}>{t(meet, "title")}</Button>
                            </div>
                        </>
                    )}
                    {stage.at === "read" && <Read stage={stage} to={to} />}
                    {stage.at === "done" && <Done who={stage.who} />}
                </div>
            </Body>
        </Screen>
    );
}

addScreen("meet", MeetScreen);
