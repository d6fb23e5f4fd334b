// tabs.ts: two tabs must never write with one seed, or the author's sequence forks. Tabs of one origin tell each other
// which person they hold: whoever has it keeps it, whoever comes later learns so.
//
// Where there is no BroadcastChannel there is no storage that two tabs could share a seed through either.
export interface Channel {
    postMessage(message: unknown): void;
    onmessage: ((event: MessageEvent) => void) | null;
    close(): void;
}

const ANSWER_MS = 200;
interface Said {
    longear: "who" | "mine";
    person: string;
    tab: string;
}

export class Tabs {
    readonly #held = new Set<string>();
    readonly #asking = new Map<string, () => void>();

    constructor(
        private readonly channel: Channel | null,
        private readonly tab: string, // random, of this tab's life
    ) {
        if (!channel) return;
        channel.onmessage = (event: MessageEvent): void => {
            const said = event.data as Partial<Said> | null;
            if (!said || typeof said.person !== "string" || typeof said.tab !== "string" || said.tab === tab) return;
            if (said.longear === "who" && this.#held.has(said.person)) this.#say("mine", said.person);
            // Two that start at the same moment both ask: the larger name gives way.
            if (said.longear === "mine" || (said.longear === "who" && said.tab < tab)) this.#asking.get(said.person)?.();
        };
    }

    #say(longear: Said["longear"], person: string): void {
        this.channel?.postMessage({ longear, person, tab: this.tab } satisfies Said);
    }

    // Hold a person if no other tab does. person: anything that names it to tabs alone.
    async claim(person: string): Promise<boolean> {
        if (!this.channel) return true;
        const free = await new Promise<boolean>((resolve) => {
            const timer = setTimeout(() => resolve(true), ANSWER_MS);
            this.#asking.set(person, () => {
                clearTimeout(timer);
                resolve(false);
            });
            this.#say("who", person);
        });
        this.#asking.delete(person);
        if (free) this.#held.add(person);
        return free;
    }

    // Hold a person that was made just now: nobody else can have it.
    hold(person: string): void {
        this.#held.add(person);
    }

    release(): void {
        this.#held.clear();
        this.channel?.close();
    }
}
