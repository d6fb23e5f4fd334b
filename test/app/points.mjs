/*
 * For tests of the app: real nodes in homes of their own, and what the command says of them.
 *
 * The tests run in a network of their own, in which this machine has the addresses of hotspots: whoever asks from such an address is a guest, as on a Wi-Fi, and
 * nothing can leave.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const BUILD = process.env.BUILD ?? 'build';
const LONGEAR = process.env.LONGEAR ?? join(BUILD, 'rel/longear');
/* The points' addresses; names under .lan lead to the first. */
export const HERE = '10.42.0.1';
export const THERE = '10.43.0.1';
export const PAGE = join(BUILD, 'web/link.html');

export const folder = mkdtempSync(join(tmpdir(), 'longear-app-'));
const running = new Set();

export function longear(home, ...args) {
    const run = spawnSync(LONGEAR, ['--home', join(folder, home), ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(run.status, 0, `longear ${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
}
export const lines = (home, ...args) =>
    longear(home, '--json', ...args).split('\n').filter(Boolean).map((line) => JSON.parse(line));
export const json = (home, ...args) => lines(home, ...args)[0];

/* A home with groups by these titles; their ids. */
export function found(home, ...titles) {
    longear(home, 'init', '--name', home);
    return titles.map((title) => json(home, 'community', 'new', '--title', title, '--lang', 'en').community);
}

/* As many messages as wanted, of about so many bytes each, a minute apart, the last one now. */
export function fill(home, community, count, { bytes = 120, prefix = 'message' } = {}) {
    const file = join(folder, `${home}.jsonl`);
    const start = Math.floor(Date.now() / 1000) - count - 60;
    const text = (i) => `${prefix} ${i} `.padEnd(bytes, 'сөз word слово '.repeat(Math.ceil(bytes / 12))).slice(0, bytes);
    writeFileSync(file, Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: text(i), created: start + i })}\n`).join(''));
    const said = json(home, 'import', community, file);
    assert.equal(said.imported, count);
}

/* Start a node; {port, node} once its page's address is there. Discovery is off: nothing but these tests is met. */
export async function up(home, { port = 0, at = HERE, args = [] } = {}) {
    const node = spawn(LONGEAR, ['--home', join(folder, home), 'up', '--web', `${at}:${port}`, '--listen', '127.0.0.1:0', '--no-discovery', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(node);
    const gone = new Promise((resolve) => node.on('exit', resolve));
    node.on('exit', () => running.delete(node));
    let said = '';
    return new Promise((resolve, reject) => {
        const listen = (data) => {
            said += data;
            const match = said.match(/http:\/\/10\.4\d\.0\.1:(\d+)\//);
            if (match) resolve({ port: Number(match[1]), url: match[0].slice(0, -1), node, home, gone, at });
        };
        node.stdout.on('data', listen);
        node.stderr.on('data', listen);
        node.on('exit', (code) => reject(new Error(`the node ended with ${code}: ${said}`)));
    });
}
export async function kill(point) {
    point.node.kill('SIGKILL');
    await point.gone;
}
export async function stop(point) {
    point.node.kill('SIGTERM');
    assert.equal(await point.gone, 0, 'a node that is asked to end ends well');
}

/* The texts of a group as its node has them, and that every signature in the store is good. */
export const texts = (home, community) => lines(home, 'list', community).map((one) => one.text);
export function checked(home) {
    const said = json(home, 'check');
    assert.equal(said.bad, 0, 'every record in the store is signed by its author');
    return said.records;
}

/* Wait until something is so; what is asked may be slow, and so may a machine that does other things too: how long is no part of any test. */
const PATIENCE = 90;
export async function until(what, condition, seconds = PATIENCE) {
    seconds = Math.max(seconds, PATIENCE);
    for (const end = Date.now() + seconds * 1000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        const value = await condition();
        if (value) return value;
        assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    }
}

/* What is needed for these tests, and the network; ends the program with 77 where it is missing. To be called first. */
export function need() {
    const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
    for (const [file, how] of [[chromium, 'apt-get install chromium'], [LONGEAR, 'make'], [PAGE, 'make app']]) {
        if (existsSync(file)) continue;
        console.log(`${file} is missing: ${how}`);
        process.exit(77);
    }
    if (process.env.LONGEAR_OWN_NET) return;
    const set = `ip link set lo up && ip addr add ${HERE}/24 dev lo && ip addr add ${THERE}/24 dev lo`;
    const own = ['--user', '--map-root-user', '--net', 'sh', '-c'];
    if (spawnSync('unshare', [...own, set]).status !== 0) {
        console.log('this machine gives no network of its own (unshare, ip)');
        process.exit(77);
    }
    const run = spawnSync('unshare', [...own, `${set} && exec "$0" "$@"`, process.execPath, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, LONGEAR_OWN_NET: '1' } });
    process.exit(run.status ?? 1);
}

export function cleanUp() {
    for (const node of running) node.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
}
export const page = () => readFileSync(PAGE);
