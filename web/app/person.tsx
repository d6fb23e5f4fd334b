// person.tsx: how people are called. A name of one's own comes before the handle of the key, and belongs to this key
// alone: somebody else who says the same name is shown by their handle.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Id } from "../peer/api.ts";
import { app, peer, readNames } from "./store.ts";
import { Button, copy, Dialog, Field, Notice, openDialog, toastError } from "./ui.tsx";
import { isolate, t } from "./words.ts";
import { conversation } from "./words/conversation.ts";

const NAME_MAX = 60;

export interface Author {
    author: Id;
    handle: string;
}

// A handle has a mark before it that no name of one's own begins with: the two can't be taken for each other.
export const personName = (person: Author): string => isolate(app.names[person.author] ?? `~${person.handle}`);
const tidyName = (name: string): string => name.trim().replace(/^[~\s]+/, "").slice(0, NAME_MAX);

// A ring of colours tells authors apart at a glance; the number comes from the key.
export const personTone = (author: Id): number => parseInt(author.slice(0, 4) || "0", 16) % 8;

function Person({ person, own, close }: { person: Author; own: boolean; close: () => void }): JSX.Element {
    const [name, setName] = useState(app.names[person.author] ?? "");
    const chosen = tidyName(name);
    const folded = chosen.toLowerCase();
    const taken = chosen !== "" && Object.entries(app.names).some(([key, one]) => key !== person.author && one.toLowerCase() === folded);
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
