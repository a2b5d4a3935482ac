"""From the acts of a page to the scenes of a video."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mediamill import PermanentError
from mediamill.media.voices.prose.language import language_of_sentence
from mediamill.services.videos.script import FEWEST_SCENES, MOST_SCENES, SHORTEST_NARRATION, Scene, Visual
from mediamill.services.videos.writer.acts import Act, together
from mediamill.services.videos.writer.headlines import headline
from mediamill.services.videos.writer.narrator import LONGEST, chosen, narration
from mediamill.services.videos.writer.phrases import Phrases
from mediamill.services.videos.writer.speech import Saying, as_they_stand, sayings
from mediamill.services.videos.writer.titles import shortened
from mediamill.services.videos.writer.visuals import bullets
from mediamill.services.videos.writer.visuals.picture import Picture, picture_of
from mediamill.services.videos.writer.weights import Weights
from mediamill.services.videos.writer.wording import joined, sentence_of

_LONGEST_JOINT_TITLE: Final = 60
#: A shorter narration may have the words of another language as terms only.
_SURE_CHARS: Final = 80
_LONGEST_PARAGRAPH: Final = 220
_SHORTEST_PARAGRAPH: Final = 30
#: With less said of it, what a chart shows is told from its numbers.
_HARDLY_TOLD: Final = 120


@dataclass(frozen=True)
class Told:
    """An act, what can be said of it, and what there is to see."""

    act: Act
    said: tuple[Saying, ...]
    picture: Picture | None

    @classmethod
    def of(cls, act: Act, language: str, phrases: Phrases) -> "Told":
        """Look at an act."""
        about = " ".join(act.titles)
        return cls(act, tuple(sayings(act.blocks, phrases)), picture_of(act.blocks, about, language, phrases))

    @property
    def audible(self) -> bool:
        """Whether there is enough to be said for a scene."""
        words = sum(len(each.text) for each in self.said)
        caption = len(self.picture.caption) if self.picture else 0
        titled = self.act.opens and any(self.act.titles)
        return max(words, caption) >= SHORTEST_NARRATION or titled


def scenes_of(acts: Sequence[Act], language: str, phrases: Phrases, *, mixed: bool = False) -> list[Scene]:
    """Return the scenes of some acts, one each, and more where they are fewer than FEWEST_SCENES.

    mixed: some may be in another language than most, and then say so.
    Raises PermanentError, NO_TEXT, where there is nothing in them.
    """
    told = _audible([Told.of(act, language, phrases) for act in acts], language, phrases)
    if not any(each.said or each.picture for each in told):
        told = [replace(each, said=tuple(as_they_stand(each.act.blocks, phrases))) for each in told]
    if all(not each.said and each.picture is None and not each.act.titles for each in told):
        raise PermanentError(
            "there is nothing to tell in the document: no sentence, no heading and nothing to draw",
            code="NO_TEXT",
        )
    weights = Weights.of(saying.text for each in told for saying in each.said)
    titles = _titles(told, weights, phrases)
    scenes = [_scene(each, number, titles, weights, phrases) for number, each in enumerate(told)]
    if mixed:
        scenes = [_in_its_language(scene, language) for scene in scenes]
    return _enough(scenes, phrases, language)


def _in_its_language(scene: Scene, language: str) -> Scene:
    found = language_of_sentence(scene.narration, language)
    sure = found != language and len(scene.narration) >= _SURE_CHARS
    return scene.model_copy(update={"language": found}) if sure else scene


def _audible(told: list[Told], language: str, phrases: Phrases) -> list[Told]:
    """Put what nobody could say anything about to its neighbour."""
    while len(told) > 1:
        place = next((number for number, each in enumerate(told) if not each.audible), None)
        if place is None:
            break
        first = max(place - 1, 0)
        both = together(told[first].act, told[first + 1].act)
        told = [*told[:first], Told.of(both, language, phrases), *told[first + 2 :]]
    return told


def _titles(told: Sequence[Told], weights: Weights, phrases: Phrases) -> list[str]:
    titles = list[str]()
    for each in told:
        title = _of_headings(each.act, phrases)
        if not title or title in titles:
            title = headline(each.said, weights, titles) or title or (each.picture.title if each.picture else "")
        titles.append(_untaken(title or phrases.in_short, titles, phrases))
    return titles


def _of_headings(act: Act, phrases: Phrases) -> str:
    """Return the title of an act's sections: all of them when they are short, else the first."""
    if not act.titles:
        return ""
    first, *others = act.titles
    joint = phrases.enumerated([first, *map(phrases.within, others)])
    return joint if len(joint) <= _LONGEST_JOINT_TITLE else act.titles[0]


def _untaken(title: str, taken: Sequence[str], phrases: Phrases) -> str:
    title = shortened(title)
    again = (phrases.continued.format(title=title), *(f"{title} ({count})" for count in range(3, MOST_SCENES + 1)))
    return next((each for each in (title, *again) if each not in taken), title)


def _scene(told: Told, number: int, titles: Sequence[str], weights: Weights, phrases: Phrases) -> Scene:
    title = titles[number]
    picked = chosen(told.said, weights, title, closes=number == len(titles) - 1)
    return Scene(
        title=title,
        narration=_narration(told, picked, title, titles[number + 1 :], phrases),
        visual=told.picture.visual if told.picture else Visual.SLIDE,
        content=told.picture.content if told.picture else _lines(told, picked, title, alone=len(titles) == 1),
    )


def _narration(told: Told, picked: Sequence[Saying], title: str, others: Sequence[str], phrases: Phrases) -> str:
    text = narration(picked)
    caption = told.picture.caption if told.picture else ""
    if caption and len(text) < (_HARDLY_TOLD if told.picture and told.picture.visual is Visual.CHART else 1):
        both = joined([each for each in (text, caption) if each])
        text = both if len(both) <= LONGEST else text or caption
    if not text and told.act.opens and others:
        text = joined([sentence_of(title, phrases), phrases.overview_of(others)])
    text = text or sentence_of(title, phrases)
    while len(text) < SHORTEST_NARRATION:
        text = phrases.says.format(text=text)
    return text


def _lines(told: Told, picked: Sequence[Saying], title: str, *, alone: bool) -> str:
    """Return the lines of a slide: bullets, else a sentence, but not its title again.

    The beginning has its title only, unless it has a list. alone: there is one scene, whose title another will have.
    """
    hidden = [each for each in told.act.titles if each not in title]
    found = (bullets.of_headings(told.act.titles) if hidden else []) or bullets.of_lists(told.act.blocks)
    if not found and told.act.opens:
        return ""
    found = found or bullets.of_sentences(each.text for each in picked)
    others = [each for each in found if title.casefold() not in each.casefold()]
    if not alone:
        # Two lines are more than one that says nothing of the title; but one is not to be the title.
        found = others if len(others) > 1 else [each for each in found if each.casefold() != title.casefold()]
    if len(found) > 1:
        return "\n".join(f"- {each}" for each in found)
    paragraph = _closed(found[0]) if found else _paragraph(picked)
    return "" if paragraph.rstrip(".").casefold() == title.casefold() else paragraph


def _paragraph(picked: Sequence[Saying]) -> str:
    """Return the first of some sentences that fits, rather one that is no exclamation."""
    cores = [core for each in picked if (core := bullets.core(each.text, _LONGEST_PARAGRAPH))]
    longer = (each for each in cores if len(each) >= _SHORTEST_PARAGRAPH)
    found = next(longer, cores[0] if cores else "")
    return _closed(found)


def _closed(core: str) -> str:
    return f"{core}." if core[-1:].isalnum() else core


def _enough(scenes: Sequence[Scene], phrases: Phrases, language: str) -> list[Scene]:
    """Return FEWEST_SCENES: of a page that says too little for them, the first one begins and the last one ends."""
    if len(scenes) >= FEWEST_SCENES:
        return list(scenes)
    title = scenes[0].title
    spoken_in = None if language.lower().startswith(phrases.language) else phrases.language
    closing = Scene(title=phrases.thanks_title, narration=phrases.thanks, content=title, language=spoken_in)
    if len(scenes) > 1:
        return [*scenes, closing]
    opening = Scene(title=title, narration=phrases.opening, language=spoken_in)
    only = scenes[0].model_copy(update={"title": _untaken(phrases.in_short, [title], phrases)})
    if not only.content:
        said = title if only.narration.endswith(sentence_of(title, phrases)) else only.narration
        only = only.model_copy(update={"content": said})
    return [opening, only, closing]
