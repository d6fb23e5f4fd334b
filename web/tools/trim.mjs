// Leave out of a WebAssembly module what can't be reached from the exports that are wanted. Numbers stay as they are: a function that nothing calls keeps
// its place with a body that traps, which deflates to nothing, so that no instruction has to be rewritten. Calls through the table count as calls of every
// function of the table that has the type asked for. Data stay. An instruction that this reader doesn't know fails the build.

class Reader {
    constructor(bytes, at = 0, end = bytes.length) {
        Object.assign(this, { bytes, at, end });
    }
    byte() {
        if (this.at >= this.end) throw new Error("the module ends too early");
        return this.bytes[this.at++];
    }
    // LEB128; the value of a signed one is of no interest here.
    number() {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = this.byte();
            value += (byte & 0x7f) * 2 ** shift;
            if (byte < 0x80) return value;
        }
    }
    skip(size) {
        this.at += size;
    }
    part() {
        const size = this.number();
        const part = new Reader(this.bytes, this.at, this.at + size);
        this.skip(size);
        return part;
    }
    name() {
        const part = this.part();
        return Buffer.from(part.bytes.subarray(part.at, part.end)).toString();
    }
    list(read) {
        return Array.from({ length: this.number() }, (_, i) => read(i));
    }
    rest() {
        return Buffer.from(this.bytes.subarray(this.at, this.end));
    }
}

function leb(value) {
    const out = [];
    do {
        const low = value % 128;
        value = Math.floor(value / 128);
        out.push(value > 0 ? low | 0x80 : low);
    } while (value > 0);
    return Buffer.from(out);
}
const counted = (bytes) => Buffer.concat([leb(bytes.length), bytes]);
const vector = (parts) => Buffer.concat([leb(parts.length), ...parts]);

const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const EXPORTS = 7;
const START = 8;
const ELEMENTS = 9;
const CODE = 10;

// Read one instruction and tell of the calls in it.
function instruction(code, onCall, onTable) {
    const op = code.byte();
    if (op === 0x10) onCall(code.number());
    else if (op === 0x11) {
        onTable(code.number());
        code.number();
    } else if (op >= 0x02 && op <= 0x04) code.number(); // block, loop, if: their type
    else if (op === 0x0c || op === 0x0d) code.number(); // branches
    else if (op === 0x0e) {
        code.list(() => code.number());
        code.number();
    } else if (op === 0x1c) code.list(() => code.byte());
    else if (op >= 0x20 && op <= 0x26) code.number(); // locals, globals, table.get, table.set
    else if (op >= 0x28 && op <= 0x3e) {
        code.number();
        code.number();
    } else if (op === 0x3f || op === 0x40) code.byte();
    else if (op === 0x41 || op === 0x42) code.number();
    else if (op === 0x43) code.skip(4);
    else if (op === 0x44) code.skip(8);
    else if (op === 0xd2) onCall(code.number()); // ref.func
    else if (op === 0xfc) {
        const more = code.number();
        if (more === 8 || more === 10 || more === 12 || more === 14) {
            code.number();
            code.number();
        } else if (more === 9 || more === 11 || more === 13 || (more >= 15 && more <= 17)) code.number();
        else if (more > 7) throw new Error(`unknown instruction fc ${more}`);
    } else if (![0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(op) && !(op >= 0x45 && op <= 0xc4))
        throw new Error(`unknown instruction ${op.toString(16)}`);
}

// Return the module without what the functions of these exports don't reach; other exports than functions stay.
export function trim(wasm, wanted) {
    const sections = [];
    const file = new Reader(wasm, 8);
    while (file.at < file.end) sections.push({ id: file.byte(), content: file.part() });
    const section = (id) => {
        const content = sections.find((s) => s.id === id)?.content;
        return content && new Reader(content.bytes, content.at, content.end);
    };

    const types = section(TYPES);
    const signature = types.list(() => {
        const from = types.at;
        types.skip(1);
        types.list(() => types.byte());
        types.list(() => types.byte());
        return Buffer.from(types.bytes.subarray(from, types.at)).toString("hex");
    });
    const typeOf = [];
    const imports = section(IMPORTS);
    imports?.list(() => {
        imports.name();
        imports.name();
        const kind = imports.byte();
        if (kind === 0) typeOf.push(imports.number());
        else throw new Error("the module imports something else than functions");
    });
    const importCount = typeOf.length;
    const functions = section(FUNCTIONS);
    typeOf.push(...functions.list(() => functions.number()));
    const exported = section(EXPORTS);
    const kept = exported
        .list(() => {
            const from = exported.at;
            const name = exported.name();
            const kind = exported.byte();
            const index = exported.number();
            return { name, kind, index, bytes: Buffer.from(exported.bytes.subarray(from, exported.at)) };
        })
        .filter((e) => (e.kind === 0 ? wanted.includes(e.name) : e.kind === 2));
    for (const name of wanted) if (!kept.some((e) => e.name === name)) throw new Error(`the module exports no ${name}`);
    const table = [];
    const elements = section(ELEMENTS);
    elements?.list(() => {
        if (elements.number() !== 0) throw new Error("a kind of elements that is not known");
        while (elements.at < elements.end && elements.bytes[elements.at] !== 0x0b) instruction(elements, () => {}, () => {});
        elements.byte();
        table.push(...elements.list(() => elements.number()));
    });
    const code = section(CODE);
    const bodies = code.list(() => code.part());

    const reached = new Set();
    const tabled = new Set(); // signatures that are called through the table
    const todo = [];
    const reach = (index) => {
        if (!reached.has(index)) todo.push(index);
        reached.add(index);
    };
    for (const e of kept) if (e.kind === 0) reach(e.index);
    const start = section(START);
    if (start) reach(start.number());
    while (todo.length > 0) {
        const index = todo.pop();
        if (index < importCount) continue;
        const body = bodies[index - importCount];
        const reader = new Reader(body.bytes, body.at, body.end);
        reader.list(() => {
            reader.number();
            reader.byte();
        });
        const viaTable = (type) => {
            if (tabled.has(signature[type])) return;
            tabled.add(signature[type]);
            for (const target of table) if (signature[typeOf[target]] === signature[type]) reach(target);
        };
        while (reader.at < reader.end) instruction(reader, reach, viaTable);
    }

    const trap = Buffer.from([3, 0, 0x00, 0x0b]); // a body: no locals, unreachable, end
    const out = [Buffer.from(wasm.subarray(0, 8))];
    for (const { id, content } of sections) {
        let bytes = content.rest();
        if (id === 0) continue; // names and the like
        if (id === EXPORTS) bytes = vector(kept.map((e) => e.bytes));
        if (id === CODE) bytes = vector(bodies.map((body, i) => (reached.has(i + importCount) ? counted(body.rest()) : trap)));
        out.push(Buffer.from([id]), counted(bytes));
    }
    const imported = [...reached].filter((index) => index < importCount);
    return { wasm: Buffer.concat(out), functions: reached.size, of: typeOf.length, imported };
}
