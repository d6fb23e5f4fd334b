// attachment.tsx: what came with a message. What is shown is decided by the first bytes of the file, never by what its
// sender says; everything else can only be saved.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../peer/api.ts";
import { size } from "./dates.ts";
import { PIXELS_MAX, picturePixels } from "./picture_size.ts";
import { peer } from "./store.ts";
import { Button, download, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { conversation } from "./words/conversation.ts";

const ascii = (bytes: Uint8Array, at: number, end: number): string => String.fromCharCode(...bytes.subarray(at, end));

// The media type that the bytes themselves show, of those that a browser decodes safely; null of all others.
export function mediaOf(bytes: Uint8Array): string | null {
    if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
    if (ascii(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "image/png";
    if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return "image/gif";
    if (ascii(bytes, 0, 4) === "RIFF") {
        const form = ascii(bytes, 8, 12);
        return form === "WEBP" ? "image/webp" : form === "WAVE" ? "audio/wav" : null;
    }
    if (ascii(bytes, 0, 4) === "OggS") return "audio/ogg";
    if (bytes[0] === 0x1a && bytes[1] === 0x45 && bytes[2] === 0xdf && bytes[3] === 0xa3) return "audio/webm";
    if (ascii(bytes, 4, 8) === "ftyp") return "audio/mp4";
    return null;
}

// Addresses of blobs that are shown, the latest last; what nobody shows any more and is old goes back to the browser.
interface Shown {
    url: string;
    media: string;
    users: number;
}
const urls = new Map<string, Shown>();
const URLS_MAX = 40;

type Fault = "notShown" | "tooLarge";
async function take(blob: string): Promise<Shown | Fault> {
    const bytes = urls.has(blob) ? null : await peer().blob(blob);
    const known = urls.get(blob);
    if (known || !bytes) {
        if (known) known.users++;
        return known ?? "notShown";
    }
    const media = mediaOf(bytes);
    if (!media) return "notShown";
    if (media.startsWith("image/")) {
        const pixels = picturePixels(bytes, media);
        if (pixels === 0 || pixels > PIXELS_MAX) return pixels === 0 ? "notShown" : "tooLarge";
    }
    const made = { url: URL.createObjectURL(new Blob([bytes as BlobPart], { type: media })), media, users: 1 };
    urls.set(blob, made);
    return made;
}
function give(shown: Shown): void {
    shown.users--;
    for (const [blob, old] of urls) {
        if (urls.size <= URLS_MAX) return;
        if (old.users > 0) continue;
        URL.revokeObjectURL(old.url);
        urls.delete(blob);
    }
}

const fileName = (name: string): string => name.replace(/[^\p{L}\p{N} ._-]/gu, "_").replace(/^\.+/, "_").slice(-80) || "file";

function Save({ file }: { file: Attachment }): JSX.Element {
    const save = (): void => {
        peer()
            .blob(file.blob)
            .then((bytes) => download({ name: fileName(file.name), media: "application/octet-stream", bytes }), toastError);
    };
    return (
        <Button icon="save" onClick={save}>
            {t(conversation, "saveFile", { name: fileName(file.name), size: size(file.size) })}
        </Button>
    );
}

export function Attached({ file, from }: { file: Attachment; from: string }): JSX.Element {
    const [made, setMade] = useState<Shown | Fault | undefined>(undefined);
    const whole = file.chunks > 0 && file.held >= file.chunks;
    const shows = /^(image|audio)\//.test(file.media);
    useEffect(() => {
        let gone = false;
        let taken: Shown | null = null;
        if (whole && shows)
            take(file.blob).then(
                (found) => {
                    if (typeof found !== "string") taken = found;
                    if (!gone) setMade(found);
                    else if (taken) give(taken);
                },
                () => gone || setMade("notShown"),
            );
        return () => {
            gone = true;
            if (taken) give(taken);
        };
    }, [file.blob, whole, shows]);
    if (!whole) return <p class="hint">{t(conversation, "parts", { held: file.held, chunks: file.chunks })}</p>;
    if (!shows) return <Save file={file} />;
    if (made === undefined) return <p class="hint">{t(conversation, "photoLoading")}</p>;
    if (typeof made === "string")
        return (
            <>
                <p class="hint">{t(conversation, made)}</p>
                <Save file={file} />
            </>
        );
    if (made.media.startsWith("audio/")) return <audio controls preload="metadata" src={made.url} />;
    return (
        <a class="photo" href={made.url} target="_blank" rel="noreferrer noopener">
            <img src={made.url} alt={t(conversation, "photoOf", { name: from })} decoding="async" onError={() => setMade("notShown")} />
        </a>
    );
}
