// failure.ts: the one kind of error that the peer throws and that goes over to the page: a name and perhaps a detail.
import type { PeerError, PeerErrorName } from "./api.ts";

export class Failure extends Error implements PeerError {
    override readonly name: PeerErrorName;
    readonly detail?: string;
    constructor(name: PeerErrorName, detail?: string) {
        super(detail ? `${name}: ${detail}` : name);
        this.name = name;
        if (detail !== undefined) this.detail = detail;
    }
}

// What a caught thing is for the page: plain data.
export function plainError(thrown: unknown): PeerError {
    if (thrown instanceof Failure)
        return thrown.detail === undefined ? { name: thrown.name } : { name: thrown.name, detail: thrown.detail };
    if (thrown instanceof RangeError && /memory|array buffer|invalid array length/i.test(thrown.message))
        return { name: "NO_MEMORY" };
    if (thrown instanceof Error && thrown.name === "QuotaExceededError") return { name: "STORAGE_FULL" };
    return { name: "BROKEN", detail: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown) };
}
