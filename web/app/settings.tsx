// settings.tsx: how the page looks, the person's own names and originals, where things are kept, the check words, and what
// is promised and what is not.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id } from "../peer/api.ts";
import { fullWhen, size as sizeText } from "./dates.ts";
import { errorSentence } from "./errors.ts";
import { Body, LangSwitch, Screen } from "./frame.tsx";
import { inFours, Trace } from "./keep.tsx";
import { addScreen, menu } from "./screens.ts";
import { chooseTheme, peer, readNames, type Theme, useApp } from "./store.ts";
import { Button, download, Notice, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { settings } from "./words/settings.ts";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const NAME_MAX = 60;

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
    return (
        <section class="card">
            <h2>{title}</h2>
            {children}
        </section>
    );
}

function Name({ author, name }: { author: Id; name: string }): JSX.Element {
    const [value, setValue] = useState(name);
    const set = (next: string): void => {
        peer().setName(author, next).then(readNames).catch(toastError);
    };
    return (
        <li class="name">
            <input
                class="input"
                dir="auto"
                maxLength={NAME_MAX}
                aria-label={t(settings, "rename", { handle: `${name} (${author.slice(0, 8)})` })}
                value={value}
                onInput={(event) => setValue(event.currentTarget.value)}
            />
            {value.trim() !== name && value.trim() !== "" ? (
                <Button onClick={() => set(value.trim())}>{t(settings, "save")}</Button>
            ) : (
                <Button onClick={() => set("")}>{t(settings, "remove")}</Button>
            )}
        </li>
    );
}

function Originals(): JSX.Element {
    const [all, setAll] = useState<{ hash: Id; name: string; size: number }[] | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    useEffect(() => {
        peer().originals().then(setAll, setFailed);
    }, []);
    const save = async (hash: Id, name: string): Promise<void> => {
        try {
            const bytes = await peer().original(hash);
            download({ name: name || "photo.jpg", media: "application/octet-stream", bytes });
        } catch (error) {
            toastError(error);
        }
    };
    return (
        <Part title={t(settings, "originalsTitle")}>
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            {all && all.length === 0 && <p class="hint">{t(settings, "originalsNone")}</p>}
            {all && all.length > 0 && (
                <>
                    <p class="hint">{t(settings, "originalsHint")}</p>
                    <ul class="cards">
                        {all.map((one) => (
                            <li class="name" key={one.hash}>
                                <span dir="auto">
                                    {one.name} ({sizeText(one.size)})
                                </span>
                                <Button icon="save" onClick={() => void save(one.hash, one.name)}>
                                    {t(settings, "saveOut")}
                                </Button>
                            </li>
                        ))}
                    </ul>
                </>
            )}
        </Part>
    );
}

function SettingsScreen(): JSX.Element | null {
    const app = useApp();
    const state = app.state;
    if (!state) return null;
    const names = Object.entries(app.names);
    return (
        <Screen title={t(settings, "title")}>
            <Body>
                <Part title={t(settings, "language")}>
                    <LangSwitch />
                </Part>
                <fieldset class="segments card">
                    <legend>{t(settings, "theme")}</legend>
                    {THEMES.map((theme) => (
                        <label key={theme}>
                            <input type="radio" name="theme" checked={app.theme === theme} onChange={() => chooseTheme(theme)} />
                            <span>{t(settings, theme)}</span>
                        </label>
                    ))}
                </fieldset>
                <Part title={t(settings, "wordsTitle")}>
                    <p>{t(settings, "appWords", { words: inFours(state.appWords) })}</p>
                    <p class="hint">{t(settings, "appWordsHint")}</p>
                    <p>{t(settings, "ownWords", { words: inFours(state.fingerprint) })}</p>
                    <p class="hint">{t(settings, "ownWordsHint")}</p>
                </Part>
                <Part title={t(settings, "namesTitle")}>
                    {names.length === 0 && <p class="hint">{t(settings, "namesNone")}</p>}
                    {names.length > 0 && (
                        <ul class="cards">
                            {names.map(([author, name]) => (
                                <Name key={author + name} author={author} name={name} />
                            ))}
                        </ul>
                    )}
                </Part>
                <Originals />
                <Part title={t(settings, "storageTitle")}>
                    <p>{t(settings, state.storage)}</p>
                    {state.savedAt !== null && (
                        <p class="hint">{t(settings, "savedAt", { when: fullWhen(state.savedAt) })}</p>
                    )}
                </Part>
                <Part title={t(settings, "aboutTitle")}>
                    <ul class="points">
                        <li>{t(settings, "about1")}</li>
                        <li>{t(settings, "about2")}</li>
                        <li>{t(settings, "about3")}</li>
                        <li>{t(settings, state.mode === "guest" ? "about4Guest" : "about4Kept")}</li>
                        {state.mode !== "guest" && <li>{t(settings, "about5")}</li>}
                        <li>{t(settings, "about6")}</li>
                        <li>{t(settings, "about7")}</li>
                    </ul>
                </Part>
                <Trace />
            </Body>
        </Screen>
    );
}

addScreen("settings", SettingsScreen);
menu.push({ screen: "settings", label: () => t(settings, "title") });
