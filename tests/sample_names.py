"""Invented people of the region, and how their names come to be written in another list.

Parts of names are put together at random, as often as in real lists some are frequent and most are rare. Each person
has a name in the spelling of their passport's country; `written` gives it as another office would write it: another
alphabet, another romanisation, another order, with less. The tables here follow the published standards (ICAO 9303,
BGN/PCGN, the national alphabets) and share nothing with the rules that they try.
"""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Tongue = Literal["ky", "kk", "uz", "tg", "tk", "ru", "lv"]
Table = dict[str, str]


def _words(text: str) -> list[str]:
    return text.split()


def _table(letters: str, sounds: str) -> Table:
    return dict(zip(letters, sounds.split(), strict=True))


_ICAO = _table(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia",
) | _table("ңөүғқұіәһҳҷӣӯў", "n o u g k u i a h h j i u u")
_BGN = _ICAO | _table("ёжйъьюя", "yo zh y _ _ yu ya") | _table("ңөүғқҳҷў", "ng o u gh q h j o")
_KYRGYZ_LATIN = _BGN | {"ж": "j", "х": "h"}
_KAZAKH_LATIN = _table(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяңөүғқұіәһ",
    "a b v g d e io j z i i k l m n o p r s t u f h ts ch ş ş _ y _ e iu ia ñ ö ü ğ q ū ı ä h",
)
_UZBEK_LATIN = _table(
    "абвгдеёжзийклмнопрстуфхцчшъыьэюяғқҳў",
    "a b v g d e yo j z i y k l m n o p r s t u f x ts ch sh ʼ i _ e yu ya gʻ q h oʻ",
)
_TURKMEN_LATIN = _table(
    "абвгдеёжзийклмнопрстуфхцчшъыьэюяңөүәҗ",
    "a b w g d e ýo ž z i ý k l m n o p r s t u f h s ç ş _ y _ e ýu ýa ň ö ü ä j",
)
_FRENCH = _BGN | {"у": "ou", "ш": "ch", "ч": "tch", "ж": "j", "ц": "ts"}
_RUSSIAN = _table("ңөүғқұіәһҳҷӣӯўҗ", "н о у г к у и а х х дж и у у дж")

_ROMANISATIONS: dict[Tongue, list[Table]] = {
    "ky": [_ICAO, _BGN, _KYRGYZ_LATIN],
    "kk": [_ICAO, _BGN, _KAZAKH_LATIN],
    "uz": [_ICAO, _UZBEK_LATIN, _UZBEK_LATIN, _BGN],
    "tg": [_ICAO, _BGN],
    "tk": [_ICAO, _TURKMEN_LATIN, _TURKMEN_LATIN],
    "ru": [_ICAO, _BGN, _FRENCH],
    "lv": [],
}

_PARTS: dict[Tongue, tuple[str, str, str, str]] = {
    # first parts, last parts of men's names, last parts of women's names, whole names
    "ky": (
        "жума нур кубан темир эркин мирлан тилек ырыс өмүр кубаныч жаңы үсөн түмөн жээн талант алтын орозо сагын дүйшө"
        " асан бакыт эмил чолпон токто калы сейит абды мамат осмон турсун кыдыр жолдош бөлөт ысман карым шамшы эсен",
        "бек бай али кул мурат тай султан жан берди",
        "гүл ай бүбү жан канай ке",
        "азамат мирлан бакыт талант эрлан улан чыңгыз адилет жыргал айбек данияр нурлан эмил руслан",
    ),
    "kk": (
        "нұр жан ер бекен сері дәулет қайрат марат талғат ақ жұма құан еркін бақыт сәуле асыл айгүл тоқтар әлі мұхтар"
        " оразгелді есен қуаныш болат сұлтан темір мырза дос қазы ораз",
        "бек лан жан бай ғали хан мұрат тай ан",
        "гүл ай жан ия айым сұлу",
        "қайрат марат талғат ерлан нұрлан бауыржан асқар серік жанат қанат дәурен",
    ),
    "uz": (
        "абду жўра ғофур улуғ хур дил гул шер бах ўк ис рус жам наби қодир ҳасан ҳусан мирза тўхта эш йўл бек отаб ориф"
        " комил собир фарҳ ботир акмал сардор шавк нодир санж",
        "бек жон мурод али шод иёр там қул хон раҳмон",
        "ноза бар ора нора чехра дон гул фруза",
        "фаррух жамшид шухрат бахтиёр дилшод рустам ойбек улуғбек зафар хуршид азиз",
    ),
    "tg": (
        "абду раҳмон шер ҷамшед хуш фар ҳам қурбон сайф зайн мир бобо ҷума наз ист давлат саф хол ҷӯра одил ном шариф"
        " гул пар мавл кар амон эшон",
        "али шод бахт зод ҷон худо дин уллоҳ бек мурод",
        "гул моҳ бону нисо ҷон ора",
        "фирдавс ҷамшед парвиз сӯҳроб рустам далер комрон фаррух исмоил манучеҳр",
    ),
    "tk": (
        "яз гурбан аман мерет дөвлет оразм ата бегенч максат чары байрам мыра гелди сапар нур меңли ақ гозел огул шам"
        " розы чынар ёллы сердар эзиз худай",
        "мырат дурды гелди мухаммет берди ныяз гулы яр",
        "гүл җан соң бике ай гөзел",
        "сердар максат довран мекан ровшен керим азат эзиз атамырат бегенч",
    ),
    "ru": (
        "алекс андр викт никол серг дмитр влад евген констант фёд игн арс рост свят яр вяч",
        "ей ий ор ан ислав имир антин ений",
        "а ина ея ия ена",
        "александр алексей юрий фёдор артём сергей николай евгений игорь пётр семён юлий матвей тимофей",
    ),
    "lv": (
        "jān andr mār pēter girt kārl juri gunt vald ilm edgar rait zigm norm ģirt arn āri ēv",
        "is s ijs ars ūns",
        "a e ija īte ita",
        "Jānis Andris Māris Pēteris Ģirts Kārlis Juris Guntis Zane Inese Ilze Žanete Ķērsta",
    ),
}
_ROOTS = _words(
    "аба айт аман ара асан байтем балт бор боро ботир бурк дав дан дос дур жаб жол жума зар ибра иман иса "
    "иш калм камб кар кен кожо кон кош кул кум кут мад май мам мата мол мусл нара нас ныяз оро осм рай "
    "рах рыс сад сай сат сул таж тал тем тил ток тор туз тур узак урм шаб шак шер шот ыман эрг эсен"
)
_ROOT_ENDS = _words("бай бек кул мат ал ан ат ам ул ер ир ым ыр абай али дос кан ман нат пар сан тай тур хан чын шан")
_LATVIAN_SURNAMES = _words(
    "Bērz Kalniņ Ozol Liep Krūm Kļav Vītol Eglīt Siliņ Ķēniņ Žagar Zariņ Pūc Dzen Gail Šķēl Čakš Ābol"
)
_RUSSIAN_SURNAMES = _words(
    "Соловь Фёдор Щукин Ерём Журавл Цветк Хохл Юдин Яковл Чернышёв Кузнец Ежов Лыжин Зайц Бород Гладк"
)
_RUSSIAN_ENDS = _words("ец ян ух ык ушк еньк ар ак аль чик ищ ат ош ул ыш ун")
_KOREAN = _words("Цой Ким Пак Ли Тен Хан Югай Хегай Цхай Шин Огай Эм Кан Нам")

COUNTRIES: dict[Tongue, str] = {"ky": "KG", "kk": "KZ", "uz": "UZ", "tg": "TJ", "tk": "TM", "ru": "KG", "lv": "LV"}
_SHARE: dict[Tongue, int] = {"ky": 24, "kk": 18, "uz": 22, "tg": 16, "tk": 9, "ru": 8, "lv": 3}


@dataclass(frozen=True)
class Invented:
    """Somebody invented: the name as their country writes it, in the order surname, given name, patronymic."""

    tongue: Tongue
    surname: str
    given: str
    patronymic: str
    agency: str

    @property
    def country(self) -> str:
        return COUNTRIES[self.tongue]


def invented(chance: random.Random) -> Invented:
    tongue = chance.choices(list(_SHARE), list(_SHARE.values()))[0]
    woman = chance.random() < 0.4
    given, father = _given(tongue, chance, woman), _given(tongue, chance, woman=False)
    agency = f"Sample Agency {min(int(chance.expovariate(0.08)), 60)}"
    return Invented(tongue, _surname(tongue, chance, woman), given, _patronymic(tongue, father, woman, chance), agency)


def _frequent(chance: random.Random, choices: list[str]) -> str:
    """Some often and most seldom (Zipf)."""
    return chance.choices(choices, [1 / (rank + 8) for rank in range(len(choices))])[0]


def _given(tongue: Tongue, chance: random.Random, woman: bool) -> str:
    first, mens, womens, whole = (part.split() for part in _PARTS[tongue])
    if not woman and chance.random() < 0.2:
        return _frequent(chance, whole).capitalize()
    return (_frequent(chance, first) + _frequent(chance, womens if woman else mens)).capitalize()


def _surname(tongue: Tongue, chance: random.Random, woman: bool) -> str:
    if tongue == "lv":
        return chance.choice(_LATVIAN_SURNAMES) + chance.choice(["a", "e"] if woman else ["š", "s", "is"])
    if tongue == "ru":
        if chance.random() < 0.25:
            return chance.choice(_KOREAN)
        stem = chance.choice(_RUSSIAN_SURNAMES) + chance.choice(_RUSSIAN_ENDS)
    elif chance.random() < 0.25:
        stem = _given(tongue, chance, woman=False)
    else:
        stem = (chance.choice(_ROOTS) + chance.choice(_ROOT_ENDS)).capitalize()
    if tongue == "tg" and chance.random() < 0.35:
        return stem + ("зода" if stem[-1] not in "аӣ" else "ӣ")
    soft = stem[-1] in "ейияь"
    stem = stem.rstrip("аеийыьяӣ") or stem
    end = "ев" if soft else "ов"
    return stem + end + ("а" if woman else "")


def _patronymic(tongue: Tongue, father: str, woman: bool, chance: random.Random) -> str:
    if tongue == "lv" or chance.random() < 0.35:
        return ""
    if tongue in ("ky", "kk", "uz") and chance.random() < 0.35:
        kin = {"ky": ("уулу", "кызы"), "kk": ("ұлы", "қызы"), "uz": ("ўғли", "қизи")}[tongue]
        return f"{father} {kin[woman]}"
    return father.rstrip("аеийыьяӣ") + ("овна" if woman else "ович")


def recorded(person: Invented, chance: random.Random) -> str:
    """As the person's own office writes it."""
    return written(person, chance, faithful=True)


def written(person: Invented, chance: random.Random, *, faithful: bool = False) -> str:
    """As some list has it."""
    surname, given, patronymic = person.surname, person.given, person.patronymic
    spell = _speller(person.tongue, chance)
    surname, given, patronymic = spell(surname), spell(given), spell(patronymic)
    if chance.random() < 0.45:
        patronymic = ""
    if not faithful and chance.random() < 0.06:
        given, patronymic = f"{given[0]}.", f"{patronymic[0]}." if patronymic else ""
    if not faithful and chance.random() < 0.05:
        surname = _mistyped(surname, chance)
    if chance.random() < 0.15:
        surname = surname.upper()
    order = [surname, given, patronymic] if chance.random() < 0.5 else [given, patronymic, surname]
    return " ".join(filter(None, order))


def _speller(tongue: Tongue, chance: random.Random) -> Callable[[str], str]:
    """One way of writing for the whole name."""
    tables = _ROMANISATIONS[tongue]
    way = chance.random()
    if not tables:
        return (lambda text: text) if way < 0.5 else _bare
    if way < 0.25:
        return lambda text: text if chance.random() > 0.3 else text.replace("ё", "е").replace("Ё", "Е")
    if way < 0.45:
        return lambda text: _by(_RUSSIAN, text).replace("ё", "е").replace("Ё", "Е")
    table = chance.choice(tables)
    apostrophe = chance.choice("'ʻʼ‘’`")
    if way < 0.8:
        return lambda text: _by(table, text).replace("ʻ", apostrophe).replace("ʼ", apostrophe)
    return lambda text: _bare(_by(table, text))


def _by(table: Table, text: str) -> str:
    letters = []
    for letter in text:
        sound = table.get(letter.lower(), letter.lower()).replace("_", "")
        letters.append(sound.capitalize() if letter.isupper() else sound)
    return "".join(letters)


def _bare(text: str) -> str:
    """Without diacritics and apostrophes, as on a keyboard that has none."""
    apart = unicodedata.normalize("NFD", text.replace("ʻ", "").replace("ʼ", "").replace("ı", "i"))
    return "".join(each for each in apart if unicodedata.category(each) != "Mn")


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, max(2, len(word)))
    match chance.randrange(3):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + word[place - 1] + word[place:]
        case _:
            return word[: place - 1] + word[place : place + 1] + word[place - 1] + word[place + 1 :]
