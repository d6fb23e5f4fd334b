// mock_words.ts: what is written in the groups of the peer in memory (mock.ts). Invented; nobody is meant.
const long = "Біз таңертең сағат сегізде жиналдық. ".repeat(60);

export const PEOPLE = ["Айгүл", "Сергей К.", "Dana", "Ерлан аға", "Марина", "Бота", "Тимур", "Nurlan", "Оля", "Жанар"];

export const GROUPS: [title: string, lang: "kk" | "ru" | "en", count: number][] = [
    ["Көмек: Алмалы ауданы", "kk", 180],
    ["Кухня на площади", "ru", 140],
    ["Medics and first aid", "en", 90],
    ["Ищем близких · Іздейміз · Looking for family, Almaty and the region, all districts", "ru", 240],
    ["Аула кеңесі", "kk", 30],
];

export const TEXTS: Record<"kk" | "ru" | "en", string[]> = {
    kk: [
        "Су мен нан Абай көшесіндегі 12-үйдің қасында таратылып жатыр.",
        "Рақмет!",
        "Дәрігер керек, жаралы бар. Республика алаңының солтүстік жағы.",
        "Кім көлікпен қалаға барады? Екі адамға орын керек.",
        "Мен өз көзіммен көрдім: көпір жабық, айналып жүріңіздер.",
        "Телефон қуаттайтын жер бар ма?",
        "Иә, мектептің жанында генератор істеп тұр, кезек аз.",
        "Балалар аман, үйде отыр. Хабар жеткізгендеріңізге рақмет 🙏",
        "Кешке дейін тағы 40 тоқаш пісіреміз",
        "Ертең сағат 10-да жиналыс. Талаптарды бірге жазайық.",
        long,
    ],
    ru: [
        "Горячая еда у юрты возле фонтана, хватит человек на двести.",
        "Спасибо, передам",
        "Нужен инсулин, хотя бы две ампулы. Кто может помочь?",
        "На Толе би проезд закрыт, объезжайте по Абая.",
        "Брат вышел из дома вчера в шесть вечера, синяя куртка, рост 178. Если встретите, скажите, что мама дома.",
        "Я свидетель: скорая стоит за театром, врачи на месте.",
        "Список задержанных передали юристам, связь через Марину.",
        "ок",
        "Привезли воду, 60 бутылок, и одеяла. Подходите со стороны парка.",
        "Кто дежурит ночью? Запишите меня с двух до пяти.",
    ],
    en: [
        "Two volunteers with bandages are at the theatre entrance.",
        "Thanks!",
        "We need blood, group O negative, at the regional hospital. Please pass it on to whoever has a car.",
        "Journalists asked for eyewitness accounts of last night. Only write what you saw.",
        "The pharmacy on the corner is open until six.",
        "Who has spare batteries? AA, any number.",
        "I heard from others that the bridge is closed. Can somebody check?",
        "On my way, 15 minutes.",
    ],
};

// Texts that want to break the page: markup, turned direction, marks without end, words without end.
export const HOSTILE: string[] = [
    `<script>window.broken=1</script><img src=x onerror="window.broken=2"><style>*{display:none}</style>`,
    `"><svg onload=window.broken=3>&lt;b&gt; javascript:window.broken=4 {n} {name} \${window.broken=5}`,
    `\u202egnp.exe \u2067\u2066\u2067 right to left שלום עולם مرحبا بالعالم \u202e\u202e\u202e end`,
    `z${"\u0301\u0489\u035c\u0360".repeat(2500)}algo`,
    "w".repeat(5000),
    "🏳️‍🌈👨‍👩‍👧‍👦".repeat(400),
    `${"line\n".repeat(3000)}`,
    "а".repeat(16000),
    "\u200b\u200d\u2060\ufeff",
    "__proto__",
    "https://example.org/?q=<b>1</b> mailto:a@b.c tel:+77010000000",
];
