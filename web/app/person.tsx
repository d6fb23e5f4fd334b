// person.tsx: how people are called. A name of one's own comes before the handle of the key, and belongs to this key
// alone: somebody else who says the same name is shown by their handle.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Id } from "../peer/api.ts";
import { dayLabel } from "./dates.ts";
import { Icon } from "./icon.tsx";
import { app, peer, readNames } from "./store.ts";
import { Button, copy, Dialog, Field, Notice, openDialog, toastError } from "./ui.tsx";
import { isolate, t } from "./words.ts";
import { conversation } from "./words/conversation.ts";
import { meet } from "./words/meet.ts";

export const NAME_MAX = 60;

export interface Author {
    author: Id;
    handle: string;
}

const fold = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
// Other keys that one calls the same.
export const namesakes = (author: Id, name: string): Id[] =>
    name === "" ? [] : Object.keys(app.names).filter((key) => key !== author && fold(app.names[key] ?? "") === fold(name));
export const isMet = (author: Id): boolean => Object.hasOwn(app.met, author);

// A handle has a mark before it that no name of one's own begins with: the two can't be taken for each other. Whose key
// one made sure of is told; of several with one name, those whose key one did not are told, too.
export function personName({ author, handle }: Author): string {
    const own = app.names[author];
    const same = own === undefined ? [] : namesakes(author, own);
    const name = isolate(own ?? `~${handle}`);
    if (isMet(author)) return `${name} ${same.some(isMet) ? `~${handle} ` : ""}(${t(meet, "met")})`;
    return same.length > 0 ? `${name} (${t(meet, "other")})` : name;
}
export const tidyName = (name: string): string => name.trim().replace(/^[~\s]+/, "").slice(0, NAME_MAX);

// A ring of colours tells authors apart at a glance; the number comes from the key.
export const personTone = (author: Id): number => parseInt(author.slice(0, 4) || "0", 16) % 8;

// The middle of a day, so that no time zone makes another one of it.
const metDay = (day: number): string => dayLabel(day * 86400 + 43200);

function Person({ person, own, close }: { person: Author; own: boolean; close: () => void }): JSX.Element {
    const [name, setName] = useState(app.names[person.author] ?? "");
    const chosen = tidyName(name);
    const met = app.met[person.author];
    const taken = !met && namesakes(person.author, chosen).length > 0;
    const save = (): void => {
        if (taken) return;
        peer()
            .setName(person.author, chosen)
            .then(readNames)
            .then(close, toastError);
    };
    return (
        <Dialog
            title={own ? t(conversation, "you") : personName(person)}
            onClose={close}
            foot={
                own ? undefined : (
                    <Button kind="main" disabled={taken} onClick={save}>
                        {t(conversation, "saveName")}
                    </Button>
                )
            }
        >
            {!own && (
                <Field label={t(conversation, "ownName")} hint={t(conversation, "ownNameHint")}>
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
            )}
            {taken && <Notice kind="error">{t(conversation, "nameTaken")}</Notice>}
            {met && (
                <p>
                    <Icon name="people" /> {t(meet, "metOn", { day: metDay(met.day) })} {t(meet, met.way === "words" ? "byWords" : "byCode")}
                </p>
            )}
            <p>
                <span class="hint">{t(conversation, "handle")}</span>
                <br />
                <bdi>{person.handle}</bdi>
            </p>
            <p>
                <span class="hint">{t(conversation, "key")}</span>
                <br />
                <code class="key">{person.author.match(/.{1,8}/g)?.join(" ")}</code>
            </p>
            <div class="buttons">
                <Button onClick={() => void copy(person.author)}>{t(conversation, "copy")}</Button>
            </div>
            <p class="hint">{t(conversation, "keyHint")}</p>
        </Dialog>
    );
}

export function openPerson(person: Author, own: boolean): void {
    openDialog((close) => <Person person={person} own={own} close={close} />);
}
