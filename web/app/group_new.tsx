// group_new.tsx: starting a group and joining one by its invitation.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Guest } from "./closed.tsx";
import { openGroup } from "./groups.tsx";
import { slots } from "./screens.ts";
import { app, LANGS, peer, readGroups } from "./store.ts";
import { Button, Dialog, Field, Notice, openDialog, openMenu, toast, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { closed } from "./words/closed.ts";
import { groups } from "./words/groups.ts";

const KEEP_DAYS = [7, 30, 90, 365];
const NAMES = { kk: "Қазақша", ru: "Русский", en: "English" } as const;

function New({ close }: { close: () => void }): JSX.Element {
    const [title, setTitle] = useState("");
    const [lang, setLang] = useState<string>(app.lang);
    const [days, setDays] = useState(90);
    const [sealed, setSealed] = useState(false);
    // What is gone is not found when a phone is taken.
    const access = (members: boolean): void => {
        setSealed(members);
        setDays(members ? 30 : 90);
    };
    const [busy, setBusy] = useState(false);
    const create = (): void => {
        setBusy(true);
        peer()
            .found(title.trim(), lang, days, sealed)
            .then(async (community) => {
                await readGroups();
                close();
                openGroup(community);
            })
            .catch((error: unknown) => {
                setBusy(false);
                toastError(error);
            });
    };
    return (
        <Dialog
            title={t(groups, "newGroup")}
            onClose={close}
            foot={
                <Button kind="main" disabled={busy || title.trim() === ""} onClick={create}>
                    {t(groups, "create")}
                </Button>
            }
        >
            <Field label={t(groups, "title")} hint={t(groups, "titleHint")}>
                {(ids) => (
                    <input
                        {...ids}
                        type="text"
                        dir="auto"
                        maxLength={120}
                        autocomplete="off"
                        value={title}
                        onInput={(event) => setTitle(event.currentTarget.value)}
                    />
                )}
            </Field>
            <fieldset class="segments">
                <legend>{t(closed, "access")}</legend>
                {[false, true].map((members) => (
                    <label key={String(members)}>
                        <input type="radio" name="access" checked={sealed === members} onChange={() => access(members)} />
                        <span>{t(closed, members ? "members" : "open")}</span>
                    </label>
                ))}
            </fieldset>
            <Field label={t(groups, "lang")}>
                {(ids) => (
                    <select {...ids} value={lang} onChange={(event) => setLang(event.currentTarget.value)}>
                        {LANGS.map((one) => (
                            <option key={one} value={one}>
                                {NAMES[one]}
                            </option>
                        ))}
                    </select>
                )}
            </Field>
            <Field label={t(groups, "keep")}>
                {(ids) => (
                    <select {...ids} value={String(days)} onChange={(event) => setDays(Number(event.currentTarget.value))}>
                        {KEEP_DAYS.map((n) => (
                            <option key={n} value={String(n)}>
                                {t(groups, "days", { n })}
                            </option>
                        ))}
                    </select>
                )}
            </Field>
            {sealed && <Guest />}
            {sealed ? <Notice>{t(closed, "newHint")}</Notice> : <Notice kind="warn">{t(groups, "openGroup")}</Notice>}
        </Dialog>
    );
}

// Join the group of an invitation and show it; used by whoever has read a line.
export async function joinLine(line: string): Promise<boolean> {
    try {
        const joined = await peer().join(line.trim());
        await readGroups();
        toast(t(groups, "joined"));
        openGroup(joined.community, joined.message ?? undefined);
        return true;
    } catch (error) {
        toastError(error);
        return false;
    }
}

function Join({ close }: { close: () => void }): JSX.Element {
    const [line, setLine] = useState("");
    const Scan = slots.scanQr;
    const run = (text: string): void => void joinLine(text).then((done) => done && close());
    return (
        <Dialog
            title={t(groups, "join")}
            onClose={close}
            foot={
                <Button kind="main" disabled={line.trim() === ""} onClick={() => run(line)}>
                    {t(groups, "joinButton")}
                </Button>
            }
        >
            <Field label={t(groups, "line")} hint={t(groups, "lineHint")}>
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
            {Scan && <Scan onLine={run} />}
        </Dialog>
    );
}

export const openNew = (): void => void openDialog((close) => <New close={close} />);
export const openJoin = (): void => void openDialog((close) => <Join close={close} />);
export function openNewOrJoin(): void {
    openMenu(t(groups, "newOrJoin"), [
        { label: t(groups, "join"), icon: "qr", run: openJoin },
        { label: t(groups, "newGroup"), icon: "plus", run: openNew },
    ]);
}
