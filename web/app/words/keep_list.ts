// Short, plain words of each language, out of which a passphrase is suggested: six of 116 or more are 41 bits.
import type { Lang } from "../../peer/api.ts";

export const PASS_WORDS: Record<Lang, string> = {
    en:
        "apple arrow autumn barn basket bean bell berry birch bird blanket boat bottle branch bread bridge brook brush bucket butter button " +
        "cabin camel candle carpet carrot castle chair cherry chess circle cliff cloud clover coal coat copper corn cotton cousin crane cream " +
        "cup curtain daisy dance desert dinner donkey door dragon drum duck eagle echo engine farmer feather fence field finger flame flute " +
        "forest fox garden ginger glass goat grape guitar hammer harbor honey horse island jacket kettle kitten ladder lake lamp lemon letter " +
        "lion lizard maple market meadow melon mirror mountain needle nest oak olive onion orange oven owl paper pebble pencil pepper piano " +
        "pillow pine plum pocket potato rabbit rain river rocket rope saddle salt silver sister spoon sugar table tiger",
    ru:
        "абрикос аист арбуз багаж барабан баран белка берег береза билет блин бочка браслет булка варенье ведро веник верблюд весна ветер вилка " +
        "вишня волк волна ворона ворота галка гвоздь герб гитара глина гнездо голубь гора горох гриб груша дверь дерево доска дракон дуб дыня еж " +
        "ель жаба жук забор завод замок заря заяц звезда зерно зонт игла изюм кабан камень капуста карта каша кедр кирпич клен ключ книга ковер " +
        "коза комната конь корабль корень кот кран круг кувшин курица лампа лес лимон лиса лодка ложка луг луна лыжи малина марка масло мед мел " +
        "месяц мост море мыло мяч нитка облако овес овца окно олень орех осень остров парус перец песня печь пила пирог платок поезд поле сахар",
    kk:
        "алма арал арқан арыстан асқабақ аспан ат ауыл аю балық бақыр бас бауырсақ бесік бидай бұзау бұлақ бұлт бұта бүркіт гүл дала дауыл дән " +
        "дәптер домбыра доп егін егіз ергежей есік ешкі жапырақ жаз жарық жаңбыр жел жеміс жиде жол жүзім жүрек жұлдыз зерек ине итмұрын кебеже " +
        "кекілік кеме кептер кереге киік кілем кірпі көл көпір көктем күз күміс күн күрек қазан қайың қалам қала қамшы қар қарбыз қауын қаз қой " +
        "қозы қонақ қоян құдық құм құс құты қымыз қыран лақ мақта мысық мейіз нан найза нөсер орман отын өзен өрік пияз саз самал сандық сарымсақ " +
        "сағат сәбіз сиыр сүт табақ тай тас тары тауық терек теңіз тиін торғай төбе тұз түйе түлкі тұлпар тымақ ұя үкі үзік үстел шай шам",
};
