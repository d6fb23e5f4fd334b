// parcels.tsx: messages as files. Opening what others sent, with what came of it told in words; saving a parcel for
// somebody; and how two phones with no point between them exchange.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Id, ParcelResult, SavedFile } from "../peer/api.ts";
import { size as sizeText } from "./dates.ts";
import { errorSentence } from "./errors.ts";
import { ShareButton } from "./files.tsx";
import { Body, Screen } from "./frame.tsx";
import type { Route } from "./router.ts";
import { addScreen, menu } from "./screens.ts";
import { useApp, peer } from "./store.ts";
import { Button, download, Notice } from "./ui.tsx";
import { t } from "./words.ts";
import { parcels } from "./words/parcels.ts";

const ROUND = ["round1", "round2", "round3", "round4", "round5", "round6", "round7"] as const;

// ---- Opening ----

interface Opened {
    name: string;
    result: ParcelResult | null;
    failed: unknown;
}

function sentences(result: ParcelResult): string[] {
    const said: string[] = [];
    if (result.accepted > 0)
        said.push(
            result.communities > 0
                ? `${t(parcels, "fresh", { n: result.accepted })} ${t(parcels, "groups", { n: result.communities })}`
                : t(parcels, "fresh", { n: result.accepted }),
        );
    if (result.chunks > 0) said.push(t(parcels, "photos", { n: result.chunks }));
    if (said.length === 0 && result.known > 0 && result.rejected + result.waiting === 0)
        said.push(t(parcels, "nothingNew"));
    else if (result.known > 0) said.push(t(parcels, "known", { n: result.known }));
    if (result.waiting > 0) said.push(t(parcels, "later", { n: result.waiting }));
    if (said.length === 0 && result.rejected === 0 && result.damaged === 0 && !result.truncated)
        said.push(t(parcels, "empty"));
    return said;
}

function Result({ opened }: { opened: Opened }): JSX.Element {
    const { result } = opened;
    return (
        <li class="card">
            <h3 dir="auto">{opened.name}</h3>
            {!result && <Notice kind="error">{errorSentence(opened.failed)}</Notice>}
            {result && (
                <>
                    {sentences(result).map((sentence) => (
                        <p key={sentence}>{sentence}</p>
                    ))}
                    {result.rejected > 0 && (
                        <>
                            <p>{t(parcels, "refused", { n: result.rejected })}</p>
                            <ul class="reasons">
                                {Object.entries(result.refused).map(([name, count]) => (
                                    <li key={name}>{t(parcels, "refusedWhy", { why: errorSentence({ name }), count })}</li>
                                ))}
                            </ul>
                        </>
                    )}
                    {result.damaged > 0 && <Notice kind="warn">{t(parcels, "damaged")}</Notice>}
                    {result.truncated && <Notice kind="warn">{t(parcels, "truncated")}</Notice>}
                </>
            )}
        </li>
    );
}

function Open(): JSX.Element {
    const { progress } = useApp();
    const [opened, setOpened] = useState<Opened[]>([]);
    const [busy, setBusy] = useState<string | null>(null);
    const [over, setOver] = useState(false);
    const input = useRef<HTMLInputElement>(null);
    const take = async (files: readonly File[]): Promise<void> => {
        if (busy !== null) return;
        const done: Opened[] = [];
        for (const file of files) {
            setBusy(file.name);
            try {
                const bytes = new Uint8Array(await file.arrayBuffer());
                done.push({ name: file.name, result: await peer().parcelOpen(file.name, bytes), failed: null });
            } catch (error) {
                done.push({ name: file.name, result: null, failed: error });
            }
            setOpened([...done]);
        }
        setBusy(null);
    };
    const bar = progress?.what === "parcel" ? progress : null;
    return (
        <section
            class={over ? "card over" : "card"}
            onDragOver={(event) => {
                event.preventDefault();
                setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
                event.preventDefault();
                setOver(false);
                void take([...(event.dataTransfer?.files ?? [])]);
            }}
        >
            <h2>{t(parcels, "openTitle")}</h2>
            <p class="hint">{t(parcels, "openHint")}</p>
            <div class="buttons">
                <Button kind="main" icon="file" disabled={busy !== null} onClick={() => input.current?.click()}>
                    {t(parcels, "open")}
                </Button>
            </div>
            <input
                ref={input}
                type="file"
                multiple
                hidden
                aria-label={t(parcels, "open")}
                onChange={(event) => {
                    const files = [...(event.currentTarget.files ?? [])];
                    event.currentTarget.value = "";
                    void take(files);
                }}
            />
            <div class="stack" role="status">
                {busy !== null && (
                    <>
                        <p>{t(parcels, "opening", { name: busy })}</p>
                        <progress {...(bar?.total ? { max: bar.total, value: bar.done } : {})} />
                    </>
                )}
                {opened.length > 0 && (
                    <ul class="cards">
                        {opened.map((one, i) => (
                            <Result key={i} opened={one} />
                        ))}
                    </ul>
                )}
            </div>
        </section>
    );
}

// ---- Saving ----

function Save({ community }: { community: Id | null }): JSX.Element {
    const { groups } = useApp();
    const [which, setWhich] = useState<Id | null>(community);
    const [form, setForm] = useState<"zip" | "html">("zip");
    const [busy, setBusy] = useState(false);
    const [file, setFile] = useState<SavedFile | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    const save = async (): Promise<void> => {
        setBusy(true);
        setFailed(null);
        try {
            const made = await peer().parcelMake(which, form);
            setFile(made);
            download(made);
        } catch (error) {
            setFailed(error);
        }
        setBusy(false);
    };
    const forms = [
        ["zip", "zipHint"],
        ["html", "htmlHint"],
    ] as const;
    return (
        <section class="card">
            <h2>{t(parcels, "saveTitle")}</h2>
            <label class="field">
                <span class="label">{t(parcels, "which")}</span>
                <select
                    value={which ?? ""}
                    onChange={(event) => {
                        setWhich(event.currentTarget.value || null);
                        setFile(null);
                    }}
                >
                    <option value="">{t(parcels, "all")}</option>
                    {(groups ?? []).map((group) => (
                        <option key={group.community} value={group.community} dir="auto">
                            {group.title}
                        </option>
                    ))}
                </select>
            </label>
            <fieldset>
                <legend>{t(parcels, "form")}</legend>
                {forms.map(([name, hint]) => (
                    <label class="choice" key={name}>
                        <input
                            type="radio"
                            name="parcel-form"
                            checked={form === name}
                            onChange={() => {
                                setForm(name);
                                setFile(null);
                            }}
                        />
                        <span>
                            {t(parcels, name)}
                            <span class="hint">{t(parcels, hint)}</span>
                        </span>
                    </label>
                ))}
            </fieldset>
            <p class="hint">{t(parcels, "private")}</p>
            {failed !== null && <Notice kind="error">{errorSentence(failed)}</Notice>}
            {!file && (
                <Button kind="main" icon="save" disabled={busy} onClick={() => void save()}>
                    {t(parcels, busy ? "saving" : "save")}
                </Button>
            )}
            {file && (
                <>
                    <p role="status">{t(parcels, "saved", { name: file.name, size: sizeText(file.bytes.length) })}</p>
                    <div class="buttons">
                        <ShareButton file={file} label={t(parcels, "share")} />
                        <Button icon="save" onClick={() => download(file)}>
                            {t(parcels, "saveAgain")}
                        </Button>
                    </div>
                </>
            )}
        </section>
    );
}

function ParcelsScreen({ route }: { route: Route }): JSX.Element {
    return (
        <Screen title={t(parcels, "title")}>
            <Body>
                <p>{t(parcels, "what")}</p>
                <Open />
                <Save community={route.community ?? null} />
                <details class="card">
                    <summary>{t(parcels, "roundTitle")}</summary>
                    <ol class="steps">
                        {ROUND.map((step) => (
                            <li key={step}>{t(parcels, step)}</li>
                        ))}
                    </ol>
                </details>
            </Body>
        </Screen>
    );
}

addScreen("parcels", ParcelsScreen);
menu.push({ screen: "parcels", label: () => t(parcels, "title") });
