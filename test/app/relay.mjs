/*
 * For tests of the app: a server that stands between pages and an honest node. It passes everything on until it is told to be hostile in one of the ways
 * below, so that one page meets them all and still has somebody to come back to. It counts what it was asked.
 */
import { createServer, request } from 'node:http';
import { randomBytes } from 'node:crypto';
import { HERE } from './points.mjs';

const CORS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };
const FRAMES = { ...CORS, 'Content-Type': 'application/octet-stream' };
const size16 = (n) => Buffer.from([n & 255, n >> 8]);
const framed = (bytes) => Buffer.concat([size16(bytes.length), bytes]);

/* Send without end, as fast as it is taken. */
function endless(response, chunk) {
    let open = true;
    response.on('close', () => (open = false));
    const more = () => {
        while (open && response.write(chunk));
        if (open) response.once('drain', more);
    };
    more();
}
/* Send a byte now and then. */
function drip(response, bytes) {
    let at = 0;
    const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 500);
    response.on('close', () => clearInterval(timer));
}
const told = (groups, near = 0) => JSON.stringify({ longear: 1, groups, near });

/* What a hostile point answers: by the name of the way, a function of (what, response); what is "find", "post" or "events". */
export const WAYS = {
    garbage: (what, r) => r.writeHead(200, what === 'post' ? FRAMES : CORS).end(randomBytes(5000)),
    html: (what, r) => r.writeHead(200, { ...CORS, 'Content-Type': 'text/html' }).end('<script>window.broken=1</script><h1>Sign in</h1>'),
    'other json': (what, r) => r.writeHead(200, CORS).end(['[]', 'null', '{"longear":"1"}', '{"longear":1,"groups":{"length":5}}', '"x"', '1e999'][what.length % 6]),
    'deep json': (what, r) => r.writeHead(200, CORS).end('['.repeat(200_000)),
    'many groups': (what, r) => r.writeHead(200, CORS).end(told(Array(1_000_000).fill('longear:aaaa'))),
    'bad groups': (what, r) => r.writeHead(200, CORS).end(told(['longear:', 'longear:zzzz', '<script>window.broken=1</script>', 'javascript:window.broken=1', null, {}, ['x'], 'x'.repeat(100_000)], -1)),
    'frames of noise': (what, r) => (what === 'find' ? r.writeHead(200, CORS).end(told([])) : r.writeHead(200, FRAMES).end(Buffer.concat(Array.from({ length: 60 }, () => framed(randomBytes(900)))))),
    'answer of a handshake, then noise': (what, r) => (what === 'find' ? r.writeHead(200, CORS).end(told([])) : r.writeHead(200, FRAMES).end(Buffer.concat([framed(Buffer.concat([Buffer.from([2]), randomBytes(48)])), framed(randomBytes(60))]))),
    'a size beyond its body': (what, r) => (what === 'find' ? r.writeHead(200, CORS).end(told([])) : r.writeHead(200, FRAMES).end(Buffer.from([255, 255, 1]))),
    'endless answers': (what, r) => {
        r.writeHead(200, what === 'events' ? { ...CORS, 'Content-Type': 'text/event-stream' } : FRAMES);
        endless(r, Buffer.alloc(65536, 'a'));
    },
    'endless frames': (what, r) => {
        if (what === 'find') return r.writeHead(200, CORS).end(told([]));
        r.writeHead(200, FRAMES);
        return endless(r, Buffer.concat(Array.from({ length: 60 }, () => framed(randomBytes(1000)))));
    },
    'huge body': (what, r) => r.writeHead(200, { ...FRAMES, 'Content-Length': 80_000_000 }).end(Buffer.alloc(80_000_000)),
    'redirect elsewhere': (what, r) => r.writeHead(302, { ...CORS, Location: 'http://elsewhere.lan:9/x' }).end(),
    'slow drip': (what, r) => {
        r.writeHead(200, CORS);
        drip(r, Buffer.from(told([]) + ' '.repeat(10_000)));
    },
    'status 500': (what, r) => r.writeHead(500, CORS).end('{"error":"<img src=x onerror=window.broken=1>"}'),
    'status 409': (what, r) => r.writeHead(409, CORS).end('{"error":"rules"}'),
    'too often': (what, r) => r.writeHead(429, { ...CORS, 'Retry-After': '999999999' }).end('{"error":"often"}'),
    full: (what, r) => r.writeHead(503, { ...CORS, 'Retry-After': '-5' }).end('{"error":"full"}'),
    'cut off': (what, r) => r.writeHead(200, { ...CORS, 'Content-Length': 1000 }).write('{"lon', () => r.destroy()),
    silence: () => undefined,
};

export class Relay {
    constructor(target) {
        Object.assign(this, { target, way: null, asked: 0, turns: 0, sockets: new Set(), peer: null });
        this.server = createServer((ask, answer) => this.#serve(ask, answer));
        this.server.on('connection', (socket) => {
            this.sockets.add(socket);
            socket.on('error', () => undefined);
            socket.on('close', () => this.sockets.delete(socket));
        });
    }
    listen() {
        return new Promise((resolve) => this.server.listen(0, HERE, () => resolve((this.port = this.server.address().port))));
    }
    /* From now on be so: a name of WAYS, or null for honest. What is open is cut. The node sees another phone each time: one that left without a word keeps its
       place for a while. */
    be(way) {
        this.way = way;
        this.asked = 0;
        this.turns++;
        for (const socket of this.sockets) socket.destroy();
    }
    close() {
        for (const socket of this.sockets) socket.destroy();
        this.server.close();
    }
    #serve(ask, answer) {
        answer.on('error', () => undefined);
        const session = /^\/session(\/[0-9a-f]{32}(\/events)?)?(\?|$)/.exec(ask.url);
        if (session) {
            this.asked++;
            const what = session[2] ? 'events' : session[1] ? 'post' : 'find';
            if (this.peer) return this.peer(what, ask, answer);
            if (this.way) {
                ask.resume();
                return WAYS[this.way](what, answer);
            }
        }
        const on = request({ host: HERE, localAddress: `10.42.0.${10 + (this.turns % 200)}`, port: this.target, method: ask.method, path: ask.url, headers: ask.headers }, (got) => {
            answer.writeHead(got.statusCode, got.headers);
            got.pipe(answer);
            got.on('error', () => answer.destroy());
        });
        on.on('error', () => answer.destroy());
        answer.on('close', () => on.destroy());
        ask.pipe(on);
        return undefined;
    }
}
