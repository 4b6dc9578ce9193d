"""Names, places and goods to make companies of, in four cultures."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Culture:
    """Where a contact comes from and what names sound like there."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    phone: str
    lang: str


ENGLISH = Culture(
    ("Abigail", "Brandon", "Colleen", "Douglas", "Edwin", "Floyd", "Gemma", "Harriet", "Isaac",
     "Jesse", "Kim", "Lorraine", "Nicole", "Owen", "Paula", "Ronnie", "Sandra", "Travis"),
    ("Ashford", "Bennett", "Castillo", "Diaz", "Fletcher", "Freeman", "Harding", "Jenkins",
     "Keller", "Marsh", "Nolan", "Peterson", "Rhodes", "Sutton", "Turner", "Whitaker"),
    ("Azure Interiors", "Bluewater Supply", "Cedar & Stone", "Copper Kettle", "Eastgate Motors",
     "Fern Valley Foods", "Granite Works", "Harbor Office", "Juniper Labs", "Lantern Media",
     "Maple Furniture", "Northline Tools", "Oakridge Dental", "Pioneer Freight", "Summit Outdoor"),
    ("Ltd", "Inc.", "LLC", "& Sons", "Group"),
    (("San Francisco", "US", "94110"), ("Austin", "US", "73301"), ("London", "GB", "EC1A 1BB"),
     ("Manchester", "GB", "M1 2JQ"), ("Seattle", "US", "98101")),
    ("Arbor Way", "Baker Street", "Hillside Road", "Market Street", "Union Avenue"),
    "+1 555", "en_US",
)  # fmt: skip
RUSSIAN = Culture(
    ("Анна", "Борис", "Вера", "Григорий", "Дарья", "Екатерина", "Иван", "Ксения", "Мария",
     "Николай", "Ольга", "Павел", "Сергей", "Татьяна", "Юрий", "Алия", "Тимур"),
    ("Абдрахманов", "Белова", "Волков", "Громов", "Ермакова", "Захаров", "Ковалёв", "Лебедев",
     "Морозова", "Нуртаев", "Орлов", "Смирнова", "Тихонов", "Фёдоров", "Шевченко"),
    ("Азия Трейд", "Берёзка", "Вектор", "Гарант Строй", "Дельта Логистик", "Евразия", "Заря",
     "Интерьер Плюс", "Каспий", "Мебель Град", "Новый Дом", "Орион", "Северный Ветер", "ТехноСнаб"),
    ("ООО", "АО", "ИП", "ТОО"),
    (("Москва", "RU", "101000"), ("Санкт-Петербург", "RU", "190000"), ("Казань", "RU", "420000"),
     ("Алматы", "KZ", "050000"), ("Астана", "KZ", "010000"), ("Ташкент", "UZ", "100000")),
    ("ул. Ленина", "пр. Мира", "ул. Садовая", "ул. Абая", "Невский пр."),
    "+7 701", "ru_RU",
)  # fmt: skip
ARABIC = Culture(
    ("أحمد", "بسمة", "خالد", "دانة", "رامي", "سارة", "طارق", "عمر", "فاطمة", "ليلى", "محمد", "نورة",
     "هدى", "يوسف"),
    ("الأحمد", "البكري", "الحسن", "الخطيب", "الزهراني", "السيد", "الشامي", "العلي", "الفاسي",
     "القحطاني", "المنصوري", "النجار"),
    ("الأفق للتجارة", "البحر الأزرق", "الجسر", "الخليج للأثاث", "الرائد للمقاولات", "الريادة",
     "الشرق للتوريدات", "الصفا", "النخبة للأغذية", "الواحة", "دار المعرفة", "نجوم الصحراء"),
    ("ذ.م.م", "ش.م", "مؤسسة"),
    (("دبي", "AE", "00000"), ("الرياض", "SA", "11564"), ("جدة", "SA", "21442"),
     ("القاهرة", "EG", "11511"), ("الدار البيضاء", "MA", "20000"), ("عمّان", "JO", "11118")),
    ("شارع الملك فهد", "شارع الشيخ زايد", "شارع التحرير", "طريق المطار"),
    "+971 50", "ar_001",
)  # fmt: skip
SPANISH = Culture(
    ("Adriana", "Bruno", "Carmen", "Diego", "Elena", "Fernando", "Gabriela", "Hugo", "Inés",
     "Javier", "Lucía", "Mateo", "Núria", "Óscar", "Pilar", "Sofía"),
    ("Álvarez", "Benítez", "Castro", "Domínguez", "Fernández", "García", "Ibáñez", "López",
     "Muñoz", "Núñez", "Peña", "Rodríguez", "Sánchez", "Vázquez"),
    ("Aceites del Sur", "Bodega Vieja", "Cerámica Luna", "Diseño Norte", "El Puerto", "Frutas Sol",
     "Hierros Gómez", "Jardines Verdes", "La Almazara", "Muebles Rivera", "Óptica Central",
     "Pan y Cía", "Talleres Ruiz", "Viajes Azahar"),
    ("S.L.", "S.A.", "y Hermanos"),
    (("Madrid", "ES", "28001"), ("Barcelona", "ES", "08001"), ("Sevilla", "ES", "41001"),
     ("Ciudad de México", "MX", "06000"), ("Monterrey", "MX", "64000")),
    ("Calle Mayor", "Gran Vía", "Avenida del Sol", "Calle de la Paz"),
    "+34 600", "es_ES",
)  # fmt: skip
CULTURES = (ENGLISH, RUSSIAN, ARABIC, SPANISH)

# Name, price, cost, unit sales weight; a steep curve, so that ABC classes mean something.
PRODUCTS: tuple[tuple[str, str, float, float, int, str], ...] = (
    ("Office Chair Ergo", "FURN_1001", 289.0, 148.0, 60, "Office Furniture"),
    ("Standing Desk 160", "FURN_1002", 749.0, 402.0, 42, "Office Furniture"),
    ("Conference Table Oak", "FURN_1003", 1890.0, 1120.0, 9, "Office Furniture"),
    ("Drawer Unit", "FURN_1004", 159.0, 82.0, 30, "Office Furniture"),
    ("Acoustic Screen", "FURN_1005", 219.0, 118.0, 14, "Office Furniture"),
    ("Bookshelf Pine", "FURN_1006", 129.0, 61.0, 12, "Office Furniture"),
    ("Desk Lamp LED", "LIGHT_2001", 49.9, 19.5, 48, "Lighting"),
    ("Ceiling Panel 60x60", "LIGHT_2002", 89.0, 41.0, 22, "Lighting"),
    ("Emergency Exit Sign", "LIGHT_2003", 64.0, 30.0, 4, "Lighting"),
    ("Monitor 27 inch", "ELEC_3001", 329.0, 241.0, 38, "Electronics"),
    ("Monitor Arm", "ELEC_3002", 99.0, 44.0, 25, "Electronics"),
    ("Docking Station", "ELEC_3003", 219.0, 151.0, 20, "Electronics"),
    ("Webcam HD", "ELEC_3004", 79.0, 42.0, 18, "Electronics"),
    ("Headset Wireless", "ELEC_3005", 149.0, 84.0, 16, "Electronics"),
    ("Network Switch 24", "ELEC_3006", 412.0, 288.0, 6, "Electronics"),
    ("Label Printer", "ELEC_3007", 189.0, 121.0, 5, "Electronics"),
    ("Paper A4 box", "SUPP_4001", 24.5, 15.2, 70, "Supplies"),
    ("Toner Black", "SUPP_4002", 79.0, 48.0, 26, "Supplies"),
    ("Whiteboard 120x90", "SUPP_4003", 119.0, 58.0, 8, "Supplies"),
    ("Marker Set", "SUPP_4004", 12.9, 5.1, 24, "Supplies"),
    ("Coffee Beans 1 kg", "SUPP_4005", 18.5, 9.8, 33, "Supplies"),
    ("Water Dispenser", "SUPP_4006", 239.0, 149.0, 3, "Supplies"),
    ("Installation Hour", "SERV_5001", 65.0, 32.0, 28, "Services"),
    ("Design Consultation", "SERV_5002", 120.0, 55.0, 7, "Services"),
    ("Maintenance Contract", "SERV_5003", 480.0, 190.0, 5, "Services"),
)


def person(rng: Random, culture: Culture) -> str:
    """A full name."""
    return f"{rng.choice(culture.first)} {rng.choice(culture.last)}"


def business(rng: Random, culture: Culture, number: int) -> str:
    """A company name; the number keeps repeats of a long list apart."""
    trade, form = rng.choice(culture.trades), rng.choice(culture.forms)
    name = f"{form} «{trade}»" if culture is RUSSIAN else f"{trade} {form}"
    return name if number < 40 else f"{name} {number}"


def phone(rng: Random, culture: Culture) -> str:
    """A phone number."""
    return f"{culture.phone} {rng.randint(100, 999)} {rng.randint(1000, 9999)}"
