"""What the templates get: contents, or plans made of them. Apart from the readers, which the door imports too."""

import dataclasses
from typing import Any

from mediamill.media.pictures.contents import chart_plan, diagram_plan, parse
from mediamill.media.pictures.slide import Kind


def drawing(kind: Kind, content: str, language: str) -> dict[str, Any]:
    """Return what the kind's template draws: the content, or a plan made of it. Raises InvalidInput as `parse`."""
    parsed = parse(kind, content, language)
    if kind is Kind.CHART:
        parsed = chart_plan.plan(parsed, language)
    elif kind is Kind.DIAGRAM:
        parsed = diagram_plan.plans(parsed)
    return dataclasses.asdict(parsed)
