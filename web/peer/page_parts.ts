// page_parts.ts: how the one-file page is put together, the same for the build and for the page that saves itself.
//
// The file is fixed text with the parts of a page in it, in the order in which a slow link should bring them: what is
// shown first, the script that draws it, what the peer needs, what is needed only when asked for. A page knows the fixed
// text (it is in here) and finds its parts in its own document, so it can write its own file again to the byte, whatever
// origin it has. Data of a kept page stand behind the end mark: the app itself is everything before.
import shell from "../app/shell.html";

// Scripts of other types than JavaScript hold base64 of zlib data (RFC 1950).
export const PAYLOADS = ["peer", "sodium", "phone", "zstd", "dictionary", "qr"] as const;
export type Payload = (typeof PAYLOADS)[number];
// What a peer can't begin without; the rest comes later.
export const NEEDED: readonly Payload[] = ["peer", "sodium", "phone"];

export interface PageParts {
    policy: string;
    style: string;
    ui: string;
    payloads: Record<Payload, string>;
}

// Not in one piece: within a script the beginning of a comment would change how the script's end is found.
export const APP_END = ["<!", "--end of the app-->\n"].join("");

export function assemblePage(parts: PageParts): string {
    const payloads = PAYLOADS.map(
        (name) => `<script type="application/octet-stream" id="part-${name}">${parts.payloads[name]}</` + "script>\n",
    );
    return (
        '<!doctype html>\n<html lang="kk">\n<head>\n<meta charset="utf-8">\n' +
        `<meta http-equiv="Content-Security-Policy" content="${parts.policy}">\n` +
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n' +
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n' +
        `<title>Link</title>\n<style id="part-style">${parts.style}</` +
        `style>\n</head>\n<body>\n<div id="app">${shell}</div>\n<script id="part-ui">${parts.ui}</` +
        "script>\n" +
        payloads.join("") +
        APP_END
    );
}
