/*
 * The app in a real browser: what a guest waits for on a slow link, records checked without the page standing still, a first exchange, the memory of a tab, a
 * kept page that opens, and how quiet a page is with nothing to do.
 *
 * Times are the page's own (performance.now() of what was tapped and of what is shown then). The slow processor is the browser's throttling, which slows the
 * page's own thread and not its worker; the slow link is test/app/shaper.mjs, for all connections together. Memory is what the renderer's process has for
 * itself (Private_Dirty and Private_Clean of /proc/PID/smaps_rollup), the core's and the page's together.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { PASS, keep, unlock } from '../test/app/driver.mjs';
import { photo } from '../test/app/picture.mjs';
import { ask, launch, phone, wire } from '../test/app/phones.mjs';
import { PAGE, cleanUp, fill, found, longear, need, stop, until, up } from '../test/app/points.mjs';
import { shaper } from '../test/app/shaper.mjs';

need();
const begun = Date.now();
function report(bench, n, value, unit, target, ok = value <= target) {
    const round = (x) => Math.round(x * 1000) / 1000;
    const line = { bench, n, d: 0, value: round(value), unit, baseline: target, ratio: round(value / target), target: 1, ok };
    if (process.env.BENCH_OUT) appendFileSync(process.env.BENCH_OUT, `${JSON.stringify(line)}\n`);
    console.log(`${((Date.now() - begun) / 1000).toFixed(0)} s  ${bench} (${n}): ${line.value} ${unit}, to reach ${target}${ok ? '' : ': NOT REACHED'}`);
}
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

const browser = await launch();
/* Note when something is first shown, and how long the page stood still. */
const watch = (page) =>
    page.addInitScript(() => {
        window.halts = [];
        new PerformanceObserver((list) => window.halts.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
        addEventListener('click', () => (window.tapped = performance.now()), true);
        window.when = (test) =>
            new Promise((resolve) => {
                const look = () => (test() ? resolve(performance.now()) : requestAnimationFrame(look));
                look();
            });
    });
const longest = (page) => page.evaluate(() => Math.max(0, ...window.halts.splice(0)));
async function open(url, options = {}) {
    const one = await phone(browser);
    await watch(one.page);
    await wire(one.page);
    if (options.cpu) {
        const cdp = await one.context.newCDPSession(one.page);
        await cdp.send('Emulation.setCPUThrottlingRate', { rate: options.cpu });
    }
    await one.page.goto(url, { waitUntil: 'commit' });
    return one;
}

/* ---- What a guest waits for ---- */

async function usable(port, cpu, bits) {
    const link = bits ? await shaper(port, { bits, lateMs: 10 }) : null;
    const one = await open(`http://point.lan:${link?.port ?? port}/`, { cpu });
    const groups = await one.page.evaluate(() => window.when(() => document.querySelector('button.group')));
    /* And type: the group is opened, a letter is written. */
    const typed = await one.page.evaluate(async () => {
        document.querySelector('button.group').click();
        await window.when(() => document.querySelector('.compose textarea'));
        const area = document.querySelector('.compose textarea');
        area.focus();
        document.execCommand('insertText', false, 'a');
        return window.when(() => area.value === 'a');
    });
    await one.close();
    link?.close();
    return { groups, typed };
}

/* ---- Memory ---- */

function own(pid) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]) / 1024;
    return of('Private_Clean') + of('Private_Dirty');
}
async function renderers() {
    const cdp = await browser.newBrowserCDPSession();
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
    await cdp.detach();
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

try {
    report('app page under gzip', 1, statSync(`${PAGE}.gz`).size / 1024, 'KiB', 400);
    const built = spawnSync('node', ['web/build.mjs'], { encoding: 'utf8' }).stdout;
    report('app own JavaScript, minified', 1, Number(/own JavaScript, minified\s+(\d+)/.exec(built)[1]) / 1024, 'KiB', 80);

    const [few] = found('few', 'Square');
    longear('few', 'post', few, 'welcome');
    const first = await up('few');
    const slow = [];
    const plain = [];
    for (let i = 0; i < 5; i++) {
        slow.push(await usable(first.port, 6, 1e6));
        plain.push(await usable(first.port, 0, 0));
    }
    report('app usable, 6x CPU, 1 Mbit/s', 5, median(slow.map(({ typed }) => typed)) / 1000, 's', 2);
    report('app groups shown, 6x CPU, 1 Mbit/s', 5, median(slow.map(({ groups }) => groups)) / 1000, 's', 2);
    report('app usable, nothing slowed', 5, median(plain.map(({ typed }) => typed)) / 1000, 's', 2);
    await stop(first);

    /* A first exchange, from the tap: a page without a point of its own that is given an address. */
    const [thousand] = found('thousand', 'Square');
    fill('thousand', thousand, 1000, { bytes: 300 });
    const second = await up('thousand');
    const times = [];
    const halts = [];
    for (let i = 0; i < 3; i++) {
        const one = await open(pathToFileURL(PAGE).href);
        await ask(one.page, 'state');
        await one.page.evaluate(() => (window.halts = []));
        times.push(
            await one.page.evaluate(async ([address]) => {
                const start = performance.now();
                globalThis.askPeer('exchange', address);
                /* Shown: the newest of all is in the list of groups, and the number of those that are new. */
                const end = await window.when(() => /999\+|1000/.test(document.querySelector('button.group .badge')?.textContent ?? ''));
                return end - start;
            }, [second.url]),
        );
        halts.push(await longest(one.page));
        await one.close();
    }
    report('app first exchange of 1000 x 300 bytes', 3, median(times) / 1000, 's', 3);
    report('app longest halt meanwhile', 3, Math.max(...halts), 'ms', 100);

    /* Checking alone: the same as a parcel. */
    const zip = `${process.env.TMPDIR ?? '/tmp'}/app-bench-${process.pid}.zip`;
    longear('thousand', 'pouch', 'pack', zip);
    const bytes = readFileSync(zip).toString('base64');
    const checks = [];
    const stood = [];
    for (let i = 0; i < 3; i++) {
        const one = await open(pathToFileURL(PAGE).href);
        await ask(one.page, 'state');
        await one.page.evaluate(() => (window.halts = []));
        checks.push(
            await one.page.evaluate(async (text) => {
                const file = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
                const start = performance.now();
                const said = await globalThis.askPeer('parcelOpen', 'parcel.zip', file);
                if (said.accepted < 1000) throw new Error(JSON.stringify(said));
                return performance.now() - start;
            }, bytes),
        );
        stood.push(await longest(one.page));
        await one.close();
    }
    report('app checking and storing 1000 records', 3, median(checks) / 1000, 's', 1);
    report('app longest halt while checking', 3, Math.max(...stood), 'ms', 100);

    /* Quiet: a guest at rest, everything exchanged. */
    const rest = await open(`http://point.lan:${second.port}/`);
    await until('settled', async () => (await ask(rest.page, 'points'))[0]?.state === 'settled');
    const idleFrom = Date.now() + 2000;
    await new Promise((resolve) => setTimeout(resolve, 82_000));
    const asked = rest.requests.filter(({ at }) => at > idleFrom).length;
    report('app requests in 80 s at rest', asked, asked === 0 ? 0 : asked / 4, 'x 4', 1);
    await rest.close();
    await stop(second);

    /* Memory with 10,000 records. */
    const [many] = found('many', 'Square');
    fill('many', many, 10_000, { bytes: 300 });
    const third = await up('many');
    const before = new Set(await renderers());
    const full = await open(`http://point.lan:${third.port}/`);
    await until('10,000 records', async () => (await ask(full.page, 'groups'))[0]?.records >= 10_000, 60);
    const cdp = await full.context.newCDPSession(full.page);
    await cdp.send('HeapProfiler.enable');
    await cdp.send('HeapProfiler.collectGarbage');
    const pids = (await renderers()).filter((pid) => !before.has(pid));
    report('app memory of the tab, 10,000 records', 10_000, Math.max(...pids.map(own)), 'MiB', 100);
    await full.close();
    await stop(third);

    /* A kept page with 5,000 records and 20 photos. */
    const [heavy] = found('heavy', 'Square');
    fill('heavy', heavy, 5000, { bytes: 300 });
    const fourth = await up('heavy');
    const writer = await open(`http://point.lan:${fourth.port}/`);
    await until('5,000 records', async () => (await ask(writer.page, 'groups'))[0]?.records >= 5000, 60);
    const picture = (await photo(writer.page)).toString('base64');
    for (let i = 0; i < 20; i++)
        await writer.page.evaluate(
            ([community, text, number]) => {
                const taken = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
                const extra = crypto.getRandomValues(new Uint8Array(60_000));
                const all = new Uint8Array(taken.length + extra.length);
                all.set(taken);
                all.set(extra, taken.length);
                return globalThis.askPeer('write', { community, text: `photo ${number}`, urgency: 1, attachments: [{ bytes: all, media: 'image/jpeg', name: 'photo.jpg' }] });
            },
            [heavy, picture, i],
        );
    const file = await keep(writer.page);
    await writer.close();
    const opened = [];
    const total = [];
    for (let i = 0; i < 3; i++) {
        const one = await open(pathToFileURL(file).href);
        await one.page.getByLabel('Your passphrase').waitFor();
        const asked = await one.page.evaluate(() => performance.now());
        await unlock(one.page, PASS);
        const shown = await one.page.evaluate(() => window.when(() => document.querySelector('button.group')));
        opened.push(shown - (await one.page.evaluate(() => window.tapped)));
        total.push(shown - (await one.page.evaluate(() => window.tapped)) + asked);
        await one.close();
    }
    console.log(`        the file has ${(statSync(file).size / 1e6).toFixed(1)} MB; with loading it until the passphrase can be given: ${(median(total) / 1000).toFixed(2)} s`);
    report('app kept page opens, 5000 records and 20 photos', 5000, median(opened) / 1000, 's', 2);
    await stop(fourth);
} finally {
    await browser.close();
    cleanUp();
}
