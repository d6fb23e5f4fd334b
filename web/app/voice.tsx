// voice.tsx: the button of the compose box that records a voice message: by the phone's recorder through a file input,
// and directly where the page may use the microphone (secure contexts). Made ready, listened to, then sent.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { size as sizeText } from "./dates.ts";
import { type NewAttachment, slots } from "./screens.ts";
import { Button, Dialog, IconButton, Notice, openDialog } from "./ui.tsx";
import { prepareVoice, VOICE_MS_MAX, type Voice, VoiceError, type VoiceFault } from "./voice_sound.ts";
import { t } from "./words.ts";
import { voice } from "./words/voice.ts";

const FAULTS = {
    unreadable: "unreadable",
    silent: "silent",
    large: "tooLarge",
} as const satisfies Record<VoiceFault, keyof typeof voice.en>;
const NAMES_MAX = 8;
let named = 0;

type Step =
    | { is: "begin"; fault: VoiceFault | "noMicrophone" | null }
    | { is: "recording"; seconds: number }
    | { is: "preparing"; part: number }
    | { is: "ready"; made: Voice; url: string };

const canRecord = (): boolean =>
    isSecureContext && typeof MediaRecorder !== "undefined" && navigator.mediaDevices !== undefined;

function VoiceDialog(props: { onDone: (made: NewAttachment) => void; close: () => void }): JSX.Element {
    const [step, setStep] = useState<Step>({ is: "begin", fault: null });
    const recorderInput = useRef<HTMLInputElement>(null);
    const fileInput = useRef<HTMLInputElement>(null);
    const stop = useRef<() => void>(() => undefined);
    const url = step.is === "ready" ? step.url : null;
    useEffect(() => (url ? () => URL.revokeObjectURL(url) : undefined), [url]);
    const gone = useRef(false);
    useEffect(
        () => () => {
            gone.current = true;
            stop.current();
        },
        [],
    );

    const take = async (file: Blob): Promise<void> => {
        setStep({ is: "preparing", part: 0 });
        try {
            named = (named % NAMES_MAX) + 1;
            const made = await prepareVoice(file, (part) => setStep({ is: "preparing", part }), named);
            if (gone.current) return;
            const blob = new Blob([made.bytes as BlobPart], { type: made.media });
            setStep({ is: "ready", made, url: URL.createObjectURL(blob) });
        } catch (error) {
            setStep({ is: "begin", fault: error instanceof VoiceError ? error.fault : "unreadable" });
        }
    };
    const record = async (): Promise<void> => {
        let stream: MediaStream;
        try {
            stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        } catch {
            setStep({ is: "begin", fault: "noMicrophone" });
            return;
        }
        const recorder = new MediaRecorder(stream);
        const parts: Blob[] = [];
        const begun = Date.now();
        const timer = setInterval(() => {
            const ms = Date.now() - begun;
            if (ms >= VOICE_MS_MAX) stop.current();
            else setStep({ is: "recording", seconds: Math.floor(ms / 1000) });
        }, 250);
        stop.current = () => recorder.state !== "inactive" && recorder.stop();
        recorder.ondataavailable = (event) => parts.push(event.data);
        recorder.onstop = () => {
            clearInterval(timer);
            for (const track of stream.getTracks()) track.stop();
            if (!gone.current) void take(new Blob(parts, { type: recorder.mimeType }));
        };
        recorder.start();
        setStep({ is: "recording", seconds: 0 });
    };
    const picked = (input: HTMLInputElement): void => {
        const file = input.files?.[0];
        input.value = "";
        if (file) void take(file);
    };
    const foot =
        step.is === "ready" ? (
            <>
                <Button onClick={() => setStep({ is: "begin", fault: null })}>{t(voice, "again")}</Button>
                <Button
                    kind="main"
                    onClick={() => {
                        const { bytes, media, name } = step.made;
                        props.onDone({ bytes, media, name });
                        props.close();
                    }}
                >
                    {t(voice, "use")}
                </Button>
            </>
        ) : undefined;
    return (
        <Dialog title={t(voice, "title")} onClose={props.close} foot={foot}>
            {step.is === "begin" && (
                <>
                    {step.fault && (
                        <Notice kind="error">
                            {t(voice, step.fault === "noMicrophone" ? "noMicrophone" : FAULTS[step.fault])}
                        </Notice>
                    )}
                    <div class="stack">
                        {canRecord() && (
                            <Button kind="main" icon="voice" onClick={() => void record()}>
                                {t(voice, "record")}
                            </Button>
                        )}
                        <Button
                            kind={canRecord() ? "plain" : "main"}
                            icon="voice"
                            onClick={() => recorderInput.current?.click()}
                        >
                            {t(voice, "recorder")}
                        </Button>
                        <Button icon="file" onClick={() => fileInput.current?.click()}>
                            {t(voice, "choose")}
                        </Button>
                    </div>
                    <p class="hint">
                        {t(voice, "most")} {!canRecord() && t(voice, "noDirect")} {t(voice, "known")}
                    </p>
                </>
            )}
            {step.is === "recording" && (
                <div class="stack">
                    <p role="timer">{t(voice, "recording", { seconds: step.seconds })}</p>
                    <progress max={VOICE_MS_MAX / 1000} value={step.seconds} />
                    <Button kind="main" onClick={() => stop.current()}>
                        {t(voice, "stop")}
                    </Button>
                </div>
            )}
            {step.is === "preparing" && (
                <>
                    <p>{t(voice, "preparing", { percent: Math.round(step.part * 100) })}</p>
                    <progress max={1} value={step.part} aria-label={t(voice, "title")} />
                </>
            )}
            {step.is === "ready" && (
                <>
                    <audio controls src={step.url} class="voice-player" />
                    <p role="status">
                        {t(voice, "ready", {
                            seconds: Math.max(1, Math.round(step.made.ms / 1000)),
                            size: sizeText(step.made.bytes.length),
                        })}
                    </p>
                    {step.made.cut && <Notice kind="warn">{t(voice, "cut")}</Notice>}
                    {step.made.phone && <Notice>{t(voice, "phone")}</Notice>}
                    <p class="hint">{t(voice, "known")}</p>
                </>
            )}
            <input
                ref={recorderInput}
                type="file"
                accept="audio/*"
                capture="user"
                hidden
                aria-label={t(voice, "recorder")}
                onChange={(event) => picked(event.currentTarget)}
            />
            <input
                ref={fileInput}
                type="file"
                accept="audio/*,video/webm,video/mp4,video/3gpp,.ogg,.oga,.opus,.m4a,.amr,.3gp"
                hidden
                aria-label={t(voice, "choose")}
                onChange={(event) => picked(event.currentTarget)}
            />
        </Dialog>
    );
}

function VoiceButton(props: { disabled: boolean; onDone: (made: NewAttachment) => void }): JSX.Element {
    return (
        <IconButton
            icon="voice"
            label={t(voice, "add")}
            disabled={props.disabled}
            onClick={() => openDialog((close) => <VoiceDialog onDone={props.onDone} close={close} />)}
        />
    );
}

slots.voice = VoiceButton;
