"""Forms for other systems: as JSON that says everything that was read, and back again, held against the same types.

    text = perfxl.dump_forms(reading.forms)
    forms = perfxl.load_forms(text)

The shape is that of :class:`perfxl.form.TargetForm`, field by field; :func:`form_schema` gives it as a JSON Schema, for
those who read or write it in other languages.  Money stays exact: amounts are texts, never binary numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from perfxl.errors import InputError
from perfxl.form import TargetForm
from perfxl.text import encodable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["dump_forms", "form_schema", "load_forms"]


def dump_forms(forms: Iterable[TargetForm]) -> str:
    """The forms as a JSON array, ending with a line break; it can be written as UTF-8 whatever the cells held."""
    # Python's own writer, since half a character, which a cell can hold, is beyond the other one.
    plain = _adapter().dump_python(tuple(forms), mode="json", warnings=False)
    return encodable(json.dumps(plain, ensure_ascii=False, indent=2)) + "\n"


def load_forms(text: str | bytes) -> tuple[TargetForm, ...]:
    """The forms of such a JSON array; what a later version has added to a form is passed over.

    Raises:
        InputError: it is no JSON, or not of this shape; the message names the first place that is wrong.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        raise InputError(_in_words(error.errors(include_url=False, include_input=False)[0])) from None


def form_schema() -> dict[str, Any]:
    """The shape of the array as JSON Schema (2020-12)."""
    return _adapter().json_schema()


@cache
def _adapter() -> TypeAdapter[tuple[TargetForm, ...]]:
    # Takes a tenth of a second: here, where data comes in from outside, and nowhere else.
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[TargetForm, ...])


def _in_words(error: Any) -> str:
    place = error["loc"]
    if error["type"] == "json_invalid" or not place:
        return "这不是绩效目标表的 JSON。请用 perfxl.dump_forms 写出的内容，不要手工改动。"
    number, *path = place
    what = "没有这一项" if error["type"] == "missing" else "内容的类型不对"
    return (
        f"第{number + 1}张表的 {'.'.join(map(str, path)) or '内容'}：{what}。请对照 perfxl.form_schema() 改正后再试。"
    )
