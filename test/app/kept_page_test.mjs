/*
 * The kept page, in a real browser.
 *
 *   1. A guest keeps the page under a passphrase: one file. From the phone's files, in a browser that has never seen it, a wrong passphrase gets a sentence,
 *      the right one the person and the messages.
 *   2. It carries between two points that share no network, and back; the points' stores verify. A new copy holds what changed.
 *   3. The same in a frame without an origin, where the browser gives it no storage at all: from memory, and the new copy opens elsewhere.
 *   4. Passed on: a parcel as a page greets a new person, shows the messages, and its answer goes back as a .zip: the whole round with no point at all. The
 *      raw kept file passed on begins as a new person too.
 *   5. A file that lost bytes anywhere, or its end, gets a sentence or opens; it never stays blank.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PASS, exchange, group, home, keep, message, openParcel, parcel, saveCopy, shows, unlock, write } from './driver.mjs';
import { launch, phone, quiet, sandboxed, saved } from './phones.mjs';
import { THERE, checked, cleanUp, folder, found, json, lines, longear, need, stop, texts, until, up } from './points.mjs';

need();
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const browser = await launch();
const open = async (file) => {
    const one = await phone(browser);
    await one.page.goto(pathToFileURL(file).href);
    return one;
};
const TITLE = 'Алаң · Square';

/* ---- 1 ---- */

async function keeps(a) {
    const guest = await phone(browser);
    await guest.page.goto(`http://point.lan:${a.port}/`);
    await group(guest.page, TITLE);
    await write(guest.page, 'written as a guest, then kept');
    await home(guest.page);
    const file = await keep(guest.page);
    await guest.close();
    const { page, close } = await open(file);
    await unlock(page, 'not the passphrase');
    await page.getByText(/The passphrase does not fit/).waitFor();
    await unlock(page);
    await group(page, TITLE);
    await shows(page, 'written as a guest, then kept');
    assert.ok(await message(page, 'written as a guest, then kept').evaluate((e) => e.matches('.own')), 'it is the same person');
    await close();
    part('kept, and opened from a file by its passphrase alone');
    return file;
}

/* ---- 2 ---- */

async function carries(a, b, community, file) {
    longear('a', 'post', community, 'from the first point');
    const { page, close } = await open(file);
    await unlock(page);
    await exchange(page, a.url);
    await group(page, TITLE);
    await shows(page, 'from the first point');
    await write(page, 'from the kept page');
    await home(page);
    await exchange(page, b.url);
    await until('the second point has all', () => texts('b', community).length === texts('a', community).length);
    assert.ok(texts('b', community).includes('from the first point'));
    longear('b', 'post', community, 'from the second point');
    await group(page, TITLE);
    await shows(page, 'from the second point');
    await message(page, 'from the kept page').getByRole('button', { name: 'In another hand too' }).waitFor();
    await home(page);
    const copy = await saveCopy(page);
    await close();

    const again = await open(copy);
    await unlock(again.page);
    await group(again.page, TITLE);
    for (const text of ['from the first point', 'from the kept page', 'from the second point']) await shows(again.page, text);
    await home(again.page);
    await exchange(again.page, a.url);
    await until('the first point has what was written at the second', () => texts('a', community).includes('from the second point'));
    await again.close();
    checked('a');
    checked('b');
    assert.deepEqual(texts('a', community).sort(), texts('b', community).sort());
    part('carried between two points and back, in a file');
    return copy;
}

/* ---- 3 ---- */

async function withoutOrigin(a, community, file) {
    const one = await sandboxed(browser, readFileSync(file, 'utf8'));
    const { frame, page } = one;
    await unlock(frame);
    await group(frame, TITLE);
    await write(frame, 'from a frame without an origin');
    await home(frame);
    await exchange(frame, a.url);
    await until('the point has it', () => texts('a', community).includes('from a frame without an origin'));
    const copy = await saveCopy(page, frame);
    await one.close();
    const again = await open(copy);
    await unlock(again.page);
    await group(again.page, TITLE);
    await shows(again.page, 'from a frame without an origin');
    await again.close();
    part('without any storage: from memory, and what changed is in the new copy');
}

/* ---- 4 ---- */

async function passedOn(file) {
    const first = await open(file);
    await unlock(first.page);
    await group(first.page, TITLE);
    await write(first.page, 'for whoever gets this');
    await home(first.page);
    const html = await parcel(first.page, 'html');

    const second = await open(html);
    await second.page.getByRole('button', { name: 'Begin', exact: true }).click();
    await group(second.page, TITLE);
    await shows(second.page, 'for whoever gets this');
    assert.ok(!(await message(second.page, 'for whoever gets this').evaluate((e) => e.matches('.own'))), 'a new person');
    await write(second.page, 'the answer of the second');
    await home(second.page);
    const zip = await parcel(second.page, 'zip');
    await second.close();

    assert.match(await openParcel(first.page, zip), /1 new message/);
    await group(first.page, TITLE);
    await shows(first.page, 'the answer of the second');
    await first.close();
    part('a page passed on, and its answer back in a .zip, with no point');

    const third = await open(file);
    await third.page.getByRole('button', { name: 'This is not mine' }).click();
    await third.page.getByRole('button', { name: 'Start as a new person' }).click();
    await group(third.page, TITLE);
    await write(third.page, 'a third person');
    assert.ok(!(await message(third.page, 'written as a guest').evaluate((e) => e.matches('.own'))));
    await third.close();
    part('the raw file passed on: a new person');
}

/* ---- 5 ---- */

async function damaged(file) {
    const whole = readFileSync(file);
    const end = whole.lastIndexOf('<!--end of the app-->');
    const after = whole.length - end;
    const cuts = { 'the end is missing': whole.subarray(0, whole.length - Math.floor(after / 2)), 'only the app': whole.subarray(0, end + 22), 'half of the app': whole.subarray(0, Math.floor(end / 2)) };
    const flip = (at) => {
        const copy = Buffer.from(whole);
        for (let i = 0; i < 8; i++) copy[at + i] = copy[at + i] === 0x41 ? 0x42 : 0x41;
        return copy;
    };
    for (let i = 1; i < 8; i++) cuts[`bytes changed at ${i}/8 of what is kept`] = flip(end + Math.floor((after * i) / 8));
    for (const [name] of whole.toString('latin1').matchAll(/<script type="application\/octet-stream" id="part-\w+">/g)) cuts[`bytes changed in ${name.slice(39)}`] = flip(whole.indexOf(name) + name.length + 3000);
    for (const [name, bytes] of Object.entries(cuts)) {
        const path = join(folder, 'damaged.html');
        writeFileSync(path, bytes);
        const { page, close } = await open(path);
        /* Either it says so, or asks for its passphrase, or begins anew: something is said, and nothing is broken. */
        const shown = page.locator('.gate, .empty, .notice, form');
        await shown.first().waitFor();
        await until(`${name}: an end to opening`, async () => !/Opening …/.test(await page.locator('body').innerText()));
        const pass = page.getByLabel('Your passphrase');
        let said = (await page.locator('#app').innerText()).replace(/\s+/g, ' ').slice(-150);
        if ((await pass.count()) > 0) {
            await unlock(page);
            await page.locator('.notice.error, button.group, .empty').first().waitFor();
            said = (await page.locator('#app').innerText()).replace(/\s+/g, ' ').slice(0, 150);
        }
        assert.ok(said.length > 10, `${name}: it is said`);
        console.log(`        ${name}: ${said}`);
        await close();
    }
    part(`${Object.keys(cuts).length} ways of damage`);
}

try {
    const [community] = found('a', TITLE);
    found('b');
    longear('b', 'join', json('a', 'invite', community).invitation);
    longear('a', 'post', community, 'water at the school');
    const [a, b] = [await up('a'), await up('b', { at: THERE })];
    const file = await keeps(a);
    const copy = await carries(a, b, community, file);
    await withoutOrigin(a, community, copy);
    await passedOn(copy);
    await damaged(copy);
    quiet();
    assert.ok(lines('a', 'list', community).length > 4);
    await stop(a);
    await stop(b);
} finally {
    await browser.close();
    cleanUp();
}
