// keep.tsx: the page as a file of one's own: saving it under a passphrase, opening it, beginning anew on a copy that came
// from somebody else, and forgetting everything.
import { type JSX, render } from "preact";
import { useState } from "preact/hooks";
import type { SavedFile } from "../peer/api.ts";
import { errorSentence } from "./errors.ts";
import { ShareButton } from "./files.tsx";
import { Body, Screen } from "./frame.tsx";
import { PASS_LENGTH_MIN, passStrength, suggestPass, tidyPass } from "./keep_pass.ts";
import { go } from "./router.ts";
import { addScreen, menu, slots } from "./screens.ts";
import { app, peer } from "./store.ts";
import { Button, confirm, download, Field, Notice, toastError } from "./ui.tsx";
import { lang, t } from "./words.ts";
import { keep } from "./words/keep.ts";

// ---- Passphrases ----

function PassField(props: {
    label: string;
    hint?: string;
    value: string;
    shown: boolean;
    fresh: boolean; // being chosen, not given
    onInput: (value: string) => void;
}): JSX.Element {
    return (
        <Field label={props.label} {...(props.hint ? { hint: props.hint } : {})}>
            {(ids) => (
                <input
                    {...ids}
                    {...((props.shown ? { type: "text" } : { type: "password" }) as { type: "password" })}
                    autocomplete={props.fresh ? "new-password" : "current-password"}
                    autocapitalize="none"
                    spellcheck={false}
                    dir="auto"
                    value={props.value}
                    onInput={(event) => props.onInput(event.currentTarget.value)}
                />
            )}
        </Field>
    );
}

const ShowButton = ({ shown, onChange }: { shown: boolean; onChange: (shown: boolean) => void }): JSX.Element => (
    <Button icon="eye" onClick={() => onChange(!shown)}>
        {t(keep, shown ? "hide" : "show")}
    </Button>
);

// ---- Saving ----

function Where({ file }: { file: SavedFile }): JSX.Element {
    return (
        <section class="card">
            <p role="status">
                <strong>{t(keep, "saved", { name: file.name })}</strong>
            </p>
            <h2>{t(keep, "whereTitle")}</h2>
            <ol class="steps">
                <li>{t(keep, "where")}</li>
                <li>{t(keep, "open")}</li>
                <li>{t(keep, "openHome")}</li>
            </ol>
            <p class="hint">{t(keep, "iphone")}</p>
            <p class="hint">{t(keep, "delete")}</p>
            <div class="buttons">
                <Button icon="save" onClick={() => download(file)}>
                    {t(keep, "saveAgain")}
                </Button>
                <ShareButton file={file} label={t(keep, "share")} />
            </div>
        </section>
    );
}

// Save a new copy with the passphrase given before; shown wherever something is in no file yet.
export async function saveCopy(): Promise<SavedFile | null> {
    try {
        const file = await peer().saveCopy();
        download(file);
        return file;
    } catch (error) {
        toastError(error);
        return null;
    }
}

function Choose({ onSaved }: { onSaved: (file: SavedFile) => void }): JSX.Element {
    const [pass, setPass] = useState("");
    const [again, setAgain] = useState("");
    const [shown, setShown] = useState(false);
    const [suggested, setSuggested] = useState(false);
    const [lock, setLock] = useState(false);
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState<unknown>(null);
    const strength = passStrength(pass);
    const same = tidyPass(pass) === tidyPass(again);
    const good = strength !== "tooShort" && same;
    const save = async (): Promise<void> => {
        if (!good || busy) return;
        setBusy(true);
        setFailed(null);
        try {
            const file = await peer().keep(tidyPass(pass), lock);
            download(file);
            onSaved(file);
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };
    return (
        <form
            class="stack"
            onSubmit={(event) => {
                event.preventDefault();
                void save();
            }}
        >
            <PassField
                label={t(keep, "passphrase")}
                hint={t(keep, "hint")}
                value={pass}
                shown={shown}
                fresh
                onInput={(value) => {
                    setPass(value);
                    setSuggested(false);
                }}
            />
            {pass !== "" && (
                <p class={`strength ${strength}`} role="status">
                    <meter min={0} max={3} value={["tooShort", "weak", "fair", "strong"].indexOf(strength)} aria-hidden="true" />
                    {t(keep, strength)}
                </p>
            )}
            <div class="buttons">
                <ShowButton shown={shown} onChange={setShown} />
                <Button
                    icon="pen"
                    onClick={() => {
                        setPass(suggestPass(lang()));
                        setAgain("");
                        setShown(true);
                        setSuggested(true);
                    }}
                >
                    {t(keep, "suggest")}
                </Button>
            </div>
            {suggested && <Notice>{t(keep, "suggested")}</Notice>}
            <PassField label={t(keep, "again")} value={again} shown={shown} fresh onInput={setAgain} />
            {again.length >= pass.length && pass.length >= PASS_LENGTH_MIN && !same && (
                <Notice kind="warn">{t(keep, "differ")}</Notice>
            )}
            <label class="choice">
                <input type="checkbox" checked={lock} onChange={(event) => setLock(event.currentTarget.checked)} />
                <span>
                    {t(keep, "lock")}
                    <span class="hint">{t(keep, "lockHint")}</span>
                </span>
            </label>
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            <Button kind="main" icon="save" submit disabled={!good || busy} onClick={() => void save()}>
                {t(keep, busy ? "saving" : "save")}
            </Button>
        </form>
    );
}

function KeepScreen(): JSX.Element {
    const [file, setFile] = useState<SavedFile | null>(null);
    const kept = app.state?.mode === "kept";
    return (
        <Screen title={t(keep, kept && !file ? "keptTitle" : "title")}>
            <Body>
                {!file && <p>{t(keep, kept ? "keptText" : "what")}</p>}
                {!file && !kept && <p class="hint">{t(keep, "guestName")}</p>}
                {!file && kept && (
                    <>
                        {app.state && app.state.unsaved > 0 && (
                            <p role="status">{t(keep, "unsaved", { n: app.state.unsaved })}</p>
                        )}
                        <Button kind="main" icon="save" onClick={() => void saveCopy().then(setFile)}>
                            {t(keep, "unsavedDo")}
                        </Button>
                    </>
                )}
                {!file && !kept && <Choose onSaved={setFile} />}
                {file && <Where file={file} />}
                <Trace />
            </Body>
        </Screen>
    );
}

// Above the groups.
function KeepLine(): JSX.Element | null {
    const state = app.state;
    if (!state) return null;
    if (state.mode === "guest")
        return (
            <Notice action={{ label: t(keep, "lineDo"), onClick: () => go({ screen: "keep" }) }}>{t(keep, "line")}</Notice>
        );
    return (
        <>
            {state.otherTab && <Notice kind="warn">{t(keep, "otherTab")}</Notice>}
            {state.oldCopy && <Notice kind="warn">{t(keep, "oldCopy")}</Notice>}
            {state.storage === "memory" && state.unsaved > 0 && (
                <Notice kind="warn" action={{ label: t(keep, "unsavedDo"), onClick: () => void saveCopy() }}>
                    {t(keep, "unsaved", { n: state.unsaved })}
                </Notice>
            )}
        </>
    );
}

// A page that keeps nothing asks before it closes on what no file has.
let forgetting = false;
addEventListener("beforeunload", (event) => {
    const state = app.state;
    if (forgetting || !state || state.storage !== "memory" || state.unsaved === 0) return;
    event.preventDefault();
    event.returnValue = "";
});

// ---- Opening ----

function Unlock(): JSX.Element {
    const [pass, setPass] = useState("");
    const [shown, setShown] = useState(false);
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState<unknown>(null);
    const open = async (): Promise<void> => {
        if (busy || pass === "") return;
        setBusy(true);
        setFailed(null);
        try {
            await peer().unlock(tidyPass(pass));
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };
    return (
        <form
            class="stack"
            onSubmit={(event) => {
                event.preventDefault();
                void open();
            }}
        >
            <PassField label={t(keep, "unlockTitle")} value={pass} shown={shown} fresh={false} onInput={setPass} />
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            <div class="buttons">
                <Button kind="main" submit disabled={busy || pass === ""} onClick={() => void open()}>
                    {t(keep, busy ? "unlocking" : "unlock")}
                </Button>
                <ShowButton shown={shown} onChange={setShown} />
            </div>
            <button type="button" class="link" onClick={() => void beginAnew()}>
                {t(keep, "notMine")}
            </button>
        </form>
    );
}

async function beginAnew(): Promise<void> {
    const yes = await confirm({
        title: t(keep, "notMineTitle"),
        text: t(keep, "notMineText"),
        yes: t(keep, "notMineYes"),
    });
    if (yes) await peer().startFresh().catch(toastError);
}

// Digits that are compared by eye or read aloud, four at a time.
export const inFours = (digits: string): string =>
    /^[0-9a-f]+$/.test(digits) ? digits.replace(/.{4}(?=.)/g, "$& ") : digits;

function Fresh(): JSX.Element {
    const [busy, setBusy] = useState(false);
    return (
        <section class="stack">
            <p>{t(keep, "freshText")}</p>
            <p>{t(keep, "freshCheck", { words: inFours(app.state?.appWords ?? "") })}</p>
            <Button
                kind="main"
                disabled={busy}
                onClick={() => {
                    setBusy(true);
                    peer()
                        .startFresh()
                        .catch(toastError)
                        .finally(() => setBusy(false));
                }}
            >
                {t(keep, "freshStart")}
            </Button>
        </section>
    );
}

// ---- Forgetting ----

async function leaveNoTrace(): Promise<void> {
    const yes = await confirm({
        title: t(keep, "traceTitle"),
        text: `${t(keep, "traceText")} ${t(keep, "traceFiles")}`,
        yes: t(keep, "traceYes"),
        danger: true,
    });
    if (!yes) return;
    forgetting = true;
    try {
        await peer().leaveNoTrace();
    } catch (error) {
        forgetting = false;
        toastError(error);
        return;
    }
    // Nothing of it stays on the screen either, nor behind the back button where the browser lets it be replaced.
    const root = document.getElementById("app");
    if (root) render(null, root);
    document.body.replaceChildren();
    document.title = "";
    try {
        location.replace("about:blank");
    } catch {
        // The page is empty anyway.
    }
}

export function Trace(): JSX.Element {
    return (
        <section class="card">
            <h2>{t(keep, "trace")}</h2>
            <p class="hint">{t(keep, "traceFiles")}</p>
            <div class="buttons">
                <Button kind="danger" onClick={() => void leaveNoTrace()}>
                    {t(keep, "trace")}
                </Button>
            </div>
        </section>
    );
}

addScreen("keep", KeepScreen);
slots.keepLine = KeepLine;
slots.unlock = Unlock;
slots.fresh = Fresh;
menu.push({ screen: "keep", label: () => t(keep, "title") });
