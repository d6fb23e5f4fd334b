// What the build may say shorter in the page's scripts without any change in what they do, found by TypeScript's own checker, so that the sources stay as they are: the
// key of a word becomes a number in its table and in every t(table, "key"), where all that asks for it names it so, to the letter.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import ts from "typescript";

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

// The edits of the words, per file.
export function shortenings(web) {
    const program = programOf(web);
    return wordEdits(program, program.getTypeChecker(), (file) => /^(app|peer)\//.test(relative(web, file.fileName)));
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
