// message.tsx: one message as a bubble. Everything in it comes from strangers and is put in as text.
import { Component, type ComponentChildren, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { Message } from "../peer/api.ts";
import { Attached } from "./attachment.tsx";
import { fullWhen, timeOfDay } from "./dates.ts";
import { Icon } from "./icon.tsx";
import { openPerson, personName, personTone } from "./person.tsx";
import { Button, copy, Dialog, openDialog } from "./ui.tsx";
import { t } from "./words.ts";
import { conversation } from "./words/conversation.ts";

const FOLD_CHARS = 1200;
const FOLD_LINES = 20;
// Marks that are heaped on one letter draw over other messages: some are enough.
const HEAP = /(\p{M}{4})\p{M}+/gu;
const LINK = /https?:\/\/[^\s<>"]{3,2000}/g;

// The beginning of a text, never with half of a letter that takes two places.
const cut = (text: string): string => text.slice(0, FOLD_CHARS).replace(/[\ud800-\udbff]$/, "");

function openLink(link: string): void {
    openDialog((close) => (
        <Dialog
            title={t(conversation, "linkTitle")}
            onClose={close}
            foot={
                <Button
                    kind="main"
                    onClick={() => {
                        close();
                        void copy(link);
                    }}
                >
                    {t(conversation, "copy")}
                </Button>
            }
        >
            <p class="text">
                <bdi>{link}</bdi>
            </p>
            <p>{t(conversation, "linkText")}</p>
        </Dialog>
    ));
}

function withLinks(text: string): ComponentChildren[] {
    const out: ComponentChildren[] = [];
    let at = 0;
    for (const found of text.matchAll(LINK)) {
        out.push(text.slice(at, found.index));
        const link = found[0];
        out.push(
            <button type="button" class="text-link" onClick={() => openLink(link)}>
                {link}
            </button>,
        );
        at = found.index + link.length;
    }
    out.push(text.slice(at));
    return out;
}

export function Text({ text }: { text: string }): JSX.Element | null {
    const [open, setOpen] = useState(false);
    if (!text) return null;
    const calm = text.replace(HEAP, "$1");
    const lines = calm.split("\n", FOLD_LINES + 1);
    const long = calm.length > FOLD_CHARS || lines.length > FOLD_LINES;
    const shown = long && !open ? cut(lines.slice(0, FOLD_LINES).join("\n")) + " …" : calm;
    return (
        <>
            <p class="text" dir="auto">
                {withLinks(shown)}
            </p>
            {long && (
                <button type="button" class="link" onClick={() => setOpen(!open)}>
                    {t(conversation, open ? "less" : "more")}
                </button>
            )}
        </>
    );
}

function Chips({ place, ground }: { place: string; ground: 0 | 1 | 2 }): JSX.Element | null {
    if (!place && ground === 0) return null;
    return (
        <p class="chips">
            {ground !== 0 && (
                <span class="chip">
                    <Icon name={ground === 1 ? "eye" : "ear"} />
                    {t(conversation, ground === 1 ? "saw" : "told")}
                </span>
            )}
            {place && (
                <span class="chip">
                    <Icon name="place" />
                    <span>{t(conversation, "place", { place: place.replace(HEAP, "$1") })}</span>
                </span>
            )}
        </p>
    );
}

function Forwarded({ of }: { of: NonNullable<Message["forwarded"]> }): JSX.Element {
    return (
        <blockquote class="forwarded">
            <p class="hint">{t(conversation, "passedOn", { name: personName(of), when: fullWhen(of.created) })}</p>
            <Text text={of.text} />
            <Chips place={of.place} ground={of.ground} />
            <p class={of.valid ? "hint" : "hint bad"}>
                <Icon name={of.valid ? "check" : "alert"} /> {t(conversation, of.valid ? "fits" : "fitsNot")}
            </p>
        </blockquote>
    );
}

const WAY_ICON = ["clock", "check", "checks"] as const;
const WAY = ["way0", "way1", "way2"] as const;
const WAY_TEXT = ["wayText0", "wayText1", "wayText2"] as const;
function Way({ way, time }: { way: 0 | 1 | 2; time: string }): JSX.Element {
    const explain = (): void =>
        void openDialog((close) => (
            <Dialog title={t(conversation, "wayTitle")} onClose={close}>
                {WAY.map((key, i) => (
                    <p class={i === way ? "way now" : "way"} key={key}>
                        <Icon name={WAY_ICON[i] ?? "clock"} />
                        <span>
                            <strong>{t(conversation, key)}</strong>
                            <br />
                            {t(conversation, WAY_TEXT[i] ?? "wayText0")}
                        </span>
                    </p>
                ))}
            </Dialog>
        ));
    return (
        <button type="button" class="tick" aria-label={`${t(conversation, WAY[way])}, ${time}`} title={t(conversation, WAY[way])} onClick={explain}>
            <Icon name={WAY_ICON[way]} />
        </button>
    );
}

function Content({ message, name }: { message: Message; name: string }): JSX.Element {
    return (
        <>
            {message.forwarded && <Forwarded of={message.forwarded} />}
            {message.attachments.map((file) => (
                <Attached key={file.blob} file={file} from={name} />
            ))}
            <Text text={message.text} />
            {message.corrected && (
                <details class="corrected hint">
                    <summary>{t(conversation, "corrected", { when: fullWhen(message.corrected.created) })}</summary>
                    <Text text={message.corrected.was} />
                </details>
            )}
            <Chips place={message.place} ground={message.ground} />
        </>
    );
}

export interface BubbleProps {
    message: Message;
    lang: string; // drawn anew in another language
    name: string; // as the reader calls the author
    onActions: (message: Message) => void;
    onQuote: (message: Message) => void;
}

// A class for its one gift: a bubble is drawn anew only when something in it has changed.
export class Bubble extends Component<BubbleProps> {
    override shouldComponentUpdate(next: BubbleProps): boolean {
        const now = this.props;
        return now.name !== next.name || now.lang !== next.lang || !sameMessage(now.message, next.message);
    }
    override render({ message, name, onActions, onQuote }: BubbleProps): JSX.Element {
        const { own, quote, urgency } = message;
        const classes = ["bubble", own ? "own" : "", urgency === 3 ? "urgent" : urgency === 2 ? "important" : ""];
        return (
            <article class={classes.join(" ")} id={`m-${message.id}`} tabIndex={-1}>
                <header>
                    <button type="button" class={`author tone-${personTone(message.author)}`} onClick={() => openPerson(message, own)}>
                        {own ? t(conversation, "you") : name}
                    </button>
                    {message.guest && !own && <span class="hint">{t(conversation, "guest")}</span>}
                    <button
                        type="button"
                        class="icon-button small"
                        aria-label={`${t(conversation, "actions")}: ${name}, ${timeOfDay(message.created)}`}
                        title={t(conversation, "actions")}
                        onClick={() => onActions(message)}
                    >
                        <Icon name="more" />
                    </button>
                </header>
                {urgency >= 2 && (
                    <p class="urgency">
                        <Icon name="alert" />
                        {t(conversation, urgency === 3 ? "urgent" : "important")}
                    </p>
                )}
                {quote && (
                    <button
                        type="button"
                        class="quote"
                        aria-label={t(conversation, "answerTo", { name: personName(quote) })}
                        onClick={() => onQuote(message)}
                    >
                        <strong>{personName(quote)}</strong>
                        <span dir="auto">{quote.text.replace(HEAP, "$1")}</span>
                    </button>
                )}
                {message.apart ? (
                    <details class="apart">
                        <summary>
                            {t(conversation, "apart", { names: message.apart.askers.map(personName).join(", ") })}
                            {message.apart.answered && ` ${t(conversation, "apartAnswered")}`}
                        </summary>
                        <Content message={message} name={name} />
                    </details>
                ) : (
                    <Content message={message} name={name} />
                )}
                <footer>
                    <time dateTime={new Date(message.created * 1000).toISOString()} title={fullWhen(message.created)}>
                        {timeOfDay(message.created)}
                    </time>
                    {own && <Way way={message.way} time={timeOfDay(message.created)} />}
                </footer>
            </article>
        );
    }
}

function sameMessage(a: Message, b: Message): boolean {
    return a === b || (a.id === b.id && a.way === b.way && a.replies === b.replies && heldOf(a) === heldOf(b) && apartOf(a) === apartOf(b) && a.corrected?.created === b.corrected?.created && a.text === b.text);
}
const apartOf = (message: Message): string => JSON.stringify(message.apart);
const heldOf = (message: Message): number => message.attachments.reduce((sum, file) => sum + file.held, 0);
