# ruff: noqa: RUF001 - letters of other scripts are meant
"""What a voice says to be heard once: a greeting, and that it sounds like this. By base language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mediamill.media.voices.voice import MULTILINGUAL, Voice
from mediamill.services.speech.params import Params

_ENGLISH: Final = "Hello, and welcome. This is what my voice sounds like."

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vi": "Xin chào các bạn. Đây là giọng đọc của tôi, mời các bạn nghe thử.",
        "en": _ENGLISH,
        "af": "Hallo, en welkom. So klink my stem.",
        "am": "ሰላም፣ እንኳን ደህና መጡ። ድምፄ ይህን ይመስላል።",
        "ar": "مرحبًا بكم. هكذا يبدو صوتي.",
        "as": "নমস্কাৰ। মোৰ কণ্ঠস্বৰ এনেকুৱা শুনায়।",
        "az": "Salam, xoş gəlmisiniz. Mənim səsim belə səslənir.",
        "be": "Вітаю вас. Вось так гучыць мой голас.",
        "bg": "Здравейте и добре дошли. Ето така звучи гласът ми.",
        "bn": "নমস্কার, স্বাগতম। আমার কণ্ঠস্বর এমন শোনায়।",
        "bs": "Zdravo i dobro došli. Ovako zvuči moj glas.",
        "ca": "Hola, us dono la benvinguda. Així sona la meva veu.",
        "cs": "Dobrý den, vítejte. Takhle zní můj hlas.",
        "cy": "Helo, a chroeso. Dyma sut mae fy llais yn swnio.",
        "da": "Hej og velkommen. Sådan lyder min stemme.",
        "de": "Hallo und willkommen. So klingt meine Stimme.",
        "el": "Γεια σας και καλώς ήρθατε. Έτσι ακούγεται η φωνή μου.",
        "eo": "Saluton kaj bonvenon. Tiel sonas mia voĉo.",
        "es": "Hola, les doy la bienvenida. Así suena mi voz.",
        "et": "Tere ja tere tulemast. Nii kõlab minu hääl.",
        "eu": "Kaixo, ongi etorri. Honela entzuten da nire ahotsa.",
        "fa": "سلام، خوش آمدید. صدای من این‌گونه است.",
        "fi": "Hei ja tervetuloa. Tältä minun ääneni kuulostaa.",
        "fil": "Kumusta, at maligayang pagdating. Ganito ang tunog ng boses ko.",
        "fr": "Bonjour et bienvenue. Voici le son de ma voix.",
        "ga": "Dia daoibh, agus fáilte. Seo mar a chloistear mo ghuth.",
        "gd": "Halò, agus fàilte. Seo mar a chluinnear mo ghuth.",
        "gu": "નમસ્તે, આપનું સ્વાગત છે. મારો અવાજ આવો સંભળાય છે.",
        "he": "שלום וברוכים הבאים. כך נשמע הקול שלי.",
        "hi": "नमस्ते, आपका स्वागत है। मेरी आवाज़ ऐसी सुनाई देती है।",
        "hr": "Dobar dan i dobro došli. Ovako zvuči moj glas.",
        "ht": "Bonjou, e byenvini. Men ki jan vwa mwen sonnen.",
        "hu": "Jó napot kívánok! Így szól a hangom.",
        "hy": "Բարև ձեզ և բարի գալուստ։ Ահա այսպես է հնչում իմ ձայնը։",
        "id": "Halo, selamat datang. Beginilah suara saya terdengar.",
        "is": "Halló og velkomin. Svona hljómar röddin mín.",
        "it": "Salve e benvenuti. Ecco come suona la mia voce.",
        "ja": "こんにちは。わたしのこえは、このようにきこえます。",
        "ka": "გამარჯობა, კეთილი იყოს თქვენი მობრძანება. ასე ჟღერს ჩემი ხმა.",
        "kk": "Сәлеметсіз бе, қош келдіңіз. Менің дауысым осылай естіледі.",
        "km": "សួស្តី សូមស្វាគមន៍។ នេះជាសំឡេងរបស់ខ្ញុំ។",
        "kn": "ನಮಸ್ಕಾರ, ಸುಸ್ವಾಗತ. ನನ್ನ ಧ್ವನಿ ಹೀಗೆ ಕೇಳಿಸುತ್ತದೆ.",
        "ko": "안녕하세요, 반갑습니다. 제 목소리는 이렇게 들립니다.",
        "ku": "Silav, bi xêr hatin. Dengê min wiha ye.",
        "ky": "Саламатсызбы, кош келиңиз. Менин үнүм ушундай угулат.",
        "la": "Salvete, amici. Sic vox mea sonat.",
        "lb": "Moien a wëllkomm. Sou kléngt meng Stëmm.",
        "lo": "ສະບາຍດີ ຍິນດີຕ້ອນຮັບ. ນີ້ແມ່ນສຽງຂອງຂ້ອຍ.",
        "lt": "Sveiki atvykę. Taip skamba mano balsas.",
        "lv": "Labdien un laipni lūdzam. Tā skan mana balss.",
        "mi": "Kia ora, nau mai. Koinei te tangi o tōku reo.",
        "mk": "Здраво и добредојдовте. Вака звучи мојот глас.",
        "ml": "നമസ്കാരം, സ്വാഗതം. എന്റെ ശബ്ദം ഇങ്ങനെയാണ്.",
        "mr": "नमस्कार, आपले स्वागत आहे. माझा आवाज असा ऐकू येतो.",
        "ms": "Helo, selamat datang. Beginilah bunyi suara saya.",
        "mt": "Merħba bikom. Hekk tinstema' leħni.",
        "my": "မင်္ဂလာပါ။ ကျွန်ုပ်၏ အသံမှာ ဤသို့ ဖြစ်ပါသည်။",
        "ne": "नमस्ते, तपाईंलाई स्वागत छ। मेरो आवाज यस्तो सुनिन्छ।",
        "nl": "Hallo en welkom. Zo klinkt mijn stem.",
        "no": "Hei og velkommen. Slik høres stemmen min ut.",
        "om": "Akkam, baga nagaan dhuftan. Sagaleen koo akkana dhagahama.",
        "or": "ନମସ୍କାର, ଆପଣଙ୍କୁ ସ୍ୱାଗତ। ମୋ ସ୍ୱର ଏହିପରି ଶୁଣାଯାଏ।",
        "pa": "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ, ਜੀ ਆਇਆਂ ਨੂੰ। ਮੇਰੀ ਆਵਾਜ਼ ਇਸ ਤਰ੍ਹਾਂ ਸੁਣਾਈ ਦਿੰਦੀ ਹੈ।",
        "pl": "Dzień dobry i witam. Tak brzmi mój głos.",
        "pt": "Olá e boas-vindas. É assim que soa a minha voz.",
        "ro": "Bună ziua și bine ați venit. Așa sună vocea mea.",
        "ru": "Здравствуйте и добро пожаловать. Вот так звучит мой голос.",
        "si": "ආයුබෝවන්, සාදරයෙන් පිළිගනිමු. මගේ හඬ මෙසේ ඇසේ.",
        "sk": "Dobrý deň a vitajte. Takto znie môj hlas.",
        "sl": "Pozdravljeni in dobrodošli. Tako zveni moj glas.",
        "sq": "Përshëndetje dhe mirë se vini. Kështu tingëllon zëri im.",
        "sr": "Здраво и добро дошли. Овако звучи мој глас.",
        "sv": "Hej och välkommen. Så här låter min röst.",
        "sw": "Hujambo, karibu. Hivi ndivyo sauti yangu inavyosikika.",
        "ta": "வணக்கம், நல்வரவு. என் குரல் இப்படித்தான் ஒலிக்கிறது.",
        "te": "నమస్కారం, స్వాగతం. నా గొంతు ఇలా వినిపిస్తుంది.",
        "th": "สวัสดี ยินดีต้อนรับ นี่คือเสียงของฉัน",
        "tk": "Salam, hoş geldiňiz. Meniň sesim şeýle eşidilýär.",
        "tr": "Merhaba, hoş geldiniz. Sesim böyle duyuluyor.",
        "tt": "Исәнмесез, рәхим итегез. Минем тавышым менә шулай яңгырый.",
        "ug": "ئەسسالامۇئەلەيكۇم، خۇش كەپسىز. مېنىڭ ئاۋازىم مۇشۇنداق ئاڭلىنىدۇ.",
        "uk": "Вітаю вас і ласкаво прошу. Ось так звучить мій голос.",
        "ur": "السلام علیکم، خوش آمدید۔ میری آواز ایسی سنائی دیتی ہے۔",
        "uz": "Salom, xush kelibsiz. Mening ovozim shunday eshitiladi.",
        "yue": "你好，歡迎你。我把聲就係咁樣嘅。",
        "zh": "你好，欢迎收听。我的声音就是这样的。",
    }
)


def sample_of(voice: Voice) -> Params:
    """Return what to ask for to hear a voice. One whose language nobody told, or that reads all, says it in English."""
    text = SENTENCES.get(voice.base_language, _ENGLISH)
    # Taken as given: a sentence as short as this one may look like another language's, and would get its voice.
    language = None if voice.base_language == MULTILINGUAL else voice.language
    return Params(text=text, voice=voice.name, language=language)
