// A socket made of requests, from section 20 of doc/protocol.md: what is written goes in the bodies of POSTs, what comes in their answers is read. As long as
// no request is lost, no byte is, so link.mjs may run over it as over TCP. One POST waits at the node; when there is something to write a second one goes,
// and the node lets the first one go at once.
import { EventEmitter } from "node:events";
import { Agent, request } from "node:http";
import { randomBytes } from "node:crypto";

export class HttpSocket extends EventEmitter {
    // options: { origin (the Origin header), wait (seconds; 20), host (the address to come from), sleeps (no request but to write) }
    constructor(port, options = {}) {
        super();
        Object.assign(this, { port, options, out: [], posting: 0, waiting: 0, destroyed: false, requests: 0, wire: 0, statuses: [] });
        this.id = options.id ?? randomBytes(16).toString("hex");
        this.agent = new Agent({ keepAlive: true });
        this.asleep = false;
        this.chain = Promise.resolve();
    }
    setNoDelay() {}
    write(bytes) {
        this.out.push(Buffer.from(bytes));
        if (!this.kicked) queueMicrotask(() => this.#kick());
        this.kicked = true;
    }
    #kick() {
        this.kicked = false;
        if (this.destroyed || this.asleep) return;
        if (this.out.length > 0 || this.waiting === 0) this.#post();
    }
    // Wake after a sleep; with nothing to write too.
    wake() {
        this.asleep = false;
        this.#kick();
    }
    sleep() {
        this.asleep = true;
        for (const one of this.open ?? []) one.destroy();
    }
    #post() {
        const body = Buffer.concat(this.out.splice(0));
        this.waiting++;
        this.requests++;
        const wait = this.options.wait ?? 20;
        const headers = { "content-type": "text/plain", "content-length": body.length, origin: this.options.origin ?? "null" };
        const one = request({
            port: this.port,
            host: "127.0.0.1",
            localAddress: this.options.host,
            method: "POST",
            path: `/session/${this.id}?wait=${wait}`,
            headers,
            agent: this.agent,
        });
        (this.open ??= new Set()).add(one);
        const over = () => {
            if (!this.open.delete(one)) return;
            this.waiting--;
            this.#kick();
        };
        one.on("error", (error) => {
            if (!this.asleep && !this.destroyed) this.#close(error.message);
            over();
        });
        one.on("response", (response) => {
            const parts = [];
            this.statuses.push(response.statusCode);
            response.on("data", (chunk) => parts.push(chunk));
            response.on("error", () => {});
            response.on("close", over);
            response.on("end", () => {
                const all = Buffer.concat(parts);
                this.wire += all.length + body.length;
                if (response.statusCode !== 200) this.#close(`${response.statusCode} ${all}`);
                else if (all.length > 0 && !this.destroyed) this.emit("data", new Uint8Array(all));
                over();
            });
        });
        one.end(body);
    }
    #close(why) {
        if (this.destroyed) return;
        this.why = why;
        this.destroyed = true;
        this.emit("close");
    }
    end() {
        // What was written last (a goodbye) still goes.
        queueMicrotask(() => {
            if (this.out.length > 0) this.#post();
            this.destroyed = true;
        });
    }
    destroy() {
        this.destroyed = true;
        for (const one of this.open ?? []) one.destroy();
        this.agent.destroy();
    }
}
