// search.tsx: search in a group or in all of them.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Page } from "../peer/api.ts";
import { shortWhen } from "./dates.ts";
import { Body, Screen } from "./frame.tsx";
import { excerpt, openGroup } from "./groups.tsx";
import { personName } from "./person.tsx";
import type { Route } from "./router.ts";
import { addScreen } from "./screens.ts";
import { app, peer } from "./store.ts";
import { Empty, toastError } from "./ui.tsx";
import { t } from "./words.ts";
import { conversation } from "./words/conversation.ts";

const WAIT_MS = 250;
let lastQuery = ""; // stays while one looks at what was found

function SearchScreen({ route }: { route: Route }): JSX.Element {
    const [query, setQuery] = useState(lastQuery);
    const [found, setFound] = useState<Page | null>(null);
    const field = useRef<HTMLInputElement>(null);
    const label = t(conversation, route.community ? "searchIn" : "searchAll");
    useEffect(() => field.current?.focus(), []);
    useEffect(() => {
        lastQuery = query;
        const wanted = query.trim();
        if (!wanted) {
            setFound(null);
            return undefined;
        }
        let gone = false;
        const timer = setTimeout(() => {
            peer()
                .search(route.community ?? null, wanted)
                .then((page) => gone || setFound(page), toastError);
        }, WAIT_MS);
        return () => {
            gone = true;
            clearTimeout(timer);
        };
    }, [query, route.community]);
    return (
        <Screen title={t(conversation, "search")}>
            <Body>
                <input
                    ref={field}
                    class="input"
                    type="search"
                    dir="auto"
                    aria-label={label}
                    placeholder={label}
                    autocomplete="off"
                    value={query}
                    onInput={(event) => setQuery(event.currentTarget.value)}
                />
                <div role="status">
                    {found?.messages.length === 0 && <Empty title={t(conversation, "searchNothing")} />}
                    {found?.more && <p class="hint">{t(conversation, "searchMore")}</p>}
                </div>
                <ul class="groups">
                    {found?.messages.map((message) => (
                        <li key={message.id}>
                            <button type="button" class="group" onClick={() => openGroup(message.community, message.id)}>
                                <span class="group-top">
                                    <bdi class="group-title">
                                        {app.groups?.find((group) => group.community === message.community)?.title ?? ""}
                                    </bdi>
                                    <time class="group-when">{shortWhen(message.created)}</time>
                                </span>
                                <span class="last" dir="auto">
                                    {`${message.own ? t(conversation, "you") : personName(message)}: ${excerpt(message)}`}
                                </span>
                            </button>
                        </li>
                    ))}
                </ul>
            </Body>
        </Screen>
    );
}

addScreen("search", SearchScreen);
