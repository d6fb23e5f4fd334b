// main.tsx: where the page begins. The script runs before the rest of the file has come, so it draws first and waits
// for the peer afterwards.
import { render } from "preact";

function App() {
    return <p>Link · Связь · Байланыс</p>;
}

const root = document.getElementById("app");
if (root) {
    root.textContent = "";
    render(<App />, root);
}
