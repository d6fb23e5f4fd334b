/*
 * For tests of the app: a point that keeps the rules of the session and lies in what it sends. The peer of test/twin answers a page's requests (section 20 of
 * doc/protocol.md, the side of the point); what it has in its groups may be forged.
 */
import { EventEmitter } from 'node:events';
import { Session } from '../twin/peer.mjs';
import { verifying } from '../vectors/record.mjs';

verifying.slow = false;
const CORS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };
const FRAMES = { ...CORS, 'Content-Type': 'application/octet-stream' };

class PointSocket extends EventEmitter {
    constructor() {
        super();
        Object.assign(this, { out: [], waiting: null, destroyed: false });
    }
    setNoDelay() {}
    write(bytes) {
        this.out.push(Buffer.from(bytes));
        queueMicrotask(() => this.flush());
    }
    flush() {
        if (!this.waiting || this.out.length === 0) return;
        const answer = this.waiting;
        this.waiting = null;
        /* No more in an answer than a page must take. */
        const parts = [];
        for (let size = 0; this.out.length > 0 && size + this.out[0].length < 250_000; ) {
            size += this.out[0].length;
            parts.push(this.out.shift());
        }
        answer.writeHead(200, FRAMES).end(Buffer.concat(parts));
    }
    wait(answer, seconds) {
        this.release();
        this.waiting = answer;
        this.timer = setTimeout(() => this.release(), seconds * 1000);
        this.flush();
    }
    release() {
        clearTimeout(this.timer);
        this.waiting?.writeHead(200, FRAMES).end();
        this.waiting = null;
    }
    end() {
        this.destroy();
    }
    destroy() {
        this.flush();
        this.destroyed = true;
        this.release();
    }
}

/* What a relay's `peer` is to be: a point with these groups (Community of test/twin/peer.mjs) and these invitations to them. */
export function forger(communities, invitations) {
    const contacts = new Map();
    const made = (what, ask, answer) => {
        if (what === 'find') return answer.writeHead(200, CORS).end(JSON.stringify({ longear: 1, groups: invitations, near: 3 }));
        const id = /session\/([0-9a-f]{32})/.exec(ask.url)[1];
        if (what === 'events') {
            answer.writeHead(200, { ...CORS, 'Content-Type': 'text/event-stream' }).write(': here\n\n');
            return undefined;
        }
        const parts = [];
        ask.on('data', (part) => parts.push(part));
        ask.on('end', () => {
            let contact = contacts.get(id);
            if (!contact) {
                const socket = new PointSocket();
                contact = { socket, session: new Session(socket, { initiator: false, communities }) };
                contacts.set(id, contact);
                made.sessions.push(contact.session);
            }
            if (contact.socket.destroyed) return answer.writeHead(404, CORS).end('{"error":"contact"}');
            const body = new Uint8Array(Buffer.concat(parts));
            contact.socket.wait(answer, Number(/wait=(\d+)/.exec(ask.url)?.[1] ?? 0));
            if (body.length > 0) contact.socket.emit('data', body);
            return undefined;
        });
        return undefined;
    };
    made.sessions = [];
    return made;
}
