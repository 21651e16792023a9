"""A number in a cell: the digits in the file, its value, and the text that Excel shows for it.

Excel stores binary doubles and shows 15 significant digits: ``84.1`` typed is ``84.099999999999994`` in the file.
Number formats follow ECMA-376 Part 1 §18.8.30 and §18.8.31, built-in ones as Chinese Excel shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

_STORED: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_FIFTEEN: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_WIDE: Final = Context(prec=400, rounding=ROUND_HALF_UP)

GENERAL: Final = "General"
BUILT_IN: Final[dict[int, str]] = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm", 27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"',
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"', 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 49: "@",
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric cell.

    Attributes:
        stored: the digits as they stand in the file (an ISO date for a cell of type ``d``).
        value: rounded to the 15 significant digits that Excel keeps: what was typed, not its binary shadow.
        show: turns the number into what Excel shows, None where that is not known; it looks at the styles only when
            called.
    """

    stored: str
    value: Decimal
    show: Callable[[Number], str | None] | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The text that Excel shows by the cell's number format."""
        shown = None if self.show is None else self.show(self)
        return general(self.value) if shown is None else shown

    @property
    def certain(self) -> bool:
        """Whether what Excel shows is known; under formats that it isn't, ``shown`` is the plain number."""
        return self.show is None or self.show(self) is not None


def read_number(stored: str) -> Decimal | None:
    """The value of ``<v>`` digits to 15 significant digits, None for what is no double (NaN, 1e999, 1_000)."""
    if len(stored) > 400 or _STORED.fullmatch(stored) is None:
        return None
    value = _FIFTEEN.create_decimal(stored)
    if value and not -324 <= value.adjusted() <= 308:
        return None
    return _plain(value)


def read_date(stored: str, date1904: bool) -> Decimal | None:
    """Serial of an ISO 8601 date and time (cells of type ``d``, as strict files have them), None for anything else."""
    try:
        moment = datetime.fromisoformat(stored).replace(tzinfo=None)
    except ValueError:
        return None
    epoch = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30)
    if not date1904 and moment < datetime(1900, 3, 1):
        epoch = datetime(1899, 12, 31)
    gone = moment - epoch
    return _plain(_FIFTEEN.create_decimal(gone.days + Decimal(gone.seconds) / 86400)) if gone.days >= 0 else None


def _plain(value: Decimal) -> Decimal:
    """The same value without trailing zeros and without a positive exponent."""
    if value == value.to_integral_value(context=_WIDE):
        return value.quantize(Decimal(1), context=_WIDE) + 0
    return value.normalize(_WIDE)


def general(value: Decimal) -> str:
    """The General format with all its 15 digits, as the formula bar shows it (a narrow cell may show fewer)."""
    if value and not -10 < value.adjusted() < 20:
        sign, digits, _ = value.normalize(_WIDE).as_tuple()
        mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if digits[1:] else "")
        return f"{'-' if sign else ''}{mantissa}E{value.adjusted():+03d}"
    return format(value, "f")


def show_number(number: Number, code: str, date1904: bool = False) -> str:
    """What Excel shows for a number under a format code, the plain number where :func:`shown_under` doesn't know."""
    shown = shown_under(number, code, date1904)
    return general(number.value) if shown is None else shown


def shown_under(number: Number, code: str, date1904: bool = False) -> str | None:
    """What Excel shows for a number under a format code; None, rather than a guess, where that is not known:

    formats beyond plain numbers, percent, scientific, dates and times (conditions, fractions, Chinese numerals,
    literals between digits) and dates outside the calendar.
    """
    if code == "@":
        # A number under text format was typed before the format was set: Excel goes on showing its digits.
        plain = "e" not in number.stored.lower() and Decimal(number.stored) == number.value
        return number.stored if plain else general(number.value)
    value = number.value
    if len(code) > 255:  # Excel's own bound
        return None
    sections = _sections(_SYSTEM_FORMATS.get(code[:8].upper(), code))
    section, negative = sections[0], value < 0
    if value < 0 and len(sections) > 1:
        section, negative = sections[1], False
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    shown = _show_section(abs(value), section, date1904, before_zero=value < 0)
    return f"-{shown}" if negative and shown is not None else shown


# -- format codes

_SYSTEM_FORMATS: Final = {"[$-F800]": 'yyyy"年"m"月"d"日"', "[$-F400]": "h:mm:ss"}
_TOKEN: Final = re.compile(
    r"""(?P<literal>"[^"]*"?|\\.|[$¥￥€£+\-()/:!^&'~{}<>=\x20])|(?P<skip>_.|\*.)|(?P<bracket>\[[^\]]*\]?)"""
    r"""|(?P<general>General|G/通用格式)|(?P<ampm>AM/PM|A/P|上午/下午)|(?P<date>y+|m+|d+|h+|s+|aaaa?|e+(?![+-]))"""
    r"""|(?P<exponent>e[+-])|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<text>@)|(?P<end>;)"""
    r"""|(?P<other>.)""",
    re.IGNORECASE | re.DOTALL,
)
_Token = tuple[str, str]


def _sections(code: str) -> list[list[_Token]]:
    sections: list[list[_Token]] = [[]]
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "other", match[0]
        if kind == "end":
            sections.append([])
        elif kind == "literal":
            sections[-1].append((kind, text.strip('"') if text[0] == '"' else text[-1]))
        elif kind == "bracket":
            if (token := _bracket(text)) is not None:
                sections[-1].append(token)
        elif kind == "other" and not text.isascii():
            sections[-1].append(("literal", text))
        elif kind != "skip":
            sections[-1].append((kind, text))
    return sections


def _bracket(text: str) -> _Token | None:
    inner = text[1:-1].lower()
    if inner.startswith("$"):
        return "literal", text[2:-1].partition("-")[0]  # [$¥-804]: the sign, then the locale
    if inner and set(inner) in ({"h"}, {"m"}, {"s"}):
        return "elapsed", inner[0]
    if inner in ("black", "blue", "cyan", "green", "magenta", "red", "white", "yellow") or inner.startswith("color"):
        return None
    return "other", text


def _show_section(value: Decimal, section: list[_Token], date1904: bool, before_zero: bool) -> str | None:
    kinds = {kind for kind, _ in section}
    if "other" in kinds:
        return None
    if kinds & {"date", "elapsed", "ampm"}:
        return None if before_zero else _show_date(value, section, date1904)
    if kinds & {"general", "text"}:
        return "".join(general(value) if kind in ("general", "text") else text for kind, text in section)
    return _show_digits(value, section)


def _show_digits(value: Decimal, section: list[_Token]) -> str | None:
    """A number by digit placeholders: prefix, pattern, suffix; None where literals stand between the digits."""
    places = [i for i, (kind, _) in enumerate(section) if kind in ("digit", "point", "exponent")]
    if not places:
        return "".join(text for _, text in section)
    body = section[places[0] : places[-1] + 1]
    tail = section[places[-1] + 1 :]
    percents = sum(kind == "percent" for kind, _ in section)
    if any(kind in ("literal", "percent") for kind, _ in body) or percents > 4:
        return None
    thousands = 0
    while tail and tail[0][0] == "comma":
        tail, thousands = tail[1:], thousands + 1
    value = value.scaleb(2 * percents - 3 * thousands, _WIDE)
    before = "".join(text for _, text in section[: places[0]])
    digits = _digits(value, "".join(text for _, text in body))
    return None if digits is None else before + digits + "".join(text for _, text in tail)


def _digits(value: Decimal, pattern: str) -> str | None:
    mantissa, exponent_sign, exponent_places = re.fullmatch(r"([^eE]*)(?:[eE]([+-])(.*))?", pattern).groups()  # type: ignore[union-attr]
    suffix = ""
    if exponent_sign:
        if len(mantissa.partition(".")[0]) != 1 or set(exponent_places) - set("0#"):
            return None
        exponent = value.adjusted() if value else 0
        value = value.scaleb(-exponent, _WIDE)
        places = len(mantissa.partition(".")[2])
        if round_half_up(value, places) >= 10:
            exponent, value = exponent + 1, value.scaleb(-1, _WIDE)
        sign = "-" if exponent < 0 else "+" if exponent_sign == "+" else ""
        suffix = f"E{sign}{abs(exponent):0{exponent_places.count('0')}d}"
    whole, point, fraction = mantissa.partition(".")
    fraction = fraction.replace(",", "")
    rounded = format(round_half_up(value, len(fraction)), "f")
    integer, _, decimals = rounded.partition(".")
    kept = max((i + 1 for i, place in enumerate(fraction) if place == "0"), default=0)
    decimals = decimals[:kept] + decimals[kept:].rstrip("0")
    integer = integer.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        integer = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", integer)
    return integer + point + decimals + suffix


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Rounded as Excel rounds what it shows: a half goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-min(places, 30)), context=_WIDE)


# -- dates and times

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class _Moment:
    year: int
    month: int
    day: int
    weekday: int
    seconds: int  # since midnight
    total: Decimal  # the serial in seconds, rounded as shown
    fraction: str  # digits of the second's fraction


def _moment(serial: Decimal, date1904: bool, places: int) -> _Moment | None:
    if serial > 2_958_466 or places > 3:  # Excel's calendar ends with 9999, its seconds with thousandths
        return None
    total = round_half_up(serial * 86400, places)
    days, rest = divmod(total, 86400)
    if days > 2_958_465:
        return None
    # Excel's 1900 has a 29 February (serial 60) and a day 0: both are shown, neither exists.
    if date1904:
        day = date(1904, 1, 1) + timedelta(int(days)) if days <= 2_957_003 else None
    elif days in (0, 60):
        day = date(1900, 1, 1) if days == 0 else date(1900, 2, 28)
    else:
        day = date(1899, 12, 31 if days < 60 else 30) + timedelta(int(days))
    if day is None:
        return None
    number = {0: 0, 60: 29}.get(int(days), day.day) if not date1904 else day.day
    weekday = day.weekday() if date1904 else (int(days) - 2) % 7
    fraction = format(rest, "f").partition(".")[2].ljust(places, "0")
    return _Moment(day.year, day.month, number, weekday, int(rest), total, fraction)


def _show_date(value: Decimal, section: list[_Token], date1904: bool) -> str | None:
    tokens = _seconds_fractions(section)
    places = max((len(text) - 1 for kind, text in tokens if kind == "fraction"), default=0)
    moment = _moment(value, date1904, places)
    if moment is None:
        return None
    times = [(i, text[0].lower()) for i, (kind, text) in enumerate(tokens) if kind in ("date", "elapsed")]
    minutes = {
        i
        for at, (i, unit) in enumerate(times)
        if unit == "m" and ((at and times[at - 1][1] == "h") or (at + 1 < len(times) and times[at + 1][1] == "s"))
    }
    half_day = any(kind == "ampm" for kind, _ in tokens)
    shown: list[str] = []
    for i, (kind, text) in enumerate(tokens):
        if kind == "date":
            shown.append(_date_field(moment, "n" * len(text) if i in minutes else text.lower(), half_day))
        elif kind == "elapsed":
            shown.append(str(int(moment.total // {"h": 3600, "m": 60, "s": 1}[text])))
        elif kind == "ampm":
            shown.append(text.split("/")[moment.seconds >= 43_200])
        elif kind == "fraction":
            shown.append("." + moment.fraction[: len(text) - 1])
        elif kind == "digit":
            return None
        else:
            shown.append(text)
    return "".join(shown)


def _seconds_fractions(section: list[_Token]) -> list[_Token]:
    """The tokens with each ``.000`` joined into one fraction of seconds."""
    tokens: list[_Token] = []
    for kind, text in section:
        if kind == "digit" and text == "0" and tokens and tokens[-1][0] in ("point", "fraction"):
            tokens[-1] = ("fraction", tokens[-1][1] + text)
        else:
            tokens.append((kind, text))
    return tokens


def _date_field(moment: _Moment, text: str, half_day: bool) -> str:
    unit, width = text[0], min(len(text), 5)
    hour = moment.seconds // 3600
    if unit == "y":
        return f"{moment.year:04d}" if width > 2 else f"{moment.year % 100:02d}"
    if unit == "e":
        return str(moment.year)
    if unit == "a":
        return ("星期" if width == 4 else "") + "一二三四五六日"[moment.weekday]
    if unit == "m" and width > 2:
        name = _MONTHS[moment.month - 1]
        return name[:3] if width == 3 else name[0] if width == 5 else name
    if unit == "d" and width > 2:
        name = _WEEKDAYS[moment.weekday]
        return name[:3] if width == 3 else name
    number = {
        "m": moment.month,
        "d": moment.day,
        "h": (hour + 11) % 12 + 1 if half_day else hour,
        "n": moment.seconds // 60 % 60,
        "s": moment.seconds % 60,
    }[unit]
    return f"{number:02d}" if width > 1 else str(number)
