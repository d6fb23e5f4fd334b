/*
 * For tests of the app: one browser, in which every context of its own stands for a phone, and what a person does with the page, by the words and roles
 * that they go by. Whatever a page does that no page should do (a request to elsewhere, a dialog of the browser, an error) is noted and judged by quiet().
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HERE, THERE, folder } from './points.mjs';

const { chromium } = createRequire(join(fileURLToPath(import.meta.url), '../../web/package.json'))('playwright-core');

/* One name leads to a point, as a hotspot's names do; no other name leads anywhere. */
export const launch = (args = []) =>
    chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
            '--disable-sync', `--host-resolver-rules=MAP point.lan ${HERE},MAP * ~NOTFOUND,EXCLUDE 10.*`, ...args],
    });

/* What no page may do. */
const noted = [];
export function quiet(allowed = []) {
    const left = noted.splice(0).filter((line) => !allowed.some((pattern) => pattern.test(line)));
    assert.deepEqual(left, [], 'no request to elsewhere, no dialog, no error');
}

function watch(context, hosts) {
    const requests = [];
    context.on('request', (request) => {
        const url = request.url();
        requests.push({ url, method: request.method(), at: Date.now() });
        if (!/^(blob|data|file|about):/.test(url) && !hosts.some((host) => new URL(url).hostname === host)) noted.push(`request: ${url.slice(0, 200)}`);
    });
    context.on('dialog', (dialog) => {
        /* The question before a page with unsaved things is left is the browser's own and wanted. */
        if (dialog.type() !== 'beforeunload') noted.push(`dialog: ${dialog.message()}`);
        dialog.accept().catch(() => undefined);
    });
    context.on('weberror', (error) => noted.push(`error: ${error.error().stack ?? error.error()}`));
    context.on('console', (message) => {
        /* A point that is gone is told in the page; the browser also writes it down, and that plain HTTP is no secure context. */
        if (message.type() === 'error' && !/net::ERR_|status of (4|5)\d\d|Cross-Origin-Opener-Policy/.test(message.text())) noted.push(`console: ${message.text()}`);
    });
    return requests;
}

/* A phone with nothing on it. */
export async function phone(browser, { hosts = ['point.lan', HERE, THERE], locale = 'en', ...options } = {}) {
    const context = await browser.newContext({ locale, viewport: { width: 360, height: 740 }, acceptDownloads: true, ...options });
    context.setDefaultTimeout(+(process.env.PATIENCE ?? 90_000));
    const requests = watch(context, hosts);
    const page = await context.newPage();
    return { context, page, requests, close: () => context.close() };
}

/* Do what gives a file; where it went. */
export async function saved(page, act, name = null) {
    const [download] = await Promise.all([page.waitForEvent('download'), act()]);
    const path = join(folder, name ?? `${Date.now()}-${download.suggestedFilename()}`);
    await download.saveAs(path);
    return { path, name: download.suggestedFilename() };
}

/* Show a page in a frame that has no origin: no storage of any kind, requests with the origin "null". The frame is in a file, as such a page comes from a
   phone's files: what comes from nowhere at all may not ask this machine anything. */
export async function sandboxed(browser, html, options = {}) {
    const one = await phone(browser, options);
    const around = join(folder, 'around.html');
    writeFileSync(around, '<!doctype html><iframe sandbox="allow-scripts allow-downloads allow-forms allow-modals" style="width:100%;height:95vh;border:0"></iframe>');
    await one.page.goto(`file://${around}`);
    await one.page.locator('iframe').evaluate((frame, text) => {
        frame.srcdoc = text;
    }, html);
    return { ...one, frame: one.page.frameLocator('iframe') };
}

/* Let `ask` reach the peer behind the screens, for what has no screen or would take too many taps: it speaks to the page's own worker as the page does. */
export const wire = (page) =>
    page.addInitScript(() => {
        const Known = globalThis.Worker;
        const asked = new Map();
        let next = 1e9;
        globalThis.Worker = class extends Known {
            constructor(...args) {
                super(...args);
                /* The first one is the peer; another reads codes. */
                globalThis.askPeer ??= (method, ...given) =>
                    new Promise((resolve, reject) => {
                        asked.set(next, { resolve, reject });
                        this.postMessage({ ask: next++, method, args: given });
                    });
                this.addEventListener('message', ({ data }) => {
                    const one = asked.get(data?.answer ?? data?.refusal);
                    if (!one) return;
                    asked.delete(data.answer ?? data.refusal);
                    if ('answer' in data) one.resolve(data.result);
                    else one.reject(new Error(JSON.stringify(data.error)));
                });
            }
        };
    });
export async function ask(page, method, ...args) {
    /* Before it has started, the peer refuses. */
    for (const end = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const { result, error } = await page.evaluate(
            ([name, given]) => globalThis.askPeer?.(name, ...given).then((value) => ({ result: value }), (thrown) => ({ error: thrown.message })) ?? { error: '"BROKEN" not yet' },
            [method, args],
        );
        if (error === undefined) return result;
        if (!/"BROKEN"/.test(error) || Date.now() > end) throw new Error(`${method}: ${error}`);
    }
}
