"""Which documents flashcards are made of, by their language."""

import subprocess
import sys

import pytest

from mediamill import PermanentError
from mediamill.services.documents.languages import language_of

ENGLISH = (
    "The waggle dance of a honeybee shows the way to flowers. Foragers that come home tell the others where nectar is, "
    "and how far away. "
)
VIETNAMESE = (
    "Trong Kubernetes, mỗi Pod có một địa chỉ IP riêng. Deployment quản lý ReplicaSet, còn Service thì load balancing "
    "traffic tới các Pod đang chạy. Developer dùng kubectl để apply manifest. "
)
GERMAN = "Die Honigbienen teilen einander den Ort der Blumen durch den Schwänzeltanz mit, den sie im Stock tanzen. "


@pytest.mark.parametrize(
    "sample",
    [
        ENGLISH,
        "Bees",
        "TODO: fix login bug; deploy v2; ask Minh about DNS",
        "apple\nbanana\ncarrot\nkernel panic\nmutex lock",
        "kubectl apply -f manifest.yaml; nginx ingress TLS termination, pod autoscaling HPA CPU 80%",
        "def f(x):\n    return x + 1\nimport os\nprint(os.path.join(a, b))",
        "E = mc^2 where m is mass and c is the speed of light; F = ma",
        "1 2 3 4 5 6 7",
        "",
    ],
)
def test_english_notes_lists_code_and_figures_go_on(sample: str) -> None:
    assert language_of(sample).code == "en"


@pytest.mark.parametrize(
    ("sample", "named"),
    [
        (VIETNAMESE, r"Vietnamese \(vi\)"),
        (GERMAN, r"German \(de\)"),
        ("蜜蜂的摇摆舞指示了花的方向和距离。", r"Chinese \(zh\)"),
        ("Танец пчёл показывает путь к цветам и к воде.", r"Russian \(ru\)"),
        ("བོད་ཀྱི་སྐད་ཡིག་ནི་བོད་པའི་སྐད་ཡིན།", "'tibetan'"),
    ],
)
def test_another_language_is_named_beside_those_that_are_known(sample: str, named: str) -> None:
    with pytest.raises(PermanentError, match=rf"is in {named}; .* in English \(en\)") as refused:
        language_of(sample)
    assert refused.value.code == "WRONG_LANGUAGE"


def test_the_larger_part_of_a_mixed_document_decides() -> None:
    assert language_of(ENGLISH * 60 + VIETNAMESE * 20).code == "en"
    assert language_of(GERMAN * 20 + ENGLISH * 60).code == "en"
    with pytest.raises(PermanentError, match="Vietnamese"):
        language_of(ENGLISH * 10 + VIETNAMESE * 60)


def test_a_preface_in_english_does_not_hide_the_language_of_the_rest() -> None:
    with pytest.raises(PermanentError, match="German"):
        language_of(ENGLISH * 8 + GERMAN * 500)


def test_a_plainly_english_document_needs_no_model_of_languages() -> None:
    code = f"""
import sys
from mediamill.services.documents.languages import language_of
language_of({ENGLISH * 60!r})
assert "py3langid" not in sys.modules, "half a second and 67 MB, where there is no copy to share"
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words
