"""The JSON schema of a pydantic model, as servers take it for structured output."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

#: What is taken over as it is. Of the rest some server refuses each.
_KEPT: Final = ("description", "type", "enum")
_REFERENCE: Final = "#/$defs/"

Schema = Mapping[str, Any]


def strict(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a model in the subset that every server understands.

    All properties are required and no others allowed, as OpenAI's strict mode wants it; references are written out.
    Limits of texts and lists, which few servers know, become words of the descriptions: the model reads them there,
    and pydantic checks them.

    Raises ValueError for a model that cannot be said so: one that holds itself, or a mapping of any keys.
    """
    whole = model.model_json_schema()
    return _plain(whole, whole.get("$defs", {}), ())


def _plain(node: Schema, names: Schema, above: tuple[str, ...]) -> dict[str, Any]:
    reference = node.get("$ref")
    if reference is not None:
        name = str(reference).removeprefix(_REFERENCE)
        if name in above:
            raise ValueError(f"{name} holds itself: such a form cannot be asked for")
        return _plain({**names[name], **{key: node[key] for key in node if key != "$ref"}}, names, (*above, name))
    found = {key: node[key] for key in _KEPT if key in node}
    if "const" in node:
        found["enum"] = [node["const"]]
    if words := " ".join(filter(None, (node.get("description"), *_limits(node)))):
        found["description"] = words
    if "anyOf" in node:
        found["anyOf"] = [_plain(each, names, above) for each in node["anyOf"]]
    if "items" in node:
        found["items"] = _plain(node["items"], names, above)
    if node.get("type") == "object":
        if "properties" not in node:
            raise ValueError("a mapping of any keys cannot be asked for")
        found["properties"] = {name: _plain(each, names, above) for name, each in node["properties"].items()}
        found["required"] = list(node["properties"])
        found["additionalProperties"] = False
    return found


def _limits(node: Schema) -> Iterator[str]:
    """Yield the limits of a text, a list or a number in words."""
    for least, most, what in (
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "entries"),
        ("minimum", "maximum", ""),
    ):
        match node.get(least), node.get(most):
            case None, None:
                continue
            case low, None:
                yield f"{low} or more {what}".rstrip() + "."
            case None, high:
                yield f"At most {high} {what}".rstrip() + "."
            case low, high:
                yield f"{low} to {high} {what}".rstrip() + "."
