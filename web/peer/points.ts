// points.ts: what people type or scan for the address of a point, as the addresses to try.
//
// "10.42.0.1", "name:8480", "[fd00::1]:8480", "http://…/whatever": the path counts for nothing, a point answers at its
// root. Without a port the usual one is tried first and then that of the web.
import { Failure } from "./failure.ts";

export const PORT = 8480;
const ADDRESS_MAX = 300;

export function pointAddresses(text: string): string[] {
    const trimmed = text.trim();
    if (trimmed === "" || trimmed.length > ADDRESS_MAX || /[\s\\@<>"']/.test(trimmed)) throw new Failure("ADDRESS_BAD");
    const full = /^https?:\/\//i.exec(trimmed);
    const bare = /^[0-9a-f]*:[0-9a-f:]*:[0-9a-f.:]*$/i.test(trimmed); // IPv6 without brackets
    if (!full && !bare && /^[a-z][a-z0-9+.-]*:(?!\d{1,5}(\/|$))/i.test(trimmed)) throw new Failure("ADDRESS_BAD");
    const scheme = full ? full[0].toLowerCase() : "http://";
    const host = bare ? `[${trimmed}]` : (full ? trimmed.slice(full[0].length) : trimmed).replace(/[/?#].*$/, "");
    const hasPort = /:\d+$/.test(host);
    const make = (address: string): string => {
        let url: URL;
        try {
            url = new URL(address);
        } catch {
            throw new Failure("ADDRESS_BAD");
        }
        if (url.hostname === "" || url.port === "0") throw new Failure("ADDRESS_BAD");
        return url.origin;
    };
    // A full address without a port means the port of the web, as anywhere.
    if (hasPort) return [make(scheme + host)];
    const both = [make(`${scheme}${host}:${PORT}`), make(scheme + host)];
    return full ? both.reverse() : both;
}
