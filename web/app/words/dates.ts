// Words of times and sizes.
import { table } from "../words.ts";

export const dates = table({
    en: {
        today: "today",
        yesterday: "yesterday",
        dayAtTime: "{day}, {time}",
        justNow: "just now",
        minutesAgo: { one: "{n} minute ago", other: "{n} minutes ago" },
        hoursAgo: { one: "{n} hour ago", other: "{n} hours ago" },
        daysAgo: { one: "{n} day ago", other: "{n} days ago" },
        bytes: { one: "{n} byte", other: "{n} bytes" },
        kilobytes: "{size} KB",
        megabytes: "{size} MB",
    },
    ru: {
        today: "сегодня",
        yesterday: "вчера",
        dayAtTime: "{day}, {time}",
        justNow: "только что",
        minutesAgo: {
            one: "{n} минуту назад",
            few: "{n} минуты назад",
            many: "{n} минут назад",
            other: "{n} минуты назад",
        },
        hoursAgo: { one: "{n} час назад", few: "{n} часа назад", many: "{n} часов назад", other: "{n} часа назад" },
        daysAgo: { one: "{n} день назад", few: "{n} дня назад", many: "{n} дней назад", other: "{n} дня назад" },
        bytes: { one: "{n} байт", few: "{n} байта", many: "{n} байт", other: "{n} байта" },
        kilobytes: "{size} КБ",
        megabytes: "{size} МБ",
    },
    kk: {
        today: "бүгін",
        yesterday: "кеше",
        dayAtTime: "{day}, {time}",
        justNow: "жаңа ғана",
        minutesAgo: { other: "{n} минут бұрын" },
        hoursAgo: { other: "{n} сағат бұрын" },
        daysAgo: { other: "{n} күн бұрын" },
        bytes: { other: "{n} байт" },
        kilobytes: "{size} КБ",
        megabytes: "{size} МБ",
    },
});
