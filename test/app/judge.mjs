/*
 * For tests of the app: what is wrong with how a page looks and with how it can be used.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/* Serious and critical findings of axe-core, one line each. */
export async function findings(page) {
    await page.evaluate(axe);
    return page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { preload: false, resultTypes: ['violations'] });
        return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} [${node.any[0]?.message ?? ''}]`).join(' ')}`);
    });
}

/* Faults of the layout and words that are none. `small`: the least height of what is touched. */
export const faults = (page, { small = 43.5 } = {}) =>
    page.evaluate((least) => {
        const found = [];
        const html = document.documentElement;
        const name = (e) => e.outerHTML.replace(/<svg.*?<\/svg>/g, '').slice(0, 110);
        if (html.scrollWidth > html.clientWidth) found.push(`wider than the window: ${html.scrollWidth} > ${html.clientWidth}`);
        for (const e of document.querySelectorAll('body *')) {
            const box = e.getBoundingClientRect();
            if (box.width === 0 || box.height === 0 || e.closest('[hidden], svg, canvas, option, .visually-hidden')) continue;
            const style = getComputedStyle(e);
            if (/auto|scroll/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && !['TEXTAREA', 'INPUT', 'PRE'].includes(e.tagName)) found.push(`scrolls sideways: ${name(e)}`);
        }
        const top = [...document.querySelectorAll('dialog[open]')].pop() ?? document;
        for (const e of top.querySelectorAll('a[href], button, input:not([type=hidden]):not([type=file]), select, textarea, summary')) {
            const box = (e.closest('label') ?? e).getBoundingClientRect();
            if (box.width === 0 || e.closest('.text')) continue;
            /* In a message, beside its text, the least that WCAG 2.2 asks for; what is touched there reaches further than it shows. */
            if (box.height < (e.closest('article') ? 24 : least)) found.push(`${Math.round(box.height)} high: ${name(e)}`);
            if (box.right > html.clientWidth + 1 || box.left < -1) found.push(`sticks out: ${name(e)}`);
            if (e.matches('input, select, textarea') && e.labels.length === 0 && !e.getAttribute('aria-label')) found.push(`no label: ${name(e)}`);
        }
        /* A value that is none, a hole that nothing filled. */
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.parentElement.closest('script, style')) continue;
            if (/\bundefined\b|\[object |\bNaN\b|\{[a-z]+\}|Invalid Date/.test(node.data)) found.push(`no word: ${node.data.slice(0, 80)}`);
        }
        return found;
    }, small);
