// voice_sound.ts: from whatever a phone's recorder wrote to the voice message that is sent.
//
// The file is decoded to samples and encoded anew, so title, device and place that recorders write into it stay behind.
// Opus comes from the browser's own encoder: WebCodecs at once where the page is a secure context, else a MediaRecorder
// that listens to the samples being played to nobody, which takes as long as the message. Where neither is there the
// message goes as telephone sound (WAV, mu-law, 8 kHz), which every browser plays and 30 seconds of which still fit.
import { opusMs, packetMs, readWebm, writeWebm, type Opus } from "./voice_webm.ts";

export const VOICE_MS_MAX = 30_000;
export const VOICE_BYTES_MAX = 256 * 1024;
const FILE_MAX = 32 * 1024 * 1024;
const BITS = 24_000;
const RATE = 48_000;
const WEBM_OPUS = "audio/webm;codecs=opus";

// unreadable: no sound that this browser knows; silent: nothing to hear in it; large: the file is
export type VoiceFault = "unreadable" | "silent" | "large";
export class VoiceError extends Error {
    constructor(readonly fault: VoiceFault) {
        super(fault);
    }
}

export interface Voice {
    bytes: Uint8Array;
    media: string;
    name: string;
    ms: number;
    cut: boolean; // it was longer than 30 seconds
    phone: boolean; // telephone sound
}

// The samples at 48 kHz, one channel, at most 30 seconds.
export interface Samples {
    data: Float32Array;
    cut: boolean;
}

function mono(buffer: AudioBuffer): Samples {
    const most = Math.floor((VOICE_MS_MAX / 1000) * buffer.sampleRate);
    const data = new Float32Array(Math.min(most, buffer.length));
    for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
        const from = buffer.getChannelData(channel);
        for (let i = 0; i < data.length; i++) data[i]! += from[i]! / buffer.numberOfChannels;
    }
    return { data, cut: buffer.length > most + buffer.sampleRate / 4 };
}

export async function decodeSound(file: Blob): Promise<Samples> {
    if (file.size > FILE_MAX) throw new VoiceError("large");
    let buffer: AudioBuffer;
    try {
        // Decoding needs a context that plays nothing, and resamples to its rate.
        buffer = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    } catch {
        throw new VoiceError("unreadable");
    }
    const samples = mono(buffer);
    if (!samples.data.some((sample) => Math.abs(sample) > 1e-4)) throw new VoiceError("silent");
    return samples;
}

function bufferOf(samples: Samples): AudioBuffer {
    const buffer = new AudioBuffer({ length: samples.data.length, sampleRate: RATE, numberOfChannels: 1 });
    buffer.getChannelData(0).set(samples.data);
    return buffer;
}

// At once, where the page may (secure contexts).
async function encodeByCodec(samples: Samples): Promise<Opus | null> {
    if (typeof AudioEncoder === "undefined") return null;
    const config: AudioEncoderConfig = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: BITS };
    if (!(await AudioEncoder.isConfigSupported(config)).supported) return null;
    const opus: Opus = { head: new Uint8Array(0), packets: [] };
    const encoder = new AudioEncoder({
        output: (chunk, metadata) => {
            const head = metadata?.decoderConfig?.description;
            if (head && opus.head.length === 0) {
                const bytes = ArrayBuffer.isView(head) ? new Uint8Array(head.buffer, head.byteOffset, head.byteLength) : new Uint8Array(head);
                opus.head = bytes.slice();
            }
            const bytes = new Uint8Array(chunk.byteLength);
            chunk.copyTo(bytes);
            opus.packets.push({ at: chunk.timestamp / 1000, bytes });
        },
        error: () => undefined,
    });
    encoder.configure(config);
    for (let at = 0; at < samples.data.length; at += RATE) {
        const data = samples.data.slice(at, at + RATE);
        const part = new AudioData({
            format: "f32",
            sampleRate: RATE,
            numberOfFrames: data.length,
            numberOfChannels: 1,
            timestamp: (at / RATE) * 1e6,
            data,
        });
        encoder.encode(part);
        part.close();
    }
    await encoder.flush();
    encoder.close();
    return opus.head.length > 0 && opus.packets.length > 0 ? opus : null;
}

// As long as the message lasts; no right is needed to listen to what the page itself plays.
async function encodeByRecorder(samples: Samples, progress: (part: number) => void): Promise<Opus | null> {
    if (typeof MediaRecorder === "undefined" || !MediaRecorder.isTypeSupported(WEBM_OPUS)) return null;
    const context = new AudioContext({ sampleRate: RATE });
    try {
        const sink = context.createMediaStreamDestination();
        sink.channelCount = 1;
        const source = context.createBufferSource();
        source.buffer = bufferOf(samples);
        source.connect(sink);
        const recorder = new MediaRecorder(sink.stream, { mimeType: WEBM_OPUS, audioBitsPerSecond: BITS });
        const parts: Blob[] = [];
        recorder.ondataavailable = (event) => parts.push(event.data);
        const stopped = new Promise<void>((resolve, reject) => {
            recorder.onstop = () => resolve();
            recorder.onerror = () => reject(new Error("recorder"));
        });
        // Without a tap on the page before, a context stays asleep.
        if (context.state !== "running") await Promise.race([context.resume(), later(2000)]);
        if (context.state !== "running") return null;
        recorder.start();
        const begun = context.currentTime;
        const seconds = samples.data.length / RATE;
        source.start();
        source.onended = () => void later(150).then(() => recorder.state !== "inactive" && recorder.stop());
        const timer = setInterval(() => progress(Math.min(1, (context.currentTime - begun) / seconds)), 200);
        try {
            const end = await Promise.race([stopped.then(() => true), later(seconds * 2000 + 10_000)]);
            if (!end) return null;
        } finally {
            clearInterval(timer);
            if (recorder.state !== "inactive") recorder.stop();
        }
        return readWebm(new Uint8Array(await new Blob(parts).arrayBuffer()));
    } catch {
        return null;
    } finally {
        void context.close();
    }
}

function later(ms: number): Promise<false> {
    return new Promise((resolve) => setTimeout(resolve, ms, false));
}

// G.711 mu-law of one sample.
export function muLaw(sample: number): number {
    const value = Math.max(-1, Math.min(1, sample)) * 32767;
    const sign = value < 0 ? 0x80 : 0;
    const size = Math.min(32635, Math.round(Math.abs(value))) + 132;
    const exponent = 24 - Math.clz32(size);
    return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 15)) & 255;
}

export async function encodeAsWav(samples: Samples): Promise<Uint8Array> {
    const rate = 8000;
    const offline = new OfflineAudioContext(1, Math.max(1, Math.floor((samples.data.length * rate) / RATE)), rate);
    const source = offline.createBufferSource();
    source.buffer = bufferOf(samples);
    source.connect(offline.destination);
    source.start();
    const data = (await offline.startRendering()).getChannelData(0);
    const out = new Uint8Array(58 + data.length + (data.length & 1));
    const view = new DataView(out.buffer);
    const name = (at: number, word: string): void => void out.set(new TextEncoder().encode(word), at);
    name(0, "RIFF");
    view.setUint32(4, out.length - 8, true);
    name(8, "WAVEfmt ");
    view.setUint32(16, 18, true);
    view.setUint16(20, 7, true); // mu-law
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, rate, true);
    view.setUint16(32, 1, true);
    view.setUint16(34, 8, true);
    name(38, "fact");
    view.setUint32(42, 4, true);
    view.setUint32(46, data.length, true);
    name(50, "data");
    view.setUint32(54, data.length, true);
    for (let i = 0; i < data.length; i++) out[58 + i] = muLaw(data[i]!);
    return out;
}

// Packets that are beyond 30 seconds or the size go.
function bounded(opus: Opus): Opus {
    let ms = 0;
    let size = 400;
    const packets = opus.packets.filter(({ bytes }) => {
        ms += packetMs(bytes);
        size += bytes.length + 10;
        return ms <= VOICE_MS_MAX + 100 && size <= VOICE_BYTES_MAX;
    });
    return { head: opus.head, packets };
}

// What is sent, out of a file of a recorder. Rejects with a VoiceError.
export async function prepareVoice(file: Blob, progress: (part: number) => void, number = 1): Promise<Voice> {
    const samples = await decodeSound(file);
    const opus = (await encodeByCodec(samples).catch(() => null)) ?? (await encodeByRecorder(samples, progress));
    const ms = Math.round((samples.data.length / RATE) * 1000);
    if (!opus) {
        const bytes = await encodeAsWav(samples);
        return { bytes, media: "audio/wav", name: `voice-${number}.wav`, ms, cut: samples.cut, phone: true };
    }
    const kept = bounded(opus);
    const bytes = writeWebm(kept);
    return {
        bytes,
        media: "audio/webm",
        name: `voice-${number}.webm`,
        ms: Math.min(ms, Math.round(opusMs(kept))),
        cut: samples.cut,
        phone: false,
    };
}
