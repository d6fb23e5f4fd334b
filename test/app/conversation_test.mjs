/*
 * A conversation of 5,000 messages over a peer in memory, in Chromium: so many bubbles and no more are drawn; scrolling up and down again reaches both ends
 * without a hole; what comes while one reads further up moves nothing, and is counted once; a message of the beginning is found by its quote's jump; one name
 * is given to one key only; a message is written and sent by keyboard alone, and comes into view. Beside it, without a browser: how many pixels pictures say to have, whole, cut off and made to deceive.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load } from './peer_util.mjs';
import { launch, phone, quiet } from './phones.mjs';
import { cleanUp, folder, need } from './points.mjs';

need();

/* ---- Pictures ---- */
const { picturePixels, PIXELS_MAX } = await load(`export * from "./app/picture_size.ts";`);
const bytes = (...parts) => Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)));
const png = (w, h) => bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [w >>> 24, w >>> 16 & 255, w >>> 8 & 255, w & 255, h >>> 24, h >>> 16 & 255, h >>> 8 & 255, h & 255], [8, 2, 0, 0, 0]);
const frame = (w, h) => [0xff, 0xc0, 0, 11, 8, h >> 8, h & 255, w >> 8, w & 255, 1, 1, 0x11, 0];
assert.equal(picturePixels(png(30000, 20000), 'image/png'), 6e8);
assert.ok(picturePixels(png(0xffffffff, 0xffffffff), 'image/png') > PIXELS_MAX);
assert.equal(picturePixels(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2], frame(800, 600), [0xff, 0xda, 0, 2, 0, 0, 0, 0, 0, 0, 0]), 'image/jpeg'), 480000);
assert.equal(picturePixels(bytes([0xff, 0xd8], frame(8, 8), frame(60000, 60000), [0xff, 0xda, 0, 2, 0, 0, 0, 0, 0, 0]), 'image/jpeg'), 3.6e9, 'the largest frame counts');
assert.equal(picturePixels(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0]), 'image/jpeg'), 0, 'sizes that lead nowhere end');
assert.equal(picturePixels(bytes('GIF89a', [0, 4, 0, 2]), 'image/gif'), 1024 * 512);
assert.equal(picturePixels(bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0], [0xff, 0xff, 0, 0xff, 0xff, 0]), 'image/webp'), 65536 * 65536);
for (const media of ['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
    for (let size = 0; size < 24; size++) assert.ok(picturePixels(new Uint8Array(size).fill(0xff), media) >= 0);

/* ---- The conversation ---- */
const made = spawnSync('node', ['web/build.mjs', '--mock'], { env: { ...process.env, OUT: folder }, encoding: 'utf8' });
assert.equal(made.status, 0, made.stderr);
const browser = await launch();
try {
    const { page, close } = await phone(browser, { viewport: { width: 360, height: 740 } });
    await page.goto(`${pathToFileURL(join(folder, 'mock.html'))}#big`);
    await page.locator('.group', { hasText: 'Алмалы' }).click();
    await page.locator('.bubble').first().waitFor();
    const drawn = () => page.locator('.bubble').count();
    const ids = () => page.evaluate(() => [...document.querySelectorAll('.bubble')].map((one) => one.id));
    const scroll = (to) => page.locator('.messages').evaluate((box, where) => { box.scrollTop = where === 'top' ? 0 : box.scrollHeight; }, to);
    const settle = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await scroll('end');
    await settle();
    const newest = (await ids()).at(-1);

    /* Up, past what one window holds, and down again: neighbours stay neighbours. */
    const next = new Map();
    const learn = async () => (await ids()).forEach((id, i, all) => i > 0 && (assert.ok(!next.has(all[i - 1]) || next.get(all[i - 1]) === id, 'a hole'), next.set(all[i - 1], id)));
    for (let i = 0; i < 14; i++) {
        const first = (await ids())[0];
        await scroll('top');
        await page.waitForFunction((id) => document.querySelector('.bubble').id !== id, first);
        await settle();
        assert.ok((await drawn()) <= 200, `${await drawn()} bubbles`);
        await learn();
    }
    assert.ok(!(await ids()).includes(newest));
    for (let i = 0; i < 40 && !(await ids()).includes(newest); i++) {
        await scroll('end');
        await settle();
        await learn();
    }
    assert.ok((await ids()).includes(newest), 'the newest is reached by scrolling');
    assert.ok(next.size > 600, `${next.size} messages seen in order`);

    /* What comes while one reads further up. */
    await page.locator('.messages').evaluate((box) => { box.scrollTop = box.scrollHeight - 3000; });
    await settle();
    const place = () => page.evaluate(() => {
        const top = document.querySelector('.messages').getBoundingClientRect().top;
        const one = [...document.querySelectorAll('.bubble')].find((bubble) => bubble.getBoundingClientRect().bottom > top + 1);
        return [one.id, Math.round(one.getBoundingClientRect().top)];
    });
    const before = await place();
    for (const text of ['first', 'second']) await page.evaluate((said) => globalThis.mock.arrive(0, said), text);
    await page.getByText('2 new messages below').waitFor();
    const after = await place();
    assert.equal(after[0], before[0]);
    assert.ok(Math.abs(after[1] - before[1]) <= 2, `moved by ${after[1] - before[1]}`);
    await page.evaluate(() => globalThis.mock.state({ waiting: 1 }));
    await settle();
    assert.equal(await page.getByText('2 new messages below').count(), 1, 'nothing else is counted');
    await page.getByText('2 new messages below').click();
    await page.locator('.bubble', { hasText: 'second' }).last().waitFor();

    /* Names. */
    const people = page.locator('.bubble:not(.own) .author');
    const other = await people.evaluateAll((list) => list.findIndex((one) => one.textContent !== list[0].textContent));
    assert.match(await people.first().textContent(), /^~/, 'a handle is marked');
    await people.first().click();
    await page.getByLabel('Your name for this person').fill('  ~~Aigul ');
    await page.getByRole('button', { name: 'Save the name' }).click();
    await page.locator('.author', { hasText: /^Aigul$/ }).first().waitFor();
    await page.locator('.bubble:not(.own) .author', { hasText: /^~/ }).first().click();
    await page.getByLabel('Your name for this person').fill('aigul');
    await page.getByText('this is another key').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Save the name' }).isDisabled());
    assert.ok(other > 0);
    await page.keyboard.press('Escape');

    /* The way back: the screen's own button and the phone's lead the same way, and nothing is left over. */
    const atGroups = () => page.locator('.group').first().waitFor();
    const length = await page.evaluate(() => history.length);
    await page.getByRole('button', { name: 'Back' }).click();
    await atGroups();
    for (let i = 0; i < 3; i++) {
        await page.locator('.group').nth(1).click();
        await page.locator('textarea').waitFor();
        if (i === 1) await page.goBack();
        else await page.getByRole('button', { name: 'Back' }).click();
        await atGroups();
    }
    assert.equal(await page.evaluate(() => history.length), length, 'no entry too many');
    await close();

    /* By keyboard alone: a group is opened, a message written and sent; it is shown, though hundreds of unread ones are above it. */
    const keys = await phone(browser, { viewport: { width: 360, height: 740 } });
    await keys.page.goto(`${pathToFileURL(join(folder, 'mock.html'))}#big`);
    await keys.page.locator('.group').first().waitFor();
    const tabTo = async (what, where) => {
        for (let i = 0; i < 40; i++) {
            await keys.page.keyboard.press('Tab');
            if (await keys.page.evaluate(where)) return;
        }
        assert.fail(`${what} is not reached by keyboard`);
    };
    await tabTo('the group with many unread', () => document.activeElement.matches('.group') && /120/.test(document.activeElement.textContent));
    await keys.page.keyboard.press('Enter');
    await keys.page.locator('#unread').waitFor();
    await tabTo('the messages', () => document.activeElement.matches('.messages'));
    await keys.page.keyboard.press('ArrowUp');
    await keys.page.keyboard.press('ArrowUp');
    assert.ok(await keys.page.evaluate(() => document.activeElement.matches('.bubble')));
    await tabTo('what can be done with it', () => document.activeElement.matches('.bubble .icon-button'));
    await keys.page.keyboard.press('Enter');
    await keys.page.getByRole('button', { name: 'Pass on' }).waitFor();
    await keys.page.keyboard.press('Escape');
    await tabTo('the box', () => document.activeElement.matches('textarea'));
    await keys.page.keyboard.type('by keyboard alone');
    await tabTo('the button', () => document.activeElement.matches('.compose .main'));
    await keys.page.keyboard.press('Enter');
    const sent = keys.page.locator('.bubble.own', { hasText: 'by keyboard alone' });
    await sent.waitFor();
    await keys.page.waitForFunction(() => {
        const last = [...document.querySelectorAll('.bubble')].at(-1).getBoundingClientRect();
        const box = document.querySelector('.messages').getBoundingClientRect();
        return last.top >= box.top - 1 && last.bottom <= box.bottom + 1;
    });
    await keys.page.evaluate(() => globalThis.mock.points([{ address: 'http://10.42.0.1:8480', state: 'gone', near: null, lastExchange: null, received: 0, sent: 0, missing: 0, error: null }]));
    await keys.page.getByText('The point does not answer.').last().waitFor();
    await keys.close();
    quiet();
} finally {
    await browser.close();
    cleanUp();
}
