/* For tests: what the core does to a file that is attached (src/media), by a program beside the tests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function strip(bytes) {
    const folder = mkdtempSync(join(tmpdir(), 'longear-strip-'));
    try {
        const [from, to] = [join(folder, 'from'), join(folder, 'to')];
        writeFileSync(from, bytes);
        const ran = spawnSync(join(process.env.BUILD ?? 'build', 'rel/test/media/strip_tool'), [from, to], { encoding: 'utf8' });
        if (ran.status !== 0) throw new Error(`not stripped: ${ran.error ?? ran.stdout}`);
        return readFileSync(to);
    } finally {
        rmSync(folder, { recursive: true });
    }
}
