// rpc.ts: calls with an answer over a port of messages, in both directions, and news without one. The same for a worker
// and for a peer that runs in the page itself.
import type { PeerError } from "./api.ts";
import { Failure, plainError } from "./failure.ts";

export interface Port {
    postMessage(message: unknown): void;
    onmessage: ((event: MessageEvent) => void) | null;
}

type Wire =
    | { ask: number; method: string; args: unknown[] }
    | { answer: number; result: unknown }
    | { refusal: number; error: PeerError }
    | { news: unknown };

export interface Link {
    call(method: string, args: unknown[]): Promise<unknown>;
    tell(news: unknown): void;
    end(error: PeerError): void; // the other side is gone: what is asked now and later fails
}

export function link(
    port: Port,
    serve: (method: string, args: unknown[]) => Promise<unknown>,
    onNews: (news: unknown) => void,
): Link {
    const open = new Map<number, { resolve: (result: unknown) => void; reject: (error: Failure) => void }>();
    let next = 1;
    let ended: PeerError | null = null;
    const send = (message: Wire): void => port.postMessage(message);
    port.onmessage = (event: MessageEvent): void => {
        const message = event.data as Wire;
        if ("ask" in message) {
            serve(message.method, message.args).then(
                (result) => send({ answer: message.ask, result }),
                (thrown: unknown) => send({ refusal: message.ask, error: plainError(thrown) }),
            );
        } else if ("answer" in message) {
            open.get(message.answer)?.resolve(message.result);
            open.delete(message.answer);
        } else if ("refusal" in message) {
            open.get(message.refusal)?.reject(new Failure(message.error.name, message.error.detail));
            open.delete(message.refusal);
        } else onNews(message.news);
    };
    return {
        call: (method, args) =>
            new Promise((resolve, reject) => {
                if (ended) return reject(new Failure(ended.name, ended.detail));
                const ask = next++;
                open.set(ask, { resolve, reject });
                send({ ask, method, args });
            }),
        tell: (news) => send({ news }),
        end: (error) => {
            ended = error;
            for (const { reject } of open.values()) reject(new Failure(error.name, error.detail));
            open.clear();
        },
    };
}
