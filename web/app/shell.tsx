// shell.tsx: the page around the screens: one column on a phone, the groups and beside them a screen where it is wide;
// dialogs and short messages over both.
import { type JSX, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Peer } from "../peer/api.ts";
import { errorSentence } from "./errors.ts";
import { Screen, Body } from "./frame.tsx";
import { GroupsScreen } from "./groups.tsx";
import { listen, route } from "./router.ts";
import { screen, slots } from "./screens.ts";
import { attach, begin, useApp } from "./store.ts";
import { Button, Dialogs, Empty, Toasts } from "./ui.tsx";
import { t } from "./words.ts";
import { shell } from "./words/shell.ts";
import "./plug.ts";

const WIDE = "(min-width: 50rem)";
function useWide(): boolean {
    const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
    useEffect(() => {
        const query = matchMedia(WIDE);
        const heard = (): void => setWide(query.matches);
        query.addEventListener("change", heard);
        return () => query.removeEventListener("change", heard);
    }, []);
    return wide;
}

function Starting({ failed }: { failed: unknown }): JSX.Element {
    return (
        <Screen title={t(shell, "appName")} wideLangs>
            <Body>
                {failed === null ? (
                    <Empty title={t(shell, "starting")} />
                ) : (
                    <Empty title={t(shell, "noPeer")}>
                        <p>{errorSentence(failed)}</p>
                        <Button kind="main" onClick={() => location.reload()}>
                            {t(shell, "reload")}
                        </Button>
                    </Empty>
                )}
            </Body>
        </Screen>
    );
}

function Gate({ sentence, children }: { sentence: string; children: JSX.Element | null }): JSX.Element {
    return (
        <Screen title={t(shell, "appName")} wideLangs>
            <Body>
                <p class="gate">{sentence}</p>
                {children}
            </Body>
        </Screen>
    );
}

function Page(): JSX.Element {
    const app = useApp();
    const wide = useWide();
    const now = route();
    useEffect(() => {
        document.title = t(shell, "appName");
    });
    if (app.failed !== null || !app.state)
        return (
            <main class="pane">
                <Starting failed={app.failed} />
            </main>
        );
    if (app.state.mode === "locked") {
        const Unlock = slots.unlock;
        return (
            <main class="pane">
                <Gate sentence={t(shell, "locked")}>{Unlock ? <Unlock /> : null}</Gate>
            </main>
        );
    }
    if (app.state.mode === "fresh") {
        const Fresh = slots.fresh;
        return (
            <main class="pane">
                <Gate sentence={t(shell, "fresh")}>{Fresh ? <Fresh /> : null}</Gate>
            </main>
        );
    }
    const Current = now.screen === "groups" ? null : screen(now.screen);
    const key = `${now.screen} ${now.community ?? ""} ${now.message ?? ""}`;
    if (!wide) return <main class="pane">{Current ? <Current key={key} route={now} /> : <GroupsScreen />}</main>;
    return (
        <>
            <aside class="pane side">
                <GroupsScreen />
            </aside>
            <main class="pane">
                {Current ? (
                    <Current key={key} route={now} />
                ) : (
                    <div class="nothing">
                        <p>{t(shell, "chooseGroup")}</p>
                    </div>
                )}
            </main>
        </>
    );
}

function App(): JSX.Element {
    useApp();
    return (
        <>
            <Page />
            <Dialogs />
            <Toasts />
        </>
    );
}

// Draw the page, then wait for the peer.
export function start(peer: Peer | Promise<Peer>): void {
    begin();
    listen();
    const root = document.getElementById("app");
    if (!root) return;
    root.textContent = "";
    render(<App />, root);
    void attach(peer);
}
