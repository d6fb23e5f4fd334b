// points.tsx: the points this page exchanges with: how each is, a new one by address or by the code of its poster, and
// how to reach one at all.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PeerError, PointStatus } from "../peer/api.ts";
import { ago } from "./dates.ts";
import { errorSentence } from "./errors.ts";
import { Body, Screen } from "./frame.tsx";
import { ScanButton, showQrOf } from "./qr.tsx";
import { go, type Route } from "./router.ts";
import { addScreen, menu } from "./screens.ts";
import { app, changed, peer, useApp } from "./store.ts";
import { Button, confirm, Empty, Field, Notice, toastError } from "./ui.tsx";
import { isolate, t } from "./words.ts";
import { points } from "./words/points.ts";

const shownAddress = (address: string): string => isolate(address.replace(/^http:\/\//, "").replace(/\/$/, ""));

const isUnder = (point: PointStatus): boolean => point.state === "connecting" || point.state === "exchanging";
const isTrouble = (point: PointStatus): boolean => ["gone", "full", "busy", "refused"].includes(point.state);

function stateSentence(point: PointStatus): string {
    if (point.state === "exchanging") return t(points, "exchanging", { received: point.received, sent: point.sent });
    const sentence = t(points, point.state);
    return point.state === "refused" && point.error ? `${sentence} ${errorSentence(point.error)}` : sentence;
}

async function exchange(address: string): Promise<PeerError | null> {
    try {
        const status = await peer().exchange(address);
        app.points = await peer().points();
        changed();
        return status.error;
    } catch (error) {
        return error as PeerError;
    }
}

async function forget(address: string): Promise<void> {
    const yes = await confirm({ title: t(points, "forgetTitle"), text: t(points, "forgetText"), yes: t(points, "forget") });
    if (!yes) return;
    try {
        await peer().forgetPoint(address);
        app.points = await peer().points();
        changed();
    } catch (error) {
        toastError(error);
    }
}

function Point({ point }: { point: PointStatus }): JSX.Element {
    const own = app.state?.origin !== null && app.state?.origin === point.address;
    const run = (): void => void exchange(point.address).then((error) => error && toastError(error));
    return (
        <li class="card">
            <h2 class="address">{shownAddress(point.address)}</h2>
            {own && <p class="hint">{t(points, "here")}</p>}
            <p class={`point-state ${isTrouble(point) ? "trouble" : ""}`} role="status">
                {stateSentence(point)}
            </p>
            {isUnder(point) && <progress aria-label={t(points, "connecting")} />}
            <p class="hint">
                {point.lastExchange === null ? t(points, "never") : t(points, "last", { when: ago(point.lastExchange) })}
                {point.lastExchange !== null && !isUnder(point) && (
                    <> · {t(points, "lastCount", { received: point.received, sent: point.sent })}</>
                )}
            </p>
            {point.near !== null && (
                <p class="hint">{point.near > 0 ? t(points, "near", { n: point.near }) : t(points, "alone")}</p>
            )}
            {point.missing > 0 && <p class="hint">{t(points, "missing", { n: point.missing })}</p>}
            <div class="buttons">
                <Button icon="point" disabled={isUnder(point)} onClick={run}>
                    {t(points, "exchange")}
                </Button>
                <Button icon="qr" onClick={() => showQrOf(point.address)}>
                    {t(points, "showCode")}
                </Button>
                {!own && <Button onClick={() => void forget(point.address)}>{t(points, "forget")}</Button>}
            </div>
        </li>
    );
}

function Another({ text }: { text: string }): JSX.Element {
    const [address, setAddress] = useState(text);
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState<PeerError | null>(null);
    const add = async (wanted: string): Promise<void> => {
        if (busy || wanted.trim() === "") return;
        setBusy(true);
        setFailed(null);
        const error = await exchange(wanted.trim());
        setFailed(error);
        if (!error) setAddress("");
        setBusy(false);
    };
    return (
        <form
            class="card"
            onSubmit={(event) => {
                event.preventDefault();
                void add(address);
            }}
        >
            <h2>{t(points, "add")}</h2>
            <Field label={t(points, "address")} hint={t(points, "addressHint")}>
                {(ids) => (
                    <input
                        {...ids}
                        type="text"
                        inputMode="url"
                        autocapitalize="none"
                        autocomplete="off"
                        spellcheck={false}
                        dir="ltr"
                        value={address}
                        onInput={(event) => setAddress(event.currentTarget.value)}
                    />
                )}
            </Field>
            {failed && <Notice kind="error">{errorSentence(failed)}</Notice>}
            <div class="buttons">
                <Button kind="main" submit disabled={busy || address.trim() === ""} onClick={() => void add(address)}>
                    {t(points, busy ? "connecting" : "exchange")}
                </Button>
                <ScanButton
                    label={t(points, "scan")}
                    onText={(found) => {
                        setAddress(found);
                        void add(found);
                    }}
                    wants="address"
                />
            </div>
        </form>
    );
}

function PointsScreen({ route }: { route: Route }): JSX.Element {
    const { points: all, state } = useApp();
    const waiting = state?.waiting ?? 0;
    return (
        <Screen title={t(points, "title")}>
            <Body>
                <p role="status">{waiting > 0 ? t(points, "waiting", { n: waiting }) : t(points, "carried")}</p>
                {all.length === 0 && (
                    <Empty title={t(points, "none")}>
                        <p>{t(points, "noneText")}</p>
                    </Empty>
                )}
                {all.length > 0 && (
                    <ul class="cards">
                        {all.map((point) => (
                            <Point key={point.address} point={point} />
                        ))}
                    </ul>
                )}
                <Another text={route.text ?? ""} />
                <details class="card">
                    <summary>{t(points, "howTitle")}</summary>
                    <ol class="steps">
                        <li>{t(points, "how1")}</li>
                        <li>{t(points, "how2")}</li>
                        <li>{t(points, "how3")}</li>
                        <li>{t(points, "how4")}</li>
                        <li>{t(points, "how5")}</li>
                    </ol>
                </details>
                <Notice action={{ label: t(points, "passOn"), onClick: () => go({ screen: "parcels" }) }}>
                    {t(points, "noPoint")}
                </Notice>
            </Body>
        </Screen>
    );
}

addScreen("points", PointsScreen);
menu.push({ screen: "points", label: () => t(points, "title") });
