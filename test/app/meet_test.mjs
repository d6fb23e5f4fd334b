/*
 * Two phones at one point, over plain HTTP, in a real browser, make sure of each other's key.
 *
 *   1. One begins and says the number, the other types it; both show the same three words, each in the letters of its language. Nothing is remembered before
 *      a person says that they are the same; then messages of the other one bear the mark and the name that was given, also after the page was loaded anew.
 *      Another key that the reader calls so is shown as another key, on every screen.
 *   2. Somebody sits in between, with keys of their own in both directions: the words differ, and who says so has nothing remembered. Whoever changes the
 *      messages ends the meeting with a sentence, and so does a number that nobody began.
 *   3. One shows the code of its key, the other reads it out of a picture: the same mark. One's own code, and one of another group, are refused.
 *   4. In a page that is kept, the mark is in the file, and in none that is passed on.
 *   5. At 320 pixels, in three languages, light and dark, every step of the screen is sound: nothing sticks out, axe-core finds nothing serious.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settle } from './crawl.mjs';
import { group, home, keep, message, parcel, shows, unlock, write } from './driver.mjs';
import { faults, findings } from './judge.mjs';
import { environment, load, random } from './peer_util.mjs';
import { ask, launch, phone, quiet, wire } from './phones.mjs';
import { BUILD, HERE, cleanUp, folder, found, longear, need, stop, up } from './points.mjs';

need();
const begun = Date.now();
const part = (name) => console.log(`${((Date.now() - begun) / 1000).toFixed(1)} s  ${name}`);
const browser = await launch();
const TITLE = 'Алаң · Square';
const WORDS = /^[a-z]{5} [a-z]{5} [a-z]{5}$/;

const guest = async (port, options) => {
    const one = await phone(browser, options);
    await wire(one.page);
    await one.page.goto(`http://point.lan:${port}/`);
    return one;
};
const named = (at, name) => at.getByRole('button', { name, exact: true });
const meetScreen = async (at) => {
    await at.locator('.bar-title').click();
    await at.getByRole('heading', { level: 1 }).waitFor();
    await named(at, 'Meet somebody').click();
    await at.getByRole('heading', { level: 1, name: 'Meet somebody' }).waitFor();
};
const bigWords = (at) => at.locator('.big-words');
const met = (page) => ask(page, 'met');
/* One begins and says the number, the other types it in; what both show. */
async function begin(one, two) {
    await named(one.page, 'Begin').click();
    await one.page.getByText('Say this number').waitFor();
    const number = (await bigWords(one.page).innerText()).replace(/\D/g, '');
    assert.match(number, /^\d{6}$/);
    await two.page.getByLabel('Number that the other phone shows').fill(number);
    await named(two.page, 'Go on with this number').click();
    await Promise.all([one, two].map(({ page }) => page.getByRole('heading', { name: 'Do both phones show' }).waitFor()));
    return Promise.all([one, two].map(({ page }) => bigWords(page).innerText()));
}

/* ---- 1 ---- */

async function words(a) {
    const [one, two] = [await guest(a.port), await guest(a.port)];
    for (const { page } of [one, two]) await group(page, TITLE);
    await write(one.page, 'one writes');
    await write(two.page, 'two writes');
    await shows(one.page, 'two writes');
    await shows(two.page, 'one writes');
    /* Before they meet, one calls a third key so as the other will call themselves. */
    await message(one.page, 'welcome').locator('.author').click();
    await one.page.locator('dialog').getByLabel('Your name for this person').fill('Aliya');
    await named(one.page.locator('dialog'), 'Save the name').click();
    await message(one.page, 'welcome').locator('.author', { hasText: /^Aliya$/ }).waitFor();

    for (const { page } of [one, two]) await meetScreen(page);
    await two.page.getByLabel('What you call yourself').fill('ALIYA');
    const [left, right] = await begin(one, two);
    assert.match(left, WORDS);
    assert.equal(left, right, 'both show the same words');
    for (const { page } of [one, two]) assert.deepEqual(await met(page), {}, 'nothing is remembered before a person has said so');
    await two.page.locator('.lang-button').click();
    await two.page.locator('dialog').getByRole('button', { name: 'Қазақша' }).click();
    assert.match(await bigWords(two.page).innerText(), /^[а-я]{5} [а-я]{5} [а-я]{5}$/);
    assert.ok((await two.page.locator('.hint', { hasText: left }).count()) > 0, 'the words in the other letters stand below');
    await two.page.locator('.lang-button').click();
    await two.page.locator('dialog').getByRole('button', { name: 'English' }).click();
    for (const { page } of [one, two]) await named(page, 'The same on both').click();
    for (const { page } of [one, two]) await page.getByText('you met the holder of this key').first().waitFor();
    await one.page.getByText('They call themselves ALIYA').waitFor();
    await one.page.getByText('You call another key so already').waitFor();
    await named(one.page, 'Save the name').click();
    await named(two.page, 'Without a name').click();
    for (const { page } of [one, two]) {
        await home(page);
        await group(page, TITLE);
    }
    assert.equal(await message(one.page, 'two writes').locator('.author').innerText(), 'ALIYA (met)');
    assert.equal(await message(one.page, 'welcome').locator('.author').innerText(), 'Aliya (another key)', 'the same name with another key');
    assert.match(await message(two.page, 'one writes').locator('.author').innerText(), /^~\w{5}-\w{5} \(met\)$/);
    await message(one.page, 'two writes').locator('.author').click();
    await one.page.locator('dialog').getByText('You compared words.').waitFor();
    await named(one.page.locator('dialog'), 'Close').click();
    const said = Object.values(await met(one.page));
    assert.equal(said.length, 1);
    assert.equal(said[0].way, 'words');
    assert.ok(Math.abs(said[0].day - Date.now() / 86_400_000) < 2);
    await one.page.reload();
    await group(one.page, TITLE);
    await message(one.page, 'two writes').locator('.author', { hasText: /^ALIYA \(met\)$/ }).waitFor();
    part(`the same words on both: ${left}`);
    return [one, two];
}

/* ---- 2 ---- */

/* Stands between phones and a point: passes everything on, but what belongs to meetings is answered by `between`. */
async function relay(port, between) {
    const server = createServer((incoming, outgoing) => {
        const parts = [];
        incoming.on('data', (chunk) => parts.push(chunk));
        incoming.on('end', () => {
            const body = Buffer.concat(parts);
            const [, number, which] = /^\/meet\/(\d+)\/(\d)$/.exec(incoming.url) ?? [];
            if (number && between) {
                const { status, data } = between(number, Number(which), incoming.method, body);
                outgoing.writeHead(status, { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' }).end(data);
                return;
            }
            const headers = { ...incoming.headers, host: `point.lan:${port}` };
            if (headers.origin) headers.origin = `http://point.lan:${port}`;
            const on = request({ host: HERE, port, method: incoming.method, path: incoming.url, headers });
            on.on('error', () => outgoing.destroy());
            on.on('response', (answer) => {
                outgoing.writeHead(answer.statusCode, answer.headers);
                answer.on('error', () => outgoing.destroy());
                answer.pipe(outgoing);
            });
            outgoing.on('close', () => on.destroy());
            on.end(body);
        });
    });
    await new Promise((resolve) => server.listen(0, HERE, resolve));
    return { port: server.address().port, close: () => (server.closeAllConnections(), server.close()) };
}

/* A core by itself, in the group of this invitation. */
const { Core, Sodium } = await load('export { Core } from "./peer/core.ts"; export { Sodium } from "./peer/sodium.ts";');
async function core(invitation) {
    const env = environment();
    const made = await Core.load(await env.asset('phone'), await Sodium.load(await env.asset('sodium')), () => ({ now: env.now(), confirmed: false, steady: env.steady() }));
    made.person(random(32));
    return { core: made, community: made.join(invitation).community };
}

async function between(a, invitation) {
    const [towards, from] = [await core(invitation), await core(invitation)];
    const kept = new Map();
    const seen = [];
    const interceptor = (number, which, method, body) => {
        const at = `${number}/${which}`;
        if (method === 'GET') return kept.has(at) ? { status: 200, data: kept.get(at) } : { status: kept.has(`${number}/1`) ? 204 : 404 };
        seen.push(which);
        /* Towards the first phone it is the second one, towards the second phone the first. */
        if (which === 1) {
            towards.core.meetBegin(towards.community, true, 'Two', random(32));
            from.core.meetBegin(from.community, false, 'One', random(32));
            towards.core.meetTake(body);
            kept.set(`${number}/1`, from.core.meetSend());
        } else if (which === 2) {
            kept.set(`${number}/2`, towards.core.meetSend());
            from.core.meetTake(body);
            kept.set(`${number}/3`, from.core.meetSend());
        } else if (which === 3) {
            towards.core.meetTake(body);
            kept.set(`${number}/4`, towards.core.meetSend());
        } else from.core.meetTake(body);
        return { status: 204 };
    };
    let way = await relay(a.port, interceptor);
    let [one, two] = [await guest(way.port), await guest(way.port)];
    for (const { page } of [one, two]) {
        await group(page, TITLE);
        await meetScreen(page);
    }
    const [left, right] = await begin(one, two);
    assert.deepEqual([...seen].sort(), [1, 2, 3, 4], 'all four messages went through the interceptor');
    assert.match(left, WORDS);
    assert.match(right, WORDS);
    assert.notEqual(left, right, 'with somebody in between the words differ');
    for (const { page } of [one, two]) {
        await named(page, 'They differ').click();
        await page.getByText('Then somebody sits in between').waitFor();
        assert.deepEqual(await met(page), {}, 'nothing is remembered');
    }
    part(`somebody in between: ${left} here, ${right} there, nobody met`);
    await Promise.all([one.close(), two.close()]);
    way.close();

    /* The other one's fresh key is changed on the way: the commitment does not fit. */
    const plain = new Map();
    way = await relay(a.port, (number, which, method, body) => {
        const at = `${number}/${which}`;
        if (method === 'GET') return plain.has(at) ? { status: 200, data: plain.get(at) } : { status: plain.has(`${number}/1`) ? 204 : 404 };
        if (which === 3) body[5] ^= 1;
        plain.set(at, body);
        return { status: 204 };
    });
    [one, two] = [await guest(way.port), await guest(way.port)];
    for (const { page } of [one, two]) {
        await group(page, TITLE);
        await meetScreen(page);
    }
    await two.page.getByLabel('Number that the other phone shows').fill('0815');
    await named(two.page, 'Go on with this number').click();
    await two.page.getByText('Nobody began with this number').waitFor();
    await named(one.page, 'Begin').click();
    await one.page.getByText('Say this number').waitFor();
    await two.page.getByLabel('Number that the other phone shows').fill((await bigWords(one.page).innerText()).replace(/\D/g, ''));
    await named(two.page, 'Go on with this number').click();
    await two.page.getByText('somebody changes what goes between you').waitFor();
    assert.equal(await bigWords(two.page).count(), 0, 'no words are shown');
    await named(one.page, 'Stop').click();
    await named(one.page, 'Begin').waitFor();
    for (const { page } of [one, two]) assert.deepEqual(await met(page), {});
    await Promise.all([one.close(), two.close()]);
    way.close();
    part('a changed message, a number that nobody began: a sentence, nothing remembered');
}

/* ---- 3 ---- */

async function codes(a, one, two) {
    await meetScreen(one.page);
    await one.page.getByLabel('What you call yourself').fill('Бір');
    await named(one.page, 'Show the code').click();
    const picture = one.page.locator('svg.qr');
    await picture.scrollIntoViewIfNeeded();
    const shot = join(folder, 'code.png');
    await picture.screenshot({ path: shot });
    const reader = await guest(a.port);
    await group(reader.page, TITLE);
    await meetScreen(reader.page);
    const take = async (page) => {
        await named(page, "Read the other's code").click();
        await page.locator('dialog input[type=file]').last().setInputFiles(shot);
    };
    await take(reader.page);
    await reader.page.getByRole('heading', { name: 'Is this the code of the person' }).waitFor();
    await reader.page.getByText('They call themselves Бір').waitFor();
    assert.deepEqual(await met(reader.page), {}, 'nothing is remembered before a person has said so');
    await named(reader.page, 'No').click();
    await take(reader.page);
    await named(reader.page, 'Yes, it is them').click();
    await reader.page.getByText('you met the holder of this key').first().waitFor();
    assert.equal(await reader.page.getByLabel('Your name for them').inputValue(), 'Бір');
    await named(reader.page, 'Save the name').click();
    await home(reader.page);
    await group(reader.page, TITLE);
    await message(reader.page, 'one writes').locator('.author', { hasText: /^Бір \(met\)$/ }).waitFor();
    assert.deepEqual(Object.values(await met(reader.page)).map((each) => each.way), ['code']);

    await take(one.page);
    await one.page.getByText('This is your own code.').waitFor();
    const line = await ask(one.page, 'keyLine', Object.values(await ask(one.page, 'groups'))[0].community, '');
    const alone = await phone(browser);
    await wire(alone.page);
    await alone.page.goto(pathToFileURL(join(BUILD, 'web/link.html')).href);
    await assert.rejects(ask(alone.page, 'metLine', line), /ERR_COMMUNITY/);
    await assert.rejects(ask(alone.page, 'metLine', line.replace(/.$/, (c) => (c === 'a' ? 'b' : 'a'))), /ERR_CHECKSUM/);
    assert.deepEqual(await met(alone.page), {});
    await alone.close();
    part('a code is read out of a picture; one\'s own and those of other groups are refused');
    return reader;
}

/* ---- 4 ---- */

async function kept(reader) {
    await home(reader.page);
    const file = await keep(reader.page);
    await home(reader.page);
    const passed = await parcel(reader.page, 'html');
    await reader.close();
    const again = await phone(browser);
    await wire(again.page);
    await again.page.goto(pathToFileURL(file).href);
    await unlock(again.page);
    await group(again.page, TITLE);
    await message(again.page, 'one writes').locator('.author', { hasText: /^Бір \(met\)$/ }).waitFor();
    await again.close();
    const other = await phone(browser);
    await wire(other.page);
    await other.page.goto(pathToFileURL(passed).href);
    assert.deepEqual(await met(other.page), {}, 'a page that is passed on tells nothing of whom one met');
    await other.close();
    part('the kept page remembers; the one that is passed on does not');
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
            await page.screenshot({ path: join(out, `320-${locale}-${colorScheme}-${hash}meet-${name}.png`), fullPage: true });
            for (const one of [...(await faults(page)), ...(await findings(page))]) bad.push(`${locale} ${scale} ${hash} ${name}: ${one}`);
        };
        const open = async (words) => {
            await page.goto('about:blank');
            await page.goto(`${mock}#${[hash, words].filter(Boolean).join(',')}`);
            await settle(page);
            await page.locator('button.group').first().click();
            await settle(page);
            await page.locator('.bar-title').click();
            await settle(page);
            await page.locator('section.card button:has(svg)').nth(2).click();
            await settle(page);
            await page.locator('form.card').waitFor();
        };
        await open('alone');
        await look('start');
        await page.locator('section.card button').first().click();
        await look('code');
        await page.locator('form.card .button').first().click();
        await look('waiting');
        await open('');
        await page.locator('form.card .button').first().click();
        await page.locator('.big-words').waitFor();
        await look('compare');
        await page.locator('.stack .button.main').click();
        await page.locator('.stack input').waitFor();
        await look('done');
        await open('');
        await page.locator('form.card .button').first().click();
        await page.locator('.stack .button.danger').click();
        await page.locator('.notice.error').waitFor();
        await look('differ');
        await open('');
        await page.locator('form.card input').fill('0000');
        await page.locator('form.card .button').last().click();
        await page.locator('.notice.error').waitFor();
        await look('failed');
        await close();
    }
    assert.deepEqual(bad, []);
    part('every step at 320 pixels, in three languages, in the light and in the dark');
}

try {
    const [community] = found('a', TITLE);
    longear('a', 'post', community, 'welcome');
    const invitation = longear('a', 'invite', community).trim();
    const a = await up('a');
    const [one, two] = await words(a);
    await between(a, invitation);
    await kept(await codes(a, one, two));
    await looks();
    quiet();
    await stop(a);
} finally {
    await browser.close();
    cleanUp();
}
