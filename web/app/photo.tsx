// photo.tsx: the button of the compose box that takes a photo, and the dialog in which it is looked at, faces are covered
// and its size is chosen. What the dialog shows is the very file that will be sent, made anew after every change.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { size as sizeText } from "./dates.ts";
import { errorSentence } from "./errors.ts";
import { COVER_MAX, COVER_MIN, type Cover } from "./photo_mosaic.ts";
import { openPhoto, PhotoError, type PhotoFault, type PhotoSize, type Prepared, preparePhoto } from "./photo_pixels.ts";
import { type NewAttachment, slots } from "./screens.ts";
import { peer } from "./store.ts";
import { Button, Dialog, IconButton, Notice, openDialog, openMenu } from "./ui.tsx";
import { t } from "./words.ts";
import { photo } from "./words/photo.ts";

const SIZES: readonly PhotoSize[] = ["small", "normal", "large"];
const FAULTS = {
    unreadable: "unreadable",
    heic: "heic",
    memory: "memory",
    large: "tooLarge",
} as const satisfies Record<PhotoFault, keyof typeof photo.en>;
const DEFAULT_RADIUS = 0.06;
const NAMES_MAX = 8; // as many attachments as a message has
let named = 0;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

// What is being dragged: a circle that grows out of where the finger came down, or one that moves.
interface Drag {
    index: number;
    kind: "size" | "move";
    x: number; // where the finger came down, in parts of the picture
    y: number;
    from: Cover;
}

function Covers(props: {
    url: string;
    covers: readonly Cover[];
    selected: number;
    onSelect: (index: number) => void;
    onChange: (covers: readonly Cover[], begins: boolean) => void;
}): JSX.Element {
    const stage = useRef<HTMLDivElement>(null);
    const drag = useRef<Drag | null>(null);
    const { covers, selected, onSelect, onChange } = props;
    const side = useRef(1);

    const where = (event: PointerEvent): { x: number; y: number } => {
        const box = stage.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
        side.current = Math.max(box.width, box.height, 1);
        return { x: (event.clientX - box.left) / side.current, y: (event.clientY - box.top) / side.current };
    };
    const put = (index: number, cover: Cover, begins = false): void =>
        onChange(
            covers.map((one, i) => (i === index ? cover : one)),
            begins,
        );
    const down = (event: PointerEvent): void => {
        if (event.button !== 0) return;
        event.preventDefault();
        const at = where(event);
        const button = event.target instanceof Element ? event.target.closest("button") : null;
        const index = button ? Number(button.dataset["index"]) : covers.length;
        const from = covers[index] ?? { ...at, r: DEFAULT_RADIUS };
        drag.current = { index, kind: button ? "move" : "size", ...at, from };
        stage.current?.setPointerCapture(event.pointerId);
        if (!button) onChange([...covers, from], true);
        else onChange(covers, true);
        onSelect(index);
    };
    const move = (event: PointerEvent): void => {
        const now = drag.current;
        if (!now) return;
        const at = where(event);
        const [dx, dy] = [at.x - now.x, at.y - now.y];
        if (now.kind === "move") put(now.index, { ...now.from, x: now.from.x + dx, y: now.from.y + dy });
        else if (Math.hypot(dx, dy) > 0.02)
            put(now.index, { ...now.from, r: clamp(Math.hypot(dx, dy), COVER_MIN, COVER_MAX) });
    };
    const key = (event: KeyboardEvent, index: number): void => {
        const cover = covers[index];
        if (!cover) return;
        const step = event.shiftKey ? 0.005 : 0.02;
        const moves: Record<string, [number, number]> = {
            ArrowLeft: [-step, 0],
            ArrowRight: [step, 0],
            ArrowUp: [0, -step],
            ArrowDown: [0, step],
        };
        const by = moves[event.key];
        if (by) put(index, { ...cover, x: clamp(cover.x + by[0], 0, 1), y: clamp(cover.y + by[1], 0, 1) }, true);
        else if (event.key === "+" || event.key === "=")
            put(index, { ...cover, r: clamp(cover.r * 1.15, COVER_MIN, COVER_MAX) }, true);
        else if (event.key === "-") put(index, { ...cover, r: clamp(cover.r / 1.15, COVER_MIN, COVER_MAX) }, true);
        else if (event.key === "Delete" || event.key === "Backspace")
            onChange(
                covers.filter((_, i) => i !== index),
                true,
            );
        else return;
        event.preventDefault();
    };
    const end = (): void => {
        drag.current = null;
    };
    // Parts of the longest side become parts of either side.
    const [ratio, setRatio] = useState({ width: 1, height: 1 });
    return (
        <div
            class="photo-stage"
            ref={stage}
            onPointerDown={down}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={end}
        >
            <img
                src={props.url}
                alt={t(photo, "preview")}
                draggable={false}
                onLoad={(event) => {
                    const { naturalWidth: width, naturalHeight: height } = event.currentTarget;
                    const longest = Math.max(width, height, 1);
                    setRatio({ width: width / longest, height: height / longest });
                }}
            />
            {covers.map((cover, index) => (
                <button
                    type="button"
                    class="photo-cover"
                    key={index}
                    data-index={index}
                    aria-label={t(photo, "coverNumber", { n: index + 1 })}
                    aria-describedby="photo-keys"
                    aria-pressed={index === selected}
                    style={{
                        left: `${((cover.x - cover.r) / ratio.width) * 100}%`,
                        top: `${((cover.y - cover.r) / ratio.height) * 100}%`,
                        width: `${((2 * cover.r) / ratio.width) * 100}%`,
                        height: `${((2 * cover.r) / ratio.height) * 100}%`,
                    }}
                    onFocus={() => onSelect(index)}
                    onKeyDown={(event) => key(event, index)}
                />
            ))}
        </div>
    );
}

function PhotoDialog(props: { file: File; onDone: (made: NewAttachment) => void; close: () => void }): JSX.Element {
    const { file } = props;
    const [work, setWork] = useState<HTMLCanvasElement | null>(null);
    const [fault, setFault] = useState<PhotoFault | null>(null);
    const [covers, setCovers] = useState<readonly Cover[]>([]);
    const [before, setBefore] = useState<(readonly Cover[])[]>([]);
    const [selected, setSelected] = useState(-1);
    const [chosen, setChosen] = useState<PhotoSize>("normal");
    const [made, setMade] = useState<(Prepared & { url: string; of: unknown }) | null>(null);
    const [keep, setKeep] = useState(true);
    const [notKept, setNotKept] = useState<unknown>(null);
    const [busy, setBusy] = useState(false);

    const failed = (error: unknown): void => setFault(error instanceof PhotoError ? error.fault : "memory");
    useEffect(() => {
        openPhoto(file).then(setWork, failed);
    }, [file]);
    // A short rest between changes: a drag doesn't encode at every step.
    useEffect(() => {
        if (!work) return;
        let stale = false;
        const timer = setTimeout(
            () => {
                preparePhoto(work, covers, chosen).then(
                    (ready) => {
                        if (stale) return;
                        const url = URL.createObjectURL(new Blob([ready.bytes as BlobPart], { type: "image/jpeg" }));
                        setMade({ ...ready, url, of: covers });
                    },
                    (error) => stale || failed(error),
                );
            },
            made ? 150 : 0,
        );
        return () => {
            stale = true;
            clearTimeout(timer);
        };
    }, [work, covers, chosen]);
    useEffect(() => (made ? () => URL.revokeObjectURL(made.url) : undefined), [made]);

    const change = (next: readonly Cover[], begins: boolean): void => {
        if (begins) setBefore((all) => [...all.slice(-30), covers]);
        setCovers(next);
    };
    const undo = (): void => {
        const last = before[before.length - 1];
        if (!last) return;
        setBefore(before.slice(0, -1));
        setCovers(last);
        setSelected(-1);
    };
    const done = async (withOriginal: boolean): Promise<void> => {
        // Never what was made before the last circle.
        if (!made || made.of !== covers || busy) return;
        setBusy(true);
        try {
            let original: { original: string } | Record<never, never> = {};
            if (withOriginal) {
                const bytes = new Uint8Array(await file.arrayBuffer());
                original = { original: await peer().keepOriginal(file.name, bytes) };
            }
            named = (named % NAMES_MAX) + 1;
            props.onDone({ bytes: made.bytes, media: "image/jpeg", name: `photo-${named}.jpg`, ...original });
            props.close();
        } catch (error) {
            setNotKept(error);
            setBusy(false);
        }
    };
    const current = covers[selected];
    const ready = made !== null && made.of === covers;
    return (
        <Dialog
            title={t(photo, "title")}
            onClose={props.close}
            foot={
                <>
                    <span class="photo-size" role="status">
                        {ready &&
                            t(photo, "sent", {
                                width: String(made.width),
                                height: String(made.height),
                                size: sizeText(made.bytes.length),
                            })}
                    </span>
                    <Button kind="main" disabled={!ready || busy || fault !== null} onClick={() => void done(keep)}>
                        {t(photo, "use")}
                    </Button>
                </>
            }
        >
            {fault && <Notice kind="error">{t(photo, FAULTS[fault])}</Notice>}
            {!fault && !made && <p role="status">{t(photo, "reading")}</p>}
            {!fault && made && (
                <>
                    <Covers url={made.url} covers={covers} selected={selected} onSelect={setSelected} onChange={change} />
                    <p class="hint">{t(photo, "cover")}</p>
                    <p class="aloud" id="photo-keys">
                        {t(photo, "keys")}
                    </p>
                    <div class="buttons">
                        <Button icon="plus" onClick={() => {
                            setSelected(covers.length);
                            const { width, height } = made;
                            const longest = Math.max(width, height);
                            change([...covers, { x: width / longest / 2, y: height / longest / 2, r: DEFAULT_RADIUS }], true);
                        }}>
                            {t(photo, "addCover")}
                        </Button>
                        <Button disabled={before.length === 0} onClick={undo}>
                            {t(photo, "undo")}
                        </Button>
                        {current && (
                            <Button
                                onClick={() => {
                                    change(
                                        covers.filter((one) => one !== current),
                                        true,
                                    );
                                    setSelected(-1);
                                }}
                            >
                                {t(photo, "remove")}
                            </Button>
                        )}
                    </div>
                    {current && (
                        <label class="field">
                            <span>{t(photo, "coverSize")}</span>
                            <input
                                type="range"
                                min={COVER_MIN}
                                max={COVER_MAX}
                                step={0.005}
                                value={current.r}
                                onInput={(event) => {
                                    const r = Number(event.currentTarget.value);
                                    change(
                                        covers.map((one) => (one === current ? { ...one, r } : one)),
                                        false,
                                    );
                                }}
                            />
                        </label>
                    )}
                    <fieldset class="segments">
                        <legend>{t(photo, "size")}</legend>
                        {SIZES.map((name) => (
                            <label key={name}>
                                <input type="radio" name="photo-size" checked={chosen === name} onChange={() => setChosen(name)} />
                                <span>{t(photo, name)}</span>
                            </label>
                        ))}
                    </fieldset>
                    <p class="hint">{t(photo, "cleaned")}</p>
                    <label class="choice">
                        <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
                        <span>{t(photo, "keep", { size: sizeText(file.size) })}</span>
                    </label>
                    <p class="hint">{t(photo, "keepHint")}</p>
                    {notKept !== null && (
                        <Notice kind="warn" action={{ label: t(photo, "without"), onClick: () => void done(false) }}>
                            {t(photo, "notKept", { why: errorSentence(notKept) })}
                        </Notice>
                    )}
                </>
            )}
        </Dialog>
    );
}

// The button of the compose box.
function PhotoButton(props: { disabled: boolean; onDone: (made: NewAttachment) => void }): JSX.Element {
    const take = useRef<HTMLInputElement>(null);
    const choose = useRef<HTMLInputElement>(null);
    const picked = (input: HTMLInputElement): void => {
        const file = input.files?.[0];
        input.value = "";
        if (file) openDialog((close) => <PhotoDialog file={file} onDone={props.onDone} close={close} />);
    };
    return (
        <>
            <IconButton
                icon="photo"
                label={t(photo, "add")}
                disabled={props.disabled}
                onClick={() =>
                    openMenu(t(photo, "title"), [
                        { label: t(photo, "take"), icon: "photo", run: () => take.current?.click() },
                        { label: t(photo, "choose"), icon: "file", run: () => choose.current?.click() },
                    ])
                }
            />
            <input
                ref={take}
                type="file"
                accept="image/*"
                capture="environment"
                hidden
                aria-label={t(photo, "take")}
                onChange={(event) => picked(event.currentTarget)}
            />
            <input
                ref={choose}
                type="file"
                accept="image/*"
                hidden
                aria-label={t(photo, "choose")}
                onChange={(event) => picked(event.currentTarget)}
            />
        </>
    );
}

slots.photo = PhotoButton;
