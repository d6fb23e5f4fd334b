// group_info.tsx: a group's own screen: what it is, inviting others, mute.
import type { JSX } from "preact";
import { Members, Outside } from "./closed.tsx";
import { Body, Screen } from "./frame.tsx";
import { go, type Route } from "./router.ts";
import { addScreen, slots } from "./screens.ts";
import { app, peer, readGroups } from "./store.ts";
import { Button, copy, Empty, Notice, toastError } from "./ui.tsx";
import { isolate, t } from "./words.ts";
import { closed } from "./words/closed.ts";
import { conversation } from "./words/conversation.ts";
import { groups } from "./words/groups.ts";
import { meet } from "./words/meet.ts";

function GroupScreen({ route }: { route: Route }): JSX.Element {
    const group = app.groups?.find((one) => one.community === route.community);
    const Qr = slots.showQr;
    if (!group)
        return (
            <Screen title={t(groups, "about")}>
                <Empty title={t(conversation, "gone")} />
            </Screen>
        );
    const { community } = group;
    return (
        <Screen title={<bdi>{group.title}</bdi>} under={t(groups, "about")}>
            <Body>
                {group.closed ? (
                    <Notice>
                        {t(closed, "title")} {t(closed, "text")}
                    </Notice>
                ) : (
                    <Notice kind="warn">
                        {t(groups, "openTitle")} {t(groups, "openText")}
                    </Notice>
                )}
                {group.closed && <Outside group={group} />}
                {group.newerRules && <Notice kind="warn">{t(groups, "newer")}</Notice>}
                <section class="card">
                    <p>
                        {t(groups, "messages", { n: group.records })} · {t(groups, "keep")} {t(groups, "days", { n: group.keepDays })}
                    </p>
                    <p>{t(groups, "yourName", { name: isolate(group.handle) })}</p>
                    <div class="buttons">
                        <Button
                            icon="muted"
                            onClick={() => void peer().setMuted(community, !group.muted).then(readGroups, toastError)}
                        >
                            {t(groups, group.muted ? "unmute" : "mute")}
                        </Button>
                        <Button icon="save" onClick={() => go({ screen: "parcels", community })}>
                            {t(groups, "saveParcel")}
                        </Button>
                    </div>
                    <p class="hint">{t(groups, "muteHint")}</p>
                </section>
                {group.closed && <Members group={group} />}
                <section class="card">
                    <h2>{t(meet, "title")}</h2>
                    <p>{t(meet, "intro")}</p>
                    <div class="buttons">
                        <Button icon="people" onClick={() => go({ screen: "meet", community })}>
                            {t(meet, "title")}
                        </Button>
                    </div>
                </section>
                <section class="card">
                    <h2>{t(groups, "invite")}</h2>
                    {group.closed && <p>{t(closed, "inviteHint")}</p>}
                    {Qr && <Qr community={community} message={null} />}
                    <div class="buttons">
                        <Button onClick={() => void peer().invite(community, null).then(copy, toastError)}>
                            {t(groups, "copyInvite")}
                        </Button>
                    </div>
                </section>
            </Body>
        </Screen>
    );
}

addScreen("group", GroupScreen);
