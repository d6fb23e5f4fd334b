// What the build may say shorter in the page's scripts without any change in what they do, found by TypeScript's own checker, so that the sources stay as they are:
//   words: the key of a word becomes a number in its table and in every t(table, "key") where all that asks for it names it so, to the letter;
//   props: a name of property becomes one of one or two capitals where it is surely ours alone.
// A name is ours alone if it stands in OURS (a person has looked at it) and, as of now, every place that says it means something that app/ or peer/
// declare, nothing outside of them declares the same name (the DOM, JavaScript, Preact, npm's modules), no string or computed key says it, and no data that leaves
// the page or comes into it has it: JSON, IndexedDB, the history, what tabs tell each other, and WebAssembly. What passes between page and worker is not in OURS
// either, so that each of the two can be tried alone.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import ts from "typescript";

// Calls whose arguments go to where something else reads them: another version of the page, or WebAssembly; and one whose result comes from the core.
const LEAVES = new Set(["stringify", "pushState", "replaceState", "put", "postMessage", "instantiate"]);
const COMES = new Set(["#json", "parse"]);

// Methods of our classes, properties of our components and of what lives for a while on one side, the page's or the worker's.
// Never what a browser, WebAssembly, a file or the other side knows a thing by.
const OURS = new Set([
    ...["steady", "fault", "packets", "quietMs", "totalMs", "addresses", "wideLangs", "foot", "kick", "dictionarySize", "retryAfter"],
    ...["newestNum", "setVisible", "contact", "contactStatus", "contactGive", "contactTake", "contactWork", "contactDeadline", "contactReached", "contactClose"],
    ...["parcelNext", "parcelPacked", "parcelUnpacked", "parcelResult", "passwordHash", "joinGroups", "eventsAgain", "eventsProof", "operations", "memoryMib"],
    ...["draftAttach", "draftForward", "draftGround", "draftPlace", "draftReply", "draftSign", "draftText", "useMemory", "useDevice", "useTab", "readTab"],
    ...["onText", "onDone", "onRemove", "onContext", "onTitle", "onActions", "onQuote", "onSaved", "onFail", "onSent", "route", "sentence", "errorName"],
    ...["pauseMs", "pauseMax", "refusedMax", "confirmed", "wants", "claim", "hold", "covers", "unpack", "vault", "failed"],
]);

function programOf(web) {
    const file = resolve(web, "tsconfig.json");
    const config = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, dirname(file));
    return ts.createProgram(config.fileNames, config.options);
}

function eachNode(node, visit) {
    visit(node);
    ts.forEachChild(node, (child) => eachNode(child, visit));
}

// ---- Words ----

const isWordCall = (node) => ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t" && node.arguments.length >= 2;

// The strings that a key is said with: "a", or the branches of b ? "a" : "c". null: something else.
function saidAs(key) {
    if (ts.isStringLiteralLike(key)) return [key];
    if (ts.isParenthesizedExpression(key)) return saidAs(key.expression);
    if (!ts.isConditionalExpression(key)) return null;
    const [yes, no] = [saidAs(key.whenTrue), saidAs(key.whenFalse)];
    return yes && no ? [...yes, ...no] : null;
}

// Edits per file, [from, to, text], that put numbers in place of keys.
function wordEdits(program, checker, isOurs) {
    // Of a table's variable: its languages, the keys that stay as some text asks for them, where keys are said to the letter, whether all of it stays.
    const tables = new Map();
    for (const file of program.getSourceFiles().filter(isOurs))
        eachNode(file, (node) => {
            if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isCallExpression(node.initializer)) return;
            const made = node.initializer;
            if (made.expression.getText() !== "table" || !ts.isObjectLiteralExpression(made.arguments[0])) return;
            const languages = made.arguments[0].properties.map((one) => one.initializer);
            if (!languages.every((one) => ts.isObjectLiteralExpression(one) && one.properties.every(ts.isPropertyAssignment))) return;
            tables.set(checker.getSymbolAtLocation(node.name), { languages, stay: new Set(), said: [], whole: false });
        });
    const tableOf = (name) => {
        const symbol = ts.isIdentifier(name) ? checker.getSymbolAtLocation(name) : undefined;
        return symbol && tables.get(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
    };
    for (const file of program.getSourceFiles().filter(isOurs))
        eachNode(file, (node) => {
            if (!ts.isIdentifier(node)) return;
            const table = tableOf(node);
            const parent = node.parent;
            if (!table || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || (ts.isVariableDeclaration(parent) && parent.name === node)) return;
            if (!isWordCall(parent) || parent.arguments[0] !== node) {
                if (!inType(node)) table.whole = true;
                return;
            }
            const strings = saidAs(parent.arguments[1]);
            if (strings) {
                table.said.push(...strings);
                return;
            }
            const type = checker.getTypeAtLocation(parent.arguments[1]);
            for (const one of type.isUnion() ? type.types : [type]) {
                if (one.isStringLiteral()) table.stay.add(one.value);
                else table.whole = true;
            }
        });
    const edits = new Map();
    const edit = (node, text) => {
        const path = node.getSourceFile().fileName;
        edits.set(path, [...(edits.get(path) ?? []), [node.getStart(), node.getEnd(), text]]);
    };
    for (const { languages, stay, said, whole } of tables.values()) {
        if (whole) continue;
        const keys = languages[0].properties.map((one) => one.name.text);
        const count = new Map(keys.map((key) => [key, 0]));
        for (const one of said) count.set(one.text, count.get(one.text) + 1);
        const order = keys.filter((key) => !stay.has(key)).sort((a, b) => count.get(b) - count.get(a));
        const short = new Map(order.map((key, n) => [key, String(n)]));
        for (const language of languages)
            for (const { name } of language.properties) if (short.has(name.text)) edit(name, short.get(name.text));
        for (const one of said) if (short.has(one.text)) edit(one, short.get(one.text));
    }
    return edits;
}
const inType = (node) => {
    for (let at = node.parent; at && !ts.isStatement(at); at = at.parent) if (ts.isTypeNode(at)) return true;
    return false;
};

// ---- Properties ----

// The names of all properties that a type holds, however deep, as data would have them.
function namesWithin(checker, type, found, seen = new Set()) {
    if (seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) for (const one of type.types) namesWithin(checker, one, found, seen);
    if (type.objectFlags & ts.ObjectFlags.Reference) for (const one of checker.getTypeArguments(type)) namesWithin(checker, one, found, seen);
    for (const index of [type.getStringIndexType(), type.getNumberIndexType()]) if (index) namesWithin(checker, index, found, seen);
    for (const property of type.getProperties()) {
        const [declared] = property.declarations ?? [];
        if (declared && /node_modules/.test(declared.getSourceFile().fileName)) continue;
        found.add(property.name);
        namesWithin(checker, checker.getTypeOfSymbol(property), found, seen);
    }
}

const isMember = (node) =>
    ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isAccessor(node) || ts.isJsxAttribute(node);
const isSignature = (node) => ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isPropertyAccessExpression(node);
const isTakenOut = (node) => ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent);

function propertyNames(program, checker, isOurs, ours) {
    const made = new Set(); // what our own code gives to objects
    const doubtful = new Set();
    for (const file of program.getSourceFiles()) {
        if (!isOurs(file)) {
            eachNode(file, (node) => {
                const declares = ts.isTypeElement(node) || ts.isClassElement(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node);
                if (declares && node.name) doubtful.add(node.name.text);
            });
            continue;
        }
        eachNode(file, (node) => {
            const parent = node.parent;
            if (ts.isStringLiteralLike(node)) {
                doubtful.add(node.text);
                // What a sentence fills in.
                for (const [, name] of node.text.matchAll(/\{(\w+)\}/g)) doubtful.add(name);
            } else if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
                for (const word of node.text.match(/[\w$]+/g) ?? []) doubtful.add(word);
            } else if (ts.isCallExpression(node)) {
                const name = node.expression.name?.text ?? node.expression.getText();
                if (LEAVES.has(name)) for (const one of node.arguments) namesWithin(checker, checker.getTypeAtLocation(one), doubtful);
                if (COMES.has(name)) {
                    namesWithin(checker, checker.getTypeAtLocation(node), doubtful);
                    const type = ts.isAsExpression(parent) ? checker.getTypeAtLocation(parent) : checker.getContextualType(node);
                    if (type) namesWithin(checker, type, doubtful);
                }
            } else if (ts.isIdentifier(node)) {
                const makes =
                    (isMember(parent) && parent.name === node) ||
                    ts.isShorthandPropertyAssignment(parent) ||
                    (ts.isParameter(parent) && parent.name === node && ts.isParameterPropertyDeclaration(parent, parent.parent));
                const takes = (isSignature(parent) && parent.name === node) || (isTakenOut(parent) && (parent.propertyName ?? parent.name) === node);
                if (makes) made.add(node.text);
                else if (!takes) return;
                const symbol = ts.isBindingElement(parent)
                    ? checker.getTypeAtLocation(parent.parent).getProperty(node.text)
                    : checker.getSymbolAtLocation(node);
                const places = symbol?.declarations ?? [];
                if (places.length === 0 || !places.every((one) => isOurs(one.getSourceFile()))) doubtful.add(node.text);
            }
        });
    }
    return [...ours].filter((name) => made.has(name) && !doubtful.has(name)).sort();
}

// Capitals are what neither the core's JSON nor the DOM nor Preact names anything with.
function* shortNames() {
    const capitals = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    yield* capitals;
    for (const a of capitals) for (const b of "abcdefghijklmnopqrstuvwxyz") yield a + b;
}

// { edits: of the words, per file; names: the properties that are surely ours alone }
export function shortenings(web, ours = OURS) {
    const program = programOf(web);
    const checker = program.getTypeChecker();
    const isOurs = (file) => /^(app|peer)\//.test(relative(web, file.fileName));
    return { edits: wordEdits(program, checker, isOurs), names: propertyNames(program, checker, isOurs, ours) };
}

// A cache for esbuild: name → short name, the most said first.
export function shortCache(names, text) {
    const count = new Map(names.map((name) => [name, 0]));
    for (const [word] of text.matchAll(/[\w$]+/g)) if (count.has(word)) count.set(word, count.get(word) + 1);
    const said = names.filter((name) => count.get(name) > 0).sort((a, b) => count.get(b) * b.length - count.get(a) * a.length || (a < b ? -1 : 1));
    const short = shortNames();
    return Object.fromEntries(said.map((name) => [name, short.next().value]));
}

// A plugin for esbuild that puts the edits in.
export const shortWords = (edits) => ({
    name: "short-words",
    setup(build) {
        build.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
            const of = edits.get(path);
            if (!of) return undefined;
            let contents = readFileSync(path, "utf8");
            for (const [from, to, text] of [...of].sort((a, b) => b[0] - a[0])) contents = contents.slice(0, from) + text + contents.slice(to);
            return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
        });
    },
});
