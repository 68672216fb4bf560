"""Sentences in many scripts, with the characters that break exports."""

# ruff: noqa: RUF001 - letters that look like other letters are what these are for
from __future__ import annotations

# The requester site refuses characters beyond U+FFFF in a batch's variables: none here.
REVIEWS = (
    "Arrived two days early & works as described.",
    'The box said "waterproof" <IP68>, the bathroom said otherwise.',
    "Die Bedienung ist nicht übel, aber die Größe stimmt überhaupt nicht.",
    "Le café est tiède et l'emballage abîmé ; je n'en rachèterai pas.",
    "Сначала понравилось, через неделю сломалась ручка.",
    "値段の割に作りがしっかりしていて、毎日使っています。",
    "电池两小时就没电了，客服一直不回复。",
    "배송은 빨랐지만 설명서가 영어밖에 없어요.",
    "المنتج ممتاز لكن التغليف كان مفتوحًا عند الوصول.",
    "המוצר הגיע שבור, אבל ההחזר היה מהיר.",
    "कीमत के हिसाब से ठीक है, पर रंग तस्वीर जैसा नहीं है।",
    "ใช้ง่ายมาก แต่สายชาร์จสั้นไป",
    "Τίμιο για τα λεφτά του, θα το ξαναέπαιρνα.",
    "Pěkný kousek, jen příliš žluťoučký kůň na obrázku :)",
    "N\u0303andu\u0301 feather duster: does what it says, sheds like a bird.",
    "Five stars for the seller;\tthree for the product\t(see the photo).",
    "Not bad. Not good. Not sure why I was sent two of them.",
    "100% cotton? More like 60%. Shrank at 30°C ± a bit.",
)

QUERIES = (
    ("wireless mouse left handed", "Vertical mouse, left hand, 2.4 GHz"),
    ("crème brûlée torch", "Kitchen blowtorch, refillable, without gas"),
    ('3/4" brass elbow', "Brass elbow 3/4 in. x 1/2 in., female & male"),
    ("kids' rain coat <110cm", "Children's raincoat, yellow, size 104–110"),
    ("お弁当箱 二段", "Two-tier lunch box with chopsticks, 900 ml"),
    ("usb c hub hdmi 4k 60", "USB-C adapter to VGA"),
    ("Grünlilie Hydrokultur", "Clay pebbles for hydroponics, 5 l"),
    ("سجادة صلاة للأطفال", "Prayer mat for children, foam, 100 x 60 cm"),
)

TRANSLATIONS = (
    ("The bridge is closed for repairs.", "Die Brücke ist wegen Reparaturen gesperrt."),
    ("Nobody had read the instructions.", "Никто не прочитал инструкцию."),
    ("She has been waiting since noon.", "Elle attend depuis midi."),
    ("It rained cats and dogs.", "Het regende pijpenstelen."),
    ("Please keep the receipt.", "レシートを保管してください。"),
    ("The train leaves from platform four.", "القطار يغادر من الرصيف الرابع."),
    ("They moved here ten years ago.", "Hace diez años que se mudaron aquí."),
    ("I could eat a horse.", "저는 말을 먹을 수 있어요."),
)

# Characters beyond U+FFFF would make offsets ambiguous between UTF-16 and code points.
SENTENCES = (
    ("The observatory in Tartu reported the comet on 14 March.", ("Tartu", "14 March")),
    ("Lake Baikal holds more water than the Great Lakes.", ("Lake Baikal", "the Great Lakes")),
    ("Der Zug von Zürich nach Köln hält in Straßburg.", ("Zürich", "Köln", "Straßburg")),
    ("Кафедра физики СПбГУ переехала в Петергоф.", ("СПбГУ", "Петергоф")),
    ("国立天文台は三鷹市にあります。", ("国立天文台", "三鷹市")),
    ("تأسست جامعة القرويين في فاس عام 859.", ("جامعة القرويين", "فاس", "859")),
    ("The cafe\u0301 beside Museu d'Història opens in May.", ("Museu d'Història", "May")),
    ("Nothing was named, dated or placed in this sentence.", ()),
)

REMARKS = (
    "Clear instructions, thank you!",
    "The second item did not load at first.\r\nReloading helped.",
    "=SUM(A1:A3) was the only thing I could read",
    "no comment",
    "I'd say 50/50 — the picture is blurry & cut off <left side>",
    "+1 for larger fonts\tplease",
    "👍🏽 nice task 🎧",
    "Überall dieselbe Frage …",
    "もう少し時間がほしいです。",
    "שלום, הכפתור לא עובד בטלפון",
    "e\u0301 and é look the same here",
    "ed | ed | 1",
    "👩\u200d🔬 more of these, please 🧪🧫",
    '"quoted", comma, and a backslash \\n',
)

LINES = (
    "Dear Sir, I beg to acknowledge yours of the 3d inst.",
    "two barrels of flour, 1 ditto nails — £4 11s. 6d.",
    "Ich habe die Ehre zu melden, daß der Fluß gefroren ist.",
    "Въ лѣто 1891 урожай былъ плохъ.",
    "弘化三年正月吉日",
    "قيدنا في هذا الدفتر ما ورد من القمح",
    "weather fair, wind N.N.W., saw 𝔉raktur type on the crate",
    "[illegible] & Sons, <torn>",
)

FEEDBACK = (
    "Thank you, this was careful work.",
    "=HYPERLINK wins: your answer began with a formula, please answer in words.",
    "+ for the detail, − for the missing second half.",
    "Merci, très complet ! 🙏",
    "Thanks \u2014 see the updated guide for \u201coccluded\u201d objects.",
)

REJECTIONS = (
    "The completion code does not exist in our survey.",
    "All items were answered within 4 seconds; the text alone takes 30 to read.",
    "The boxes cover the whole image.\nPlease read the examples before you start.",
    "@lab: the same text was pasted into every field.",
    "回答が質問と関係ありません。",
)

BONUS_REASONS = (
    "Bonus for the second part of the study, as announced.",
    "Your estimate was within 5% of the true value: performance bonus.",
    "We rejected this by mistake & have reversed it; sorry for the delay.",
    "Très bonne annotation, merci.\nNous en publierons d'autres.",
    "=0.05 per extra box x 1",
    "謝謝！",
)

BLOCK_REASONS = (
    "Submits empty text to every transcription HIT.",
    "Two accounts, one household, identical answers (see ticket <417>).",
    "Blocked by the script of 2026-06-11 on < 20% agreement.",
    "",
    "Répond au hasard aux questions de contrôle.",
    "asked to be excluded from all studies",
)
