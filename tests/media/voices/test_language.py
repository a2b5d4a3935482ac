# ruff: noqa: RUF001 - other people's letters are what these tests are about
from pathlib import Path

import pytest

from mediamill import InvalidInput
from mediamill.media.voices.prose.evidence import is_short_english, is_vietnamese
from mediamill.media.voices.prose.identifier import identifier
from mediamill.media.voices.prose.language import (
    check_script,
    language_of_sentence,
    language_of_text,
    languages_of_paragraph,
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello"),
        ("en", "Chapter 1"),
        ("en", "1984"),
        ("en", "Postmen walked twelve miles daily."),
        ("en", "Mix flour, sugar, butter, eggs."),
        ("en", "Phở is a soup of Việt Nam, and everybody there eats it in the morning."),
        ("vi", "Xin chào"),
        ("vi", "Tôi đi học."),
        ("vi", "Ban la ai? Toi ten la Nam va toi den tu Ha Noi."),
        ("fr", "Bonjour tout le monde"),
        ("de", "Was will er an der See, und was war so gut an dem alten Mann?"),
        ("es", "No me has dicho si él ha venido a la casa de tu hermano."),
        ("nl", "Dit is de man die in het huis was of op de straat, en we had hem daar gezien."),
        ("pt", "A cor do carro no sol é a mais bonita de todas as que eu vi no ano passado."),
        ("ru", "Привет, мир"),
        ("uk", "Добрий день, як справи у вас сьогодні?"),
        ("ja", "東京は日本の首都です。"),
        ("zh", "你好，世界。今天天气很好。"),
        ("ko", "안녕하세요"),
        ("th", "สวัสดีครับ"),
        ("ar", "مرحبا بالعالم، كيف حالك اليوم؟"),
    ],
)
def test_the_language_of_a_text_is_found(language: str, text: str) -> None:
    assert language_of_text(text) == language


@pytest.mark.parametrize(
    ("text_language", "language", "sentence"),
    [
        ("en", "vi", "Hôm nay trời đẹp quá."),
        ("en", "vi", "Anh yêu em."),
        ("en", "vi", "Cảm ơn!"),
        ("en", "en", "I visited the café with Renée."),
        ("en", "en", "He said “Xin chào” and left."),
        ("en", "en", "Nothing."),
        ("en", "fr", "Je voudrais parler avec vous de cette maison."),
        ("en", "ru", "Да."),
        ("vi", "vi", "OK."),
        ("vi", "vi", "12.500"),
        ("vi", "en", "The train was late and nobody knew why."),
        ("fr", "fr", "Oui, bien sûr."),
    ],
)
def test_only_strong_signs_take_a_sentence_out_of_its_text(text_language: str, language: str, sentence: str) -> None:
    assert language_of_sentence(sentence, text_language) == language


def test_vietnamese_stays_vietnamese_when_the_client_says_english() -> None:
    assert language_of_sentence("Hôm nay trời đẹp quá.", "en", detect=False) == "vi"
    assert language_of_sentence("Je voudrais parler avec vous.", "en", detect=False) == "en"


def test_decomposed_vietnamese_is_vietnamese() -> None:
    assert is_vietnamese("To\u0302i đi ho\u0323c trươ\u0300ng.")


def test_yoruba_has_dots_below_but_is_not_vietnamese() -> None:
    assert not is_vietnamese("Ẹ káàárọ̀, báwo ni ẹ ṣe wà? Mo dúpẹ́ púpọ̀.")


def test_a_script_no_voice_reads_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"khmer; there are voices for .*\bvi\b"):
        check_script("សួស្តីពិភពលោក")


def test_a_language_no_voice_reads_is_named() -> None:
    with pytest.raises(InvalidInput, match="'tl', which no voice reads"):
        language_of_text("Kumusta ka na, kaibigan ko? Mahal kita at gusto kong makita ka bukas ng umaga sa palengke.")


@pytest.mark.parametrize(
    "sentence",
    [
        "A careful carpenter painted an orange lantern without saying a single word.",
        "Every good gardener protects a box of seeds during winter.",
        "Nothing new, although enough people asked again and again.",
        "Something smelled of burning wood, years later.",
    ],
)
def test_plain_english_needs_no_model(sentence: str) -> None:
    identifier.cache_clear()
    assert language_of_text(sentence) == "en"
    assert languages_of_paragraph([sentence], "en") == ["en"]
    assert identifier.cache_info().misses == 0


TABLE = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "language.tsv").read_text().splitlines()
    if not line.startswith("#")
]


def test_the_table_has_enough_of_both_languages() -> None:
    assert sum(language == "vi" for language, _ in TABLE) > 70
    assert sum(language == "en" for language, _ in TABLE) > 45


@pytest.mark.parametrize(("language", "sentence"), TABLE, ids=[sentence for _, sentence in TABLE])
def test_vietnamese_never_comes_to_an_english_voice(language: str, sentence: str) -> None:
    """Marked or typed without marks, mixed with English terms, in capitals, short; nor English to Vietnamese ones."""
    assert language_of_text(sentence) == language
    assert language_of_sentence(sentence, "en") == language
    assert language_of_sentence(sentence, "en", detect=False) == language


@pytest.mark.parametrize("sentence", [sentence for language, sentence in TABLE if language == "vi"])
def test_vietnamese_stays_with_its_voice_amid_vietnamese(sentence: str) -> None:
    assert language_of_sentence(sentence, "vi") == "vi"
    assert not is_short_english(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Thank you!", "The end.", "We go to the cinema.", "You can do so.", "To be or not to be.", "Click the button."],
)
def test_plain_english_amid_vietnamese_gets_an_english_voice(sentence: str) -> None:
    assert language_of_sentence(sentence, "vi") == "en"


@pytest.mark.parametrize("sentence", ["OK.", "Hello", "Chapter 1", "log in", "Facebook"])
def test_a_word_or_two_amid_vietnamese_stay_with_its_voice(sentence: str) -> None:
    assert language_of_sentence(sentence, "vi") == "vi"


def test_a_paragraph_of_both_languages_comes_apart() -> None:
    sentences = ["Hôm nay trời đẹp quá.", "OK em.", "The weather is very nice today, and we went out.", "Sai."]
    assert languages_of_paragraph(sentences, "vi") == ["vi", "vi", "en", "vi"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("pt", "Não sei o que você quer dizer com isso."),
        ("fr", "Il va à la plage, où là il mange."),
        ("it", "È già là, ma non può più andare."),
        ("ro", "Și atunci a plecat în oraș."),
        ("sk", "Čo robíš dnes večer?"),
        ("tr", "Bugün hava çok güzel, değil mi?"),
        ("es", "¿Qué haces tú aquí con él?"),
        ("cs", "Kde jsi byl včera večer?"),
    ],
)
def test_other_languages_with_marks_are_not_vietnamese(language: str, sentence: str) -> None:
    assert not is_vietnamese(sentence)
    assert language_of_text(sentence) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好", "zh"),
        ("你好，世界", "zh"),
        ("今天天气很好。", "zh"),
        ("唔該", "yue"),
        ("佢哋喺邊度？", "yue"),
        ("¡Hola!", "es"),
        ("Hola, ¿qué tal?", "es"),
    ],
)
def test_a_greeting_is_in_the_language_that_its_signs_tell(text: str, language: str) -> None:
    assert language_of_text(text) == language
