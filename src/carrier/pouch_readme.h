/*
 * pouch_readme.h: what stands in READ-ME.txt of every pouch, for whoever gets the file without knowing what it is.
 */
#ifndef CARRIER_POUCH_README_H
#define CARRIER_POUCH_README_H

#define POUCH_README_NAME "READ-ME.txt"
#define POUCH_MESSAGES_NAME "messages.longear"
#define POUCH_APP_NAME "link.html"

static const char pouch_readme[] =
    "\xef\xbb\xbf"
    "Қазақша\r\n"
    "Бұл — сәлемдеме: интернетсіз, қолдан қолға берілетін хабарламалар файлы. Оны оқу үшін байланыс нүктесінің (Wi-Fi)\r\n"
    "бетін ашып, «Сәлемдеме» бөлімінде осы файлды таңдаңыз. Немесе компьютерде: longear pouch open ФАЙЛ\r\n"
    "Файлды өзгертпей, әрі қарай бере беріңіз. Мұндағы ашық топтардың хабарламаларын кез келген адам, полиция да оқи алады.\r\n"
    "\r\n"
    "Русский\r\n"
    "Это посылка: файл с сообщениями, который передают из рук в руки без интернета. Чтобы прочитать её, откройте страницу\r\n"
    "точки связи (Wi-Fi) и выберите этот файл в разделе «Посылка». Или на компьютере: longear pouch open ФАЙЛ\r\n"
    "Передавайте файл дальше, не меняя его. Сообщения открытых групп может прочитать любой, и полиция тоже.\r\n"
    "\r\n"
    "English\r\n"
    "This is a parcel: a file of messages that is passed from hand to hand without the internet. To read it, open the page of\r\n"
    "a point (Wi-Fi) and choose this file under \"Parcel\". Or on a computer: longear pouch open FILE\r\n"
    "Pass the file on as it is. Anyone can read the messages of open groups in it, the police too.\r\n";

/* Behind it where the app is in the pouch. */
static const char pouch_readme_app[] =
    "\r\n"
    "Қосымша осы сәлемдеменің ішінде: link.html файлын шығарып алып, браузермен ашыңыз да, сонда осы сәлемдемені таңдаңыз.\r\n"
    "Интернет қажет емес.\r\n"
    "Приложение лежит здесь же: извлеките файл link.html, откройте его в браузере и выберите там эту посылку.\r\n"
    "Интернет не нужен.\r\n"
    "The app is in here, too: take link.html out, open it in a browser and choose this parcel there.\r\n"
    "No internet is needed.\r\n";

#endif
