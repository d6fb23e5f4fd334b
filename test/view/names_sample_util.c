/*
 * names_sample_util.c: lists of names, tables of alphabets, rows of keyboards.
 */
#include "test/view/names_sample_util.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

const char *const sample_kind_names[SAMPLE_KINDS] = {
    "kazakh", "russian",    "latin_2021",  "latin_2018",   "passport",   "passport_old", "by_ear",    "order",
    "short",  "initials",   "ending",      "split",        "neighbour",  "omission",     "insertion", "swap",
    "double", "two_errors", "error_short", "three_errors", "hard_latin", "hard_russian",
};

/* ---- Names ---- */

static const char *const kazakh_men[] = {
    "абай",     "абзал",    "абылай",    "адай",     "адилет",    "азамат",      "айбек",       "айбар",    "айдар",
    "айдос",    "айтуар",   "ақан",      "ақжол",    "ақылбек",   "алдияр",      "алибек",      "алихан",   "алмас",
    "алмат",    "алтай",    "амангелді", "аман",     "арман",     "арыстан",     "асан",        "асқар",    "асқат",
    "асылхан",  "ахмет",    "әділ",      "әділбек",  "әлібек",    "әлихан",      "әнуар",       "бағдат",   "байқал",
    "бақыт",    "бақытжан", "батыр",     "батырхан", "бауыржан",  "бейбіт",      "бекболат",    "бекзат",   "берік",
    "берікбол", "болат",    "бөлеген",   "ғабит",    "ғалым",     "ғалымжан",    "ғани",        "дамир",    "данияр",
    "дархан",   "дастан",   "дәулет",    "дәурен",   "дидар",     "досбол",      "думан",       "еділ",     "ержан",
    "ерасыл",   "ербол",    "ерболат",   "ерғали",   "еркебұлан", "еркін",       "ерлан",       "ермек",    "ерсұлтан",
    "есен",     "жамбыл",   "жандос",    "жанғали",  "жанболат",  "жасұлан",     "жақсылық",    "жеңіс",    "жомарт",
    "жүніс",    "жүсіп",    "зейнолла",  "зәкір",    "ибрагим",   "ілияс",       "исатай",      "кәрім",    "кеңес",
    "көшербай", "қабдолла", "қадыр",     "қазыбек",  "қайрат",    "қанат",       "қасым",       "қуаныш",   "қуат",
    "мақсат",   "мақсұт",   "марат",     "махамбет", "медет",     "мейрам",      "мұрат",       "мұса",     "мұхтар",
    "мұқағали", "нартай",   "нұрбек",    "нұрбол",   "нұрғали",   "нұржан",      "нұрлан",      "нұрлыбек", "нұрсұлтан",
    "нұртас",   "олжас",    "оңғар",     "орал",     "оразбай",   "өмірбек",     "өтеген",      "рауан",    "руслан",
    "рүстем",   "сабыр",    "сағат",     "санжар",   "сапар",     "саят",        "серік",       "серікбол", "сәкен",
    "сұлтан",   "сұңқар",   "сырым",     "талғат",   "темірлан",  "тимур",       "төлеген",     "тұрар",    "тұрсынбек",
    "ұлан",     "ұлықбек",  "файзолла",  "хамит",    "шалқар",    "шерхан",      "шоқан",       "шыңғыс",   "ыбырай",
    "ырысбек",  "асхат",    "мақсатбек", "жолдыбай", "сейітжан",  "тілеуберген", "тәңірберген", "қожахмет",
};

static const char *const kazakh_women[] = {
    "ажар",      "айгерім", "айгүл",   "айдана",   "айжан",    "айзада", "айман",    "айнагүл", "айнұр",    "айсұлу",
    "айым",      "ақбота",  "ақерке",  "ақмарал",  "алия",     "алма",   "алтынай",  "анар",    "арайлым",  "асель",
    "ақтоты",    "әйгерім", "әлия",    "әсел",     "әсем",     "бағила", "балжан",   "балнұр",  "бақытгүл", "баян",
    "ботагөз",   "гаухар",  "гүлбану", "гүлдана",  "гүлжан",   "гүлзат", "гүлмира",  "гүлнар",  "гүлнұр",   "гүлсара",
    "гүлшат",    "дана",    "дариға",  "динара",   "ділназ",   "жазира", "жанар",    "жанат",   "жаңыл",    "жансая",
    "жібек",     "жұлдыз",  "забира",  "зарина",   "зере",     "зәуреш", "индира",   "інжу",    "камила",   "кәмшат",
    "күләш",     "күлпаш",  "күнсұлу", "қарлығаш", "қамар",    "ләззат", "ләйлә",    "мадина",  "мақпал",   "маржан",
    "мейрамгүл", "меруерт", "мәдина",  "мөлдір",   "назгүл",   "назым",  "нұргүл",   "нұрсұлу", "ораз",     "перизат",
    "райхан",    "рая",     "роза",    "сабина",   "салтанат", "самал",  "сандуғаш", "сара",    "сәуле",    "тоғжан",
    "томирис",   "ұлбосын", "ұлжан",   "фариза",   "хадиша",   "шара",   "шолпан",   "шынар",   "шырын",    "ырысты",
    "қызғалдақ", "жанерке", "жадыра",  "үміт",     "үрия",     "зағипа", "ғалия",
};

/* Families are made of these and of the men's names. */
static const char *const kazakh_families[] = {
    "абдрахман",   "абдиқадыр",   "абеуов",    "абишев",      "ақышев",     "алтынсарин", "аманжол",    "арын",
    "атабай",      "ахметжан",    "әбдіхалық", "әбілқайыр",   "байжан",     "баймұхамет", "байтұрсын",  "бекмағамбет",
    "бекмұхан",    "бисен",       "бөкейхан",  "дәуітбай",    "досмұхамет", "дулат",      "дүйсенбай",  "елеусіз",
    "еңсеген",     "есенғали",    "жақып",     "жанәділ",     "жарқын",     "жиенбай",    "жұмабай",    "жұмағали",
    "жұмағұл",     "избасар",     "иманғали",  "исабек",      "испан",      "кенжеғали",  "көбей",      "көпжасар",
    "құдайберген", "құлмағамбет", "құрман",    "қалмырза",    "қожабек",    "қонысбай",   "қосан",      "қуандық",
    "мағауия",     "мағзұм",      "мәмбет",    "мырзахмет",   "мұқан",      "мұстафа",    "мырзабек",   "найман",
    "нақып",       "нұрпейіс",    "нұрғазы",   "омар",        "оспан",      "орынбасар",  "өтепберген", "рақым",
    "рақымжан",    "рысқали",     "сағындық",  "садық",       "сатпай",     "сейдахмет",  "сейітқали",  "смағұл",
    "сүлеймен",    "сыздық",      "тайжан",    "тасмағамбет", "төлебай",    "тоқтар",     "тұрлыбек",   "тілеген",
    "уәлихан",     "үмбет",       "хасен",     "шаймерден",   "шалабай",    "шәріп",      "шегір",      "ыдырыс",
    "ысқақ",       "шәкәрім",
};

struct russian_man {
    const char *name, *son, *daughter;
};
static const struct russian_man russian_men[] = {
    {"александр", "александрович", "александровна"},
    {"алексей", "алексеевич", "алексеевна"},
    {"анатолий", "анатольевич", "анатольевна"},
    {"андрей", "андреевич", "андреевна"},
    {"антон", "антонович", "антоновна"},
    {"артём", "артёмович", "артёмовна"},
    {"борис", "борисович", "борисовна"},
    {"вадим", "вадимович", "вадимовна"},
    {"валерий", "валерьевич", "валерьевна"},
    {"василий", "васильевич", "васильевна"},
    {"виктор", "викторович", "викторовна"},
    {"виталий", "витальевич", "витальевна"},
    {"владимир", "владимирович", "владимировна"},
    {"владислав", "владиславович", "владиславовна"},
    {"вячеслав", "вячеславович", "вячеславовна"},
    {"геннадий", "геннадьевич", "геннадьевна"},
    {"георгий", "георгиевич", "георгиевна"},
    {"григорий", "григорьевич", "григорьевна"},
    {"денис", "денисович", "денисовна"},
    {"дмитрий", "дмитриевич", "дмитриевна"},
    {"евгений", "евгеньевич", "евгеньевна"},
    {"егор", "егорович", "егоровна"},
    {"иван", "иванович", "ивановна"},
    {"игорь", "игоревич", "игоревна"},
    {"илья", "ильич", "ильинична"},
    {"кирилл", "кириллович", "кирилловна"},
    {"константин", "константинович", "константиновна"},
    {"леонид", "леонидович", "леонидовна"},
    {"максим", "максимович", "максимовна"},
    {"михаил", "михайлович", "михайловна"},
    {"никита", "никитич", "никитична"},
    {"николай", "николаевич", "николаевна"},
    {"олег", "олегович", "олеговна"},
    {"павел", "павлович", "павловна"},
    {"пётр", "петрович", "петровна"},
    {"роман", "романович", "романовна"},
    {"семён", "семёнович", "семёновна"},
    {"сергей", "сергеевич", "сергеевна"},
    {"станислав", "станиславович", "станиславовна"},
    {"степан", "степанович", "степановна"},
    {"фёдор", "фёдорович", "фёдоровна"},
    {"эдуард", "эдуардович", "эдуардовна"},
    {"юрий", "юрьевич", "юрьевна"},
    {"яков", "яковлевич", "яковлевна"},
};

static const char *const russian_women[] = {
    "александра", "алина",    "алла",  "анастасия", "анна",      "валентина", "валерия",   "вера",   "вероника",
    "виктория",   "галина",   "дарья", "евгения",   "екатерина", "елена",     "елизавета", "жанна",  "зинаида",
    "зоя",        "инна",     "ирина", "кристина",  "ксения",    "лариса",    "лидия",     "любовь", "людмила",
    "маргарита",  "марина",   "мария", "надежда",   "наталья",   "нина",      "оксана",    "ольга",  "полина",
    "раиса",      "светлана", "софия", "тамара",    "татьяна",   "ульяна",    "элина",     "юлия",   "яна",
};

/* Those in -ский and -ий have a form of their own for women, those in consonants and -о none. */
static const char *const russian_families[] = {
    "александров", "алексеев",  "андреев",    "антонов",    "афанасьев",  "баранов",    "белов",      "беляев",
    "богданов",    "борисов",   "быков",      "васильев",   "виноградов", "власов",     "волков",     "воробьёв",
    "гаврилов",    "герасимов", "голубев",    "григорьев",  "громов",     "гусев",      "давыдов",    "данилов",
    "денисов",     "дмитриев",  "дьячков",    "егоров",     "ефимов",     "жуков",      "журавлёв",   "зайцев",
    "захаров",     "иванов",    "игнатьев",   "ильин",      "казаков",    "калинин",    "карпов",     "киселёв",
    "ковалёв",     "козлов",    "колесников", "комаров",    "кондратьев", "королёв",    "коровин",    "крылов",
    "кудрявцев",   "кузнецов",  "кузьмин",    "куликов",    "лебедев",    "логинов",    "макаров",    "максимов",
    "мартынов",    "матвеев",   "медведев",   "мельников",  "миронов",    "михайлов",   "морозов",    "мухин",
    "назаров",     "некрасов",  "никитин",    "николаев",   "новиков",    "овчинников", "орехов",     "орлов",
    "осипов",      "павлов",    "петров",     "поляков",    "попов",      "прохоров",   "пушкарёв",   "романов",
    "рябов",       "савельев",  "селезнёв",   "семёнов",    "сергеев",    "сидоров",    "смирнов",    "соболев",
    "соколов",     "соловьёв",  "сорокин",    "степанов",   "субботин",   "тарасов",    "тимофеев",   "титов",
    "тихонов",     "третьяков", "федотов",    "филиппов",   "фомин",      "фролов",     "харитонов",  "хохлов",
    "цветков",     "чернов",    "чернышёв",   "шаповалов",  "широков",    "щербаков",   "щукин",      "юдин",
    "яковлев",     "якушев",    "вишневский", "чайковский", "покровский", "шевченко",   "бондаренко", "ткаченко",
    "кравчук",     "мельник",   "ким",        "цой",        "пак",        "шмидт",      "миллер",     "вагнер",
};

/* ---- Text ---- */

struct text {
    size_t count;
    uint32_t letters[200];
};

static void text_add(struct text *t, const char *s) {
    size_t size = strlen(s), length;
    for (size_t at = 0; at < size; at += length) {
        CHECK(t->count < COUNT(t->letters));
        length = utf8_decode(&t->letters[t->count++], (const uint8_t *)s + at, size - at);
        CHECK(length > 0);
    }
}

static size_t text_write(const struct text *t, char out[SAMPLE_NAME_MAX]) {
    size_t used = 0;
    for (size_t i = 0; i < t->count; i++) {
        uint32_t c = t->letters[i];
        CHECK(used + 2 < SAMPLE_NAME_MAX && c < 0x800);
        if (c >= 0x80) out[used++] = (char)(uint8_t)(0xc0 | c >> 6);
        out[used++] = c < 0x80 ? (char)c : (char)(uint8_t)(0x80 | (c & 0x3f));
    }
    return used;
}

static uint32_t text_last(const struct text *t) {
    return t->letters[t->count - 1];
}

static bool is_in(uint32_t c, const char *letters) {
    struct text t = {0};
    text_add(&t, letters);
    for (size_t i = 0; i < t.count; i++)
        if (t.letters[i] == c) return true;
    return false;
}

/* ---- Alphabets: what stands for each letter; after '|' other ways, for those who write by ear ---- */

struct alphabet {
    const char *const (*letters)[2];
    size_t count;
    bool by_ear;
};
#define ALPHABET(table, by_ear) \
    { table, COUNT(table), by_ear }

static const char *const to_russian[][2] = {
    {"ә", "а"}, {"і", "и"}, {"ң", "н"}, {"ғ", "г"}, {"ү", "у"}, {"ұ", "у"}, {"қ", "к"}, {"ө", "о"}, {"һ", "х"},
};
/* As Russian clerks wrote Kazakh names down. */
static const char *const to_russian_old[][2] = {
    {"ләй", "ляй"}, {"лә", "ля"}, {"күл", "куль"}, {"гүл", "гуль"}, {"ә", "а|я|е"}, {"і", "и|ы"}, {"ң", "н|нг"},
    {"ғ", "г"},     {"ү", "у|ю"}, {"ұ", "у"},      {"қ", "к|х"},    {"ө", "о|у"},   {"һ", "х"},   {"ё", "е"},
};
static const char *const to_2021[][2] = {
    {"а", "a"}, {"ә", "ä"}, {"б", "b"},  {"в", "v"},  {"г", "g"},  {"ғ", "ğ"},  {"д", "d"}, {"е", "e"},   {"ё", "io"},
    {"ж", "j"}, {"з", "z"}, {"и", "i"},  {"й", "i"},  {"к", "k"},  {"қ", "q"},  {"л", "l"}, {"м", "m"},   {"н", "n"},
    {"ң", "ñ"}, {"о", "o"}, {"ө", "ö"},  {"п", "p"},  {"р", "r"},  {"с", "s"},  {"т", "t"}, {"у", "u"},   {"ұ", "ū"},
    {"ү", "ü"}, {"ф", "f"}, {"х", "h"},  {"һ", "h"},  {"ц", "ts"}, {"ч", "ch"}, {"ш", "ş"}, {"щ", "ştş"}, {"ы", "y"},
    {"і", "ı"}, {"э", "e"}, {"ю", "iu"}, {"я", "ia"}, {"ь", ""},   {"ъ", ""},
};
static const char *const to_2018[][2] = {
    {"а", "a"}, {"ә", "á"}, {"б", "b"},  {"в", "v"},  {"г", "g"},  {"ғ", "g"},  {"д", "d"},  {"е", "e"},  {"ё", "e"},
    {"ж", "j"}, {"з", "z"}, {"и", "ı"},  {"й", "ı"},  {"к", "k"},  {"қ", "q"},  {"л", "l"},  {"м", "m"},  {"н", "n"},
    {"ң", "ń"}, {"о", "o"}, {"ө", "ó"},  {"п", "p"},  {"р", "r"},  {"с", "s"},  {"т", "t"},  {"у", "ý"},  {"ұ", "u"},
    {"ү", "ú"}, {"ф", "f"}, {"х", "h"},  {"һ", "h"},  {"ц", "ts"}, {"ч", "ch"}, {"ш", "sh"}, {"щ", "sh"}, {"ы", "y"},
    {"і", "i"}, {"э", "e"}, {"ю", "ıý"}, {"я", "ıa"}, {"ь", ""},   {"ъ", ""},
};
static const char *const to_passport[][2] = {
    {"а", "a"},  {"ә", "a"}, {"б", "b"},  {"в", "v"},  {"г", "g"},  {"ғ", "g"},  {"д", "d"},  {"е", "e"},    {"ё", "e"},
    {"ж", "zh"}, {"з", "z"}, {"и", "i"},  {"й", "i"},  {"к", "k"},  {"қ", "k"},  {"л", "l"},  {"м", "m"},    {"н", "n"},
    {"ң", "n"},  {"о", "o"}, {"ө", "o"},  {"п", "p"},  {"р", "r"},  {"с", "s"},  {"т", "t"},  {"у", "u"},    {"ұ", "u"},
    {"ү", "u"},  {"ф", "f"}, {"х", "kh"}, {"һ", "h"},  {"ц", "ts"}, {"ч", "ch"}, {"ш", "sh"}, {"щ", "shch"}, {"ы", "y"},
    {"і", "i"},  {"э", "e"}, {"ю", "iu"}, {"я", "ia"}, {"ь", ""},   {"ъ", "ie"},
};
static const char *const to_passport_old[][2] = {
    {"ый", "y"}, {"ий", "iy"}, {" е", " ye"}, {"ее", "eye"}, {"ае", "aye"}, {"ье", "ye"}, {"ьё", "yov"},
    {"а", "a"},  {"ә", "a"},   {"б", "b"},    {"в", "v"},    {"г", "g"},    {"ғ", "g"},   {"д", "d"},
    {"е", "e"},  {"ё", "yo"},  {"ж", "zh"},   {"з", "z"},    {"и", "i"},    {"й", "y"},   {"к", "k"},
    {"қ", "k"},  {"л", "l"},   {"м", "m"},    {"н", "n"},    {"ң", "ng"},   {"о", "o"},   {"ө", "o"},
    {"п", "p"},  {"р", "r"},   {"с", "s"},    {"т", "t"},    {"у", "u"},    {"ұ", "u"},   {"ү", "u"},
    {"ф", "f"},  {"х", "kh"},  {"һ", "kh"},   {"ц", "ts"},   {"ч", "ch"},   {"ш", "sh"},  {"щ", "shch"},
    {"ы", "y"},  {"і", "i"},   {"э", "e"},    {"ю", "yu"},   {"я", "ya"},   {"ь", ""},    {"ъ", ""},
};
static const char *const to_ear[][2] = {
    {"ксе", "kse|xe"},    {"кс", "ks|x"},       {"ий", "iy|y|i|ii"}, {"ый", "y|yi|yy"},  {"ая", "aya|aia|aja"},
    {" е", " e|ye|je"},   {"ье", "ye|ie|e|je"}, {"ьё", "yo|io|ye"},  {"ья", "ya|ia|ja"}, {"ау", "au|aw|au"},
    {"дж", "j|dzh|dj"},   {"а", "a"},           {"ә", "a|e|a|ae"},   {"б", "b"},         {"в", "v|v|v|w"},
    {"г", "g"},           {"ғ", "g|g|gh"},      {"д", "d"},          {"е", "e|e|e|ye"},  {"ё", "e|yo|io"},
    {"ж", "zh|j|zh"},     {"з", "z"},           {"и", "i"},          {"й", "y|i|j"},     {"к", "k"},
    {"қ", "k|q|k|kh"},    {"л", "l"},           {"м", "m"},          {"н", "n"},         {"ң", "n|ng|n"},
    {"о", "o"},           {"ө", "o|o|u"},       {"п", "p"},          {"р", "r"},         {"с", "s|s|s|ss"},
    {"т", "t"},           {"у", "u|u|u|w"},     {"ұ", "u|u|u|ou"},   {"ү", "u|u|yu"},    {"ф", "f|f|ph"},
    {"х", "h|kh"},        {"һ", "h"},           {"ц", "ts|c|tz"},    {"ч", "ch|ch|tch"}, {"ш", "sh"},
    {"щ", "sh|shch|sch"}, {"ы", "y|i|y"},       {"і", "i"},          {"э", "e"},         {"ю", "yu|iu|ju|u"},
    {"я", "ya|ia|ja|a"},  {"ь", "||'"},         {"ъ", ""},
};

static const struct alphabet russian = ALPHABET(to_russian, false), russian_old = ALPHABET(to_russian_old, true),
                             latin_2021 = ALPHABET(to_2021, false), latin_2018 = ALPHABET(to_2018, false),
                             passport = ALPHABET(to_passport, false), passport_old = ALPHABET(to_passport_old, false),
                             by_ear = ALPHABET(to_ear, true);

/* Add one of the ways that '|' separates. */
static void way_add(struct rng *g, struct text *t, const char *ways, bool any) {
    char way[16];
    size_t count = 1, chosen;
    for (const char *s = ways; *s; s++) count += *s == '|';
    chosen = any ? rng_below(g, count) : 0;
    while (chosen > 0) chosen -= *ways++ == '|';
    size_t size = strcspn(ways, "|");
    CHECK(size < sizeof way);
    memcpy(way, ways, size);
    way[size] = '\0';
    text_add(t, way);
}

static void rewrite(struct rng *g, struct text *t, const struct alphabet *a) {
    struct text out = {0};
    uint32_t before = ' ';
    for (size_t i = 0; i < t->count;) {
        size_t taken = 0;
        for (size_t k = 0; k < a->count && taken == 0; k++) {
            struct text from = {0};
            const char *pattern = a->letters[k][0];
            bool first = *pattern == ' '; /* only at the beginning of a word */
            text_add(&from, pattern + first);
            if ((first && before != ' ') || i + from.count > t->count ||
                memcmp(from.letters, t->letters + i, from.count * sizeof *from.letters) != 0)
                continue;
            taken = from.count;
            way_add(g, &out, a->letters[k][1] + (first && a->letters[k][1][0] == ' '), a->by_ear);
        }
        before = t->letters[i + (taken > 0 ? taken - 1 : 0)];
        if (taken == 0) out.letters[out.count++] = t->letters[i], taken = 1;
        i += taken;
    }
    *t = out;
}

/* ---- People ---- */

#define FAMILY_STEMS (COUNT(kazakh_families) + COUNT(kazakh_men))

/* Some names are more frequent than others. */
static unsigned choose(struct rng *g, size_t count) {
    size_t a = rng_below(g, count), b = rng_below(g, count);
    return (unsigned)(rng_one_in(g, 2) || a < b ? a : b);
}

void sample_person(struct rng *g, struct sample_person *out) {
    memset(out, 0, sizeof *out);
    out->russian = rng_below(g, 100) < 25;
    out->female = rng_one_in(g, 3);
    if (out->russian) {
        out->family = choose(g, COUNT(russian_families));
        out->given = choose(g, out->female ? COUNT(russian_women) : COUNT(russian_men));
        out->father = choose(g, COUNT(russian_men));
    } else {
        out->family = choose(g, FAMILY_STEMS);
        out->family_form = (unsigned)rng_below(g, 10);
        out->given = choose(g, out->female ? COUNT(kazakh_women) : COUNT(kazakh_men));
        out->father = choose(g, COUNT(kazakh_men));
    }
}

unsigned sample_half(const struct sample_person *p) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    const unsigned parts[] = {p->russian, p->female, p->family, p->family_form, p->given, p->father};
    for (size_t i = 0; i < COUNT(parts); i++) hash = (hash ^ parts[i]) * 16777619u;
    return hash >> 16 & 1;
}

static bool ends_in(const struct text *t, const char *letters) {
    return t->count > 0 && is_in(text_last(t), letters);
}

static void add_family(struct text *t, const struct sample_person *p) {
    if (p->russian) {
        text_add(t, russian_families[p->family]);
        size_t size = strlen(russian_families[p->family]);
        if (!p->female) return;
        if (size > 4 && strcmp(russian_families[p->family] + size - 4, "ий") == 0) {
            t->count -= 2;
            text_add(t, "ая");
        } else if (ends_in(t, "в") || (ends_in(t, "н") && size > 6)) {
            text_add(t, "а");
        }
        return;
    }
    text_add(t, p->family < COUNT(kazakh_families) ? kazakh_families[p->family]
                                                   : kazakh_men[p->family - COUNT(kazakh_families)]);
    if (p->family_form < 2) return; /* the father's or grandfather's name alone */
    if (p->family_form == 2) {
        text_add(t, p->female ? "қызы" : "ұлы");
        return;
    }
    if (!ends_in(t, "в")) {
        if (ends_in(t, "й"))
            t->count--, text_add(t, "ев");
        else
            text_add(t, ends_in(t, "аиі") ? "ев" : "ов");
    }
    if (p->female) text_add(t, "а");
}

static void add_given(struct text *t, const struct sample_person *p) {
    text_add(t, p->russian  ? (p->female ? russian_women[p->given] : russian_men[p->given].name)
                : p->female ? kazakh_women[p->given]
                            : kazakh_men[p->given]);
}

static void add_patronymic(struct text *t, const struct sample_person *p, bool in_russian) {
    if (p->russian) {
        text_add(t, p->female ? russian_men[p->father].daughter : russian_men[p->father].son);
        return;
    }
    text_add(t, kazakh_men[p->father]);
    if (!in_russian) {
        text_add(t, p->female ? "қызы" : "ұлы");
        return;
    }
    bool soft = ends_in(t, "йаиі");
    if (ends_in(t, "й")) t->count--;
    text_add(t, soft ? (p->female ? "евна" : "евич") : p->female ? "овна" : "ович");
}

static void add_all(struct text *t, const struct sample_person *p, bool in_russian, bool patronymic, bool given_first) {
    if (!given_first) {
        add_family(t, p);
        text_add(t, " ");
    }
    add_given(t, p);
    if (patronymic) {
        text_add(t, " ");
        add_patronymic(t, p, in_russian);
    }
    if (given_first) {
        text_add(t, " ");
        add_family(t, p);
    }
}

/* Whether this person's papers have -ович: the same in all that is written of one person. */
static bool papers_russian(const struct sample_person *p) {
    return (p->family * 7 + p->given * 3 + p->father) % 2 == 0;
}

size_t sample_entry(struct rng *g, const struct sample_person *p, char out[SAMPLE_NAME_MAX]) {
    struct text t = {0};
    size_t script = rng_below(g, 10);
    add_all(&t, p, papers_russian(p), !rng_one_in(g, 10), rng_one_in(g, 5));
    if (script >= 4)
        rewrite(g, &t,
                script < 8         ? rng_one_in(g, 4) ? &russian_old : &russian
                : rng_one_in(g, 3) ? &passport_old
                                   : &passport);
    return text_write(&t, out);
}

/* ---- Errors of typing ---- */

/* Rows as they lie; a key touches those beside it and, above and below, the two between which it lies. */
static const char *const keys_cyrillic[4] = {"ё\"әіңғ,.үұқөһ", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"};
static const char *const keys_latin[4] = {"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"};

static uint32_t neighbour_of(struct rng *g, uint32_t c) {
    const char *const *rows = c < 0x370 ? keys_latin : keys_cyrillic;
    struct text row[4] = {0};
    for (unsigned r = 0; r < 4; r++) text_add(&row[r], rows[r]);
    for (unsigned r = 0; r < 4; r++)
        for (size_t i = 0; i < row[r].count; i++) {
            uint32_t near[6];
            size_t count = 0;
            if (row[r].letters[i] != c) continue;
            if (i > 0) near[count++] = row[r].letters[i - 1];
            if (i + 1 < row[r].count) near[count++] = row[r].letters[i + 1];
            for (size_t k = i; r > 1 && k <= i + 1; k++)
                if (k < row[r - 1].count) near[count++] = row[r - 1].letters[k];
            if (r > 0 && r < 3 && i < row[r + 1].count) near[count++] = row[r + 1].letters[i];
            if (r > 0 && r < 3 && i > 0 && i - 1 < row[r + 1].count) near[count++] = row[r + 1].letters[i - 1];
            return near[rng_below(g, count)];
        }
    return c < 0x370 ? 'e' : 0x435;
}

/* Make one error within letters from … to of the text. */
static void mistype(struct rng *g, struct text *t, enum sample_kind kind, size_t from, size_t to) {
    size_t at;
    do at = from + rng_below(g, to - from);
    while (t->letters[at] == ' ' || (kind == SAMPLE_SWAP && (at + 1 >= to || t->letters[at + 1] == ' ')));
    uint32_t c = t->letters[at];
    switch (kind) {
    case SAMPLE_NEIGHBOUR: t->letters[at] = neighbour_of(g, c); return;
    case SAMPLE_OMISSION:
        memmove(t->letters + at, t->letters + at + 1, (t->count - at - 1) * sizeof c);
        t->count--;
        return;
    case SAMPLE_SWAP:
        t->letters[at] = t->letters[at + 1];
        t->letters[at + 1] = c;
        return;
    default:
        CHECK(t->count < COUNT(t->letters));
        memmove(t->letters + at + 1, t->letters + at, (t->count - at) * sizeof c);
        t->count++;
        if (kind == SAMPLE_INSERTION) t->letters[at + rng_below(g, 2)] = neighbour_of(g, c);
    }
}

static size_t space_in(const struct text *t) {
    for (size_t i = 0; i < t->count; i++)
        if (t->letters[i] == ' ') return i;
    return t->count;
}

static enum sample_kind error_any(struct rng *g) {
    static const enum sample_kind kinds[] = {SAMPLE_NEIGHBOUR, SAMPLE_OMISSION, SAMPLE_INSERTION, SAMPLE_SWAP,
                                             SAMPLE_DOUBLE};
    return kinds[rng_below(g, COUNT(kinds))];
}

static void with_errors(struct rng *g, struct text *t, enum sample_kind kind) {
    static const struct alphabet *const latin[] = {&latin_2021, &passport, &passport_old, &by_ear};
    if (kind == SAMPLE_HARD_LATIN || kind == SAMPLE_HARD_RUSSIAN)
        rewrite(g, t, kind == SAMPLE_HARD_LATIN ? &by_ear : &russian_old);
    else if (rng_one_in(g, 2))
        rewrite(g, t, latin[rng_below(g, COUNT(latin))]);
    else if (rng_one_in(g, 2))
        rewrite(g, t, &russian);
    size_t first = space_in(t);
    switch (kind) {
    case SAMPLE_THREE_ERRORS:
        for (unsigned i = 0; i < 3; i++) mistype(g, t, error_any(g), 0, t->count);
        return;
    case SAMPLE_TWO_ERRORS:
    case SAMPLE_HARD_LATIN:
    case SAMPLE_HARD_RUSSIAN: /* the later one first: the earlier word still stands where it stood */
        mistype(g, t, error_any(g), first + 1, t->count);
        mistype(g, t, error_any(g), 0, first);
        return;
    case SAMPLE_ERROR_SHORT: mistype(g, t, error_any(g), 0, t->count); return;
    default: mistype(g, t, kind, 0, t->count);
    }
}

/* ---- Queries ---- */

static void initials(const struct sample_person *p, struct text *t) {
    struct text given = {0}, father = {0};
    add_given(&given, p);
    add_patronymic(&father, p, true);
    add_family(t, p);
    text_add(t, " ");
    t->letters[t->count++] = given.letters[0];
    text_add(t, ". ");
    t->letters[t->count++] = father.letters[0];
    text_add(t, ".");
}

static bool is_short(enum sample_kind kind) {
    return kind == SAMPLE_SHORT || kind == SAMPLE_ERROR_SHORT || kind >= SAMPLE_HARD_LATIN;
}

size_t sample_query(struct rng *g, const struct sample_person *p, enum sample_kind kind, char out[SAMPLE_NAME_MAX]) {
    struct text t = {0};
    const bool other = kind == SAMPLE_OTHER_ENDING;
    if (kind == SAMPLE_INITIALS)
        initials(p, &t);
    else
        add_all(&t, p, papers_russian(p) != other, !is_short(kind), kind == SAMPLE_ORDER || kind >= SAMPLE_HARD_LATIN);
    switch (kind) {
    case SAMPLE_KAZAKH: break;
    case SAMPLE_LATIN_2021: rewrite(g, &t, &latin_2021); break;
    case SAMPLE_LATIN_2018: rewrite(g, &t, &latin_2018); break;
    case SAMPLE_PASSPORT: rewrite(g, &t, &passport); break;
    case SAMPLE_PASSPORT_OLD: rewrite(g, &t, &passport_old); break;
    case SAMPLE_BY_EAR: rewrite(g, &t, &by_ear); break;
    case SAMPLE_SPLIT: {
        size_t space = space_in(&t), end = space + 1;
        while (end < t.count && t.letters[end] != ' ') end++;
        size_t length = end - space - 1, at = space + 1 + length / 2;
        if (length >= 6) {
            memmove(t.letters + at + 1, t.letters + at, (t.count - at) * sizeof *t.letters);
            t.letters[at] = rng_one_in(g, 2) ? ' ' : '-';
            t.count++;
        }
        rewrite(g, &t, &russian);
        break;
    }
    case SAMPLE_RUSSIAN:
    case SAMPLE_ORDER:
    case SAMPLE_SHORT:
    case SAMPLE_INITIALS:
    case SAMPLE_OTHER_ENDING: rewrite(g, &t, &russian); break;
    default: with_errors(g, &t, kind);
    }
    return text_write(&t, out);
}
