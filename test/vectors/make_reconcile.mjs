// reconcile.json: passes as the solver has them (and short lists as the asker has them): the set, what is heard, what is said, what the peer lacks.
import { SOURCE } from "./fixtures.mjs";
import * as reconcile from "./reconcile.mjs";
import { hex, stream } from "./sodium.mjs";

const HOUR = 455000;
const ids = (name, n) => {
    const bytes = stream(`longear test vectors: reconcile ${name}`, 32 * n);
    return Array.from({ length: n }, (_, i) => bytes.subarray(32 * i, 32 * i + 32));
};
// n elements over so many hours, of two lengths of life.
const elements = (name, n, hours) =>
    ids(name, n).map((id) => {
        const hour = HOUR + (id[0] % hours);
        return { day: Math.floor(hour / 24) + (id[1] % 8 ? 30 : 7), hour, id };
    });
const DAY = Math.floor(HOUR / 24) + 7;
const bound = (hours, life = 30) => ({ day: Math.floor((HOUR + hours) / 24) + life, hour: HOUR + hours });
const bounds = [bound(9, 7), bound(33, 7), bound(0), bound(20), bound(40), bound(70)];

const salt = (name) => stream(`longear test vectors: reconcile salt ${name}`, 32);
const lackedBy = (peer, own) => {
    const theirs = new Set(peer.map((e) => hex(e.id)));
    return own.filter((e) => !theirs.has(hex(e.id))).map((e) => hex(e.id)).sort();
};
const side = (set, more = {}) => ({ floor: DAY - 3, out: [], set, ...more });
const told = (set) => set.map(({ day, hour, id }) => ({ day, hour, id: hex(id) }));

function pass(name, common, onlyAsker, onlySolver, options = {}) {
    const hours = options.hours ?? 72;
    const shared = elements(`${name} common`, common, 72);
    const asker = side([...shared, ...elements(`${name} asker`, onlyAsker, hours)], options.asker);
    const solver = side([...shared, ...elements(`${name} solver`, onlySolver, hours)], options.solver);
    const k = reconcile.keys(salt(name));
    const made = { name, salt: hex(salt(name)), floor: solver.floor, out: solver.out, set: told(solver.set) };
    const hear = [], say = [];
    hear.push(reconcile.start(k, asker));
    const sameDays = solver.floor <= asker.floor && solver.out.every((day) => asker.out.includes(day));
    if (!asker.bounds && sameDays) {
        const [a, s] = [asker.set, solver.set].map((set) => set.filter((e) => e.day >= asker.floor && !asker.out.includes(e.day)));
        say.push(reconcile.want(k, a, s, 32));
        return { ...made, hear: hear.map(hex), say: say.map(hex), lacked: lackedBy(a, s), wanted: lackedBy(s, a).length };
    }
    const d = reconcile.diff(k, asker, solver);
    say.push(d.bytes);
    const bits = reconcile.listBits(d.solver.length, asker.set.filter((e) => e.day >= asker.floor && !asker.out.includes(e.day)).length);
    if (options.by === "list") {
        hear.push(reconcile.list(k, d.asker, 40));
        say.push(reconcile.want(k, d.asker, d.solver, 40));
    } else if (options.by === "ask") {
        if (d.solver.length > 24) hear.push(Uint8Array.of(5));
        // Without an ASK the list follows the DIFF at once.
        say.push(reconcile.list(k, d.solver, bits));
        hear.push(reconcile.want(k, d.solver, d.asker, bits));
    } else if (options.by) {
        hear.push(reconcile.sketch(k, d.asker, ...options.by));
        say.push(reconcile.found(k, d.asker, d.solver, options.by[0]));
    }
    return { ...made, hear: hear.map(hex), say: say.map(hex), lacked: lackedBy(d.asker, d.solver), wanted: lackedBy(d.solver, d.asker).length };
}

const ranges = (w) => ({ asker: { bounds, w } });

export function makeReconcileJson() {
    const key = salt("state");
    const set = elements("state", 40, 50);
    return {
        about: `Reconciliation (doc/protocol.md, section 18): hear and say are the messages that a solver gets and gives, in order; lacked are the ids that the asker lacks, sorted. ${SOURCE}`,
        states: [[], set].map((s) => ({ key: hex(key), set: told(s), state: hex(reconcile.state(key, s)) })),
        passes: [
            pass("nothing on either side", 0, 0, 0),
            pass("a new node asks", 0, 0, 30),
            pass("a short list, all known", 5, 0, 40),
            pass("a short list", 9, 6, 40),
            pass("a short list, nothing common", 0, 24, 3),
            pass("a short list, the solver leaves out a day", 6, 4, 40, { solver: { out: [DAY + 24] }, by: "list" }),
            pass("a short list, the solver's floor is higher", 6, 4, 40, { solver: { floor: DAY + 1 }, by: [1, 48] }),
            pass("ranges, equal", 60, 0, 0, ranges(1)),
            pass("ranges, one sketch", 60, 4, 5, { ...ranges(1), by: [1, 12] }),
            pass("ranges, five parts", 90, 14, 11, { ...ranges(3), by: [5, 14] }),
            pass("ranges, only the last hours differ", 200, 3, 4, { asker: { bounds: [bound(20), bound(66)], w: 8 }, hours: 1, by: [2, 12] }),
            pass("ranges, days left out on both sides", 120, 9, 8, { asker: { bounds, w: 2, out: [DAY + 1] }, solver: { out: [DAY + 1, DAY + 24] }, by: [3, 16] }),
            pass("ranges, then the asker's list", 60, 7, 4, { ...ranges(1), by: "list" }),
            pass("ranges, then the solver's list", 60, 7, 4, { ...ranges(1), by: "ask" }),
            pass("ranges, a solver with little", 0, 40, 10, { ...ranges(1), by: "ask" }),
        ],
    };
}
