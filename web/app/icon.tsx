// icon.tsx: small pictures, drawn as lines in a square of 24. They say nothing to a screen reader: what they mean
// stands beside them or on the button.
import type { JSX } from "preact";

const PATHS = {
    back: "M15 5l-7 7 7 7",
    close: "M6 6l12 12M18 6L6 18",
    more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
    search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20",
    send: "M4 12l16-7-6 15-3-6zM11 14l9-9",
    plus: "M12 5v14M5 12h14",
    reply: "M9 7l-5 5 5 5M4 12h9a7 7 0 017 7",
    forward: "M15 7l5 5-5 5M20 12h-9a7 7 0 00-7 7",
    muted: "M5 9v6h4l5 4V5L9 9zM17 9l4 6M21 9l-4 6",
    photo: "M4 7h4l2-3h4l2 3h4v12H4zM12 9.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7z",
    voice: "M12 3a3 3 0 00-3 3v6a3 3 0 006 0V6a3 3 0 00-3-3zM5 11a7 7 0 0014 0M12 18v3",
    file: "M6 3h8l4 4v14H6zM14 3v4h4",
    place: "M12 21s7-6.5 7-11.5a7 7 0 10-14 0C5 14.5 12 21 12 21zM12 7.5a2.2 2.2 0 100 4.4 2.2 2.2 0 000-4.4z",
    eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 100 6 3 3 0 000-6z",
    ear: "M7 10a5 5 0 1110 0c0 4-3.5 4.5-3.5 8a3 3 0 01-5.5 1.5M10 10.5a2 2 0 114 0",
    qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2M14 20h2M18 18h2v2",
    people: "M9 5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM2.5 20a6.5 6.5 0 0113 0M16 5.5a3.5 3.5 0 010 6M18 14.5a6.5 6.5 0 013.5 5.5",
    point: "M12 13v8M8.5 16.5a5 5 0 117 0M5.5 19a9 9 0 1113 0M12 12v.01",
    down: "M6 9l6 6 6-6",
    check: "M5 12.5l4.5 4.5L19 7",
    checks: "M2 12.5l4.5 4.5L15 7M11.5 17L21 7",
    clock: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5V12l3 2",
    alert: "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.01",
    lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
    pen: "M4 20l1-5L16 4l4 4L9 19z",
    save: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
    info: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 11v5.5M12 7.8v.01",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
    return (
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={PATHS[name]} />
        </svg>
    );
}
