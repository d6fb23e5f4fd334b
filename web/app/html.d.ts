// Files that the build takes in as text.
declare module "*.html" {
    const text: string;
    export default text;
}
