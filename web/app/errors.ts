// errors.ts: the sentence of an error. Those of the core have theirs from po/, the same as in the program (the build puts
// them in); the others stand in words/errors.ts.
import type { PeerError } from "../peer/api.ts";
import { lang, t } from "./words.ts";
import { CORE_SENTENCES } from "./words/core_errors.ts";
import { errors } from "./words/errors.ts";

type OwnError = keyof typeof errors.en;

export function errorName(error: unknown): string {
    return typeof error === "object" && error !== null && "name" in error ? String((error as PeerError).name) : "";
}

export function errorSentence(error: unknown): string {
    const name = errorName(error);
    const core = CORE_SENTENCES[name]?.[lang()];
    if (core) return core.charAt(0).toUpperCase() + core.slice(1) + (/[.!?]$/.test(core) ? "" : ".");
    const own: OwnError = name in errors.en ? (name as OwnError) : "BROKEN";
    return t(errors, own);
}
