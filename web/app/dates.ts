// dates.ts: times and sizes as people read them. Intl.DateTimeFormat does it where the browser knows the language; for
// Kazakh, which many phones lack, the names stand here.
import { type Lang, lang, number, t } from "./words.ts";
import { dates } from "./words/dates.ts";

const KK_MONTHS = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split(" ");
const KK_DAYS = "жексенбі дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі".split(" ");

const formats = new Map<string, Intl.DateTimeFormat | null>();
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat | null {
    const code: Lang = lang();
    const key = code + name;
    let made = formats.get(key);
    if (made === undefined) {
        const known = typeof Intl !== "undefined" && Intl.DateTimeFormat.supportedLocalesOf([code]).length > 0;
        made = known ? new Intl.DateTimeFormat(code === "en" ? "en-GB" : code, options) : null;
        formats.set(key, made);
    }
    return made;
}

const two = (n: number): string => String(n).padStart(2, "0");

// "14:05": the same everywhere, on the clock of 24 hours.
export function timeOfDay(seconds: number): string {
    const date = new Date(seconds * 1000);
    return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function midnight(date: Date): number {
    return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

// How many days of the calendar lie between a time and now: 0 today, 1 yesterday, negative in the future.
export function daysAgo(seconds: number, now = Date.now()): number {
    return Math.round((midnight(new Date(now)) - midnight(new Date(seconds * 1000))) / 86400000);
}

// "21 November", with the year where it is another.
export function dayAndMonth(seconds: number, now = Date.now()): string {
    const date = new Date(seconds * 1000);
    const year = date.getFullYear() !== new Date(now).getFullYear();
    const made = format(year ? "year" : "month", {
        day: "numeric",
        month: "long",
        ...(year ? { year: "numeric" as const } : {}),
    });
    if (made && lang() !== "kk") return made.format(date);
    const day = `${date.getDate()} ${KK_MONTHS[date.getMonth()]}`;
    return year ? `${date.getFullYear()} ж. ${day}` : day;
}

function weekday(seconds: number): string {
    const date = new Date(seconds * 1000);
    const made = format("weekday", { weekday: "long" });
    return made ? made.format(date) : (KK_DAYS[date.getDay()] ?? "");
}

// What stands between the messages of two days.
export function dayLabel(seconds: number, now = Date.now()): string {
    const days = daysAgo(seconds, now);
    if (days === 0) return t(dates, "today");
    if (days === 1) return t(dates, "yesterday");
    return days > 1 && days < 7 ? weekday(seconds) : dayAndMonth(seconds, now);
}

// What stands beside a group in the list: the time today, else the day.
export function shortWhen(seconds: number, now = Date.now()): string {
    const days = daysAgo(seconds, now);
    if (days === 0) return timeOfDay(seconds);
    if (days === 1) return t(dates, "yesterday");
    const date = new Date(seconds * 1000);
    return `${two(date.getDate())}.${two(date.getMonth() + 1)}.${two(date.getFullYear() % 100)}`;
}

// The whole time, for whoever asks for it.
export function fullWhen(seconds: number, now = Date.now()): string {
    return t(dates, "dayAtTime", { day: dayLabel(seconds, now), time: timeOfDay(seconds) });
}

// "5 minutes ago"
export function ago(seconds: number, now = Date.now()): string {
    const passed = Math.max(0, Math.floor(now / 1000 - seconds));
    if (passed < 60) return t(dates, "justNow");
    if (passed < 3600) return t(dates, "minutesAgo", { n: Math.floor(passed / 60) });
    if (passed < 86400) return t(dates, "hoursAgo", { n: Math.floor(passed / 3600) });
    return t(dates, "daysAgo", { n: Math.floor(passed / 86400) });
}

// "1.4 MB"
export function size(bytes: number): string {
    if (bytes < 1000) return t(dates, "bytes", { n: bytes });
    const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobytes" as const] : [bytes / 1e6, "megabytes" as const];
    const text = value < 10 ? value.toFixed(1) : number(Math.round(value));
    return t(dates, unit, { size: lang() === "en" ? text : text.replace(".", ",") });
}
