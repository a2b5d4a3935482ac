"""Paint docs/pictures anew: `python -m tests.media.pictures.gallery docs/pictures`, one small picture of each kind."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from mediamill.media.pictures.press import Press
from mediamill.media.pictures.sheet import Sheet
from mediamill.media.pictures.slide import Aspect, Frame, Kind, Resolution, Slide, Theme

#: Of the longer side, pixels; and of the palette: text stays crisp, and a file stays small.
SIDE: Final = 640
COLOURS: Final = 112
LIGHT: Final = Theme()
DARK: Final = Theme("dark")
BRAND: Final = Theme("light", accent="#7c3aed", background="#ffffff")

LITTLE = r"""L = \lambda W
W = \frac{1}{\mu - \lambda}"""
DELAY = '''```python
def delay(n: int, base: float = 30.0, cap: float = 3600.0) -> float:
    """Return the seconds to wait before try `n`."""
    return random.uniform(0, min(cap, base * 2**n))  # full jitter
```'''
WHY = """- Hàng đợi tách **thời điểm nhận** yêu cầu khỏi thời điểm xử lý
- Máy chủ web ghi một thông điệp nhỏ và trả lời ngay
- Worker lấy thông điệp sau đó và làm việc nặng"""
WAY = """Khách -> API: yêu cầu
API -> Hàng đợi: phiếu
Hàng đợi -> Worker
Worker -> Kho tệp: kết quả"""
HIVE = """bar: thousand bees
Month,2024,2025
Jan,8,9
Mar,14,17
May,42,51
Jul,58,61
Sep,33,38"""
HONEY = "pie\nNguồn,Phần\nHoa nhãn,45\nHoa vải,30\nRừng,15\nKhác,10"
WARMTH = "line: °C\nHour,Inside,Outside\n0,34.5,12\n6,34.6,9\n12,35.1,24\n18,34.9,19\n24,34.6,13"


@dataclass(frozen=True)
class Shown:
    """A slide as docs show it."""

    slide: Slide
    theme: Theme = LIGHT
    aspect: Aspect = Aspect.WIDE


def _vi(kind: Kind, title: str, content: str, number: int) -> Slide:
    return Slide(kind, title, content, "vi", number, 7)


def _en(kind: Kind, title: str, content: str, number: int) -> Slide:
    return Slide(kind, title, content, "en", number, 7)


GALLERY: Final = {
    "title": Shown(_vi(Kind.TITLE, "Hàng đợi công việc", "Từ yêu cầu đến kết quả, không mất gì", 1)),
    "slide": Shown(_vi(Kind.SLIDE, "Vì sao cần hàng đợi?", WHY, 2)),
    "diagram": Shown(_vi(Kind.DIAGRAM, "Từ yêu cầu đến kết quả", WAY, 3), DARK),
    "chart-bar": Shown(_en(Kind.CHART, "Bees in a hive", HIVE, 4)),
    "chart-line": Shown(_en(Kind.CHART, "A hive keeps its warmth", WARMTH, 4), DARK),
    "chart-pie": Shown(_vi(Kind.CHART, "Mật đến từ đâu?", HONEY, 4), BRAND),
    "formula": Shown(_en(Kind.FORMULA, "Little's law", LITTLE, 5)),
    "code": Shown(_en(Kind.CODE, "How long to wait", DELAY, 6), DARK),
    "tall": Shown(_vi(Kind.SLIDE, "Vì sao cần hàng đợi?", WHY, 2), DARK, Aspect.TALL),
    "square": Shown(_en(Kind.CHART, "Bees in a hive", HIVE, 4), BRAND, Aspect.SQUARE),
}


def paint(folder: Path, desk: Path) -> None:
    """Paint them all, by one press with its own desk. Raises what it raises for a picture that it cannot print."""
    folder.mkdir(parents=True, exist_ok=True)
    press = Press(desk)
    printed = desk / "printed.png"
    for name, shown in GALLERY.items():
        press.draw(Sheet(shown.slide, Frame.of(shown.aspect, Resolution.HD), shown.theme), printed)
        with Image.open(printed) as image:
            image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            small = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
            small.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as desk:
        paint(Path(sys.argv[1]), Path(desk))
