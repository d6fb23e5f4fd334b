// files.tsx: giving a file into the phone's hands: as a download, and to another app where the browser can.
import type { JSX } from "preact";
import type { SavedFile } from "../peer/api.ts";
import { Button, download, toastError } from "./ui.tsx";

const fileOf = (file: SavedFile): File => new File([file.bytes as BlobPart], file.name, { type: file.media });

export function canShare(file: SavedFile): boolean {
    try {
        return navigator.canShare?.({ files: [fileOf(file)] }) ?? false;
    } catch {
        return false;
    }
}

export function ShareButton({ file, label }: { file: SavedFile; label: string }): JSX.Element | null {
    if (!canShare(file)) return null;
    const share = (): void => {
        navigator.share({ files: [fileOf(file)] }).catch((error: unknown) => {
            // Whoever closes the phone's sheet has changed their mind.
            if (!(error instanceof DOMException && error.name === "AbortError")) {
                download(file);
                toastError({ name: "BROKEN" });
            }
        });
    };
    return <Button onClick={share}>{label}</Button>;
}
