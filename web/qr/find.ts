// find.ts: where a QR code lies in a picture, and which of its modules are dark.
//
// Readers for small devices take a code for flat and straight. A photo of a dense code is neither: it is seen at an angle
// and bent by the lens. So the four corners are moved until what every code of that size has (finder, alignment and
// timing patterns, ISO/IEC 18004) fits the picture best, then every alignment pattern is looked for by itself, and
// modules are read in between. What the modules say is left to a library.

export interface Picture {
    gray: Uint8Array;
    width: number;
    height: number;
    light: Float64Array; // sums of gray over all that is above and left (one row and column more)
}
interface Point {
    x: number;
    y: number;
}
interface Finder extends Point {
    module: number; // its size in pixels
    seen: number; // on how many rows
}
export interface Grid {
    size: number;
    dark: Uint8Array;
}

const FINDERS_MAX = 14;
const TRIPLES_MAX = 6;
const VERSION_MAX = 40;

export function picture(pixels: Uint8ClampedArray, width: number, height: number): Picture {
    const gray = new Uint8Array(width * height);
    const light = new Float64Array((width + 1) * (height + 1));
    for (let y = 0, i = 0; y < height; y++) {
        let row = 0;
        for (let x = 0; x < width; x++, i++) {
            gray[i] = (pixels[4 * i]! * 77 + pixels[4 * i + 1]! * 150 + pixels[4 * i + 2]! * 29) >> 8;
            row += gray[i]!;
            light[(y + 1) * (width + 1) + x + 1] = light[y * (width + 1) + x + 1]! + row;
        }
    }
    return { gray, width, height, light };
}

// The mean gray of a square around a place.
function mean(p: Picture, x: number, y: number, radius: number): number {
    const x0 = Math.max(0, Math.floor(x - radius));
    const y0 = Math.max(0, Math.floor(y - radius));
    const x1 = Math.min(p.width, Math.ceil(x + radius + 1));
    const y1 = Math.min(p.height, Math.ceil(y + radius + 1));
    if (x1 <= x0 || y1 <= y0) return 128;
    const w = p.width + 1;
    const sum = p.light[y1 * w + x1]! - p.light[y0 * w + x1]! - p.light[y1 * w + x0]! + p.light[y0 * w + x0]!;
    return sum / ((x1 - x0) * (y1 - y0));
}

// The gray between pixels; what is outside is as the border.
function at(p: Picture, x: number, y: number): number {
    const cx = Math.min(p.width - 1.001, Math.max(0, x - 0.5));
    const cy = Math.min(p.height - 1.001, Math.max(0, y - 0.5));
    const x0 = cx | 0;
    const y0 = cy | 0;
    const fx = cx - x0;
    const fy = cy - y0;
    const i = y0 * p.width + x0;
    const g = p.gray;
    return (g[i]! * (1 - fx) + g[i + 1]! * fx) * (1 - fy) + (g[i + p.width]! * (1 - fx) + g[i + p.width + 1]! * fx) * fy;
}

// ---- Finder patterns ----

function binary(p: Picture, part: number): Uint8Array {
    const radius = Math.max(8, Math.min(p.width, p.height) / part);
    const out = new Uint8Array(p.width * p.height);
    for (let y = 0, i = 0; y < p.height; y++)
        for (let x = 0; x < p.width; x++, i++) out[i] = p.gray[i]! < mean(p, x, y, radius) - 3 ? 1 : 0;
    return out;
}

// Lengths of dark, light, dark, light, dark around a dark place, along a line; null where they are not 1:1:3:1:1.
function cross(
    dark: Uint8Array,
    p: Picture,
    x: number,
    y: number,
    dx: number,
    dy: number,
    most: number,
): { shift: number; total: number } | null {
    const get = (k: number): number => {
        const px = Math.round(x + k * dx);
        const py = Math.round(y + k * dy);
        return px < 0 || py < 0 || px >= p.width || py >= p.height ? -1 : dark[py * p.width + px]!;
    };
    const runs = [0, 0, 0, 0, 0];
    if (get(0) !== 1) return null;
    let k = 0;
    while (get(k) === 1) k++, runs[2]!++;
    while (get(k) === 0 && runs[3]! < most) k++, runs[3]!++;
    while (get(k) === 1 && runs[4]! < most) k++, runs[4]!++;
    const right = k;
    k = -1;
    while (get(k) === 1) k--, runs[2]!++;
    while (get(k) === 0 && runs[1]! < most) k--, runs[1]!++;
    while (get(k) === 1 && runs[0]! < most) k--, runs[0]!++;
    const total = right - k - 1;
    return isFinder(runs, total) ? { shift: (right + k) / 2, total } : null;
}
function isFinder(runs: readonly number[], total: number): boolean {
    if (total < 7 || runs.includes(0)) return false;
    const module = total / 7;
    const slack = module * 0.6 + 0.5;
    return runs.every((run, i) => Math.abs(run - module * (i === 2 ? 3 : 1)) < (i === 2 ? 2 : 1) * slack);
}

function finders(p: Picture, part: number): Finder[] {
    const dark = binary(p, part);
    const found: Finder[] = [];
    for (let y = 0; y < p.height; y++) {
        const runs = [0, 0, 0, 0, 0];
        let now = 0;
        for (let x = 0; x <= p.width; x++) {
            const value = x < p.width ? dark[y * p.width + x]! : 1 - now;
            if (value === now) {
                runs[4]!++;
                continue;
            }
            const total = runs[0]! + runs[1]! + runs[2]! + runs[3]! + runs[4]!;
            if (now === 1 && isFinder(runs, total)) take(x - runs[4]! - runs[3]! - runs[2]! / 2, y, runs[2]!);
            runs.shift();
            runs.push(1);
            now = value;
        }
    }
    function take(x: number, y: number, middle: number): void {
        const most = middle * 2;
        const down = cross(dark, p, x, y, 0, 1, most);
        if (!down) return;
        const cy = y + down.shift;
        const over = cross(dark, p, x, cy, 1, 0, most);
        if (!over || over.total > 2 * down.total || down.total > 2 * over.total) return;
        const cx = x + over.shift;
        if (!cross(dark, p, cx, cy, 0.7071, 0.7071, most * 2) && !cross(dark, p, cx, cy, 0.7071, -0.7071, most * 2)) return;
        const module = (over.total + down.total) / 14;
        const near = found.find((one) => Math.hypot(one.x - cx, one.y - cy) < 3 * one.module);
        if (near) {
            near.x += (cx + 0.5 - near.x) / (near.seen + 1);
            near.y += (cy + 0.5 - near.y) / (near.seen + 1);
            near.module += (module - near.module) / (near.seen + 1);
            near.seen++;
        } else found.push({ x: cx + 0.5, y: cy + 0.5, module, seen: 1 });
    }
    return found.sort((a, b) => b.seen - a.seen).slice(0, FINDERS_MAX);
}

// Three finders as corners: the one at the right angle, then clockwise the next, then the third.
type Triple = [Finder, Finder, Finder];
function triples(all: readonly Finder[]): Triple[] {
    const scored: { score: number; triple: Triple }[] = [];
    for (const a of all)
        for (const b of all)
            for (const c of all) {
                if (a === b || a === c || b === c) continue;
                const [ux, uy, vx, vy] = [b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y];
                const turn = ux * vy - uy * vx;
                if (turn <= 0) continue;
                const [u, v] = [Math.hypot(ux, uy), Math.hypot(vx, vy)];
                const modules = [a.module, b.module, c.module];
                const [least, most] = [Math.min(...modules), Math.max(...modules)];
                const skew = Math.abs((ux * vx + uy * vy) / (u * v));
                if (most > 2 * least || skew > 0.5 || u > 2 * v || v > 2 * u || Math.min(u, v) < 10 * least) continue;
                const score = Math.log(most / least) * 2 + skew + Math.abs(Math.log(u / v)) - 0.02 * Math.min(a.seen + b.seen + c.seen, 40);
                scored.push({ score, triple: [a, b, c] });
            }
    return scored
        .sort((a, b) => a.score - b.score)
        .slice(0, TRIPLES_MAX)
        .map((one) => one.triple);
}

// ---- The plane ----

// From modules to pixels: the projection that takes (3.5, 3.5), (n-3.5, 3.5), (n-3.5, n-3.5), (3.5, n-3.5) to these four.
type Plane = readonly number[];
function plane(n: number, corners: readonly Point[]): Plane {
    const [a, b, c, d] = corners as [Point, Point, Point, Point];
    const [dx1, dx2, dx3] = [b.x - c.x, d.x - c.x, a.x - b.x + c.x - d.x];
    const [dy1, dy2, dy3] = [b.y - c.y, d.y - c.y, a.y - b.y + c.y - d.y];
    const det = dx1 * dy2 - dx2 * dy1;
    const g = (dx3 * dy2 - dx2 * dy3) / det;
    const h = (dx1 * dy3 - dx3 * dy1) / det;
    const scale = 1 / (n - 7);
    return [b.x - a.x + g * b.x, d.x - a.x + h * d.x, a.x, b.y - a.y + g * b.y, d.y - a.y + h * d.y, a.y, g, h, scale];
}
function project(m: Plane, x: number, y: number): Point {
    const u = (x - 3.5) * m[8]!;
    const v = (y - 3.5) * m[8]!;
    const w = m[6]! * u + m[7]! * v + 1;
    return { x: (m[0]! * u + m[1]! * v + m[2]!) / w, y: (m[3]! * u + m[4]! * v + m[5]!) / w };
}

// Centres of the alignment patterns along a side (annex E).
export function alignments(version: number): number[] {
    if (version < 2) return [];
    const count = Math.floor(version / 7) + 2;
    const last = 4 * version + 10;
    const step = version === 32 ? 26 : Math.ceil((last - 6) / (count - 1) / 2) * 2;
    return Array.from({ length: count }, (_, i) => (i === 0 ? 6 : last - (count - 1 - i) * step));
}

interface Mark extends Point {
    weight: number; // what a dark place there is worth: negative for a place that should be light
}
interface Pattern {
    x: number; // middle, in modules
    y: number;
    marks: Mark[];
}
// A square pattern of rings, dark and light in turn from the middle.
function rings(x: number, y: number, radius: number, dark: (ring: number) => boolean): Pattern {
    const marks: Mark[] = [];
    for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++)
            marks.push({ x: dx, y: dy, weight: dark(Math.max(Math.abs(dx), Math.abs(dy))) ? 1 : -1 });
    return { x, y, marks };
}
function patternsOf(version: number): { finder: Pattern[]; align: Pattern[]; timing: Pattern } {
    const n = 17 + 4 * version;
    const places = alignments(version);
    const last = places.length - 1;
    const align: Pattern[] = [];
    places.forEach((y, j) =>
        places.forEach((x, i) => {
            const corner = (i === 0 && j === 0) || (i === last && j === 0) || (i === 0 && j === last);
            if (!corner) align.push(rings(x + 0.5, y + 0.5, 2, (ring) => ring !== 1));
        }),
    );
    const isDark = (ring: number): boolean => ring < 2 || ring === 3;
    const finder = [rings(3.5, 3.5, 3, isDark), rings(n - 3.5, 3.5, 3, isDark), rings(3.5, n - 3.5, 3, isDark)];
    const marks: Mark[] = [];
    for (let i = 8; i < n - 8; i++) {
        marks.push({ x: i + 0.5, y: 6.5, weight: i % 2 ? -1 : 1 });
        marks.push({ x: 6.5, y: i + 0.5, weight: i % 2 ? -1 : 1 });
    }
    return { finder, align, timing: { x: 0, y: 0, marks } };
}
// How well patterns fit, -1 to 1 or so: contrast between what should be light and what should be dark.
function fitOf(p: Picture, m: Plane, patterns: readonly Pattern[], shift?: Point): number {
    let sum = 0;
    let count = 0;
    for (const { x, y, marks } of patterns)
        for (const mark of marks) {
            const to = project(m, x + mark.x + (shift?.x ?? 0), y + mark.y + (shift?.y ?? 0));
            sum -= mark.weight * (at(p, to.x, to.y) - 128);
            count++;
        }
    return count > 0 ? sum / count : 0;
}

// Move the corners, the fourth most, until the patterns fit best.
function settle(p: Picture, n: number, corners: Point[], patterns: readonly Pattern[], pixels: number): number {
    let best = fitOf(p, plane(n, corners), patterns);
    for (let step = pixels; step > pixels / 12; step /= 2) {
        for (let round = 0, moved = true; moved && round < 12; round++) {
            moved = false;
            for (const corner of corners)
                for (const [dx, dy] of [[step, 0], [-step, 0], [0, step], [0, -step]] as const) {
                    corner.x += dx;
                    corner.y += dy;
                    const now = fitOf(p, plane(n, corners), patterns);
                    if (now > best + 1e-6) {
                        best = now;
                        moved = true;
                    } else {
                        corner.x -= dx;
                        corner.y -= dy;
                    }
                }
        }
    }
    return best;
}

// Where the fourth corner is: all places around the one that an unforeshortened code would have.
function fourth(p: Picture, version: number, [a, b, c]: Triple): { corners: Point[]; fit: number } {
    const n = 17 + 4 * version;
    const { finder, align, timing } = patternsOf(version);
    // Patterns far from the three known corners tell most about the fourth; they are tried from near to far.
    const far = [...align].sort((one, two) => two.x * two.y - one.x * one.y);
    const few = far.slice(0, 1);
    const guess = { x: b.x + c.x - a.x, y: b.y + c.y - a.y };
    const module = (a.module + b.module + c.module) / 3;
    const reach = Math.max(4 * module, 0.22 * Math.hypot(b.x - a.x, b.y - a.y));
    const step = module * 0.7;
    const base = { a: { x: a.x, y: a.y }, b: { x: b.x, y: b.y }, c: { x: c.x, y: c.y } };
    const tried: { fit: number; corner: Point }[] = [];
    for (let dy = -reach; dy <= reach; dy += step)
        for (let dx = -reach; dx <= reach; dx += step) {
            const corner = { x: guess.x + dx, y: guess.y + dy };
            tried.push({ fit: fitOf(p, plane(n, [base.a, base.b, corner, base.c]), few.length ? few : [timing]), corner });
        }
    tried.sort((one, two) => two.fit - one.fit);
    let best: { corners: Point[]; fit: number } = { corners: [], fit: -Infinity };
    const all = [...finder, ...align, timing];
    // Neighbours are the same guess.
    const starts: Point[] = [];
    for (const { corner } of tried) {
        if (starts.length >= 5) break;
        if (starts.every((one) => Math.hypot(one.x - corner.x, one.y - corner.y) > 2.5 * module)) starts.push(corner);
    }
    if (few.length === 0) starts.unshift(guess);
    for (const start of starts) {
        const corners = [{ ...base.a }, { ...base.b }, { ...start }, { ...base.c }];
        const fit = fitOf(p, plane(n, corners), all);
        if (fit > best.fit) best = { corners, fit };
    }
    best.fit = settle(p, n, best.corners, all, module * 0.6);
    return best;
}

// ---- Modules ----

// How far the patterns really are from where the plane has them, in modules, at the crossings of the alignment patterns.
function shifts(p: Picture, m: Plane, version: number): { places: number[]; shift: Point[] } {
    const n = 17 + 4 * version;
    const places = alignments(version);
    const { align, finder } = patternsOf(version);
    const find = (pattern: Pattern): Point => {
        let best = { x: 0, y: 0 };
        let fit = fitOf(p, m, [pattern]);
        for (const step of [0.5, 0.25, 0.12])
            for (let round = 0, moved = true; moved && round < 4; round++) {
                moved = false;
                for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
                    const next = { x: best.x + dx * step, y: best.y + dy * step };
                    if (Math.hypot(next.x, next.y) > 2) continue;
                    const now = fitOf(p, m, [pattern], next);
                    if (now > fit) {
                        [fit, best, moved] = [now, next, true];
                    }
                }
            }
        return best;
    };
    const shift: Point[] = [];
    for (const y of places)
        for (const x of places) {
            const own = align.find((one) => one.x === x + 0.5 && one.y === y + 0.5);
            const corner = x < n / 2 ? (y < n / 2 ? finder[0]! : finder[2]!) : finder[1]!;
            shift.push(find(own ?? corner));
        }
    return { places, shift };
}

// The modules of a code of this size whose plane is known.
function sample(p: Picture, m: Plane, version: number): Grid {
    const n = 17 + 4 * version;
    const dark = new Uint8Array(n * n);
    const { places, shift } = shifts(p, m, version);
    const count = places.length;
    const cell = (value: number): [number, number] => {
        let i = 0;
        while (i < count - 2 && value > places[i + 1]! + 0.5) i++;
        const [from, to] = [places[i]! + 0.5, places[i + 1]! + 0.5];
        return [i, Math.min(1.1, Math.max(-0.1, (value - from) / (to - from)))];
    };
    for (let row = 0; row < n; row++)
        for (let column = 0; column < n; column++) {
            let [x, y] = [column + 0.5, row + 0.5];
            if (count > 1) {
                const [i, fx] = cell(x);
                const [j, fy] = cell(y);
                const s = (di: number, dj: number): Point => shift[(j + dj) * count + i + di]!;
                const mix = (get: (point: Point) => number): number =>
                    (get(s(0, 0)) * (1 - fx) + get(s(1, 0)) * fx) * (1 - fy) + (get(s(0, 1)) * (1 - fx) + get(s(1, 1)) * fx) * fy;
                [x, y] = [x + mix((point) => point.x), y + mix((point) => point.y)];
            }
            let sum = 0;
            for (const [dx, dy] of [[0, 0], [0.2, 0], [-0.2, 0], [0, 0.2], [0, -0.2]] as const) {
                const to = project(m, x + dx, y + dy);
                sum += at(p, to.x, to.y);
            }
            const middle = project(m, x, y);
            const next = project(m, x + 1, y);
            const module = Math.hypot(next.x - middle.x, next.y - middle.y);
            dark[row * n + column] = sum / 5 < mean(p, middle.x, middle.y, 5 * module) ? 1 : 0;
        }
    return { size: n, dark };
}

// Every likely reading of the codes in a picture, the best first. Stops at the first that tells is one.
export function findCode<T>(p: Picture, tell: (grid: Grid) => T | null): T | null {
    for (const part of [8, 20])
        for (const triple of triples(finders(p, part))) {
            const [a, b, c] = triple;
            const side = (Math.hypot(b.x - a.x, b.y - a.y) + Math.hypot(c.x - a.x, c.y - a.y)) / 2;
            // Finders at an angle look larger along the rows of pixels than they are.
            const angle = Math.atan2(b.y - a.y, b.x - a.x);
            const lean = Math.max(Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle)));
            const module = ((a.module * 2 + b.module + c.module) / 4) * lean;
            const likely = Math.round((side / module + 7 - 17) / 4);
            const spread = Math.max(1, Math.ceil(likely / 8));
            const fits: { version: number; corners: Point[]; fit: number }[] = [];
            for (let version = likely - spread; version <= likely + spread; version++) {
                if (version < 1 || version > VERSION_MAX) continue;
                fits.push({ version, ...fourth(p, version, triple) });
            }
            fits.sort((one, two) => two.fit - one.fit);
            for (const { version, corners } of fits.slice(0, 2)) {
                const told = tell(sample(p, plane(17 + 4 * version, corners), version));
                if (told !== null) return told;
            }
        }
    return null;
}
