// qr.tsx: codes that another phone reads, and reading them: by the camera where the page may use it, else out of a photo.
// What is read is an invitation, an address of a point, or shown as text. Nothing is ever opened by itself.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { encode } from "uqr";
import type { Id } from "../peer/api.ts";
import { errorSentence } from "./errors.ts";
import { PhotoError } from "./photo_pixels.ts";
import { readCanvas, readPhoto, scaled } from "./qr_read.ts";
import { go, type Route } from "./router.ts";
import { addScreen, menu, slots } from "./screens.ts";
import { peer, readGroups } from "./store.ts";
import { Body, Screen } from "./frame.tsx";
import { Button, copy, Dialog, Notice, openDialog, toast, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { photo } from "./words/photo.ts";
import { qr } from "./words/qr.ts";

const DENSE = 85; // modules a side from which a code needs a close look
const LOOK_MS = 200;
const LOOK_SIDE = 1000;

// ---- Showing ----

// Dark modules as runs of one path; the quiet zone is part of the picture.
function drawing(text: string): { size: number; path: string } | null {
    try {
        const { data, size } = encode(text, { ecc: "L", boostEcc: true, border: 4 });
        let path = "";
        data.forEach((row, y) => {
            for (let x = 0; x < size; x++) {
                if (!row[x]) continue;
                const from = x;
                while (row[x + 1]) x++;
                path += `M${from} ${y}h${x - from + 1}v1h${from - x - 1}z`;
            }
        });
        return { size, path };
    } catch {
        return null;
    }
}

export function QrPicture({ text }: { text: string }): JSX.Element {
    // An invitation means the same in capitals, which make a smaller code.
    const drawn = drawing(/^longear(-key|-join)?:/i.test(text) ? text.toUpperCase() : text);
    return (
        <>
            {drawn ? (
                <>
                    <svg
                        class="qr"
                        viewBox={`0 0 ${drawn.size} ${drawn.size}`}
                        role="img"
                        aria-label={t(qr, "picture")}
                        shape-rendering="crispEdges"
                    >
                        <path fill="#fff" d={`M0 0h${drawn.size}v${drawn.size}H0z`} />
                        <path fill="#000" d={drawn.path} />
                    </svg>
                    <p class="hint">{t(qr, drawn.size - 8 >= DENSE ? "large" : "bright")}</p>
                </>
            ) : (
                <Notice kind="warn">{t(qr, "tooLong")}</Notice>
            )}
            <p class="line-text" dir="ltr" tabIndex={0}>
                {text}
            </p>
            <div class="buttons">
                <Button onClick={() => void copy(text)}>{t(qr, "copy")}</Button>
            </div>
        </>
    );
}

export function showQrOf(text: string): void {
    openDialog((close) => (
        <Dialog title={t(qr, "title")} onClose={close}>
            <QrPicture text={text} />
        </Dialog>
    ));
}

function ShowQr({ community, message }: { community: Id; message: Id | null }): JSX.Element {
    const [line, setLine] = useState<string | null>(null);
    const [failed, setFailed] = useState<unknown>(null);
    useEffect(() => {
        peer().invite(community, message).then(setLine, setFailed);
    }, [community, message]);
    if (failed !== null) return <Notice kind="error">{errorSentence(failed)}</Notice>;
    return line === null ? <p role="status">{t(qr, "making")}</p> : <QrPicture text={line} />;
}

// ---- Reading ----

type Kind = "line" | "key" | "request" | "address" | "text";
function kindOf(text: string): Kind {
    if (/^\s*longear:/i.test(text)) return "line";
    if (/^\s*longear-key:/i.test(text)) return "key";
    if (/^\s*longear-join:/i.test(text)) return "request";
    return /^\s*http:\/\/[^\s/?#@]+\/?\s*$/i.test(text) ? "address" : "text";
}

// Codes bring invitations in capitals; people see them in small letters everywhere else.
const tidy = (text: string): string => (/^(line|key|request)$/.test(kindOf(text)) ? text.trim().toLowerCase() : text.trim());

const canLook = (): boolean => isSecureContext && navigator.mediaDevices !== undefined;

function Camera({ onText, onFail }: { onText: (text: string) => void; onFail: () => void }): JSX.Element {
    const video = useRef<HTMLVideoElement>(null);
    useEffect(() => {
        let stream: MediaStream | null = null;
        let timer: ReturnType<typeof setTimeout> | undefined;
        let over = false;
        const look = async (): Promise<void> => {
            const shown = video.current;
            if (over || !shown) return;
            if (shown.videoWidth > 0) {
                const canvas = scaled(shown, shown.videoWidth, shown.videoHeight, LOOK_SIDE);
                const text = await readCanvas(canvas).catch(() => null);
                if (over) return;
                if (text) {
                    onText(text);
                    return;
                }
            }
            timer = setTimeout(() => void look(), LOOK_MS);
        };
        navigator.mediaDevices
            .getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } })
            .then((given) => {
                stream = given;
                if (over || !video.current) {
                    for (const track of given.getTracks()) track.stop();
                    return;
                }
                video.current.srcObject = given;
                void video.current.play().catch(() => undefined);
                void look();
            })
            .catch(() => over || onFail());
        return () => {
            over = true;
            clearTimeout(timer);
            for (const track of stream?.getTracks() ?? []) track.stop();
        };
    }, []);
    return (
        <>
            <video ref={video} class="camera" muted playsInline />
            <p role="status">{t(qr, "pointAt")}</p>
        </>
    );
}

function Scan({ onText }: { onText: (text: string) => void }): JSX.Element {
    const [camera, setCamera] = useState(false);
    const [busy, setBusy] = useState(false);
    const [said, setSaid] = useState<string | null>(null);
    const take = useRef<HTMLInputElement>(null);
    const choose = useRef<HTMLInputElement>(null);
    const picked = async (input: HTMLInputElement): Promise<void> => {
        const file = input.files?.[0];
        input.value = "";
        if (!file || busy) return;
        setBusy(true);
        setSaid(null);
        setCamera(false);
        try {
            const text = await readPhoto(file);
            if (text !== null) onText(text);
            else setSaid(t(qr, "nothing"));
        } catch (error) {
            setSaid(
                error instanceof PhotoError
                    ? t(photo, error.fault === "large" ? "tooLarge" : error.fault)
                    : errorSentence(error),
            );
        }
        setBusy(false);
    };
    return (
        <>
            {said !== null && <Notice kind="error">{said}</Notice>}
            {camera && (
                <Camera
                    onText={onText}
                    onFail={() => {
                        setCamera(false);
                        setSaid(t(qr, "noCamera"));
                    }}
                />
            )}
            {busy && <p role="status">{t(qr, "looking")}</p>}
            <div class="stack">
                {canLook() && !camera && (
                    <Button kind="main" icon="qr" onClick={() => setCamera(true)}>
                        {t(qr, "camera")}
                    </Button>
                )}
                {camera && <Button onClick={() => setCamera(false)}>{t(qr, "stop")}</Button>}
                <Button
                    kind={canLook() ? "plain" : "main"}
                    icon="photo"
                    disabled={busy}
                    onClick={() => take.current?.click()}
                >
                    {t(qr, "photograph")}
                </Button>
                <Button icon="file" disabled={busy} onClick={() => choose.current?.click()}>
                    {t(qr, "choose")}
                </Button>
            </div>
            <p class="hint">
                {t(qr, "howto")} {!canLook() && t(qr, "noDirect")}
            </p>
            <input
                ref={take}
                type="file"
                accept="image/*"
                capture="environment"
                hidden
                aria-label={t(qr, "photograph")}
                onChange={(event) => void picked(event.currentTarget)}
            />
            <input
                ref={choose}
                type="file"
                accept="image/*"
                hidden
                aria-label={t(qr, "choose")}
                onChange={(event) => void picked(event.currentTarget)}
            />
        </>
    );
}

function Found({ text }: { text: string }): JSX.Element {
    return (
        <>
            <p>{t(qr, "found")}</p>
            <p class="line-text" dir="auto">
                {text}
            </p>
            <p class="hint">{t(qr, "unknown")}</p>
            <div class="buttons">
                <Button onClick={() => void copy(text)}>{t(qr, "copy")}</Button>
            </div>
        </>
    );
}

async function join(line: string): Promise<void> {
    try {
        const { community, title, message } = await peer().join(line);
        await readGroups();
        toast(t(qr, "joined", { title }));
        go({ screen: "conversation", community, ...(message ? { message } : {}) });
    } catch (error) {
        toastError(error);
    }
}

// To where what was read belongs, when whoever asked wants something else. An address is only put into its field.
function route(text: string): boolean {
    const kind = kindOf(text);
    if (kind === "line") void join(text);
    else if (kind === "key") go({ screen: "meet", text });
    else if (kind === "request") go({ screen: "admit", text });
    else if (kind === "address") go({ screen: "points", text });
    return kind !== "text";
}

function ScanDialog(props: { wants: Kind; onText: (text: string) => void; close: () => void }): JSX.Element {
    const [text, setText] = useState<string | null>(null);
    const read = (found: string): void => {
        const got = tidy(found);
        if (kindOf(got) === props.wants) {
            props.close();
            props.onText(got);
        } else if (route(got)) props.close();
        else setText(got);
    };
    return (
        <Dialog title={t(qr, "scan")} onClose={props.close}>
            {text === null ? <Scan onText={read} /> : <Found text={text} />}
        </Dialog>
    );
}

export function ScanButton(props: { label: string; wants: Kind; onText: (text: string) => void }): JSX.Element {
    return (
        <Button
            icon="qr"
            onClick={() =>
                openDialog((close) => <ScanDialog wants={props.wants} onText={props.onText} close={close} />)
            }
        >
            {props.label}
        </Button>
    );
}

function ScanScreen(_: { route: Route }): JSX.Element {
    const [text, setText] = useState<string | null>(null);
    return (
        <Screen title={t(qr, "scan")}>
            <Body>
                {text !== null && <Found text={text} />}
                <Scan onText={(found) => route(tidy(found)) || setText(tidy(found))} />
            </Body>
        </Screen>
    );
}

addScreen("scan", ScanScreen);
menu.push({ screen: "scan", label: () => t(qr, "scan") });
slots.showQr = ShowQr;
slots.scanQr = ({ onLine }) => <ScanButton label={t(qr, "scan")} wants="line" onText={onLine} />;
