/*
 * Closed groups on phones, in a real browser, over a point that is in none of them.
 *
 *   1. One starts a closed group; another joins by its invitation, reads nothing, and shows a request. The first lets it in, and both read each other. The point
 *      carries what it can't read: it has no message and no member of the group.
 *   2. A guest's tab that is loaded again is the same member, reads what it read and writes on; so is a page that was kept, opened from its file, and one that was
 *      killed after the file was saved. Nobody writes twice under one number.
 *   3. Who is removed reads nothing that comes after, keeps what it had, and is told so. Nothing of a closed group is offered to be passed on.
 *   4. A request for a group that is not here, a damaged one, and one read by somebody who coordinates nothing are refused with a sentence.
 *   5. At 320 pixels, in three languages, light and dark, every screen is sound: nothing sticks out, axe-core finds nothing serious.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settle } from './crawl.mjs';
import { exchange, group, home, keep, message, shows, texts, unlock, write } from './driver.mjs';
import { faults, findings } from './judge.mjs';
import { ask, launch, phone, quiet, wire } from './phones.mjs';
import { BUILD, cleanUp, folder, found, json, longear, need, stop, until, up } from './points.mjs';

need();
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const browser = await launch();
const SQUARE = 'Алаң · Square';
const HELPERS = 'Көмек · Helpers';

const guest = async (port, options) => {
    const one = await phone(browser, options);
    await wire(one.page);
    await one.page.goto(`http://point.lan:${port}/`);
    await one.page.locator('button.group').filter({ hasText: SQUARE }).waitFor();
    return one;
};
const named = (at, name) => at.getByRole('button', { name, exact: true });
const helpers = async (at) => (await ask(at, 'groups')).find((one) => one.title === HELPERS);
async function joins(at, invitation) {
    await home(at);
    await named(at, 'New group or invitation').click();
    await named(at.locator('dialog'), 'Join by an invitation').click();
    await at.locator('dialog').getByLabel('Invitation').fill(invitation);
    await named(at.locator('dialog'), 'Join').click();
    await at.getByRole('heading', { level: 1, name: HELPERS }).waitFor();
}
const about = async (at) => {
    await at.locator('.bar-title').click();
    await at.getByText('About the group').waitFor();
};
/* Show the request and take its line. */
async function requests(at) {
    await at.getByRole('button', { name: /^(Ask to be let in|Show my request)$/ }).click();
    const line = await at.locator('dialog .line-text').innerText();
    assert.match(line, /^longear-join:/);
    await named(at.locator('dialog'), 'Close').click();
    return line;
}
async function letsIn(at, line, handle) {
    await home(at);
    await group(at, HELPERS);
    await about(at);
    await named(at, 'Let somebody in').click();
    await at.getByLabel('Request', { exact: true }).fill(line);
    await named(at, 'Go on').click();
    await at.getByRole('heading', { name: 'Let this person in?' }).waitFor();
    await at.locator('.big-words', { hasText: handle }).waitFor();
    await named(at, 'Let them in').click();
    await at.getByText('About the group').waitFor();
}

/* ---- 1 ---- */

async function begins(a) {
    const [one, two] = [await guest(a.port), await guest(a.port)];
    await named(one.page, 'New group or invitation').click();
    await named(one.page.locator('dialog'), 'Start a new group').click();
    await one.page.locator('dialog').getByLabel('Name of the group').fill(HELPERS);
    await one.page.locator('dialog').getByLabel('Members only').check({ force: true });
    await one.page.locator('dialog').getByText('You decide who is let in.').waitFor();
    assert.equal(await one.page.locator('dialog').getByLabel('Messages are kept for').inputValue(), '30');
    await named(one.page.locator('dialog'), 'Start').click();
    await one.page.getByText('Only members read this group.').waitFor();
    await write(one.page, 'before anybody came');
    const { community } = await helpers(one.page);
    const invitation = await ask(one.page, 'invite', community, null);

    await joins(two.page, invitation);
    await two.page.getByText('You are not a member yet').waitFor();
    assert.equal(await two.page.getByLabel('Write a message').count(), 0, 'there is no box to write in');
    assert.equal((await helpers(two.page)).standing, 'none');
    const line = await requests(two.page);
    await two.page.getByText('You asked to be let in.').waitFor();
    const asked = await ask(two.page, 'closedRequest', community);
    assert.equal(asked, line, 'one asks once');
    const { handle } = await helpers(two.page);
    await letsIn(one.page, line, handle);
    await one.page.locator('.member', { hasText: handle }).waitFor();

    await two.page.getByLabel('Write a message').waitFor();
    await write(two.page, 'thank you');
    await home(one.page);
    await group(one.page, HELPERS);
    await shows(one.page, 'thank you');
    await write(one.page, 'the well is at the school');
    await shows(two.page, 'the well is at the school');
    assert.equal(await message(two.page, 'before anybody came').count(), 0, 'who comes later does not read what was before');
    await until('own messages are known to have reached the point', async () => (await ask(two.page, 'state')).waiting === 0);
    const status = json('a', 'status');
    assert.ok(status.sealed > 0, 'the point carries what is sealed');
    for (const text of ['thank you', 'the well is at the school', HELPERS])
        assert.ok(!longear('a', '--json', 'community', 'list').includes(text) && !longear('a', '--json', 'search', 'well').includes(text), 'and can read none of it');
    part('one lets another in over a point that can read nothing');
    return { one, two, community, invitation };
}

/* ---- 2 ---- */

async function lasts(a, { one, two, community }) {
    await two.page.reload();
    await group(two.page, HELPERS);
    await shows(two.page, 'the well is at the school');
    await shows(two.page, 'thank you');
    assert.equal((await helpers(two.page)).standing, 'member');
    assert.equal((await helpers(two.page)).unread, 0);
    await write(two.page, 'again after loading');
    await shows(one.page, 'again after loading');

    await home(one.page);
    const file = await keep(one.page);
    await home(one.page);
    await group(one.page, HELPERS);
    await write(one.page, 'after the file was saved');
    await shows(two.page, 'after the file was saved');
    await one.close();
    const open = async () => {
        const page = await kept.context.newPage();
        await wire(page);
        await page.goto(pathToFileURL(file).href);
        await unlock(page);
        await page.locator('button.group').filter({ hasText: HELPERS }).waitFor();
        return page;
    };
    const kept = await phone(browser);
    await kept.page.close();
    let page = await open();
    await exchange(page, `http://point.lan:${a.port}`);
    await group(page, HELPERS);
    await shows(page, 'again after loading');
    await shows(page, 'before anybody came');
    await shows(page, 'after the file was saved'); // the same person wrote it on a page that is gone
    await write(page, 'from the kept page');
    await shows(two.page, 'from the kept page');
    const ids = (await ask(page, 'list', community, null, 200)).messages.map(({ id }) => id).sort();
    await page.close(); // killed: what came after the file was saved is in the journal alone
    page = await open();
    await group(page, HELPERS);
    await shows(page, 'from the kept page');
    assert.equal((await helpers(page)).standing, 'member');
    assert.equal((await helpers(page)).unread, 0, 'what was read stays read');
    assert.deepEqual((await ask(page, 'list', community, null, 200)).messages.map(({ id }) => id).sort(), ids);
    await home(page);
    await exchange(page, `http://point.lan:${a.port}`);
    await group(page, HELPERS);
    await write(page, 'and once more');
    await shows(two.page, 'and once more');
    const places = await page.evaluate(
        () =>
            new Promise((resolve, reject) => {
                const opening = indexedDB.open('longear');
                opening.onerror = () => reject(opening.error);
                opening.onsuccess = () => {
                    const reading = opening.result.transaction('journal').objectStore('journal').getAllKeys();
                    reading.onsuccess = () => resolve(reading.result.map((key) => key[1]));
                };
            }),
    );
    assert.equal(places.filter((n) => n === -1).length, 1, 'keys are kept in one place');
    part('a tab loaded again, a kept page, a killed one: the same member');
    return { page, context: kept.context };
}

/* ---- 3, 4 ---- */

async function ends(coordinator, { two, community }) {
    await message(coordinator, 'thank you').getByRole('button', { name: /^Message:/ }).click();
    for (const never of ['Pass on', 'Show as a code']) assert.equal(await named(coordinator.locator('dialog'), never).count(), 0, never);
    assert.ok((await named(coordinator.locator('dialog'), 'Answer').count()) > 0);
    await coordinator.keyboard.press('Escape');
    assert.equal(await coordinator.locator('.compose input[type=file]').count(), 0);

    const request = await ask(two.page, 'closedRequest', community).catch((error) => error.message);
    assert.match(String(request), /ERR_EXISTS/, 'a member asks for nothing');
    await about(coordinator);
    const { handle } = await helpers(two.page);
    await coordinator.getByRole('button', { name: new RegExp(`^Remove: .*${handle}`) }).click();
    await named(coordinator.locator('dialog'), 'Remove').click();
    await coordinator.locator('.member', { hasText: 'removed' }).waitFor();
    await home(coordinator);
    await group(coordinator, HELPERS);
    await write(coordinator, 'without them');
    await two.page.getByText('You are no member any more.').waitFor();
    await shows(two.page, 'thank you');
    assert.ok(!(await texts(two.page)).some((text) => text.includes('without them')));
    assert.equal(await two.page.getByLabel('Write a message').count(), 0);
    part('who is removed reads nothing more');
}

async function refusals(a, { invitation, community }, coordinator) {
    const three = await guest(a.port);
    await assert.rejects(ask(three.page, 'closedRequest', community), /ERR_COMMUNITY/);
    await joins(three.page, invitation);
    const line = await requests(three.page);
    await assert.rejects(ask(three.page, 'admit', line), /ERR_CHARTER/);
    await assert.rejects(ask(coordinator, 'admit', line.replace(/.$/, (c) => (c === 'a' ? 'b' : 'a'))), /ERR_CHECKSUM/);
    await assert.rejects(ask(coordinator, 'admit', 'longear:abc'), /ERR_NOT_INVITE/);
    await about(coordinator);
    await named(coordinator, 'Let somebody in').click();
    await coordinator.getByLabel('Request', { exact: true }).fill('longear-join:abcd');
    await named(coordinator, 'Go on').click();
    await coordinator.locator('.notice.error').waitFor();
    await three.close();
    part('what is no request is refused with a sentence');
}

/* ---- 5 ---- */

async function looks() {
    const made = spawnSync('node', ['web/build.mjs', '--mock'], { env: { ...process.env, OUT: folder }, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const mock = pathToFileURL(join(folder, 'mock.html')).href;
    const out = join(BUILD, 'screenshots');
    mkdirSync(out, { recursive: true });
    const bad = [];
    for (const [locale, colorScheme, scale, hash] of [['en', 'light', 1, ''], ['ru', 'dark', 1, ''], ['kk', 'light', 1, ''], ['kk', 'dark', 2, ''], ['ru', 'light', 1, 'hostile']]) {
        const { page, close } = await phone(browser, { locale, colorScheme, viewport: { width: 320 * scale, height: 640 * scale } });
        const look = async (name) => {
            if (scale !== 1) await page.evaluate((n) => document.documentElement.style.setProperty('font-size', `${n * 100}%`), scale);
            await settle(page);
            await page.screenshot({ path: join(out, `320-${locale}-${colorScheme}-${hash}closed-${name}.png`), fullPage: true });
            for (const one of [...(await faults(page)), ...(await findings(page))]) bad.push(`${locale} ${scale} ${hash} ${name}: ${one}`);
        };
        const open = async (words) => {
            await page.goto('about:blank');
            await page.goto(`${mock}#${[hash, words].filter(Boolean).join(',')}`);
            await settle(page);
        };
        const info = async () => {
            await page.locator('.bar-title').click();
            await settle(page);
        };
        await open('closed');
        await look('list');
        await page.locator('button.group').first().click();
        await look('conversation');
        await info();
        await page.locator('.member').first().waitFor();
        await look('members');
        await page.locator('.member button').first().click();
        await look('remove');
        await page.keyboard.press('Escape');
        await page.locator('section.card .button.main').click();
        await page.locator('textarea').waitFor();
        await look('admit');
        await page.locator('textarea').fill('longear-join:abc');
        await page.locator('.buttons .button').last().click();
        await page.locator('.big-words').waitFor();
        await look('sure');
        await open('closed');
        await page.locator('.tools .icon-button').last().click();
        await page.locator('dialog button').last().click();
        await page.locator('dialog .segments input').last().check({ force: true });
        await look('new');
        for (const [words, name] of [['stranger', 'outside'], ['asked', 'asked'], ['removed', 'removed']]) {
            await open(words);
            await page.locator('button.group').first().click();
            await look(name);
        }
        await page.locator('section.card .button').last().click();
        await page.locator('dialog .line-text').waitFor();
        await look('request');
        await close();
    }
    assert.deepEqual(bad, []);
    part('every screen at 320 pixels, in three languages, in the light and in the dark');
}

try {
    found('a', SQUARE);
    const a = await up('a');
    const first = await begins(a);
    const coordinator = await lasts(a, first);
    await ends(coordinator.page, first);
    await refusals(a, first, coordinator.page);
    await looks();
    quiet();
    await stop(a);
} finally {
    await browser.close();
    cleanUp();
}
