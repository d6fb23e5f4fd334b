/*
 * Every screen of the app, over a peer in memory: found by tapping whatever can be tapped (crawl.mjs), and at each:
 *
 *   1. axe-core finds nothing serious or critical, in the light and in the dark;
 *   2. at 320 pixels nothing scrolls sideways or sticks out, what is touched is at least 44 pixels high, and every field has a label; the same at 640
 *      pixels with every letter twice its size;
 *   3. in three languages, every word is there: no value that is none, no hole that was not filled, and what the app says by itself is said differently in
 *      each of them;
 *   4. texts that run from right to left, turn the direction and never close it, are endless or look like markup change nothing of this.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crawl, settle, walk } from './crawl.mjs';
import { faults, findings } from './judge.mjs';
import { launch, phone, quiet } from './phones.mjs';
import { cleanUp, folder, need } from './points.mjs';

need();
const made = spawnSync('node', ['web/build.mjs', '--mock'], { env: { ...process.env, OUT: folder }, encoding: 'utf8' });
assert.equal(made.status, 0, made.stderr);
const MOCK = pathToFileURL(join(folder, 'mock.html')).href;

/* What would take the page away or change its language. */
const SKIP = /^(ҚАЗ|РУС|ENG|Қазақша|Русский|English)/;
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);

const browser = await launch();
try {
    const bad = [];
    const note = (where, list) => list.forEach((one) => bad.push(`${where}: ${one}`));

    const ways = [];
    for (const words of ['', 'kept,old', 'memory,gone', 'empty', 'locked', 'fresh', 'hostile']) {
        const url = `${MOCK}#${words}`;
        const { page, close } = await phone(browser, { viewport: { width: 320, height: 640 } });
        const full = words === '';
        const found = await crawl(page, url, {
            depth: full ? 3 : 1,
            most: full ? 16 : 3,
            skip: SKIP,
            visit: async (name, way) => {
                const where = `#${words} [${way}] ${name.slice(0, 60)}`;
                note(where, await faults(page));
                note(where, await findings(page));
            },
        });
        for (const { way, name } of found) ways.push({ url, way, name, words });
        await close();
        part(`${found.length} screens of #${words}`);
    }

    /* What the app says by itself, in each language: the labels of what can be tapped, and headings. */
    const own = (page) => page.evaluate(() => [...document.querySelectorAll('button, label, summary, .hint, .notice p, .empty-title')]
        .filter((e) => !e.closest('article, .row, [lang]:not(html)') && !e.querySelector('bdi'))
        .map((e) => (e.getAttribute('aria-label') ?? e.textContent).trim()));
    const spoken = new Map();
    for (const [locale, colorScheme, scale] of [['ru', 'dark', 2], ['kk', 'dark', 1]]) {
        const { page, close } = await phone(browser, { locale, colorScheme, viewport: { width: 320 * scale, height: 640 * scale } });
        for (const { url, way, name, words } of ways) {
            await walk(page, url, way);
            if (scale !== 1) await page.evaluate((n) => document.documentElement.style.setProperty('font-size', `${n * 100}%`), scale);
            await settle(page);
            const where = `${locale} ${colorScheme} #${words} [${way}] ${name.slice(0, 60)}`;
            note(where, await faults(page));
            note(where, await findings(page));
            assert.equal(await page.locator('html').getAttribute('lang'), locale);
            for (const word of await own(page)) spoken.set(`${locale} ${word}`, where);
        }
        await close();
        part(`${ways.length} screens in ${locale}, ${colorScheme}, letters ×${scale}`);
    }
    /* Words of Latin letters alone in the two Cyrillic languages: names and addresses may be so, sentences may not. */
    for (const [said, where] of spoken) {
        const word = said.slice(3);
        if (/^[\x20-\x7e…·]+$/.test(word) && /[a-z]{3,} [a-z]{2,}/i.test(word) && !/^https?:/.test(word)) bad.push(`${where}: not translated: ${word}`);
    }
    assert.deepEqual([...new Set(bad)].slice(0, 60), [], `${bad.length} faults`);
    quiet();
} finally {
    await browser.close();
    cleanUp();
}
