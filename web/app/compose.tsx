// compose.tsx: the box to write in, with what can be said beside the text: how urgent, from where it is known, where.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Group, Ground, Message, Urgency } from "../peer/api.ts";
import { size } from "./dates.ts";
import { excerpt } from "./groups.tsx";
import { Icon } from "./icon.tsx";
import { personName } from "./person.tsx";
import { type NewAttachment, slots } from "./screens.ts";
import { app, ignore, peer } from "./store.ts";
import { Button, Dialog, Field, IconButton, openDialog, toast, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { compose } from "./words/compose.ts";

const TEXT_MAX = 28_000; // bytes; header, place and a quoted message have to fit the record too
const PLACE_MAX = 60; // characters: at most 120 bytes
const FILES_MAX = 8;
const DRAFT_MS = 600;
let toldToWait = false; // once is enough: the clock beside each message says it too

export interface Context {
    reply?: Message;
    forward?: Message;
    correct?: Message;
}

interface Extra {
    urgency: Urgency;
    ground: Ground;
    place: string;
}
const PLAIN: Extra = { urgency: 1, ground: 0, place: "" };

function Options({ extra, onChange, close }: { extra: Extra; onChange: (extra: Extra) => void; close: () => void }): JSX.Element {
    const [now, setNow] = useState(extra);
    const set = (change: Partial<Extra>): void => {
        const next = { ...now, ...change };
        setNow(next);
        onChange(next);
    };
    const urgencies: [Urgency, string][] = [
        [1, t(compose, "normal")],
        [2, t(compose, "important")],
        [3, t(compose, "urgent")],
    ];
    const grounds: [Ground, string][] = [
        [0, t(compose, "none")],
        [1, t(compose, "saw")],
        [2, t(compose, "told")],
    ];
    return (
        <Dialog title={t(compose, "options")} onClose={close}>
            <fieldset class="segments">
                <legend>{t(compose, "urgency")}</legend>
                {urgencies.map(([value, label]) => (
                    <label key={value}>
                        <input type="radio" name="urgency" checked={now.urgency === value} onChange={() => set({ urgency: value })} />
                        <span>{label}</span>
                    </label>
                ))}
            </fieldset>
            <p class="hint">{t(compose, "urgentHint")}</p>
            <fieldset class="segments">
                <legend>{t(compose, "ground")}</legend>
                {grounds.map(([value, label]) => (
                    <label key={value}>
                        <input type="radio" name="ground" checked={now.ground === value} onChange={() => set({ ground: value })} />
                        <span>{label}</span>
                    </label>
                ))}
            </fieldset>
            <Field label={t(compose, "place")} hint={t(compose, "placeHint")}>
                {(ids) => (
                    <input
                        {...ids}
                        type="text"
                        dir="auto"
                        maxLength={PLACE_MAX}
                        autocomplete="off"
                        value={now.place}
                        onInput={(event) => set({ place: event.currentTarget.value.slice(0, PLACE_MAX) })}
                    />
                )}
            </Field>
        </Dialog>
    );
}

function About(props: { label: string; text: string; onRemove: () => void }): JSX.Element {
    return (
        <div class="about-line">
            <span>
                <strong>{props.label}</strong>
                <br />
                <bdi>{props.text}</bdi>
            </span>
            <IconButton icon="close" label={t(compose, "remove")} onClick={props.onRemove} />
        </div>
    );
}

export function Compose(props: {
    group: Group;
    context: Context;
    onContext: (context: Context) => void;
    onSent: () => void;
}): JSX.Element {
    const { group, context } = props;
    const [text, setText] = useState(group.draft);
    const [extra, setExtra] = useState(PLAIN);
    const [files, setFiles] = useState<NewAttachment[]>([]);
    const [busy, setBusy] = useState(false);
    const [warned, setWarned] = useState(true);
    const area = useRef<HTMLTextAreaElement>(null);
    const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
    const waiting = useRef<string | null>(null);

    const saveDraft = (): void => {
        clearTimeout(timer.current);
        if (waiting.current === null) return;
        app.peer?.setDraft(group.community, waiting.current).catch(ignore);
        waiting.current = null;
    };
    useEffect(() => {
        app.peer?.setting("open-told").then((told) => setWarned(told === "yes"), ignore);
        const hide = (): void => saveDraft();
        addEventListener("visibilitychange", hide);
        return () => {
            removeEventListener("visibilitychange", hide);
            saveDraft();
        };
    }, []);
    useEffect(() => {
        if (context.correct) {
            setText(context.correct.text);
            setExtra({ ...PLAIN, ground: context.correct.ground, place: context.correct.place });
        }
        if (context.reply || context.forward || context.correct) area.current?.focus();
    }, [context]);
    useLayoutEffect(() => {
        const field = area.current;
        if (!field) return;
        field.style.blockSize = "auto";
        field.style.blockSize = `${field.scrollHeight + 2}px`;
    }, [text]);

    const input = (next: string): void => {
        setText(next);
        waiting.current = next;
        clearTimeout(timer.current);
        timer.current = setTimeout(saveDraft, DRAFT_MS);
    };
    const over = Math.max(0, text.length > TEXT_MAX / 4 ? new TextEncoder().encode(text).length - TEXT_MAX : 0);
    const empty = text.trim() === "" && files.length === 0 && !context.forward;
    const send = (): void => {
        if (empty || busy || over > 0 || app.state?.otherTab) return;
        setBusy(true);
        const place = extra.place.trim();
        peer()
            .write({
                community: group.community,
                text: text.trim(),
                urgency: extra.urgency,
                ...(place ? { place } : {}),
                ...(extra.ground ? { ground: extra.ground } : {}),
                ...(context.reply ? { reply: context.reply.id } : {}),
                ...(context.forward ? { forward: context.forward.id } : {}),
                ...(context.correct ? { corrects: context.correct.id } : {}),
                ...(files.length > 0 ? { attachments: files } : {}),
            })
            .then(
                () => {
                    waiting.current = "";
                    saveDraft();
                    setText("");
                    setExtra(PLAIN);
                    setFiles([]);
                    setWarned(true);
                    app.peer?.setSetting("open-told", "yes").catch(ignore);
                    if (!toldToWait && !app.points.some((point) => point.state === "settled" || point.state === "exchanging")) {
                        toldToWait = true;
                        toast(t(compose, "waits"));
                    }
                    props.onSent();
                },
                (error: unknown) => toastError(error),
            )
            .finally(() => {
                setBusy(false);
                area.current?.focus();
            });
    };
    const attach = (made: NewAttachment): void => {
        if (files.length >= FILES_MAX) return toast(t(compose, "tooMany"), true);
        setFiles([...files, made]);
    };
    const Photo = slots.photo;
    const Voice = slots.voice;
    const quiet = busy || app.state?.otherTab === true;
    return (
        <form
            class="compose"
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
        >
            {!warned && !group.closed && (
                <p class="hint warning">
                    <Icon name="info" /> {t(compose, "first")}
                </p>
            )}
            {context.reply && (
                <About
                    label={t(compose, "replyTo", { name: personName(context.reply) })}
                    text={excerpt(context.reply)}
                    onRemove={() => props.onContext({})}
                />
            )}
            {context.correct && (
                <About
                    label={t(compose, "correctOf")}
                    text={excerpt(context.correct)}
                    onRemove={() => {
                        input("");
                        props.onContext({});
                    }}
                />
            )}
            {context.forward && (
                <About
                    label={t(compose, "forwardOf", { name: personName(context.forward) })}
                    text={excerpt(context.forward)}
                    onRemove={() => props.onContext({})}
                />
            )}
            {files.map((file, i) => (
                <About
                    key={`${file.name} ${i}`}
                    label={t(compose, "attached", { name: file.name, size: size(file.bytes.length) })}
                    text=""
                    onRemove={() => setFiles(files.filter((one) => one !== file))}
                />
            ))}
            {(extra.urgency > 1 || extra.ground > 0 || extra.place) && (
                <p class="chips">
                    {extra.urgency > 1 && <span class="chip strong">{t(compose, extra.urgency === 3 ? "urgent" : "important")}</span>}
                    {extra.ground > 0 && <span class="chip">{t(compose, extra.ground === 1 ? "saw" : "told")}</span>}
                    {extra.place && (
                        <span class="chip">
                            <bdi>{extra.place}</bdi>
                        </span>
                    )}
                </p>
            )}
            <textarea
                ref={area}
                rows={1}
                dir="auto"
                aria-label={t(compose, "write")}
                placeholder={t(compose, "write")}
                value={text}
                disabled={app.state?.otherTab === true}
                onInput={(event) => input(event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !matchMedia("(min-width: 50rem)").matches) return;
                    event.preventDefault();
                    send();
                }}
            />
            {over > 0 && (
                <p class="hint bad" role="alert">
                    {t(compose, "tooLong", { n: over })}
                </p>
            )}
            <div class="compose-tools">
                <IconButton
                    icon="alert"
                    label={t(compose, "options")}
                    pressed={extra.urgency > 1 || extra.ground > 0 || extra.place !== ""}
                    onClick={() => void openDialog((close) => <Options extra={extra} onChange={setExtra} close={close} />)}
                />
                {Photo && !group.closed && <Photo disabled={quiet} onDone={attach} />}
                {Voice && !group.closed && <Voice disabled={quiet} onDone={attach} />}
                <span class="grow" />
                <Button kind="main" icon="send" submit disabled={empty || quiet || over > 0} onClick={send}>
                    {t(compose, "send")}
                </Button>
            </div>
        </form>
    );
}
