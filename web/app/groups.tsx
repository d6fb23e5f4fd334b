// groups.tsx: the list of groups, where the page begins.
import type { JSX } from "preact";
import { Screen, Body } from "./frame.tsx";
import { t } from "./words.ts";
import { shell } from "./words/shell.ts";

export function GroupsScreen(): JSX.Element {
    return (
        <Screen title={t(shell, "appName")} wideLangs>
            <Body>
                <p>{t(shell, "guestLine")}</p>
            </Body>
        </Screen>
    );
}
