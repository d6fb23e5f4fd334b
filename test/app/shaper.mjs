/*
 * For tests and measurements of the app: a slow link to a port of this machine. All connections share one rate each way, as phones share a Wi-Fi, and every
 * byte is late by the same time.
 */
import { connect, createServer } from 'node:net';
import { HERE } from './points.mjs';

export async function shaper(port, { bits, lateMs }) {
    const sockets = new Set();
    const free = { up: 0, down: 0 }; /* when the link is free again */
    const counted = { up: 0, down: 0 };
    const pass = (from, to, way) => {
        from.on('data', (chunk) => {
            const now = performance.now();
            /* In parts, so that connections take turns. */
            for (let at = 0; at < chunk.length; at += 1460) {
                const part = chunk.subarray(at, at + 1460);
                free[way] = Math.max(free[way], now) + (part.length * 8000) / bits;
                setTimeout(() => to.writable && to.write(part), free[way] + lateMs - now);
            }
            counted[way] += chunk.length;
            if (free[way] - now < 200) return;
            from.pause();
            setTimeout(() => from.resume(), free[way] - now - 100);
        });
        from.on('end', () => setTimeout(() => to.end(), Math.max(0, free[way] - performance.now()) + lateMs + 5));
    };
    const server = createServer((client) => {
        const target = connect(port, HERE);
        for (const socket of [client, target]) {
            sockets.add(socket);
            socket.setNoDelay(true);
            socket.on('error', () => undefined);
            socket.on('close', () => {
                sockets.delete(socket);
                (socket === client ? target : client).destroySoon();
            });
        }
        pass(client, target, 'up');
        pass(target, client, 'down');
    });
    await new Promise((resolve) => server.listen(0, HERE, resolve));
    return {
        port: server.address().port,
        counted,
        close() {
            for (const socket of sockets) socket.destroy();
            server.close();
        },
    };
}
