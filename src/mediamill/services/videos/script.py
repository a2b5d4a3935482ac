"""What a video says and shows: scenes, each with words to speak and something to see."""

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from mediamill.media.pictures.slide import Kind
from mediamill.media.voices.fields import LanguageTag
from mediamill.media.voices.prose import normalise

FEWEST_SCENES: Final = 3
MOST_SCENES: Final = 7
SHORTEST_NARRATION: Final = 10
LONGEST_NARRATION: Final = 1_000
LONGEST_TITLE: Final = 120
LONGEST_CONTENT: Final = 4_000
LONGEST_PROMPT: Final = 1_000

#: A whole script, for people who look at the API.
EXAMPLE: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "title": "How bees talk",
        "language": "en",
        "scenes": [
            {
                "title": "A dance with a meaning",
                "narration": "A bee that has found flowers tells the others by a dance.",
                "visual": "slide",
                "content": "- The **angle** is the direction\n- The **length** is the distance",
            },
            {
                "title": "From flower to flower",
                "narration": "She flies home, she dances, and the others fly out.",
                "visual": "diagram",
                "content": "Flower -> Hive -> Dance -> Others: fly out",
            },
            {
                "title": "The longer, the farther",
                "narration": "One second of dancing stands for about a kilometre.",
                "visual": "chart",
                "content": "line: km\ndance (s),distance\n1,1\n2,2\n4,4",
            },
        ],
    }
)


def _speakable(text: str) -> str:
    if not normalise.speakable(text):
        raise ValueError("there is nothing to say: no letter and no digit")
    return text


def _counted(scenes: object) -> object:
    """Refuse too few or too many. Pydantic's own limits count those only that are valid, and complain of the others."""
    if isinstance(scenes, list | tuple) and not FEWEST_SCENES <= len(scenes) <= MOST_SCENES:
        raise ValueError(f"a script has {FEWEST_SCENES} to {MOST_SCENES} scenes, not {len(scenes)}")
    return scenes


def _one_line(title: object) -> object:
    return " ".join(normalise.plain(title).split()) if isinstance(title, str) else title


Words = Annotated[str, StringConstraints(strip_whitespace=True)]
#: With a letter or a digit.
Speakable = Annotated[Words, AfterValidator(_speakable)]
#: Without what nobody sees: a title is a chapter's name, too, and is read by players.
Line = Annotated[str, BeforeValidator(_one_line)]


class Visual(StrEnum):
    """What a scene shows, and with it how its `content` is read."""

    SLIDE = Kind.SLIDE.value
    DIAGRAM = Kind.DIAGRAM.value
    CHART = Kind.CHART.value
    FORMULA = Kind.FORMULA.value
    CODE = Kind.CODE.value

    @property
    def kind(self) -> Kind:
        """The kind of picture."""
        return Kind(self.value)


class Scene(BaseModel):
    """One scene: it lasts as long as its narration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line = Field(
        min_length=1,
        max_length=LONGEST_TITLE,
        description="What stands above the picture.",
        examples=["Why bees dance"],
    )
    narration: Speakable = Field(
        min_length=SHORTEST_NARRATION,
        max_length=LONGEST_NARRATION,
        description="What is said, in whole sentences.",
        examples=["A bee that has found flowers tells the others by a dance."],
    )
    visual: Visual = Field(default=Visual.SLIDE, description="What is shown.", examples=["slide", "chart"])
    content: str = Field(
        default="",
        max_length=LONGEST_CONTENT,
        description="What the picture is made of. slide: lines, those with `- ` are bullets. diagram: lines such as "
        "`Client -> Server: asks`. chart: `bar`, `line` or `pie` on the first line, then a table (CSV or Markdown). "
        "formula: LaTeX, a formula a line. code: the code, its language after ``` on the first line.",
        examples=["- The dance tells the direction\n- and how far it is"],
    )
    language: LanguageTag | None = Field(
        default=None, description="Of the narration; found by itself when left out.", examples=["vi"]
    )
    image: str | None = Field(
        default=None,
        pattern=r"^image_[1-7]$",
        description="Show this uploaded picture instead: the name of its form field.",
        examples=[None, "image_1"],
    )
    image_prompt: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_PROMPT,
        description="Show a picture that the image provider makes of this, where one is set up.",
        examples=[None, "A honey bee on a sunflower, photo"],
    )

    @model_validator(mode="after")
    def _one_image(self) -> Self:
        if self.image is not None and self.image_prompt is not None:
            raise ValueError("`image` shows a picture of yours and `image_prompt` one that is made: one of them")
        return self


class Script(BaseModel):
    """A whole video. What `script.json` holds, and what may be sent back as `script`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line = Field(min_length=1, max_length=LONGEST_TITLE, description="Of the video.", examples=["How bees talk"])
    language: LanguageTag = Field(description="Of most of it.", examples=["en", "vi"])
    scenes: Annotated[tuple[Scene, ...], BeforeValidator(_counted)] = Field(
        description="In the order in which they are shown.",
        examples=[EXAMPLE["scenes"]],
        json_schema_extra={"minItems": FEWEST_SCENES, "maxItems": MOST_SCENES},
    )
