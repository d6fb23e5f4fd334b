// Sentences of the errors that only the page has. The keys are the names in web/peer/api.ts.
import { table } from "../words.ts";

export const errors = table({
    en: {
        PASSPHRASE_WRONG: "The passphrase does not fit. Check the language of the keyboard and try again.",
        FILE_DAMAGED: "This file is damaged: what could be read was taken.",
        FILE_FOREIGN: "This is no file of Link's.",
        STORAGE_FULL: "The phone has no room left. Save a new copy and free some space.",
        STORAGE_NONE: "This browser keeps nothing for this page. Save a new copy so that nothing is lost.",
        POINT_GONE: "The point does not answer. Go closer to it, or check the Wi-Fi.",
        POINT_FULL: "The point is full: too many phones are connected. Try again in a minute.",
        POINT_BUSY: "The point asks to wait a little.",
        ADDRESS_BAD: "This is no address of a point. It looks like 10.42.0.1:8480.",
        NO_MEMORY: "The browser has no memory left. Close other pages and try again.",
        BROKEN: "That did not work: a fault of this page.",
    },
    ru: {
        PASSPHRASE_WRONG: "Пароль не подходит. Проверьте язык клавиатуры и попробуйте ещё раз.",
        FILE_DAMAGED: "Файл повреждён: взято то, что удалось прочесть.",
        FILE_FOREIGN: "Это не файл «Связи».",
        STORAGE_FULL: "На телефоне не осталось места. Сохраните новую копию и освободите место.",
        STORAGE_NONE: "Этот браузер ничего не хранит для этой страницы. Сохраните новую копию, чтобы ничего не потерять.",
        POINT_GONE: "Точка связи не отвечает. Подойдите ближе или проверьте Wi-Fi.",
        POINT_FULL: "Точка связи заполнена: подключено слишком много телефонов. Попробуйте через минуту.",
        POINT_BUSY: "Точка связи просит немного подождать.",
        ADDRESS_BAD: "Это не адрес точки связи. Он выглядит так: 10.42.0.1:8480.",
        NO_MEMORY: "Браузеру не хватает памяти. Закройте другие страницы и попробуйте ещё раз.",
        BROKEN: "Не получилось: ошибка этой страницы.",
    },
    kk: {
        PASSPHRASE_WRONG: "Құпиясөз сәйкес емес. Пернетақта тілін тексеріп, қайталап көріңіз.",
        FILE_DAMAGED: "Файл бүлінген: оқуға болғаны алынды.",
        FILE_FOREIGN: "Бұл «Байланыс» файлы емес.",
        STORAGE_FULL: "Телефонда орын қалмады. Жаңа көшірме сақтап, орын босатыңыз.",
        STORAGE_NONE: "Бұл браузер осы бет үшін ештеңе сақтамайды. Ештеңе жоғалмауы үшін жаңа көшірме сақтаңыз.",
        POINT_GONE: "Байланыс нүктесі жауап бермейді. Жақындаңыз немесе Wi-Fi желісін тексеріңіз.",
        POINT_FULL: "Байланыс нүктесінде орын жоқ: тым көп телефон қосылған. Бір минуттан кейін қайталап көріңіз.",
        POINT_BUSY: "Байланыс нүктесі сәл күтуді сұрайды.",
        ADDRESS_BAD: "Бұл байланыс нүктесінің мекенжайы емес. Ол мынадай болады: 10.42.0.1:8480.",
        NO_MEMORY: "Браузердің жады жетпейді. Басқа беттерді жауып, қайталап көріңіз.",
        BROKEN: "Болмады: осы беттің қатесі.",
    },
});
