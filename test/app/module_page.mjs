/*
 * For tests: modules of web/ alone in a real browser. They are bundled as the page's build bundles them and served at a host name over plain HTTP,
 * which is no secure context, as at a hotspot; or from localhost, which is one.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const WEB = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const esbuild = createRequire(join(WEB, 'package.json'))('esbuild');
const { chromium } = createRequire(join(WEB, '../test/web/package.json'))('playwright-core');

const common = { absWorkingDir: WEB, bundle: true, write: false, logLevel: 'error', target: 'es2022' };

/* What these lines export, for use in node itself. */
export async function load(lines) {
    const made = await esbuild.build({ ...common, stdin: { contents: lines, resolveDir: WEB, loader: 'ts' }, format: 'esm' });
    return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString('base64')}`);
}

/* A page in which `tested` is what these lines export. Ends with close(). */
export async function open(lines, { secure = false, body = '', args = [] } = {}) {
    const made = await esbuild.build({ ...common, stdin: { contents: lines, resolveDir: WEB, loader: 'ts' }, format: 'iife', globalName: 'tested' });
    const policy = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src blob: data:; media-src blob: data:; worker-src blob:";
    const html = `<!doctype html><meta charset="utf-8"><title>test</title><body>${body}<script>${made.outputFiles[0].text.replaceAll('</script', '<\\/script')}</script>`;
    const server = createServer((request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy });
        response.end(html);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--host-resolver-rules=MAP point.test 127.0.0.1', ...args],
    });
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error('page:', error.message));
    await page.goto(`http://${secure ? 'localhost' : 'point.test'}:${server.address().port}/`);
    return {
        page,
        browser,
        async close() {
            await browser.close();
            server.close();
        },
    };
}

export const base64 = (bytes) => Buffer.from(bytes).toString('base64');
