// ui.tsx: the small parts that every screen is made of: buttons, notices, dialogs, menus, short messages.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { errorSentence } from "./errors.ts";
import { Icon, type IconName } from "./icon.tsx";
import { pushLayer } from "./router.ts";
import { changed } from "./store.ts";
import { t } from "./words.ts";
import { shell } from "./words/shell.ts";

interface ButtonProps {
    onClick: () => void;
    children: ComponentChildren;
    kind?: "main" | "plain" | "danger";
    icon?: IconName;
    disabled?: boolean;
    submit?: boolean;
}
export function Button({ onClick, children, kind = "plain", icon, disabled, submit }: ButtonProps): JSX.Element {
    return (
        <button
            type={submit ? "submit" : "button"}
            class={`button ${kind}`}
            disabled={disabled}
            onClick={(event) => {
                if (submit) event.preventDefault();
                onClick();
            }}
        >
            {icon && <Icon name={icon} />}
            {children}
        </button>
    );
}

// A button that shows a picture alone; its label is read aloud and shown as a hint.
export function IconButton(props: {
    icon: IconName;
    label: string;
    onClick: () => void;
    disabled?: boolean;
    pressed?: boolean;
}): JSX.Element {
    return (
        <button
            type="button"
            class="icon-button"
            aria-label={props.label}
            title={props.label}
            aria-pressed={props.pressed}
            disabled={props.disabled}
            onClick={props.onClick}
        >
            <Icon name={props.icon} />
        </button>
    );
}

// A sentence about a state, with what can be done about it.
export function Notice(props: {
    kind?: "info" | "warn" | "error";
    children: ComponentChildren;
    action?: { label: string; onClick: () => void };
}): JSX.Element {
    const kind = props.kind ?? "info";
    return (
        <div class={`notice ${kind}`} role={kind === "error" ? "alert" : undefined}>
            <Icon name={kind === "info" ? "info" : "alert"} />
            <p>{props.children}</p>
            {props.action && <Button onClick={props.action.onClick}>{props.action.label}</Button>}
        </div>
    );
}

// What a place shows that has nothing to show.
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
    return (
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children}
        </div>
    );
}

// A labelled field of a form; the hint is read with it.
export function Field(props: {
    label: string;
    hint?: string;
    children: (ids: { id: string; "aria-describedby": string | undefined }) => ComponentChildren;
}): JSX.Element {
    const id = useId();
    const hint = props.hint ? `${id}-hint` : undefined;
    return (
        <div class="field">
            <label for={id}>{props.label}</label>
            {props.children({ id, "aria-describedby": hint })}
            {hint && (
                <p class="hint" id={hint}>
                    {props.hint}
                </p>
            )}
        </div>
    );
}

// A dialog over the page. The browser's own <dialog> keeps the focus inside and hears Escape; the back button and a tap
// beside it close it too. Where there is none, it stands in the page.
export function Dialog(props: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    foot?: ComponentChildren;
}): JSX.Element {
    const box = useRef<HTMLDialogElement>(null);
    const id = useId();
    const close = useRef(props.onClose);
    close.current = props.onClose;
    useEffect(() => {
        const shown = box.current;
        const before = document.activeElement;
        shown?.showModal?.();
        const drop = pushLayer(() => close.current());
        return () => {
            drop();
            if (shown?.open) shown.close?.();
            if (before instanceof HTMLElement) before.focus();
        };
    }, []);
    return (
        <dialog
            ref={box}
            class="dialog"
            aria-labelledby={id}
            onCancel={(event) => {
                event.preventDefault();
                props.onClose();
            }}
            onClick={(event) => {
                if (event.target === box.current) props.onClose();
            }}
        >
            <div class="dialog-box">
                <header class="dialog-head">
                    <h2 id={id}>{props.title}</h2>
                    <IconButton icon="close" label={t(shell, "close")} onClick={props.onClose} />
                </header>
                <div class="dialog-body">{props.children}</div>
                {props.foot && <footer class="dialog-foot">{props.foot}</footer>}
            </div>
        </dialog>
    );
}

// What dialogs are open: shown by the shell, over every screen. ask(<Dialog …/>) shows one, the returned function
// takes it away again.
interface Shown {
    key: number;
    draw: (close: () => void) => JSX.Element;
}
const shown: Shown[] = [];
let nextKey = 1;
export function openDialog(draw: (close: () => void) => JSX.Element): () => void {
    const one: Shown = { key: nextKey++, draw };
    shown.push(one);
    changed();
    return () => closeDialog(one);
}
function closeDialog(one: Shown): void {
    const at = shown.indexOf(one);
    if (at >= 0) shown.splice(at, 1);
    changed();
}
export function Dialogs(): JSX.Element {
    return (
        <>
            {shown.map((one) => {
                const Draw = one.draw;
                return <div key={one.key}>{Draw(() => closeDialog(one))}</div>;
            })}
        </>
    );
}

// Ask before something that can't be undone. Resolves with what was chosen.
export function confirm(question: { title: string; text: string; yes: string; danger?: boolean }): Promise<boolean> {
    return new Promise((resolve) => {
        openDialog((close) => {
            const end = (chosen: boolean): void => {
                close();
                resolve(chosen);
            };
            return (
                <Dialog
                    title={question.title}
                    onClose={() => end(false)}
                    foot={
                        <>
                            <Button onClick={() => end(false)}>{t(shell, "cancel")}</Button>
                            <Button kind={question.danger ? "danger" : "main"} onClick={() => end(true)}>
                                {question.yes}
                            </Button>
                        </>
                    }
                >
                    <p>{question.text}</p>
                </Dialog>
            );
        });
    });
}

// A list of things to do, as a dialog from below.
export interface Action {
    label: string;
    icon?: IconName;
    danger?: boolean;
    run: () => void;
}
export function openMenu(title: string, actions: readonly Action[]): void {
    openDialog((close) => (
        <Dialog title={title} onClose={close}>
            <ul class="menu">
                {actions.map((action) => (
                    <li key={action.label}>
                        <button
                            type="button"
                            class={action.danger ? "menu-item danger" : "menu-item"}
                            onClick={() => {
                                close();
                                action.run();
                            }}
                        >
                            {action.icon && <Icon name={action.icon} />}
                            <span>{action.label}</span>
                        </button>
                    </li>
                ))}
            </ul>
        </Dialog>
    ));
}

// A sentence that goes away by itself, read aloud when there is time.
let toasts: { key: number; text: string; error: boolean }[] = [];
export function toast(text: string, error = false): void {
    const key = nextKey++;
    // What is said twice stands there once.
    toasts = [...toasts.filter((one) => one.text !== text).slice(-2), { key, text, error }];
    changed();
    setTimeout(
        () => {
            toasts = toasts.filter((one) => one.key !== key);
            changed();
        },
        4000 + 60 * text.length,
    );
}
export function toastError(error: unknown): void {
    toast(errorSentence(error), true);
}
export function Toasts(): JSX.Element {
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.map((one) => (
                <p key={one.key} class={one.error ? "toast error" : "toast"}>
                    {one.text}
                </p>
            ))}
        </div>
    );
}

// Give a file into the phone's hands.
export function download(file: { name: string; media: string; bytes: Uint8Array }): void {
    const url = URL.createObjectURL(new Blob([file.bytes as BlobPart], { type: file.media }));
    const link = document.createElement("a");
    link.href = url;
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// Copy a text. A page over plain HTTP has no clipboard of the new kind; the old way still works on a tap.
export async function copy(text: string): Promise<void> {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const field = document.createElement("textarea");
        field.value = text;
        // Inside of an open dialog nothing outside of it can be selected.
        (document.querySelector("dialog[open] .dialog-body") ?? document.body).append(field);
        field.select();
        const done = document.execCommand("copy");
        field.remove();
        if (!done) {
            toast(t(shell, "copyFailed"), true);
            return;
        }
    }
    toast(t(shell, "copied"));
}
