// frame.tsx: what every screen has: a header with its title, the way back and the language, and a body that scrolls.
import type { ComponentChildren, JSX } from "preact";
import { Icon } from "./icon.tsx";
import { back, depth } from "./router.ts";
import { app, chooseLang, LANGS } from "./store.ts";
import { Dialog, IconButton, openDialog } from "./ui.tsx";
import { type Lang, t } from "./words.ts";
import { shell } from "./words/shell.ts";

const SHORT: Record<Lang, string> = { kk: "ҚАЗ", ru: "РУС", en: "ENG" };
const LONG: Record<Lang, string> = { kk: "Қазақша", ru: "Русский", en: "English" };

// The three languages side by side, where there is room.
export function LangSwitch(): JSX.Element {
    return (
        <div class="langs" role="group" aria-label={t(shell, "language")}>
            {LANGS.map((lang) => (
                <button
                    key={lang}
                    type="button"
                    lang={lang}
                    title={LONG[lang]}
                    aria-pressed={app.lang === lang}
                    onClick={() => chooseLang(lang)}
                >
                    {SHORT[lang]}
                </button>
            ))}
        </div>
    );
}

// The same behind one button, where there is not.
export function LangButton(): JSX.Element {
    return (
        <button
            type="button"
            class="lang-button"
            aria-label={`${SHORT[app.lang]}, ${t(shell, "language")}`}
            onClick={() =>
                openDialog((close) => (
                    <Dialog title="Тіл · Язык · Language" onClose={close}>
                        <ul class="menu">
                            {LANGS.map((lang) => (
                                <li key={lang}>
                                    <button
                                        type="button"
                                        class="menu-item"
                                        lang={lang}
                                        aria-pressed={app.lang === lang}
                                        onClick={() => {
                                            chooseLang(lang);
                                            close();
                                        }}
                                    >
                                        <span>{LONG[lang]}</span>
                                        {app.lang === lang && <Icon name="check" />}
                                    </button>
                                </li>
                            ))}
                        </ul>
                    </Dialog>
                ))
            }
        >
            {SHORT[app.lang]}
        </button>
    );
}

// A screen. title is text or, where a stranger wrote it, text in <bdi>; under stands below it, actions beside it, foot
// stays at the bottom while the body scrolls.
export function Screen(props: {
    title: ComponentChildren;
    under?: ComponentChildren;
    actions?: ComponentChildren;
    foot?: ComponentChildren;
    wideLangs?: boolean;
    onTitle?: () => void;
    children: ComponentChildren;
}): JSX.Element {
    const heading = (
        <>
            <h1>{props.title}</h1>
            {props.under && <span class="under">{props.under}</span>}
        </>
    );
    return (
        <div class="screen">
            <header class="bar">
                {depth() > 1 && !props.wideLangs && <IconButton icon="back" label={t(shell, "back")} onClick={back} />}
                {props.onTitle ? (
                    <button type="button" class="bar-title" onClick={props.onTitle}>
                        {heading}
                    </button>
                ) : (
                    <div class="bar-title">{heading}</div>
                )}
                {props.actions}
                {props.wideLangs ? <LangSwitch /> : <LangButton />}
            </header>
            {props.children}
            {props.foot}
        </div>
    );
}

// The usual body of a screen: what scrolls.
export function Body({ children }: { children: ComponentChildren }): JSX.Element {
    return <div class="body">{children}</div>;
}
