/*
 * For tests: modules of web/ alone in a real browser. They are bundled as the page's build bundles them and served at a host name over plain HTTP,
 * which is no secure context, as at a hotspot; or from localhost, which is one.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { coreErrors } from '../../web/words_from_po.mjs';

export const WEB = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const esbuild = createRequire(join(WEB, 'package.json'))('esbuild');

const common = { absWorkingDir: WEB, bundle: true, write: false, logLevel: 'error', target: 'es2022', loader: { '.html': 'text' }, jsx: 'automatic', jsxImportSource: 'preact' };

/* What these lines export, for use in node itself. */
export async function load(lines) {
    const made = await esbuild.build({ ...common, stdin: { contents: lines, resolveDir: WEB, loader: 'ts' }, format: 'esm' });
    return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString('base64')}`);
}

const { chromium } = createRequire(join(WEB, '../test/web/package.json'))('playwright-core');
async function bundle(lines, loader, more = { globalName: 'tested' }) {
    const made = await esbuild.build({ ...common, stdin: { contents: lines, resolveDir: WEB, loader }, format: 'iife', ...more, define: { CORE_ERRORS: JSON.stringify(coreErrors(join(WEB, '..'))) } });
    return made.outputFiles[0].text.replaceAll('</script', '<\\/script');
}

/* A page in which `tested` is what these lines export. secure: at localhost. Ends with close(). */
export async function open(lines, { secure = false, body = '', style = '', alsoScript = '', args = [], viewport = { width: 360, height: 740 }, locale = 'en', path = '' } = {}) {
    const script = await bundle(lines, 'tsx');
    /* As strict as the released page's. */
    const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const policy = `default-src 'none'; script-src ${hash(script)} ${hash(alsoScript)} 'wasm-unsafe-eval'; style-src ${hash(style)}; img-src blob: data:; media-src blob: data:; worker-src blob:`;
    const html = `<!doctype html><html lang="kk"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>test</title><style>${style}</style><body>${body}<script>${script}</script></body></html>`;
    const server = createServer((request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy });
        response.end(html);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--host-resolver-rules=MAP point.test 127.0.0.1', ...args],
    });
    const context = await browser.newContext({ viewport, locale, acceptDownloads: true });
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.text().includes('Content Security Policy') && faults.push(message.text()));
    await page.goto(`http://${secure ? 'localhost' : 'point.test'}:${server.address().port}/${path}`);
    return {
        page,
        faults,
        async close() {
            await browser.close();
            server.close();
        },
    };
}

/* The whole app over its peer in memory (web/app/mock.ts), with `tested.go` to get to a screen. situation: a word that mock.ts knows. */
export async function openApp({ situation = '', more = '', ...options } = {}) {
    const style = (await esbuild.build({ ...common, entryPoints: ['app/style.css'] })).outputFiles[0].text;
    const reader = await bundle('import "./qr/entry.ts";', 'ts', {});
    return open(
        `import { mockPeer } from "./app/mock.ts"; import { start } from "./app/shell.tsx"; import { app } from "./app/store.ts"; import { go, goHome } from "./app/router.ts";
        ${more}
        const made = mockPeer(); start(made); export { app, go, goHome, made };`,
        {
            style,
            alsoScript: reader,
            body: `<div id="app"></div><script type="application/octet-stream" id="part-qr">${deflateSync(reader).toString('base64')}</script>`,
            path: `#${situation}`,
            ...options,
        },
    );
}

export const base64 = (bytes) => Buffer.from(bytes).toString('base64');
