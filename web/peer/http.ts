// http.ts: requests to a point with bounds on time and size, so that a point that stalls or never stops sending costs
// little. All of them are such that a browser asks nobody first (doc/protocol.md, section 20).
import { join, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Answer {
    status: number;
    body: Bytes;
    retryAfter: number | null; // seconds
}

async function readBounded(response: Response, max: number, stalled: () => void): Promise<Bytes> {
    if (!response.body) return new Uint8Array(0);
    const reader = response.body.getReader();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return join(...parts);
        stalled();
        size += value.length;
        if (size > max) {
            void reader.cancel().catch(() => undefined);
            throw new Failure("POINT_GONE", "the answer is too large");
        }
        parts.push(value);
    }
}

// Ask once. Fails with POINT_GONE if there is no answer, if nothing comes for quietMs, or if the answer is over max.
export async function ask(
    fetch: Fetch,
    url: string,
    body: Bytes | null,
    limits: { max: number; quietMs: number; totalMs: number },
    stop: AbortSignal,
): Promise<Answer> {
    const abort = new AbortController();
    const give = (): void => abort.abort();
    stop.addEventListener("abort", give);
    let quiet = setTimeout(give, limits.quietMs);
    const total = setTimeout(give, limits.totalMs);
    try {
        if (stop.aborted) throw new Failure("POINT_GONE");
        const response = await fetch(url, {
            method: body ? "POST" : "GET",
            ...(body ? { body, headers: { "Content-Type": "text/plain" } } : {}),
            cache: "no-store",
            credentials: "omit",
            redirect: "error",
            referrerPolicy: "no-referrer",
            signal: abort.signal,
        });
        const bytes = await readBounded(response, limits.max, () => {
            clearTimeout(quiet);
            quiet = setTimeout(give, limits.quietMs);
        });
        const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
        return { status: response.status, body: bytes, retryAfter: Number.isFinite(after) && after >= 0 ? after : null };
    } catch (thrown) {
        throw thrown instanceof Failure ? thrown : new Failure("POINT_GONE");
    } finally {
        clearTimeout(quiet);
        clearTimeout(total);
        stop.removeEventListener("abort", give);
    }
}

const LINE_MAX = 4096;

// Read server-sent events until the stream ends, breaks or is stopped. alive is called for whatever comes, so that who
// waits in vain behind a proxy that buffers learns it. Lines are bounded.
export async function events(
    fetch: Fetch,
    url: string,
    onEvent: (name: string, data: string) => void,
    alive: () => void,
    stop: AbortSignal,
): Promise<void> {
    try {
        const response = await fetch(url, {
            cache: "no-store",
            credentials: "omit",
            redirect: "error",
            referrerPolicy: "no-referrer",
            signal: stop,
        });
        if (response.status !== 200 || !response.body) return;
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        let rest = "";
        let name = "";
        let data = "";
        for (;;) {
            const { done, value } = await reader.read();
            if (done) return;
            alive();
            const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r/);
            rest = lines.pop() ?? "";
            if (rest.length > LINE_MAX || data.length > LINE_MAX) {
                void reader.cancel().catch(() => undefined);
                return;
            }
            for (const line of lines) {
                if (line === "") {
                    if (name !== "") onEvent(name, data);
                    name = data = "";
                } else if (line.startsWith("event:")) name = line.slice(6).trim();
                else if (line.startsWith("data:")) data += line.slice(5).trim();
            }
        }
    } catch {
        // The stream broke: who called tries again when it pleases.
    }
}
