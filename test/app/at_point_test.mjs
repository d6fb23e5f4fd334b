/*
 * Phones at a point, over plain HTTP under a host name, in a real browser.
 *
 *   1. Two phones are guests at once, with no question asked. What one writes, answers, takes back, sends as urgent, the other sees without loading anew;
 *      ticks tell that it reached the point and another hand; what the operator posts comes too. What phones wrote is in the point's store, and verifies.
 *   2. A photo with a place in it, sent from a phone, arrives at the point without one.
 *   3. What strangers write into texts, titles, places, file names, media types is shown as text: nothing runs, nothing is asked of anybody else.
 *   4. The point is killed in the middle and started again: the page says so, goes on by itself, and nothing is lost or doubled. So does a phone that slept.
 *   5. A phone whose storage is full says so and loses nothing of what it shows.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, correct, group, home, message, retract, sendPhoto, shows, texts as shown, write } from './driver.mjs';
import { bare, photo } from './picture.mjs';
import { launch, phone, quiet } from './phones.mjs';
import { checked, cleanUp, fill, folder, found, json, kill, lines, longear, need, stop, texts, until, up } from './points.mjs';
import { DIRECTIONS, LONG, SCRIPTS } from './texts.mjs';

need();
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const browser = await launch();
const TITLE = 'Алаң · Square';
const guest = async (port, options) => {
    const one = await phone(browser, options);
    await one.page.goto(`http://point.lan:${port}/`);
    return one;
};

/* ---- 1 ---- */

async function twoPhones(a, community) {
    const [one, two] = [await guest(a.port), await guest(a.port)];
    await group(one.page, TITLE);
    await group(two.page, TITLE);
    await write(one.page, 'water at the school until six');
    await shows(two.page, 'water at the school until six');
    part('what one writes, the other sees');

    await answer(two.page, 'water at the school until six', 'on my way, with cans');
    await shows(one.page, 'on my way, with cans');
    assert.match(await message(one.page, 'on my way, with cans').locator('.quote').innerText(), /water at the school/);
    await write(one.page, 'the bakery opens at nine');
    await shows(two.page, 'the bakery opens at nine');
    await correct(one.page, 'the bakery opens at nine', 'the bakery opens at eleven');
    await shows(two.page, 'the bakery opens at eleven');
    assert.equal(await two.page.locator('article').filter({ hasText: 'bakery' }).count(), 1);
    assert.match(await message(two.page, 'the bakery opens at eleven').locator('.corrected').innerText(), /Corrected by the author/);
    await retract(one.page, 'the bakery opens at eleven');
    await two.page.locator('article').filter({ hasText: 'bakery' }).waitFor({ state: 'detached' });
    await write(one.page, 'a doctor is needed', { urgency: 'Urgent' });
    await message(two.page, 'a doctor is needed').and(two.page.locator('.urgent')).waitFor();
    await message(one.page, 'water at the school until six').getByRole('button', { name: 'Reached a point' }).waitFor();
    await retract(one.page, 'a doctor is needed');
    await two.page.locator('article').filter({ hasText: 'a doctor is needed' }).waitFor({ state: 'detached' });
    longear('a', 'post', community, 'the operator says good evening');
    await shows(one.page, 'the operator says good evening');
    await shows(two.page, 'the operator says good evening');
    part('answer, urgent, taken back, ticks, the operator');

    const stored = lines('a', 'list', community);
    assert.deepEqual(stored.map((line) => line.text).filter((text) => text !== undefined).sort(), ['on my way, with cans', 'the operator says good evening', 'water at the school until six', 'welcome']);
    const [first] = stored.filter((line) => line.text === 'on my way, with cans');
    assert.equal(stored.find((line) => line.record === first.reply).text, 'water at the school until six');
    checked('a');
    part('the point has it, and it verifies');
    return [one, two];
}

/* ---- 2 ---- */

async function aPhoto(community, one, two) {
    const bytes = await photo(one.page);
    const file = join(folder, 'IMG_0001.jpg');
    writeFileSync(file, bytes);
    assert.throws(() => bare(bytes), 'the reader of segments sees what is in it');
    await sendPhoto(one.page, file);
    await two.page.locator('article img').first().waitFor({ timeout: 60_000 });
    const line = await until('the point has the photo', () => lines('a', 'list', community).find((each) => each.attachments));
    const out = join(folder, 'out.jpg');
    await until('and all of it', () => spawnSync(process.env.LONGEAR ?? 'build/rel/longear', ['--home', join(folder, 'a'), 'save', line.record, out]).status === 0);
    bare(readFileSync(out));
    assert.ok(!/IMG_0001/.test(JSON.stringify(line.attachments)), 'nor the name that the camera gave');
    const exiftool = spawnSync('exiftool', ['-a', '-G1', '-s', out], { encoding: 'utf8' });
    if (!exiftool.error) assert.ok(!/GPS|Model|Artist|DateTimeOriginal/.test(exiftool.stdout), exiftool.stdout);
    part(`a photo with a place arrives without (${line.attachments[0].size} bytes${exiftool.error ? '' : ', exiftool agrees'})`);
}

/* ---- 3 ---- */

async function strangers(a, community, two) {
    const [nasty] = [json('a', 'community', 'new', '--title', SCRIPTS[1].slice(0, 110), '--lang', 'en').community];
    for (const text of [...SCRIPTS, ...DIRECTIONS, ...LONG]) longear('a', 'post', nasty, text);
    const first = lines('a', 'list', nasty)[0];
    const named = join(folder, '<img src=x onerror=window.broken=7>.html');
    writeFileSync(named, '<script>window.broken=8</script>');
    longear('a', 'post', nasty, 'with a file', '--attach', named);
    const svg = join(folder, 'x.svg');
    writeFileSync(svg, '<svg xmlns="http://www.w3.org/2000/svg" onload="window.broken=9"><script>window.broken=9</script></svg>');
    longear('a', 'post', nasty, 'with a drawing', '--attach', svg, '--reply', first.record);
    /* The last ones are in sight when the group is opened. */
    for (const text of SCRIPTS) longear('a', 'post', nasty, text, '--reply', first.record);
    const { page, close } = await guest(a.port);
    await group(page, 'elsewhere.lan');
    for (const text of SCRIPTS) await shows(page, text);
    assert.ok((await shown(page)).includes(SCRIPTS[0]), 'markup is text');
    const seen = page.locator('article');
    for (let count = -1; count !== (await seen.count()); ) {
        count = await seen.count();
        await seen.first().scrollIntoViewIfNeeded();
    }
    assert.equal(await page.evaluate(() => 'broken' in window), false, 'nothing of it ran');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `nothing sticks out: ${wide}`);
    await home(page);
    await home(two.page);
    await two.page.getByText('elsewhere.lan').first().waitFor();
    await close();
    quiet();
    part(`${SCRIPTS.length + DIRECTIONS.length + LONG.length} texts, a title and two files of strangers are text`);
}

/* ---- 4 ---- */

async function killed(a, community, one, two) {
    await home(one.page);
    await group(one.page, TITLE);
    const before = texts('a', community).length;
    fill('a', community, 400, { bytes: 200, prefix: 'many' });
    await kill(a);
    await write(one.page, 'written while the point is gone');
    await home(one.page);
    await one.page.getByText(/does not answer/i).first().waitFor({ timeout: 60_000 });
    part('the page says that the point is gone');
    const again = await up('a', { port: a.port });
    await until('what was written reaches the point', () => texts('a', community).includes('written while the point is gone'), 60);
    await home(two.page);
    await group(two.page, TITLE);
    /* It opens where the unread ones begin; this is the last of 401. */
    await two.page.locator('.to-newest, article:has-text("written while the point is gone")').first().waitFor();
    const down = two.page.locator('.to-newest');
    if ((await down.count()) > 0) await down.click();
    await shows(two.page, 'written while the point is gone');
    const all = texts('a', community);
    assert.equal(all.length, before + 401);
    assert.equal(new Set(lines('a', 'list', community).map((line) => line.record)).size, all.length, 'nothing is there twice');
    checked('a');
    part('killed and started again: nothing lost, nothing doubled');
    return again;
}

/* A phone that sleeps: the browser stops the page and its worker altogether. */
async function slept(community, one) {
    const cdp = await one.context.newCDPSession(one.page);
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    await one.context.setOffline(true);
    await group(one.page, TITLE);
    longear('a', 'post', community, 'while the phone slept');
    await until('the point has noticed', async () => texts('a', community).includes('while the phone slept'));
    await one.context.setOffline(false);
    await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    await one.page.bringToFront();
    await one.page.getByText('while the phone slept').first().waitFor({ timeout: 60_000 });
    part('a phone that slept goes on');
}

/* ---- 5 ---- */

async function full(a, community) {
    const { page, close } = await guest(a.port);
    await group(page, TITLE);
    await page.locator('article').first().waitFor();
    if ((await page.locator('.to-newest').count()) > 0) await page.locator('.to-newest').click();
    await shows(page, 'while the phone slept');
    await page.evaluate(() => {
        let size = 1 << 22;
        for (let n = 0; size > 0; n++) {
            try {
                sessionStorage.setItem(`filler ${n}`, 'x'.repeat(size));
            } catch {
                size >>= 1;
            }
        }
    });
    await write(page, 'there is no room left here');
    await home(page);
    await page.getByText(/has no room left/).first().waitFor();
    await group(page, TITLE);
    await write(page, 'and still it is sent');
    await until('it reaches the point', () => texts('a', community).includes('and still it is sent'));
    await shows(page, 'there is no room left here');
    await close();
    part('a full storage gets a sentence, and nothing shown is lost');
}

try {
    const [community] = found('a', TITLE);
    longear('a', 'post', community, 'welcome');
    let a = await up('a');
    const [one, two] = await twoPhones(a, community);
    quiet();
    await aPhoto(community, one, two);
    await strangers(a, community, two);
    a = await killed(a, community, one, two);
    await slept(community, one);
    await full(a, community);
    quiet();
    await stop(a);
} finally {
    await browser.close();
    cleanUp();
}
