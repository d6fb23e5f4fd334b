/*
 * For tests of the app: find the screens by tapping whatever can be tapped, over the peer in memory (web/app/mock.ts), where nothing is lost by it.
 *
 * A screen is known by its shape: its heading, what is open over it, the names of what can be tapped, numbers aside. The way to it is kept as the places of
 * what was tapped, which are the same in every language, so that a screen found in one is visited in the others.
 */
const TAPPABLE = 'button:not([disabled]), a[href], summary, [role=button], [role=tab], [role=menuitem]';
/* Rows of a list are alike: of several with one class, three are enough. */
const ALIKE_MAX = 3;

/* What can be tapped now: only what lies on top. */
export const tappable = (page) =>
    page.evaluate(([selector, most]) => {
        const top = [...document.querySelectorAll('dialog[open]')].pop() ?? document;
        const seen = new Map();
        return [...top.querySelectorAll(selector)]
            .map((element, place) => ({ element, place }))
            .filter(({ element }) => element.getClientRects().length > 0)
            .filter(({ element }) => {
                const kind = `${element.className} ${element.closest('article, li, section, header, footer, form')?.className}`;
                seen.set(kind, (seen.get(kind) ?? 0) + 1);
                return seen.get(kind) <= most || top !== document;
            })
            .map(({ element, place }) => ({ place, name: (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40) }));
    }, [TAPPABLE, ALIKE_MAX]);

export const tap = (page, place) =>
    page.evaluate(([selector, at]) => {
        const top = [...document.querySelectorAll('dialog[open]')].pop() ?? document;
        const element = [...top.querySelectorAll(selector)][at];
        element?.focus();
        element?.click();
        return Boolean(element);
    }, [TAPPABLE, place]);

/* Let what a tap began come to an end: two frames and a turn of the peer in memory, until nothing changes any more. */
export const settle = (page) =>
    page.evaluate(async () => {
        let before = '';
        for (let i = 0; i < 40; i++) {
            await new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 25));
            const now = document.body.innerHTML;
            const drawn = [...document.images].every((image) => image.complete); /* a photo has its height only then */
            if (now === before && drawn) return;
            before = now;
        }
    });

const shape = (page) =>
    page.evaluate((selector) => {
        const names = (root) => [...new Set([...root.querySelectorAll(selector)].map((e) => `${e.className}|${(e.getAttribute('aria-label') ?? '').replace(/\d+/g, '')}`))].sort().join(';');
        const heads = [...document.querySelectorAll('h1, dialog[open] h2')].map((e) => e.textContent.replace(/\d+/g, '')).join('/');
        return `${heads} ${names([...document.querySelectorAll('dialog[open]')].pop() ?? document)} ${document.querySelectorAll('input, textarea, select').length}`;
    }, TAPPABLE);

/* Go one way from the beginning. */
export async function walk(page, url, way) {
    await page.goto('about:blank');
    await page.goto(url);
    await settle(page);
    for (const place of way) {
        if (!(await tap(page, place))) return false;
        await settle(page);
    }
    return true;
}

/* The ways to every screen that at most `depth` taps lead to, at most `most` of them. visit(name) is called at each. */
export async function crawl(page, url, { depth, most, skip = /^$/, visit = async () => undefined }) {
    const found = new Map();
    let edge = [[]];
    while (edge.length > 0 && found.size < most) {
        const way = edge.shift();
        if (!(await walk(page, url, way))) continue;
        const name = await shape(page);
        if (found.has(name)) continue;
        found.set(name, way);
        await visit(name, way);
        if (way.length >= depth) continue;
        for (const { place, name: label } of await tappable(page)) if (!skip.test(label)) edge.push([...way, place]);
    }
    return [...found.entries()].map(([name, way]) => ({ name, way }));
}
