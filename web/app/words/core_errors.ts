// The core's own sentences, name → language → text, which the build reads from src/core/err.h and po/.
import type { Lang } from "../../peer/api.ts";

declare const CORE_ERRORS: Record<string, Record<Lang, string>>;
export const CORE_SENTENCES = CORE_ERRORS;
