// payload.ts: the parts of the page's own file, in its own document. The file is read in order, so a part may not have
// come yet; it is whole when something stands behind it.
import { fromBase64, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { SECTION_TYPE, type Section, type SectionName } from "./page_file.ts";
import { assemblePage, PAYLOADS, type Payload } from "./page_parts.ts";

const LOOK_MS = 20;

function until(there: () => boolean): Promise<void> {
    return new Promise((resolve) => {
        const look = (): void => {
            if (there() || document.readyState !== "loading") resolve();
            else setTimeout(look, LOOK_MS);
        };
        look();
    });
}

const whole = (): Promise<void> => until(() => false);
const element = (id: string): HTMLElement | null => document.getElementById(id);

function textOf(id: string): string {
    const found = element(id);
    if (!found) throw new Failure("BROKEN", `the page lacks ${id}`);
    return found.textContent ?? "";
}

async function inflate(bytes: Bytes): Promise<Bytes> {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function payload(name: Payload): Promise<Bytes> {
    const id = `part-${name}`;
    await until(() => Boolean(element(id)?.nextElementSibling));
    return inflate(fromBase64(textOf(id)));
}

// The file of the page, to the byte, without the data of a kept one.
export async function ownPage(): Promise<string> {
    await whole();
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content") ?? "";
    const payloads = Object.fromEntries(PAYLOADS.map((name) => [name, textOf(`part-${name}`)]));
    return assemblePage({
        policy,
        style: textOf("part-style"),
        ui: textOf("part-ui"),
        payloads: payloads as Record<Payload, string>,
    });
}

export async function ownSections(): Promise<Section[]> {
    await whole();
    return [...document.querySelectorAll(`script[type^="${SECTION_TYPE}"]`)].map((found) => ({
        name: (found.getAttribute("type") ?? "").slice(SECTION_TYPE.length) as SectionName,
        base64: (found.textContent ?? "").trim(),
    }));
}
