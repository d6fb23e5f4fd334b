// The known answers are what their generator makes: run it anew into a folder of its own, and compare every file byte for byte. So no answer was edited
// by hand, none depends on the day, and the second implementation still agrees with itself (make.mjs decodes and verifies all that it writes).
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
if (!existsSync(join(here, "node_modules/libsodium-wrappers"))) {
    console.log("npm's libsodium is missing: cd test/vectors && npm ci");
    process.exit(77);
}
// noise.json was published by others.
const isAnswer = (name) => name.endsWith(".json") && !name.startsWith("package") && name !== "noise.json";
const kept = readdirSync(here).filter(isAnswer).sort();
const folder = mkdtempSync(join(tmpdir(), "longear-vectors."));
let failed = 0;
try {
    execFileSync(process.execPath, [join(here, "make.mjs"), folder], { stdio: "inherit" });
    const made = readdirSync(folder).sort();
    if (made.length === 0 || made.join() !== kept.join()) {
        console.error(`make.mjs writes ${made.join(" ")}; here are ${kept.join(" ")}`);
        failed++;
    }
    for (const name of made.filter((n) => kept.includes(n)))
        if (!readFileSync(join(folder, name)).equals(readFileSync(join(here, name)))) {
            console.error(`${name} is not what make.mjs writes: run it, and see with git diff what changed`);
            failed++;
        }
    if (failed === 0) console.log(`${made.length} files made again, byte for byte`);
} finally {
    rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
