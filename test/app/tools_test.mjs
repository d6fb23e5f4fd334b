/*
 * The tools around the screens, tapped through in a real browser over plain HTTP and over a peer in memory (web/app/mock.ts):
 *
 *   1. A photo: covered by tap, by drag and by keyboard, undone, made smaller; what is given on is the file that was shown, bare, and its original's hash.
 *      A voice: cut at 30 seconds, told so, given on.
 *   2. Keeping: a short, a weak, two different passphrases save nothing; suggested words do; the file is downloaded and it is said where it went.
 *   3. Points by address and by code; parcels, several at once, and their results in words; saving one.
 *   4. A code that is shown is read back from its own picture; an address that is read is exchanged with only after a tap, other text is shown and not opened.
 *   5. Settings: language, colours, names, originals. Locked, fresh, and no trace: a blank page.
 *   6. The guide on passing on has the steps that the page has, word for word, in three languages.
 *
 * Screenshots of all of it, 360 x 740 and 1280 x 800, in three languages, are left in build/shots/.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, openApp } from './module_page.mjs';
import { strip } from './strip.mjs';

const SHOTS = join(process.env.BUILD ?? 'build', 'shots');
mkdirSync(SHOTS, { recursive: true });
const { isBare } = await load('export { isBare } from "../test/app/photo_jpeg.ts";');
const { passStrength, suggestPass, tidyPass } = await load('export * from "./app/keep_pass.ts";');

/* A screen with the parts that others put into theirs. */
const BENCH = `
    import { addScreen, slots } from "./app/screens.ts"; import { Screen, Body } from "./app/frame.tsx";
    export const made: unknown[] = []; export { showQrOf } from "./app/qr.tsx";
    addScreen("bench", () => <Screen title="bench"><Body>
        <slots.photo disabled={false} onDone={(one: unknown) => made.push(one)} />
        <slots.voice disabled={false} onDone={(one: unknown) => made.push(one)} />
        <slots.showQr community={app.groups![0]!.community} message={null} />
        <slots.scanQr onLine={(line: string) => made.push(line)} />
    </Body></Screen>);`.replace('export const made: unknown[] = [];', 'export const given: unknown[] = [];').replaceAll('made.push', 'given.push');

async function begin(options = {}) {
    const opened = await openApp({ more: BENCH, ...options });
    const { page } = opened;
    page.setDefaultTimeout(90_000);
    await page.waitForFunction(() => tested.app.state !== null);
    const shot = (name) => page.screenshot({ path: join(SHOTS, `${name}.png`) });
    const show = async (screen) => {
        await page.evaluate((screen) => (tested.goHome(), tested.go({ screen })), screen);
        await page.waitForSelector('h1');
    };
    return { ...opened, shot, show, end: async () => (assert.deepEqual(opened.faults, []), opened.close()) };
}

/* A picture with something like a face, as a file of the camera. */
const picture = (page) =>
    page.evaluate(async () => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [1600, 1200];
        const context = canvas.getContext('2d');
        context.fillStyle = '#8fb3c9';
        context.fillRect(0, 0, 1600, 1200);
        context.fillStyle = '#556b4f';
        context.fillRect(0, 800, 1600, 400);
        context.fillStyle = '#d8a47f';
        context.beginPath();
        context.arc(800, 600, 160, 0, 7);
        context.fill();
        context.fillStyle = '#222';
        for (const x of [740, 860]) context.fillRect(x - 15, 560, 30, 20);
        context.fillRect(750, 680, 100, 12);
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
        return [...new Uint8Array(await blob.arrayBuffer())];
    });

/* 1 */
{
    const { page, show, shot, end } = await begin();
    await show('bench');
    const file = { name: 'IMG_20260107_1200.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await picture(page)) };
    await page.getByLabel('Photo', { exact: true }).click();
    await page.getByRole('button', { name: 'Choose a photo' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('input[aria-label="Choose a photo"]').setInputFiles(file);
    const stage = page.locator('.photo-stage');
    await stage.waitFor();
    const size = () => page.locator('.photo-size').textContent();
    const shown = () => page.locator('.photo-stage img').evaluate((image) => image.src);
    const next = async (before) => page.waitForFunction((before) => document.querySelector('.photo-stage img').src !== before && document.querySelector('.photo-size').textContent !== '', before);
    assert.match(await size(), /1600 × 1200/);

    let was = await shown();
    const box = await stage.boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await next(was);
    const covers = page.locator('.photo-cover');
    assert.equal(await covers.count(), 1, 'a tap covers');
    was = await shown();
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 80, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await next(was);
    assert.equal(await covers.count(), 2, 'a drag covers');
    const [first, second] = [await covers.nth(0).boundingBox(), await covers.nth(1).boundingBox()];
    assert.ok(second.width > first.width * 1.5, 'as far as it was dragged');
    was = await shown();
    await covers.nth(0).focus();
    for (const key of ['+', '+', '+', '+', '+', '+', 'ArrowRight', 'ArrowLeft']) await page.keyboard.press(key);
    await next(was);
    assert.ok((await covers.nth(0).boundingBox()).width > first.width * 2, 'larger by keyboard');
    await shot('tool-photo-en-360');
    await covers.nth(1).focus();
    await page.keyboard.press('Delete');
    assert.equal(await covers.count(), 1);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await covers.count(), 2, 'what was taken away comes back');
    was = await shown();
    await page.getByRole('radio', { name: 'small' }).check();
    await next(was);
    assert.match(await size(), /800 × 600/);
    /* The eyes, nearly black before, are as light as the face around them. */
    const darkest = await page.evaluate(() => {
        const image = document.querySelector('.photo-stage img');
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return Math.min(...context.getImageData(360, 280, 80, 12).data.filter((_, i) => i % 4 === 0));
    });
    assert.ok(darkest > 90, `${darkest}`);
    await page.getByRole('button', { name: 'Use this photo' }).click();
    await page.waitForFunction(() => tested.given.length === 1);
    const given = await page.evaluate(() => ({ ...tested.given[0], bytes: [...tested.given[0].bytes] }));
    assert.ok(isBare(strip(Uint8Array.from(given.bytes))));
    assert.deepEqual([given.media, given.name, given.original.length], ['image/jpeg', 'photo-1.jpg', 64]);
    assert.equal(await page.locator('dialog').count(), 0);

    /* What is no picture is told. */
    await page.locator('input[aria-label="Choose a photo"]').setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<script>') });
    await page.getByRole('alert').getByText('no picture').waitFor();
    await page.keyboard.press('Escape');
    await end();
}

/* The same for a voice: a recording that is too long is cut, told so, listened to and given on. */
{
    const { page, show, shot, end } = await begin({ secure: true });
    await show('bench');
    await page.getByLabel('Voice message').click();
    await shot('tool-voice-en-360');
    const rate = 8000;
    const wav = Buffer.alloc(44 + 32 * rate);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(wav.length - 8, 4);
    wav.write('WAVEfmt ', 8);
    [16, 0x10001, rate, rate, 0x80001].forEach((value, i) => wav.writeUInt32LE(value, 16 + 4 * i));
    wav.write('data', 36);
    wav.writeUInt32LE(32 * rate, 40);
    for (let i = 44; i < wav.length; i++) wav[i] = 128 + 60 * Math.sin(i / 5);
    await page.locator('input[aria-label="Choose a recording"]').setInputFiles({ name: 'me.wav', mimeType: 'audio/wav', buffer: wav });
    await page.getByText('only its first 30 seconds').waitFor();
    await page.getByText(/^30 s, /).waitFor();
    await shot('tool-voice-ready-en-360');
    await page.getByRole('button', { name: 'Use this recording' }).click();
    const given = await page.evaluate(() => ({ ...tested.given[0], bytes: tested.given[0].bytes.length }));
    assert.equal(given.media, 'audio/webm');
    assert.match(given.name, /^voice-\d\.webm$/);
    assert.ok(given.bytes < 256 * 1024);
    await page.getByLabel('Voice message').click();
    await page.locator('input[aria-label="Choose a recording"]').setInputFiles({ name: 'x.amr', mimeType: 'audio/amr', buffer: Buffer.from('#!AMR') });
    await page.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await end();
}

/* 2 */
for (const lang of ['en', 'ru', 'kk']) {
    for (let i = 0; i < 50; i++) {
        const words = suggestPass(lang);
        assert.equal(words.split(' ').length, 6);
        assert.equal(passStrength(words), 'strong', words);
    }
    assert.notEqual(suggestPass(lang), suggestPass(lang));
}
for (const weak of ['password12', 'aaaaaaaaaaaaaa', '1234567890', 'қққққққққққ', 'qwerty12345', '0123456789012']) assert.equal(passStrength(weak), 'weak', weak);
for (const short of ['', 'a', '          ', 'abc def']) assert.equal(passStrength(short), 'tooShort', short);
assert.notEqual(passStrength('біздің үйдің алдында екі терек бар'), 'weak');
assert.equal(tidyPass('  one   two '), 'one two');
{
    const { page, show, shot, end } = await begin();
    await show('keep');
    const [pass, again, save] = [page.getByLabel('Passphrase'), page.getByLabel('The same once more'), page.getByRole('button', { name: 'Save the file' })];
    await pass.fill('short');
    assert.ok(await save.isDisabled());
    await page.getByText('Too short').waitFor();
    await pass.fill('a long enough passphrase of mine');
    await again.fill('a long enough passphrase of yours');
    await page.getByText('The two are not the same.').waitFor();
    assert.ok(await save.isDisabled());
    await page.getByRole('button', { name: 'Suggest words' }).click();
    const words = await pass.inputValue();
    assert.equal(words.split(' ').length, 6);
    await again.fill(words);
    await shot('tool-keep-en-360');
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    assert.match(download.suggestedFilename(), /\.html$/);
    await page.getByText(`Saved as ${download.suggestedFilename()}`).waitFor();
    await page.getByText('Where it is and how to open it').waitFor();
    await end();
}
{
    /* Where nothing is kept, the bar counts what no file has, and closing asks. */
    const { page, show, end } = await begin({ situation: 'memory,kept' });
    await show('keep');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save a new copy' }).first().click()]);
    assert.match(download.suggestedFilename(), /\.html$/);
    await page.evaluate(() => (tested.app.state = { ...tested.app.state, storage: 'memory', unsaved: 3 }));
    assert.equal(await page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true }))), false, 'closing asks');
    await page.evaluate(() => (tested.app.state = { ...tested.app.state, unsaved: 0 }));
    assert.equal(await page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true }))), true, 'with nothing to lose it does not');
    await end();
}

/* 3 */
{
    const { page, show, shot, end } = await begin();
    await show('points');
    await page.getByLabel('Address of the point').fill('10.9.8.7:8480');
    await page.getByRole('button', { name: 'Exchange now' }).last().click();
    await page.getByRole('heading', { name: '10.9.8.7:8480' }).waitFor();
    await shot('tool-points-en-360');
    await page.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('heading', { name: '10.9.8.7:8480' }).waitFor({ state: 'detached' });
    await page.getByLabel('Address of the point').fill('not an address');
    await page.getByRole('button', { name: 'Exchange now' }).last().click();
    await page.getByRole('alert').waitFor();

    await show('parcels');
    const files = ['one.zip', 'two.html', '<b>three</b>.zip'].map((name) => ({ name, mimeType: 'application/zip', buffer: Buffer.from('parcel') }));
    await page.locator('input[type=file]').setInputFiles(files);
    await page.getByRole('heading', { level: 3 }).nth(2).waitFor();
    assert.deepEqual(await page.getByRole('heading', { level: 3 }).allTextContents(), files.map((file) => file.name));
    await shot('tool-parcels-en-360');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the parcel' }).click()]);
    assert.match(download.suggestedFilename(), /\.zip$/);
    await page.getByText('Now send this file.').waitFor();
    await end();
}

/* 4 */
{
    const { page, show, end } = await begin({ viewport: { width: 1280, height: 800 } });
    await show('bench');
    const line = await page.locator('.line-text').textContent();
    assert.match(line, /^longear:/i);
    const code = { name: 'code.png', mimeType: 'image/png', buffer: await page.locator('svg.qr').screenshot() };
    await page.getByRole('button', { name: 'Read a code' }).click();
    await page.locator('dialog input[aria-label="Choose a picture"]').setInputFiles(code);
    await page.waitForFunction(() => tested.given.length === 1);
    assert.equal((await page.evaluate(() => tested.given[0])).toLowerCase(), line.toLowerCase());
    /* The same read from the menu joins; an address is put into its field and waits for a tap; a link of any other kind is shown and goes nowhere. */
    const codeOf = async (text) => {
        await page.evaluate((text) => tested.showQrOf(text), text);
        const buffer = await page.locator('dialog svg.qr').screenshot();
        await page.keyboard.press('Escape');
        return { name: 'code.png', mimeType: 'image/png', buffer };
    };
    const scan = async (file) => {
        await show('scan');
        await page.locator('input[aria-label="Choose a picture"]').setInputFiles(file);
    };
    const before = await page.evaluate(() => tested.app.points.length);
    await scan(await codeOf('http://10.42.7.7:8480/'));
    await page.waitForFunction(() => document.querySelector('input[inputmode=url]')?.value === 'http://10.42.7.7:8480/');
    assert.equal(await page.evaluate(() => tested.app.points.length), before, 'no exchange without a tap');
    for (const text of ['https://example.org/?x=1', 'javascript:alert(1)', 'http://10.42.0.1:8480/other#x', 'WIFI:S:square;T:nopass;;', '<img src=x onerror=alert(1)>']) {
        await scan(await codeOf(text));
        await page.locator('.body .line-text').filter({ hasText: text }).waitFor();
        assert.equal(await page.locator('.body a, .body img').count(), 0);
    }
    await scan(code);
    await page.getByText('You are in the group').waitFor();
    /* Nothing to see. */
    await show('scan');
    await page.locator('input[aria-label="Choose a picture"]').setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await picture(page)) });
    await page.getByText('No code was found').waitFor({ timeout: 60_000 });
    await end();
}

/* 5 */
{
    const { page, show, end } = await begin();
    await page.evaluate(() => (tested.app.state = { ...tested.app.state, appWords: '0123456789abcdef' }));
    await show('settings');
    await page.getByText('Of the app: 0123 4567 89ab cdef', { exact: true }).waitFor();
    await page.getByRole('radio', { name: 'dark' }).check();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.locator('.langs button[lang=ru]').last().click();
    await page.getByRole('heading', { name: 'Настройки' }).waitFor();
    const [original] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Сохранить наружу' }).first().click()]);
    assert.ok(original.suggestedFilename().length > 0);
    await page.getByRole('button', { name: 'Не оставлять следов' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Забыть всё' }).click();
    await page.waitForFunction(() => document.body.childElementCount === 0 && document.title === '');
    await end();
}
for (const situation of ['locked', 'fresh']) {
    const { page, shot, end } = await begin({ situation });
    if (situation === 'locked') {
        await page.getByLabel('Your passphrase').fill('wrong');
        await page.getByRole('button', { name: 'Open' }).click();
        await page.getByText('The passphrase does not fit').waitFor();
        await shot('tool-locked-en-360');
        await page.getByRole('button', { name: 'This is not mine' }).click();
        await page.getByRole('button', { name: 'Start as a new person' }).click();
    } else {
        await shot('tool-fresh-en-360');
        await page.getByRole('button', { name: 'Begin' }).click();
    }
    await page.waitForFunction(() => tested.app.state.mode === 'guest' || tested.app.state.mode === 'kept');
    await end();
}

/* The guide and the help in the page say the same. */
const { parcels } = await load('export { parcels } from "./app/words/parcels.ts";');
for (const [lang, name] of [['en', 'pass-it-on.md'], ['ru', 'pass-it-on.ru.md'], ['kk', 'pass-it-on.kk.md']]) {
    const guide = readFileSync(new URL(`../../doc/guide/${name}`, import.meta.url), 'utf8');
    assert.ok(guide.includes(`# ${parcels[lang].roundTitle}\n`), name);
    for (let i = 1; i <= 7; i++) assert.ok(guide.includes(`\n${i}. ${parcels[lang][`round${i}`]}\n`), `${name}, step ${i}`);
}

/* Looks. */
for (const [locale, lang] of [['en', 'en'], ['ru', 'ru'], ['kk-KZ', 'kk']])
    for (const [width, height] of [[360, 740], [1280, 800]]) {
        const { page, show, shot, end } = await begin({ locale, viewport: { width, height } });
        for (const screen of ['keep', 'points', 'parcels', 'scan', 'settings']) {
            await show(screen);
            await page.waitForTimeout(100);
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${screen} ${lang} ${width}`);
            await shot(`tool-${screen}-${lang}-${width}`);
        }
        await end();
    }
